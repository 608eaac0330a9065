"""``account export``, ``import`` and ``delete``: whole accounts to files, back, and away."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.acting import Json, tell
from cli.session import err, fail, out, run
from domain.accounts import InvalidAccount
from domain.lifecycle import removal, restoring
from domain.lifecycle.backup import Contents, Told, Vault, export
from domain.lifecycle.ports import BackupRefused, Deleted
from domain.lifecycle.removal import Doomed
from domain.lifecycle.restoring import Restored
from domain.ports import RecordNotFound, Taken
from storage.backup import TableBackups
from wiring import Settings, Stores, SystemClock

_AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")]


def add_to(app: typer.Typer) -> None:
    """Make the commands those of *app*."""
    app.command("export")(export_)
    app.command("import")(import_)
    app.command("delete")(delete)
    app.command("deleted")(list_deleted)


def export_(
    account_id: _AccountId,
    to: Annotated[Path | None, typer.Option("--to", help="A new file; without it, standard output.")] = None,
) -> None:
    """Write a whole account as JSON Lines with a checksum, while it is in use.

    The file holds personal data and secrets of the account: keep it as safe as the storage itself.
    """
    if to is not None and to.exists():
        fail(f"{to} is there already; give another name")

    async def command(stores: Stores, _: Settings) -> Contents:
        try:
            with _new_file(to) as file, _progress("rows written") as told:
                return await export(_vault(stores), account_id, file, told)
        except RecordNotFound:
            fail(f"there is no account {account_id}")

    try:
        contents = run(command)
    except OSError as error:
        fail(f"{to or 'standard output'} cannot be written: {error.strerror}")
    err.print(f"{contents.rows} rows of account {account_id}, SHA-256 {contents.sha256}")
    if contents.changed:
        err.print(
            f"{contents.changed} changes were made meanwhile: what they touched is there as before or as after them, "
            "and an import makes it fit together; for one moment of it all, export again while nobody writes"
        )


def import_(
    file: Annotated[Path, typer.Argument(help="What 'account export' wrote.", metavar="FILE")],
    new_id: Annotated[
        str | None, typer.Option("--as", help="Make another account of it, with this id, without tokens and channels.")
    ] = None,
    without_tokens: Annotated[
        bool, typer.Option("--without-tokens", help="Restore no credentials: nobody gets in until you issue one.")
    ] = False,
) -> None:
    """Make an account from a file: the same one, which must not be there, or another.

    The file is checked before anything is written.  Run it again if it was cut off: it goes on where it stopped.
    """

    async def command(stores: Stores, _: Settings) -> Restored:
        vault, keep = _vault(stores), not without_tokens
        try:
            with file.open("rb") as opened, _progress("rows read") as told:
                return await restoring.restore(vault, opened, new_id=new_id, credentials=keep, told=told)
        except Taken:
            fail("there is an account with this id; delete it first, or import the file --as another")

    try:
        restored = run(command)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    except (BackupRefused, InvalidAccount) as error:
        fail(str(error))
    _tell(restored)


def _tell(restored: Restored) -> None:
    header = restored.contents.header
    if restored.was_there:
        out.print(f"account {restored.account} was made from this file already; nothing is written")
        return
    out.print(f"account {restored.account} ({header.name}) is as it was at {header.exported:%Y-%m-%d %H:%M} UTC")
    if restored.credentials:
        out.print(
            f"{restored.credentials} tokens are as they were then, also those revoked since: "
            f"python -m cli token list {restored.account}"
        )
    else:
        out.print(f"nobody gets in yet: python -m cli token issue {restored.account}")


def list_deleted(as_json: Json = False) -> None:
    """List the accounts that were deleted: what is kept of each is its name and when."""

    async def command(stores: Stores, _: Settings) -> tuple[Deleted, ...]:
        return await TableBackups(stores.tables).list_deleted()

    deleted = sorted(run(command), key=lambda one: one.since)
    if not deleted and not as_json:
        out.print("no account was deleted")
        return
    tell([{"account": each.account, "name": each.name, "deleted": each.since} for each in deleted], as_json=as_json)


def delete(
    account_id: _AccountId,
    name: Annotated[str | None, typer.Option("--name", help="The account's name, to be asked for nothing.")] = None,
) -> None:
    """Delete an account with everything in it, its log too; export it first.

    Nobody gets in from then on; a minute later, when no instance remembers a caller any more, it is emptied again.
    What is kept is its name and when it was deleted: account deleted.  Run it again if it was cut off.
    """

    async def find(stores: Stores, _: Settings) -> Doomed:
        try:
            return await removal.find_doomed(_vault(stores), account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")

    async def command(stores: Stores, _: Settings) -> int:
        with _progress("rows removed") as told:
            return await removal.delete_account(_vault(stores), account_id, told)

    _confirm(run(find), name)
    removed = run(command)
    out.print(f"account {account_id} is deleted, {removed} rows")


def _confirm(doomed: Doomed, given: str | None) -> None:
    """End the command unless the account is named."""
    wanted = doomed.name or doomed.account
    if doomed.closed is not None:
        err.print(f"closed since {doomed.closed.since:%Y-%m-%d %H:%M} UTC")
    typed = typer.prompt(f"type {wanted!r} to delete account {doomed.account}", err=True) if given is None else given
    if typed != wanted:
        fail("that is not its name; nothing is deleted")


def _vault(stores: Stores) -> Vault:
    return Vault(TableBackups(stores.tables), stores.accounts, stores.directory, SystemClock())


@contextmanager
def _new_file(path: Path | None) -> Iterator[BinaryIO]:
    """A file that is there under its name once it is whole, for the eyes of its owner only."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
    partial.rename(path)


@contextmanager
def _progress(what: str) -> Iterator[Told]:
    """A line on standard error that counts, where that is a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda rows: progress.update(task, completed=rows)
