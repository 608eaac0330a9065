"""``log``: read and follow the provisioning log of an account."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from cli.session import err, fail, out, run, show
from domain.access.administration import find_account
from domain.changes import change_position
from domain.history.advice import advice
from domain.history.cycles import Counts, Cycle
from domain.history.faults import Fault
from domain.history.log import LogQuery
from domain.history.logbook import Logbook, read_log, synchronization
from domain.maintenance import BEHIND
from domain.model import Action, Change, Outcome
from domain.ports import RecordNotFound
from routes.manager.log_views import entry_view
from wiring import Settings, Stores

app = typer.Typer(no_args_is_help=True, help="Read the provisioning log of an account.")

_FOLLOWING_SECONDS = 2.0
_pause = asyncio.sleep
_PAGE = 200
_MOST_FAILING = 50
_LATE = "cycles and failing objects are what the timer has read, up to five minutes before its last run"

_AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")]
_AsJson = Annotated[bool, typer.Option("--json", help="Each entry as JSON on a line.")]


@app.command("show")
def show_(
    account_id: _AccountId,
    since: Annotated[datetime | None, typer.Option(help="From this time on (UTC), as 2030-01-31T08:00:00.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this time (UTC).")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="How it ended.")] = None,
    action: Annotated[Action | None, typer.Option(help="What was tried.")] = None,
    about: Annotated[str, typer.Option("--object", help="Id, external id or name of a resource.")] = "",
    actor: Annotated[str, typer.Option(help="Who did it, as the log tells it.")] = "",
    request: Annotated[str, typer.Option(help="The correlation id of a request: X-Request-Id of its answer.")] = "",
    cycle: Annotated[str, typer.Option(help="The id of a cycle, as 'log cycles' shows it.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Entries, the newest.")] = 50,
    as_json: _AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written; ends on Ctrl-C.")] = False,
) -> None:
    """Show entries, the newest last as they were written; all times are UTC."""
    if follow and (until or cycle):
        fail("--follow goes on with what is written: it takes neither --until nor --cycle")
    query = LogQuery(
        _utc(since),
        _utc(until),
        outcome,
        action,
        about=about,
        actor=actor,
        correlation=request,
        count=min(limit, _PAGE),
    )

    async def command(stores: Stores, _: Settings) -> None:
        await _check_account(stores, account_id)
        recently = change_position(datetime.now(UTC) - BEHIND)  # writers have other clocks
        try:
            found = await _newest(stores.logbook, account_id, query, cycle, limit)
        except RecordNotFound:
            fail(f"account {account_id} has no cycle {cycle}")
        _print(found, as_json=as_json)
        if not found:
            err.print("nothing yet; Ctrl-C ends" if follow else "no such entries")
        if follow:
            last = max(recently, found[-1].id if found else "")
            async for more in _following(stores.logbook, account_id, query, last):
                _print(more, as_json=as_json)

    try:
        run(command)
    except KeyboardInterrupt:
        raise typer.Exit from None


@app.command()
def cycles(account_id: _AccountId, limit: Annotated[int, typer.Option(min=1, max=500)] = 20) -> None:
    """Show how synchronization fares: the health, the last cycles, and the objects that fail; all times are UTC."""

    async def command(stores: Stores, _: Settings) -> None:
        await _check_account(stores, account_id)
        found = await synchronization(stores.logbook, account_id)
        last, _rest = await stores.logbook.ledger.list_cycles(account_id, "", limit)
        reason = found.condition.reason
        out.print(f"health  {found.condition.health.value}{f': {reason}' if reason else ''}")
        if last:
            show(_table(last))
        for fault in found.failing[:_MOST_FAILING]:
            _print_failing(fault)
        if len(found.failing) > _MOST_FAILING:
            out.print(f"\nand {len(found.failing) - _MOST_FAILING:,} more")
        err.print(_LATE if last else f"no cycle yet: {_LATE}")

    run(command)


def _table(cycles: Sequence[Cycle]) -> Table:
    numbers = [each.name for each in dataclasses.fields(Counts)]
    table = Table("cycle", "kind", "actor", "began", "ended", *numbers)
    for each in cycles:
        counts = (str(getattr(each.counts, name)) for name in numbers)
        table.add_row(each.id, each.kind.value, each.actor, _time(each.began), _time(each.ended), *counts)
    return table


def _print_failing(fault: Fault) -> None:
    name = fault.resource_name or fault.resource_id or fault.actor
    times = "once" if fault.count == 1 else f"{fault.count} times"
    out.print(f"\nfails   {name} since {_time(fault.since)}, {times}: {fault.reason}")
    out.print(f"do      {advice(fault.as_change())}")


async def _check_account(stores: Stores, account_id: str) -> None:
    try:
        await find_account(stores.accounts, account_id)
    except RecordNotFound:
        fail(f"there is no account {account_id}")


async def _newest(logbook: Logbook, account_id: str, query: LogQuery, cycle: str, limit: int) -> list[Change]:
    """The newest entries, the oldest of them first."""
    found: list[Change] = []
    position: str | None = ""
    while position is not None and len(found) < limit:
        page = await read_log(logbook, account_id, dataclasses.replace(query, position=position), cycle)
        found, position = [*found, *page.changes], page.next
    return found[:limit][::-1]


async def _following(logbook: Logbook, account_id: str, query: LogQuery, last: str) -> AsyncIterator[list[Change]]:
    """What is written after the entry *last*, as it comes."""
    while True:
        page = await logbook.log.following(account_id, last, datetime.max.replace(year=2500, tzinfo=UTC), _PAGE)
        last = page.changes[-1].id if page.changes else last
        yield [each for each in page.changes if query.selects(each)]
        if not page.changes:
            await _pause(_FOLLOWING_SECONDS)


def _print(changes: list[Change], *, as_json: bool) -> None:
    for each in changes:
        if as_json:
            out.print(json.dumps(entry_view(each).model_dump(mode="json", by_alias=True, exclude_none=True)))
            continue
        name = each.resource_name or each.resource_id or "-"
        times = f" (at least {each.count} times)" if each.count > 1 else ""
        what = f"{each.action.value:10} {each.kind or '-':11} {name}{times}"
        line = f"{_time(each.time)}  {each.outcome.value:7}  {what}  {' '.join(each.attributes)}".rstrip()
        out.print(f"{line}  by {each.actor}")
        if told := advice(each):
            status = str(each.status or "")
            out.print("    " + " ".join(filter(None, (status, each.scim_type, each.reason))))
            out.print(f"    → {told}")
            out.print(f"    request {each.correlation_id or '-'}, resource {each.resource_id or '-'}")


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
