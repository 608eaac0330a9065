"""Work that takes more than one transaction: written down with the first, done in chunks, gone with the last.

The row ``j:{change}`` says which resource waits for the end and how much is done; ``j:{change}:{n}`` hold the steps.
Every chunk also writes the first of these rows, so a slow worker's chunk is refused once another has finished.
"""

import asyncio
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

from domain.model import Kind, Member
from domain.ports import RecordNotFound, RecordTooLarge, StoreUnavailable
from storage import keys
from storage.client import Entity, Operation, Table, create, delete, merge, upsert
from storage.entities import membership_entities
from storage.errors import Refused
from storage.limits import MAX_OPERATIONS
from storage.transactions import submit_tolerantly

CHUNK = 47
"""Steps of one transaction: two rows each, and those of the journal in the last."""
SIDE_BY_SIDE = 4
"""Chunks under way at once."""

_BLOB = 60_000
_BLOBS_A_ROW = 12
_MAX_ROWS = 4
_GONE = 404


@dataclass(frozen=True, slots=True)
class Step:
    """One membership to be added, or removed; *native* says of what kind its group is."""

    adds: bool
    group_id: str
    member: Member
    native: bool = False

    def operations(self, change_id: str) -> tuple[Operation, Operation]:
        """The writes of both its rows, for the change of that id."""
        there, back = membership_entities(self.group_id, self.member, change_id, native=self.native)
        if self.adds:
            return upsert(there), upsert(back)
        return delete(there["RowKey"]), delete(back["RowKey"])


@dataclass(frozen=True, slots=True)
class Work:
    """The steps of one change, and the row key of the group that is marked as waiting for them, if any."""

    change_id: str
    steps: Sequence[Step]
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many steps are done, and how many rows hold them; no rows where there is no journal."""

    done: int
    rows: int


def fits(fixed: int, steps: int) -> bool:
    """Whether so many steps fit into one transaction beside *fixed* operations."""
    return fixed + 2 * steps <= MAX_OPERATIONS


def first_transaction(fixed: Sequence[Operation], work: Work) -> tuple[list[Operation], Progress]:
    """The *fixed* operations with all steps of *work* if they fit, else with its journal and the first steps.

    Raises:
        RecordTooLarge: More steps than a journal holds.
    """
    if fits(len(fixed), len(work.steps)):
        return [*fixed, *_operations(work, work.steps)], Progress(len(work.steps), 0)
    parts = _part_entities(work)
    done = (MAX_OPERATIONS - len(fixed) - len(parts) - 1) // 2
    head: Entity = {"RowKey": keys.journal(work.change_id), "waiting": work.waiting, "parts": len(parts), "done": done}
    operations = [*fixed, create(head), *map(create, parts), *_operations(work, work.steps[:done])]
    return operations, Progress(done, len(parts))


async def finish(table: Table, account: str, work: Work, progress: Progress) -> None:
    """Do the steps of *work* that are left, then remove its journal; nothing where it has none.

    Steps that are done already may be done again, also by two workers at once.
    """
    if not progress.rows:
        return
    done = progress.done
    *early, last = batched(work.steps[done:], CHUNK, strict=False)
    try:
        for wave in batched(early, SIDE_BY_SIDE, strict=False):
            await asyncio.gather(*(_chunk(table, account, work, chunk, done) for chunk in wave))
            done += sum(map(len, wave))
        await _last_chunk(table, account, work, last, progress.rows)
    except Refused as refused:
        if refused.status != _GONE:
            raise StoreUnavailable("the work is not finished; the timer goes on with it") from refused
        # the journal is gone: another worker has finished it


async def resume(table: Table, account: str, change_id: str) -> None:
    """Finish the work of *change_id*, if it is not finished."""
    try:
        head = await table.get(account, keys.journal(change_id))
        work = await _read(table, account, change_id, head)
    except RecordNotFound:
        return
    await finish(table, account, work, Progress(head["done"], head["parts"]))


async def unfinished(table: Table, account: str) -> list[str]:
    """The ids of the changes whose work is not finished, the oldest first."""
    rows = await table.rows(account, keys.JOURNAL, select=["RowKey"])
    names = [row["RowKey"].removeprefix(keys.JOURNAL) for row in rows]
    return [name for name in names if ":" not in name]


async def _chunk(table: Table, account: str, work: Work, steps: Sequence[Step], done: int) -> None:
    progress = merge({"RowKey": keys.journal(work.change_id), "done": done})
    await submit_tolerantly(table, account, [progress, *_operations(work, steps)])


async def _last_chunk(table: Table, account: str, work: Work, steps: Sequence[Step], rows: int) -> None:
    ends = [delete(keys.journal(work.change_id)), *(delete(_part_key(work.change_id, each)) for each in range(rows))]
    operations = [*ends, *_operations(work, steps)]
    if not work.waiting:
        await submit_tolerantly(table, account, operations)
        return
    try:
        await submit_tolerantly(table, account, [*operations, merge({"RowKey": work.waiting, "pending": ""})])
    except Refused as refused:
        if refused.index != len(operations):
            raise
        await submit_tolerantly(table, account, operations)  # nothing waits any more


def _operations(work: Work, steps: Iterable[Step]) -> list[Operation]:
    return [operation for step in steps for operation in step.operations(work.change_id)]


# Steps as bytes


def _part_key(change_id: str, number: int) -> str:
    return f"{keys.journal(change_id)}:{number}"


def _part_entities(work: Work) -> list[Entity]:
    """The rows that hold the steps, compressed."""
    blobs = [bytes(blob) for blob in batched(_pack(work.steps), _BLOB, strict=False)]
    rows = [
        {"RowKey": _part_key(work.change_id, number)} | {f"b{index}": blob for index, blob in enumerate(share)}
        for number, share in enumerate(batched(blobs, _BLOBS_A_ROW, strict=False))
    ]
    if len(rows) > _MAX_ROWS:
        raise RecordTooLarge(f"{len(work.steps)} memberships in one change")
    return rows


async def _read(table: Table, account: str, change_id: str, head: Entity) -> Work:
    """Raises: RecordNotFound: The journal went meanwhile."""
    parts = [table.get(account, _part_key(change_id, number)) for number in range(head["parts"])]
    rows = await asyncio.gather(*parts)
    packed = b"".join(row[f"b{index}"] for row in rows for index in range(_BLOBS_A_ROW) if f"b{index}" in row)
    return Work(change_id, _unpack(packed), head["waiting"])


def _pack(steps: Iterable[Step]) -> bytes:
    lines = (f"{_SIGN[step.adds, step.member.kind, step.native]}{step.group_id}:{step.member.id}" for step in steps)
    return zlib.compress("\n".join(lines).encode())


def _unpack(packed: bytes) -> list[Step]:
    return [_step(line) for line in zlib.decompress(packed).decode().splitlines()]


def _step(line: str) -> Step:
    adds, kind, native = _MEANING[line[0]]
    group_id, _, member_id = line[1:].partition(":")
    return Step(adds, group_id, Member(member_id, kind), native)


_SIGN = {
    (True, Kind.USER, False): "+",
    (True, Kind.GROUP, False): "*",
    (False, Kind.USER, False): "-",
    (False, Kind.GROUP, False): "/",
    (True, Kind.USER, True): ">",
    (True, Kind.GROUP, True): "}",
    (False, Kind.USER, True): "<",
    (False, Kind.GROUP, True): "{",
}
_MEANING = {sign: meaning for meaning, sign in _SIGN.items()}
