"""``enterprise-app``: plan, apply, status, test, restart and remove."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.enterprise import status as status_view
from cli.enterprise.actions import Action, BadExpression, World, validate
from cli.enterprise.apply import DoesNotShow, look
from cli.enterprise.apply import apply as apply_all
from cli.enterprise.declaration import BadDeclaration, Declaration, read
from cli.enterprise.mapping import NoSuchMapping
from cli.enterprise.remove import remove as remove_all
from cli.enterprise.rollcall import Rollcall
from cli.enterprise.tenant import Ambiguous, Found, Job, find
from cli.session import environment, err, fail, out, run, show
from domain.accounts import InvalidAccount
from domain.refusals import Refusal
from outbound import graph
from outbound.graph import GraphError, PermissionMissing
from wiring import Settings, Stores, SystemClock, make_office

app = typer.Typer(
    no_args_is_help=True,
    help="Make an Enterprise Application in Entra what one YAML file declares (docs/enterprise-application.md).",
)

DEFAULT_FILE = Path("enterprise-application.yaml")
File = Annotated[Path, typer.Option("--file", "-f", help="What is declared.")]
_PERMISSIONS = (
    "Application.ReadWrite.OwnedBy (as owner) or Application.ReadWrite.All, Synchronization.ReadWrite.All, "
    "AppRoleAssignment.ReadWrite.All; for people the role Cloud Application Administrator"
)


@app.command()
def plan(file: File = DEFAULT_FILE) -> None:
    """Show what apply would do; exit code 2 where there is something."""

    async def command(world: World) -> list[Action]:
        return await look(world)

    actions = _with_world(file, command)
    if not actions:
        out.print("nothing to do: everything is as declared")
        return
    for action in actions:
        out.print(Text.assemble(("  + ", "green"), action.title))
        for each in action.details:
            _tell_difference(each.what, each.before, each.after)
    out.print(f"\n{len(actions)} to do; do it with: python -m cli enterprise-app apply -f {file}")
    raise typer.Exit(2)


@app.command()
def apply(file: File = DEFAULT_FILE) -> None:
    """Do all that plan shows; run again after any failure, it goes on from there."""

    async def command(world: World) -> tuple[int, Found | None]:
        return await apply_all(world, lambda action: out.print(f"  {action.title}")), world.found

    done, found = _with_world(file, command)
    out.print(f"{done} done; everything is as declared" if done else "nothing to do: everything is as declared")
    if found is not None:
        out.print(f"application {found.app_id}, service principal {found.principal_id}")


@app.command()
def status(
    file: File = DEFAULT_FILE, entries: Annotated[int, typer.Option(min=1, max=1000, help="Log entries to read.")] = 100
) -> None:
    """Show the job's cycle, counts, quarantine, and the last failures."""

    async def command(world: World) -> None:
        found = await _existing(world)
        job = _job(found)
        table = Table("application", f"{found.name} ({found.app_id})", show_edge=False)
        for label, value in status_view.lines(job):
            table.add_row(label, value)
        show(table)
        try:
            _show_failures(await status_view.failures(world.graph, job, entries), entries)
        except PermissionMissing:
            err.print("the provisioning log needs ProvisioningLog.Read.All, and the tenant a P1 licence")

    _with_world(file, command)


@app.command("test")
def check_connection(file: File = DEFAULT_FILE) -> None:
    """Test Connection with the credentials that Entra has."""

    async def command(world: World) -> None:
        await _existing(world)
        await validate(world, None)

    _with_world(file, command)
    out.print("Entra reaches the service, and its token is taken")


@app.command()
def restart(
    file: File = DEFAULT_FILE,
    full: Annotated[bool, typer.Option("--full", help="Forget also which user is which: match all anew.")] = False,
) -> None:
    """Begin an initial cycle: leave quarantine, forget retries, read every object again."""

    async def command(world: World) -> None:
        _job(await _existing(world))
        scope = "Full" if full else "Watermark, Escrows, QuarantineState"
        await world.graph.post(f"{world.job}/restart", {"criteria": {"resetScope": scope}})

    _with_world(file, command)
    out.print("the next cycle, within 40 minutes, reads everything")


@app.command()
def remove(file: File = DEFAULT_FILE, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete job and application, and revoke the tokens; account, users and groups stay."""

    async def command(world: World) -> int:
        found = await _find(world)
        if found is None and not await world.rollcall.keys():
            fail(f"there is no application {world.declared.application.unique_name}, and no token of it")
        question = f"delete {found.name} ({found.app_id})?" if found else "the application is gone; revoke its tokens?"
        if not yes:
            typer.confirm(question, abort=True)
        return await remove_all(world, found)

    revoked = _with_world(file, command)
    out.print(f"deleted (it can be restored in Entra for 30 days); tokens revoked: {revoked}")


async def _existing(world: World) -> Found:
    if (found := await _find(world)) is None:
        fail(f"there is no application {world.declared.application.unique_name}; run apply")
    return found


def _job(found: Found) -> Job:
    if found.job is None:
        fail("the application has no synchronization job; run apply")
    return found.job


async def _find(world: World) -> Found | None:
    wanted = world.declared.application
    world.found = await find(world.graph, wanted.unique_name, wanted.name)
    return world.found


def _with_world[T](file: Path, command: Callable[[World], Awaitable[T]]) -> T:
    """The result of *command*, signed in to Graph and with the storage; every expected failure ends in one line."""
    try:
        declared = read(file)
        url = declared.url(environment())
    except BadDeclaration as error:
        fail(str(error))

    async def with_stores(stores: Stores, _: Settings) -> T:
        async with graph.signed_in() as session:
            return await command(World(session, _rollcall(stores, declared), declared, url))

    try:
        return run(with_stores)
    except PermissionMissing as error:
        fail(f"{error}\nneeded: {_PERMISSIONS}")
    except (GraphError, Ambiguous, BadExpression, DoesNotShow, InvalidAccount, NoSuchMapping, Refusal) as error:
        fail(str(error))


def _rollcall(stores: Stores, declared: Declaration) -> Rollcall:
    office = make_office(stores, SystemClock())
    return Rollcall(office, declared.account.id, declared.application.unique_name)


def _tell_difference(what: str, before: str | None, after: str | None) -> None:
    out.print(f"      {what}")
    if before is not None:
        out.print(Text.assemble(("        - ", "red"), before))
    if after is not None:
        out.print(Text.assemble(("        + ", "green"), after))


def _show_failures(failed: list[status_view.Failure], entries: int) -> None:
    if not failed:
        out.print(f"no failure among the last {entries} entries of the provisioning log")
        return
    table = Table("at", "action", "object", "error", "what to do")
    for each in failed:
        table.add_row(each.at, each.action, each.who, each.code, status_view.ADVICE.get(each.code, each.reason))
    show(table)
