"""The directory of all accounts in Table Storage: each change one entity group transaction, or a journal's worth."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched

from domain.model import Change, GroupRecord, Kind, Member, MemberDelta, Membership, Record, Totals, UserRecord
from domain.native.scopes import Scope
from domain.ports import MembershipPage, MembershipQuery, Page, Query, RecordNotFound, VersionConflict
from storage import journal, keys, membership_pages, memberships, search
from storage import totals as counts
from storage.audit import Finding, audit
from storage.client import Entity, Operation, Table, create, delete, replace, upsert
from storage.entities import (
    change_entity,
    index_entity,
    index_rows,
    split_version,
    to_entity,
    to_record,
)
from storage.journal import Step, Work
from storage.limits import MAX_OPERATIONS
from storage.transactions import commit


class TableDirectory:
    """Fulfils `domain.ports.DirectoryStore` and `domain.ports.MaintenanceStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # Users

    async def get_user(
        self, account: str, user_id: str, *, groups: bool = False, native_groups: bool = False
    ) -> UserRecord:
        async def of(native: bool, wanted: bool) -> tuple[str, ...] | None:
            return await memberships.groups_of(self._table, account, user_id, native=native) if wanted else None

        row, scim, other = await asyncio.gather(
            self._row(account, Kind.USER, user_id), of(False, groups), of(True, native_groups)
        )
        return dataclasses.replace(_user(row), groups=scim, native_groups=other)

    async def create_user(self, account: str, user: UserRecord, change: Change) -> UserRecord:
        operations = [create(to_entity(user, change.id)), *_index_changes(None, user)]
        version = await self._commit(account, change, user, operations)
        return dataclasses.replace(user, version=version)

    async def replace_user(self, account: str, before: UserRecord, after: UserRecord, change: Change) -> UserRecord:
        entity = to_entity(after, change.id)
        operations = [replace(entity, before.version), *_index_changes(before, after)]
        version = await self._commit(account, change, after, operations)
        return dataclasses.replace(after, version=version)

    async def delete_user(self, account: str, user: UserRecord, change: Change) -> None:
        if user.groups is None or user.native_groups is None:
            whole = await self.get_user(account, user.id, groups=True, native_groups=True)
            user = dataclasses.replace(user, groups=whole.groups, native_groups=whole.native_groups)
        member = Member(user.id)
        steps = [Step(False, each, member) for each in user.groups or ()]
        steps += [Step(False, each, member, native=True) for each in user.native_groups or ()]
        work = Work(change.id, steps)
        await self._remove(account, user, user.version, change, work)

    # Groups

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        if not members:
            return _group(await self._row(account, Kind.GROUP, group_id))
        row, of, within = await asyncio.gather(
            self._row(account, Kind.GROUP, group_id),
            memberships.members_of(self._table, account, group_id, native=native),
            memberships.groups_of(self._table, account, group_id),
        )
        return dataclasses.replace(_group(row), members=of, groups=within)

    async def create_group(
        self, account: str, group: GroupRecord, members: tuple[Member, ...], change: Change
    ) -> GroupRecord:
        unique = {member.id: member for member in members}
        steps = [Step(True, group.id, member, group.is_native) for member in unique.values()]
        version = await self._write_group(account, group, None, steps, change)
        return dataclasses.replace(
            group, version=version, members=tuple(sorted(unique.values(), key=_by_id)), groups=()
        )

    async def replace_group(
        self, account: str, before: GroupRecord, after: GroupRecord, delta: MemberDelta, change: Change
    ) -> GroupRecord:
        await self._settle(account, before)
        version = await self._write_group(account, after, before, _steps(before, after, delta), change)
        return dataclasses.replace(after, version=version, members=_members_after(before, delta), groups=before.groups)

    async def delete_group(self, account: str, group: GroupRecord, change: Change) -> None:
        await self._settle(account, group)
        members, parents = group.members, group.groups
        if members is None:
            members = await memberships.members_of(self._table, account, group.id, native=group.is_native)
        if parents is None:
            parents = await memberships.groups_of(self._table, account, group.id)
        steps = [Step(False, group.id, member, group.is_native) for member in members]
        steps += [Step(False, parent, Member(group.id, Kind.GROUP)) for parent in parents]
        await self._remove(account, group, group.version, change, Work(change.id, list(dict.fromkeys(steps))))

    # Relations, lists, totals

    async def kinds_of(self, account: str, ids: Iterable[str]) -> Mapping[str, Kind]:
        return await memberships.kinds_of(self._table, account, ids)

    async def members_among(
        self, account: str, group_id: str, ids: Iterable[str], *, native: bool = False
    ) -> frozenset[str]:
        return await memberships.members_among(self._table, account, group_id, ids, native=native)

    async def identifiers(self, account: str, scope: Scope, stem: str) -> frozenset[str]:
        low = f"{keys.identifiers(str(scope))}{stem}"
        pages = self._table.pages(account, low, f"{low}~", select=["RowKey"])
        return frozenset([keys.last_part(row["RowKey"]) async for page in pages for row in page])

    async def get_membership(self, account: str, group_id: str, member_id: str) -> Membership:
        return await membership_pages.get(self._table, account, group_id, member_id)

    async def find_memberships(self, account: str, query: MembershipQuery) -> MembershipPage:
        return await membership_pages.find(self._table, account, query)

    async def find(self, account: str, query: Query) -> Page:
        return await search.find(self._table, account, query)

    async def totals(self, account: str) -> Totals:
        return await counts.totals(self._table, account)

    async def record(self, account: str, *changes: Change) -> None:
        batches = batched(map(upsert, map(change_entity, changes)), MAX_OPERATIONS, strict=False)
        await asyncio.gather(*(self._table.submit(account, batch) for batch in batches))

    # Maintenance

    async def roll_forward(self, account: str) -> int:
        unfinished = await journal.unfinished(self._table, account)
        for change_id in unfinished:
            await journal.resume(self._table, account, change_id)
        return len(unfinished)

    async def checkpoint(self, account: str, until: datetime, limit: int) -> int:
        return await counts.advance(self._table, account, until, limit)

    def audit(self, account: str, *, repair: bool = False) -> AsyncIterator[Finding]:
        """What does not fit together in the account's rows, repaired if asked for; see `storage.audit`."""
        return audit(self._table, account, repair=repair)

    # What the writes share

    async def _row(self, account: str, kind: Kind, resource_id: str) -> Entity:
        if not keys.is_id(resource_id):
            raise RecordNotFound(kind.value)
        return await self._table.get(account, keys.resource(kind, resource_id))

    async def _commit(self, account: str, change: Change, record: Record, operations: Sequence[Operation]) -> str:
        """The version of *record* after a transaction of the change's row and *operations*, its own row's first."""
        version = await commit(self._table, account, [create(change_entity(change)), *operations])
        return version if version is not None else await self._version_after(account, change, record)

    async def _version_after(self, account: str, change: Change, record: Record) -> str:
        """The version that *change* gave to *record*; one that nothing has where another change came after it."""
        row = await self._table.find(account, keys.resource(record.kind, record.id))
        return to_record(row).version if row is not None and row["change"] == change.id else f'W/"{change.id}"'

    async def _write_group(
        self, account: str, group: GroupRecord, before: GroupRecord | None, steps: Sequence[Step], change: Change
    ) -> str:
        """Write a group, new where *before* is None, with the *steps* of its memberships; its version after that."""
        row_key = keys.resource(Kind.GROUP, group.id)
        index = _index_changes(before, group)
        pending = "" if journal.fits(2 + len(index), len(steps)) else change.id
        entity = to_entity(group, change.id, pending=pending)
        own = create(entity) if before is None else replace(entity, before.version)
        work = Work(change.id, steps, waiting=row_key)
        operations, progress = journal.first_transaction([create(change_entity(change)), own, *index], work)
        version = await commit(self._table, account, operations)
        if version is not None and not pending:
            return version
        await journal.finish(self._table, account, work, progress)
        return await self._version_after(account, change, group)

    async def _remove(self, account: str, record: Record, version: str, change: Change, work: Work) -> None:
        """Delete a record's rows with its memberships."""
        own = delete(keys.resource(record.kind, record.id), version)
        index = [delete(row_key) for row_key in index_rows(record)]
        operations, progress = journal.first_transaction([create(change_entity(change)), own, *index], work)
        await commit(self._table, account, operations)
        await journal.finish(self._table, account, work, progress)

    async def _settle(self, account: str, group: GroupRecord) -> None:
        """Finish what another change left unfinished in a group as it was read.

        Raises:
            VersionConflict: There was such a change, so the group is another now.
        """
        _, pending = split_version(group.version)
        if pending:
            await journal.resume(self._table, account, pending)
            raise VersionConflict


def _index_changes(before: Record | None, after: Record) -> list[Operation]:
    """What to do with the rows that lead to a record; a value that must be unique is created, never overwritten."""
    old, new = index_rows(before) if before is not None else {}, index_rows(after)
    removed = [delete(row_key) for row_key in old if row_key not in new]
    added = [
        create(index_entity(row_key, after.id, unique)) if unique else upsert(index_entity(row_key, after.id))
        for row_key, unique in new.items()
        if row_key not in old
    ]
    return [*removed, *added]


def _steps(before: GroupRecord, after: GroupRecord, delta: MemberDelta) -> list[Step]:
    """What *delta* does to the rows of a group's members; they move where another owns the group afterwards."""
    added = {member.id: member for member in delta.added}
    gone = [Member(each) for each in dict.fromkeys(delta.removed) if each not in added]
    if before.is_native is not after.is_native:
        gone = list(before.members or ())
        added = {each.id: each for each in gone if each.id not in set(delta.removed)} | added
    return [
        *(Step(False, before.id, member, before.is_native) for member in gone),
        *(Step(True, before.id, member, after.is_native) for member in added.values()),
    ]


def _by_id(member: Member) -> str:
    return member.id


def _members_after(before: GroupRecord, delta: MemberDelta) -> tuple[Member, ...] | None:
    """The members after a change, where those before it were read."""
    if before.members is None:
        return None
    left = {member.id: member for member in before.members if member.id not in set(delta.removed)}
    return tuple(sorted((left | {member.id: member for member in delta.added}).values(), key=_by_id))


def _user(row: Entity) -> UserRecord:
    record = to_record(row)
    assert isinstance(record, UserRecord)  # noqa: S101  the row key says so
    return record


def _group(row: Entity) -> GroupRecord:
    record = to_record(row)
    assert isinstance(record, GroupRecord)  # noqa: S101  the row key says so
    return record
