"""How many users and groups an account has: a checkpoint and the changes after it, never a scan."""

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from domain.model import Action, Kind, Member, Outcome, Source, Totals
from domain.ports import RecordNotFound, VersionConflict
from storage import keys
from storage.client import Entity, Table, Where, create, etag_of, replace
from storage.errors import AlreadyThere
from storage.journal import Step
from storage.memberships import groups_of, members_of
from storage.transactions import submit_tolerantly

_PROVISIONED = Where("source eq @scim", {"scim": Source.SCIM.value})
_COLUMNS = ("users", "groups", "nativeGroups")
_COLUMN = {Kind.USER: "users", Kind.GROUP: "groups"}
_SIDE_BY_SIDE = 8
_WITH_MEMBERSHIPS = frozenset(Kind)
_SWEPT_AT_ONCE = 45
_NO_CHANGE = ""  # removals say nothing of who began a membership


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Totals that hold all changes whose ids sort before ``up_to``; *etag* is empty before the first is written.

    *provisioned* is the id of the last of these changes that came in through SCIM; empty where none did.
    """

    totals: Totals = field(default_factory=Totals)
    up_to: str = ""
    etag: str = ""
    provisioned: str = ""


async def totals(table: Table, account: str) -> Totals:
    """The totals now, exactly: two rounds, or three where very many changes lie after the checkpoint."""
    return await _counted(table, account, _COLUMNS)


async def total(table: Table, account: str, kind: Kind) -> int:
    """How many users, or SCIM groups, there are now: as `totals`, of the changes only those that count here."""
    column = _COLUMN[kind]
    found = await _counted(table, account, (column,))
    return found.users if kind is Kind.USER else found.groups


async def _counted(table: Table, account: str, columns: Sequence[str]) -> Totals:
    """The totals, of which those of *columns* are true now."""
    checkpoint = await read_checkpoint(table, account)
    deltas = Where(" or ".join(f"{each} ne 0" for each in columns))  # the library would write a parameter 0 as "false"
    low, high = f"{keys.CHANGE}{checkpoint.up_to}", keys.after_prefix(keys.CHANGE)
    rows, token = await table.page(account, low, high, where=deltas, select=["RowKey", *columns])
    found = _add(checkpoint.totals, rows)
    if not token:
        return found
    rests = await asyncio.gather(
        *(_rest(table, account, part, deltas, columns) for part in _split(rows[-1]["RowKey"], high))
    )
    return _add(found, [row for rest in rests for row in rest])


async def advance(table: Table, account: str, until: datetime, limit: int) -> int:
    """Add at most *limit* changes made before *until* to the checkpoint; the answer is how many were added.

    Memberships that were written while their user or group was being deleted are swept first.  Two calls at once do
    no harm: one of them adds nothing.
    """
    checkpoint = await read_checkpoint(table, account)
    end = keys.moment_id(until)
    if end <= checkpoint.up_to:
        return 0
    changes, more = await _changes(table, account, checkpoint.up_to, end, limit)
    await _sweep(table, account, changes)
    up_to = f"{changes[-1]['RowKey'].removeprefix(keys.CHANGE)}0" if more else end
    after = Checkpoint(
        _add(checkpoint.totals, changes), up_to, checkpoint.etag, _last(changes) or checkpoint.provisioned
    )
    moved = await _write(table, account, after)
    return len(changes) if moved else 0


async def correct(table: Table, account: str, counted: Totals, real: Totals) -> None:
    """Move the checkpoint by the difference between what is *counted* and what is *real*.

    Raises:
        VersionConflict: The checkpoint moved meanwhile.
    """
    before = await read_checkpoint(table, account)
    corrected = Totals(
        before.totals.users + real.users - counted.users,
        before.totals.groups + real.groups - counted.groups,
        before.totals.native_groups + real.native_groups - counted.native_groups,
    )
    if not await _write(table, account, dataclasses.replace(before, totals=corrected)):
        raise VersionConflict


async def read_checkpoint(table: Table, account: str) -> Checkpoint:
    """The checkpoint as it stands; before the first one, one that holds no change."""
    row = await table.find(account, keys.TOTALS)
    if row is None:
        return Checkpoint()
    etag = etag_of(row)
    found = Totals(row["users"], row["groups"], row.get("nativeGroups", 0))
    return Checkpoint(found, row["upTo"], etag, row.get("provisioned", ""))


async def last_provisioned(table: Table, account: str) -> datetime | None:
    """When a change last came in through SCIM: the checkpoint's, unless one of those after it did."""
    checkpoint = await read_checkpoint(table, account)
    low, high = f"{keys.CHANGE}{checkpoint.up_to}", keys.after_prefix(keys.CHANGE)
    last = checkpoint.provisioned
    async for rows in table.pages(account, low, high, where=_PROVISIONED, select=["RowKey", "source"]):
        last = _last(rows) or last
    return keys.moment_of(last) if last else None


def _last(changes: Sequence[Entity]) -> str:
    """The id of the last of *changes* that came in through SCIM; empty where none did."""
    through_scim = (row["RowKey"] for row in reversed(changes) if row["source"] == Source.SCIM.value)
    return str(next(through_scim, "")).removeprefix(keys.CHANGE)


async def _write(table: Table, account: str, checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint could be moved; another may have come first."""
    totals = checkpoint.totals
    entity: Entity = {
        "RowKey": keys.TOTALS,
        "users": totals.users,
        "groups": totals.groups,
        "nativeGroups": totals.native_groups,
        "upTo": checkpoint.up_to,
        "provisioned": checkpoint.provisioned,
    }
    try:
        await table.write(account, replace(entity, checkpoint.etag) if checkpoint.etag else create(entity))
    except (AlreadyThere, VersionConflict, RecordNotFound):
        return False
    return True


async def _changes(table: Table, account: str, up_to: str, end: str, limit: int) -> tuple[list[Entity], bool]:
    """At most *limit* changes from *up_to* to before *end*, and whether more follow."""
    found: list[Entity] = []
    columns = ["RowKey", *_COLUMNS, "action", "kind", "resource", "outcome", "source"]
    async for rows in table.pages(account, f"{keys.CHANGE}{up_to}", f"{keys.CHANGE}{end}", select=columns):
        found += rows
        if len(found) > limit:
            return found[:limit], True
    return found, False


async def _rest(
    table: Table, account: str, part: tuple[str, str], deltas: Where, columns: Sequence[str]
) -> list[Entity]:
    pages = table.pages(account, *part, where=deltas, select=list(columns))
    return [row async for page in pages for row in page]


def _add(start: Totals, changes: Sequence[Entity]) -> Totals:
    users, groups, native_groups = start.users, start.groups, start.native_groups
    for row in changes:
        users += row.get("users") or 0
        groups += row.get("groups") or 0
        native_groups += row.get("nativeGroups") or 0
    return Totals(users, groups, native_groups)


def _split(last: str, high: str) -> list[tuple[str, str]]:
    """The changes after *last* as ranges of the same time; the last range is open, as a clock may be ahead."""
    start = int(last.removeprefix(keys.CHANGE)[:12], 16)
    now = keys.moment_id(datetime.now().astimezone())
    step = max(1, (int(now, 16) - start) // _SIDE_BY_SIDE)
    bounds = [f"{last}0", *(f"{keys.CHANGE}{start + step * each:012x}" for each in range(1, _SIDE_BY_SIDE)), high]
    return [(low, following) for low, following in pairwise(bounds) if low < following]


async def _sweep(table: Table, account: str, changes: Sequence[Entity]) -> None:
    """Remove memberships of users and groups that these changes deleted: each was written at the same moment.

    A deletion that was refused deleted nothing, and administrative acts are about other things.
    """
    for change in changes:
        deleted = change["action"] == Action.DELETE.value and change["outcome"] == Outcome.SUCCESS.value
        if deleted and change["kind"] in _WITH_MEMBERSHIPS:
            await sweep(table, account, Kind(change["kind"]), change["resource"])


async def sweep(table: Table, account: str, kind: Kind, resource_id: str) -> int:
    """Remove the memberships of a deleted user or group that are still there; the answer is how many."""
    member = Member(resource_id, kind)
    steps: list[Step] = []
    for native in (False, True):
        groups = await groups_of(table, account, resource_id, native=native)
        steps += [Step(False, group, member, native) for group in groups]
        if kind is Kind.GROUP:
            members = await members_of(table, account, resource_id, native=native)
            steps += [Step(False, resource_id, each, native) for each in members]
    for start in range(0, len(steps), _SWEPT_AT_ONCE):
        chunk = steps[start : start + _SWEPT_AT_ONCE]
        await submit_tolerantly(table, account, [each for step in chunk for each in step.operations(_NO_CHANGE)])
    return len(steps)
