"""The ledgers in Table Storage: the row ``s:notified``, and a row for each fault and for each cycle."""

import asyncio
import zlib
from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter

from domain.history.cycles import Cycle
from domain.history.faults import Fault
from domain.history.ledger import Ledger
from domain.ports import VersionConflict
from storage import keys
from storage.client import Entity, Operation, Table, create, delete, etag_of, replace, upsert
from storage.errors import Refused

_CYCLE = TypeAdapter(Cycle)
_CYCLES = TypeAdapter(dict[str, Cycle])
_FAULT = TypeAdapter(Fault)
_LATEST = 0xFFFFFFFFFFFF
_MAX_DELETED = 100


class TableLedger:
    """Fulfils `domain.history.ledger.LedgerStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def read_ledger(self, account: str) -> Ledger:
        row, faults = await asyncio.gather(
            self._table.find(account, keys.NOTIFIED), self._table.rows(account, keys.FAULT)
        )
        found = {each.key: each for each in (_FAULT.validate_json(fault["doc"]) for fault in faults)}
        if row is None:
            return Ledger(faults=found)
        under_way = _CYCLES.validate_json(zlib.decompress(row["cycles"]))
        known = tuple(zlib.decompress(row["known"]).decode().split())
        return Ledger(row["upTo"], found, under_way, known, row["notice"], etag_of(row))

    async def write_ledger(self, account: str, before: Ledger, after: Ledger) -> Ledger:
        return await write(self._table, account, before, after)

    async def list_cycles(self, account: str, position: str, count: int) -> tuple[tuple[Cycle, ...], str | None]:
        low, high = position or keys.CYCLE, keys.after_prefix(keys.CYCLE)
        rows, _ = await self._table.page(account, low, high, page_size=count + 1)
        following = str(rows[count]["RowKey"]) if len(rows) > count else None
        return tuple(_CYCLE.validate_json(row["doc"]) for row in rows[:count]), following

    async def get_cycle(self, account: str, cycle_id: str) -> Cycle:
        return _CYCLE.validate_json((await self._table.get(account, cycle_key(cycle_id)))["doc"])

    async def drop_cycles(self, account: str, before: datetime, limit: int) -> int:
        low, high = cycle_key(keys.moment_id(before)), keys.after_prefix(keys.CYCLE)
        count = min(limit, _MAX_DELETED)
        rows, _ = await self._table.page(account, low, high, select=["RowKey"], page_size=count)
        if not rows:
            return 0
        try:
            await self._table.submit(account, [delete(row["RowKey"]) for row in rows[:count]])
        except Refused:
            return 0  # another run drops them
        return len(rows)


async def write(table: Table, account: str, before: Ledger, after: Ledger, more: tuple[Operation, ...] = ()) -> Ledger:
    """Write what differs between *before* and *after*, and do *more*, in one transaction; the new state of the ledger.

    Raises:
        VersionConflict: Another has written the ledger since *before* was read.
    """
    entity: Entity = {
        "RowKey": keys.NOTIFIED,
        "upTo": after.position,
        "cycles": zlib.compress(_CYCLES.dump_json(dict(after.cycles))),
        "known": zlib.compress(" ".join(after.known).encode()),
        "notice": after.notice,
    }
    own = replace(entity, before.version) if before.version else create(entity)
    operations = [
        own,
        *_changed_faults(before.faults, after.faults),
        *_changed_cycles(before.cycles, after.cycles),
        *more,
    ]
    try:
        etags = await table.submit(account, operations)
    except Refused as refused:
        raise VersionConflict(operations[refused.index].row_key) from refused
    return Ledger(after.position, after.faults, after.cycles, after.known, after.notice, etags[0])


def cycle_key(cycle_id: str) -> str:
    """The row of a cycle: later ones sort before earlier ones."""
    moment, rest = cycle_id[:12], cycle_id[12:]
    return f"{keys.CYCLE}{_LATEST - int(moment, 16):012x}{rest}"


def _changed_faults(before: Mapping[str, Fault], after: Mapping[str, Fault]) -> list[Operation]:
    written = [
        upsert({"RowKey": f"{keys.FAULT}{key}", "doc": _FAULT.dump_json(each).decode()})
        for key, each in after.items()
        if before.get(key) != each
    ]
    return [*written, *(delete(f"{keys.FAULT}{key}") for key in before if key not in after)]


def _changed_cycles(before: Mapping[str, Cycle], after: Mapping[str, Cycle]) -> list[Operation]:
    known = set(before.values())
    return [
        upsert({"RowKey": cycle_key(each.id), "doc": _CYCLE.dump_json(each).decode()})
        for each in after.values()
        if each not in known
    ]
