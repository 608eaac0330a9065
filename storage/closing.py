"""Accounts that nobody gets into, since they are being restored or deleted, and what is kept of deleted ones.

The row ``closed`` stands in place of the row ``account``, so whatever looks for the account finds none.
"""

from contextlib import suppress
from datetime import datetime

from domain.lifecycle.ports import Closed, Deleted, StoredRow, Unfinished
from domain.ports import RecordNotFound, Taken
from storage.accounts import ACCOUNT, CLOSED, LIST
from storage.client import Entity, Table, create, delete, merge, upsert
from storage.entities import moment
from storage.errors import AlreadyThere, Refused
from storage.keys import moment_id
from storage.typed_rows import to_row

_DELETED = "-deleted"
"""The partition with a row for each account that was deleted."""
_MARK = "restored"
"""The property of an account's row that names the backup it was made from."""
_SEAL_KEY = "sealKey"


async def read(accounts: Table, account: str) -> Closed | None:
    """What goes on with an account that is closed."""
    row = await accounts.find(account, CLOSED)
    return None if row is None else _to_closed(row)


def _to_closed(row: Entity) -> Closed:
    return Closed(row["name"], moment(row["since"]), row["deleting"])


# Restoring


async def progress(accounts: Table, account: str, mark: str) -> int | None:
    """How many rows of a restoration are written, None where it was not begun, and -1 where it is done.

    Raises: Taken: there is such an account.  Unfinished: something else goes on with it.
    """
    own = await accounts.find(account, ACCOUNT)
    if own is not None:
        return -1 if own.get(_MARK) == mark else _taken()
    row = await accounts.find(account, CLOSED)
    if row is None:
        return None
    if row["deleting"]:
        raise Unfinished("the deletion of this account is not finished; run it again first")
    if row["mark"] != mark:
        raise Unfinished("another import of this account is not finished; run that one again, or delete the account")
    return int(row["done"])


def _taken() -> int:
    raise Taken("id")


async def close_to_restore(accounts: Table, account: str, name: str, mark: str, at: datetime) -> None:
    """Close an account that is not there yet.  Raises: Unfinished: somebody else did at the same moment."""
    row: Entity = {"RowKey": CLOSED, "name": name, "since": at, "deleting": False, "mark": mark, "done": 0}
    try:
        await accounts.write(account, create(row))
    except AlreadyThere:
        if await progress(accounts, account, mark) != 0:
            raise Unfinished("another import of this account is under way") from None


async def remember(accounts: Table, account: str, done: int) -> None:
    """Note how many rows of the restoration are written."""
    await accounts.write(account, merge({"RowKey": CLOSED, "done": done}))


async def open_restored(accounts: Table, account: str, own: StoredRow, mark: str, seal_key: str | None) -> None:
    """Put the account's row in the place of the one that closes it.  Raises: Taken."""
    row = to_row(ACCOUNT, own.values) | {_MARK: mark} | ({} if seal_key is None else {_SEAL_KEY: seal_key})
    await accounts.write(LIST, upsert({"RowKey": account}))  # listed first: never one that is not
    try:
        await accounts.submit(account, [create(row), delete(CLOSED)])
    except Refused:
        if await progress(accounts, account, mark) != -1:  # else our own, whose answer was lost
            raise Taken("id") from None


# Deleting


async def close_to_delete(accounts: Table, account: str, at: datetime, *, remains: bool) -> Closed:
    """Close an account, one that is being restored or of which only something *remains* too.

    Raises: RecordNotFound: there is none.
    """
    row, own = await accounts.find(account, CLOSED), await accounts.find(account, ACCOUNT)
    if row is not None and row["deleting"] and own is None:
        return _to_closed(row)
    known = own or row
    if known is None and not remains:
        raise RecordNotFound(account)
    closed = Closed("" if known is None else known["name"], at, deleting=True)
    shut = upsert({"RowKey": CLOSED, "name": closed.name, "since": at, "deleting": True})
    opened = [] if own is None else [delete(ACCOUNT)]
    with suppress(Refused):  # the row was gone already: our own doing, whose answer was lost
        await accounts.submit(account, [*opened, shut])
        return closed
    return await close_to_delete(accounts, account, at, remains=remains)


async def forget(accounts: Table, account: str, closed: Closed) -> None:
    """Keep the name and the time of a deleted account, take it from the list, and open its id again."""
    row_key = f"{account}:{moment_id(closed.since)}"
    kept: Entity = {"RowKey": row_key, "account": account, "name": closed.name, "since": closed.since}
    await accounts.write(_DELETED, upsert(kept))
    for partition, gone in ((LIST, account), (account, CLOSED)):
        with suppress(RecordNotFound):
            await accounts.write(partition, delete(gone))


async def list_deleted(accounts: Table) -> tuple[Deleted, ...]:
    """The accounts that were deleted."""
    pages = accounts.pages(_DELETED, "", "~")
    return tuple([Deleted(row["account"], row["name"], moment(row["since"])) async for page in pages for row in page])
