"""An audit of one account: whether its rows fit together, and their repair where they do not.

It reads everything and keeps in memory the keys, not the documents.  What looks wrong is read again before it is
reported, so that changes made meanwhile are not taken for faults; the totals can be judged in a quiet account only.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from domain.model import GroupRecord, Kind, Origin, Record, Totals
from domain.ports import StoreError
from storage import journal, keys
from storage import totals as counts
from storage.client import Entity, Operation, Table, create, delete, merge
from storage.entities import index_entity, index_rows, membership_entities, split_version, to_member, to_record
from storage.transactions import submit_tolerantly

_UNIQUE = (*keys.NAME.values(), *keys.UNIQUE.values(), keys.IDENTIFIER)
_INDEXES = (*_UNIQUE, *keys.EXTERNAL_ID.values(), keys.EMAIL, keys.INVITED)


class Fault(StrEnum):
    """What can be wrong with a row."""

    UNFINISHED = "work that was begun and not finished"
    ORPHAN = "a look-up row that leads to no record, or to one without this value"
    MISSING = "a record without a row that should lead to it"
    HALF = "a membership with one row only"
    LOST = "a membership of a user or group that does not exist"
    TOTALS = "totals that are not the number of records"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, the row it is about, and whether it was repaired."""

    fault: Fault
    row_key: str
    repaired: bool = False


type Repair = Callable[[], Awaitable[None]]


async def audit(table: Table, account: str, *, repair: bool = False) -> AsyncIterator[Finding]:
    """All faults of an account, one by one as they are found, each repaired first if asked for."""
    auditor = _Auditor(table, account)
    async for fault, row_key, mend in auditor.faults():
        yield Finding(fault, row_key, repaired=repair and await _mended(mend))


async def _mended(mend: Repair) -> bool:
    """Whether the repair succeeded; one that the directory's own changes have overtaken did not."""
    try:
        await mend()
    except StoreError:
        return False
    return True


type _Fault = tuple[Fault, str, Repair]


@dataclass(slots=True)
class _Auditor:
    table: Table
    account: str
    ids: dict[Kind, set[str]] = field(default_factory=lambda: {kind: set() for kind in Kind})
    scim_groups: int = 0
    native_groups: int = 0
    expected: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    async def faults(self) -> AsyncIterator[_Fault]:
        """All faults, each with what would mend it."""
        for part in (self._unfinished, self._indexes, self._waiting, self._memberships, self._totals):
            async for fault in part():
                yield fault

    # Unfinished work

    async def _unfinished(self) -> AsyncIterator[_Fault]:
        for change_id in await journal.unfinished(self.table, self.account):
            yield Fault.UNFINISHED, keys.journal(change_id), self._resumed(change_id)

    def _resumed(self, change_id: str) -> Repair:
        return lambda: journal.resume(self.table, self.account, change_id)

    async def _waiting(self) -> AsyncIterator[_Fault]:
        """Groups that wait for work nobody knows of."""
        for row_key in self.waiting:
            row = await self.table.find(self.account, row_key)
            if row is None or not row["pending"]:
                continue
            if await self.table.find(self.account, keys.journal(row["pending"])) is None:
                yield Fault.UNFINISHED, row_key, self._done(merge({"RowKey": row_key, "pending": ""}))

    # Records and the rows that lead to them

    async def _indexes(self) -> AsyncIterator[_Fault]:
        for kind in Kind:
            async for record in self._records(kind):
                self._take(record)
        for prefix in _INDEXES:
            async for row in self._rows(prefix, ["RowKey", "id"]):
                if row["RowKey"] in self.expected:
                    del self.expected[row["RowKey"]]
                elif await self._is_orphan(row):
                    yield Fault.ORPHAN, row["RowKey"], self._done(delete(row["RowKey"]))
        for row_key, unique in sorted(self.expected.items()):
            record_id = await self._lacks(row_key)
            if record_id:
                yield Fault.MISSING, row_key, self._done(create(index_entity(row_key, record_id, unique)))

    def _take(self, record: Record) -> None:
        self.ids[record.kind].add(record.id)
        self.expected.update(index_rows(record))
        if isinstance(record, GroupRecord):
            self.scim_groups += record.origin is Origin.SCIM
            self.native_groups += record.origin is not Origin.SCIM
            if split_version(record.version)[1]:
                self.waiting.append(keys.resource(Kind.GROUP, record.id))

    async def _records(self, kind: Kind) -> AsyncIterator[Record]:
        async for row in self._rows(keys.RESOURCE[kind]):
            yield to_record(row)

    async def _is_orphan(self, row: Entity) -> bool:
        """Whether an index row still leads nowhere when both are read again."""
        kind = Kind.USER if row["RowKey"].startswith("u") else Kind.GROUP
        found = await self.table.find(self.account, keys.resource(kind, row["id"]))
        still = await self.table.find(self.account, row["RowKey"]) is not None
        return still and (found is None or row["RowKey"] not in index_rows(to_record(found)))

    async def _lacks(self, row_key: str) -> str:
        """The id of the record that still lacks this index row when both are read again; else ""."""
        if await self.table.find(self.account, row_key) is not None:
            return ""
        kind = Kind.USER if row_key.startswith("u") else Kind.GROUP
        if not row_key.startswith(_UNIQUE):
            row = await self.table.find(self.account, keys.resource(kind, keys.last_part(row_key)))
            return keys.last_part(row_key) if row is not None and row_key in index_rows(to_record(row)) else ""
        async for record in self._records(kind):  # a name does not tell whose it is
            if row_key in index_rows(record):
                return record.id
        return ""

    # Memberships

    async def _memberships(self) -> AsyncIterator[_Fault]:
        for native in (False, True):
            async for fault in self._memberships_of(native=native):
                yield fault

    async def _memberships_of(self, *, native: bool) -> AsyncIterator[_Fault]:
        """The faults of the memberships of SCIM groups, or of those of native ones."""
        back: set[str] = set()
        async for row in self._rows(keys.NATIVE_MEMBER if native else keys.MEMBER, ["RowKey", "kind"]):
            group_id, member = _group_of(row["RowKey"]), to_member(row)
            back.add(f"{keys.member_of(member.id, native=native)}{group_id}")
            async for fault in self._lost(journal.Step(False, group_id, member, native), row["RowKey"]):
                yield fault
        async for row in self._rows(keys.NATIVE_MEMBER_OF if native else keys.MEMBER_OF, ["RowKey", "kind"]):
            if row["RowKey"] in back:
                back.discard(row["RowKey"])
                continue
            member_id, group_id = row["RowKey"].split(":")[1:]
            if await self._is_half(row["RowKey"], f"{keys.members(group_id, native=native)}{member_id}"):
                yield Fault.HALF, row["RowKey"], self._done(delete(row["RowKey"]))
        for row_key in sorted(back):
            member_id, group_id = row_key.split(":")[1:]
            there = f"{keys.members(group_id, native=native)}{member_id}"
            if await self._is_half(there, row_key):
                yield Fault.HALF, there, self._completed(there)

    async def _lost(self, removal: journal.Step, row_key: str) -> AsyncIterator[_Fault]:
        """A membership of somebody who did not exist when the records were read, and does not now."""
        group_id, member = removal.group_id, removal.member
        if group_id in self.ids[Kind.GROUP] and member.id in self.ids[member.kind]:
            return
        group, of, still = await asyncio.gather(
            self.table.find(self.account, keys.resource(Kind.GROUP, group_id), ["RowKey"]),
            self.table.find(self.account, keys.resource(member.kind, member.id), ["RowKey"]),
            self.table.find(self.account, row_key, ["RowKey"]),
        )
        if still is not None and (group is None or of is None):
            yield Fault.LOST, row_key, self._done(*removal.operations(change_id=""))

    async def _is_half(self, there: str, missing: str) -> bool:
        """Whether the one row still stands without the other, also when both are read again."""
        one, other = await asyncio.gather(
            *(self.table.find(self.account, each, ["RowKey"]) for each in (there, missing))
        )
        return one is not None and other is None

    def _completed(self, row_key: str) -> Repair:
        """Writes the row back from the member to its group: what the group says counts."""

        async def complete() -> None:
            row = await self.table.get(self.account, row_key)
            native = row_key.startswith(keys.NATIVE_MEMBER)
            _, back = membership_entities(_group_of(row_key), to_member(row), row["change"], native=native)
            await self.table.write(self.account, create(back))

        return complete

    # Totals

    async def _totals(self) -> AsyncIterator[_Fault]:
        real = Totals(len(self.ids[Kind.USER]), self.scim_groups, self.native_groups)
        counted = await counts.totals(self.table, self.account)
        if counted != real:
            yield Fault.TOTALS, keys.TOTALS, lambda: counts.correct(self.table, self.account, counted, real)

    # What they share

    async def _rows(self, prefix: str, select: list[str] | None = None) -> AsyncIterator[Entity]:
        async for rows in self.table.pages(self.account, prefix, keys.after_prefix(prefix), select=select):
            for row in rows:
                yield row

    def _done(self, *operations: Operation) -> Repair:
        async def submit() -> None:
            await submit_tolerantly(self.table, self.account, operations)

        return submit


def _group_of(row_key: str) -> str:
    return row_key.split(":")[1]
