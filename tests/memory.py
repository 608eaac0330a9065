"""Stores in memory that keep every promise of the ports; the same tests hold for them and for the real tables."""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.model import (
    Account,
    AccountSettings,
    Change,
    GroupRecord,
    Kind,
    Member,
    MemberDelta,
    Membership,
    Origin,
    Record,
    Totals,
    UserRecord,
)
from domain.native.scopes import Scope
from domain.ports import (
    MembershipPage,
    MembershipQuery,
    Page,
    Query,
    RecordNotFound,
    Sort,
    Taken,
    TooManyMatches,
    VersionConflict,
)
from domain.provisioning.representation import resource
from scim.comparison import fold
from scim.extension_schemas import ExtensionSchema
from scim.filters import comparable, matches, values_at
from scim.json_types import JsonObject

MAX_SORTED = 10_000


@dataclass
class _Space:
    """What one account has."""

    records: dict[tuple[Kind, str], Record] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Membership] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)


class MemoryDirectory:
    """Fulfils `DirectoryStore` and `MaintenanceStore`; ``changes`` tells tests what was written down."""

    def __init__(self) -> None:
        self._spaces: dict[str, _Space] = {}
        self._versions = 0

    def changes(self, account: str) -> tuple[Change, ...]:
        """All changes of an account in the order of their ids."""
        written = self._space(account).changes
        return tuple(written[each] for each in sorted(written))

    def records(self, account: str) -> tuple[Record, ...]:
        """All users and groups of an account, without their relations."""
        return tuple(self._space(account).records.values())

    async def get_user(
        self, account: str, user_id: str, *, groups: bool = False, native_groups: bool = False
    ) -> UserRecord:
        user = self._get(account, Kind.USER, user_id)
        assert isinstance(user, UserRecord)
        return dataclasses.replace(
            user,
            groups=self._groups_of(account, user_id) if groups else None,
            native_groups=self._groups_of(account, user_id, native=True) if native_groups else None,
        )

    async def create_user(self, account: str, user: UserRecord, change: Change) -> UserRecord:
        self._put(account, user, change)
        return dataclasses.replace(user, version=self._get(account, Kind.USER, user.id).version)

    async def replace_user(self, account: str, before: UserRecord, after: UserRecord, change: Change) -> UserRecord:
        self._check(account, before)
        self._put(account, after, change)
        return dataclasses.replace(after, version=self._get(account, Kind.USER, after.id).version)

    async def delete_user(self, account: str, user: UserRecord, change: Change) -> None:
        self._delete(account, user, change)

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        group = self._get(account, Kind.GROUP, group_id)
        assert isinstance(group, GroupRecord)
        if not members:
            return group
        of = self._members_of(account, group_id) if group.is_native is native else ()
        return dataclasses.replace(group, members=of, groups=self._groups_of(account, group_id))

    async def create_group(
        self, account: str, group: GroupRecord, members: tuple[Member, ...], change: Change
    ) -> GroupRecord:
        self._put(account, group, change)
        self._change_members(account, group.id, MemberDelta(added=members), change)
        return await self.get_group(account, group.id, members=True, native=group.is_native)

    async def replace_group(
        self, account: str, before: GroupRecord, after: GroupRecord, delta: MemberDelta, change: Change
    ) -> GroupRecord:
        self._check(account, before)
        self._put(account, after, change)
        self._change_members(account, after.id, delta, change)
        whole = before.members is not None
        return await self.get_group(account, after.id, members=whole, native=after.is_native)

    async def delete_group(self, account: str, group: GroupRecord, change: Change) -> None:
        self._delete(account, group, change)

    async def kinds_of(self, account: str, ids: Iterable[str]) -> Mapping[str, Kind]:
        records = self._space(account).records
        found = {each: kind for each in ids for kind in Kind if (kind, each) in records}
        return {each: kind for each, kind in found.items() if not self._is_native(account, each)}

    async def identifiers(self, account: str, scope: Scope, stem: str) -> frozenset[str]:
        held = map(_identifier, self._space(account).records.values())
        return frozenset(each[1] for each in held if each and each[0] == str(scope) and each[1].startswith(stem))

    async def members_among(
        self, account: str, group_id: str, ids: Iterable[str], *, native: bool = False
    ) -> frozenset[str]:
        there = self._space(account).memberships
        of = self._is_native(account, group_id) is native
        return frozenset(each for each in ids if of and (group_id, each) in there)

    async def get_membership(self, account: str, group_id: str, member_id: str) -> Membership:
        try:
            membership = self._space(account).memberships[group_id, member_id]
        except KeyError:
            raise RecordNotFound from None
        if self._is_native(account, group_id):
            raise RecordNotFound
        return membership

    async def find_memberships(self, account: str, query: MembershipQuery) -> MembershipPage:
        there = self._space(account).memberships.values()
        of_kind = [each for each in there if self._is_native(account, each.group_id) is query.native]
        found = sorted((each for each in of_kind if _fits(each, query)), key=_id)
        start = max(query.start_index, 1) - 1 if query.after is None else sum(each.id <= query.after for each in found)
        shown = found[start : start + query.count]
        more = bool(shown) and query.after is not None and start + len(shown) < len(found)
        unknown = query.after is not None and (start > 0 or more)
        return MembershipPage(tuple(shown), None if unknown else len(found), shown[-1].id if more else None)

    async def find(self, account: str, query: Query) -> Page:
        await asyncio.sleep(0)
        found = [each for each in self._listed(account, query.kind) if self._satisfies(account, each, query)]
        total = len(found)
        if query.sort is not None:
            found = self._sorted(found, query.sort)
        start = max(query.start_index, 1) - 1 if query.after is None else _place(found, query)
        shown = found[start : start + query.count]
        more = bool(shown) and start + len(shown) < len(found)
        records = tuple(self._shown(account, each, query) for each in shown)
        return Page(records, total, shown[-1].id if more else None)

    async def record(self, account: str, *changes: Change) -> None:
        self._space(account).changes.update({each.id: each for each in changes})

    async def totals(self, account: str) -> Totals:
        written = self._space(account).changes.values()
        users, groups = sum(each.users for each in written), sum(each.groups for each in written)
        return Totals(users, groups, sum(each.native_groups for each in written))

    async def roll_forward(self, account: str) -> int:  # noqa: ARG002  nothing is ever unfinished here
        return 0

    async def checkpoint(self, account: str, until: datetime, limit: int) -> int:  # noqa: ARG002  nothing to add up
        return 0

    # How it is kept

    def _space(self, account: str) -> _Space:
        return self._spaces.setdefault(account, _Space())

    def _get(self, account: str, kind: Kind, resource_id: str) -> Record:
        try:
            return self._space(account).records[kind, resource_id]
        except KeyError:
            raise RecordNotFound(resource_id) from None

    def _check(self, account: str, before: Record) -> None:
        if self._get(account, before.kind, before.id).version != before.version:
            raise VersionConflict(before.id)

    def _put(self, account: str, record: Record, change: Change) -> None:
        space = self._space(account)
        attribute = "userName" if record.kind is Kind.USER else "displayName"
        name = _name(record)
        for other in space.records.values():
            if name is not None and other.kind is record.kind and other.id != record.id and _name(other) == name:
                raise Taken(attribute)
            held = set(other.unique) if other.kind is record.kind and other.id != record.id else set()
            for each in record.unique:
                if each in held:
                    raise Taken(each.attribute)
            if _identifier(other) is not None and _identifier(other) == _identifier(record) and other.id != record.id:
                raise Taken("identifier")
        self._versions += 1
        stored: Record = dataclasses.replace(record, version=f"v{self._versions}", groups=None)
        if isinstance(stored, GroupRecord):
            stored = dataclasses.replace(stored, members=None)
        else:
            stored = dataclasses.replace(stored, native_groups=None)
        space.records[record.kind, record.id] = stored
        space.changes[change.id] = change

    def _delete(self, account: str, record: Record, change: Change) -> None:
        self._check(account, record)
        space = self._space(account)
        del space.records[record.kind, record.id]
        space.memberships = {pair: each for pair, each in space.memberships.items() if record.id not in pair}
        space.changes[change.id] = change

    def _change_members(self, account: str, group_id: str, delta: MemberDelta, change: Change) -> None:
        there = self._space(account).memberships
        for each in delta.removed:
            there.pop((group_id, each), None)
        there.update({(group_id, member.id): Membership(group_id, member, change.time) for member in delta.added})

    def _members_of(self, account: str, group_id: str) -> tuple[Member, ...]:
        there = self._space(account).memberships.values()
        return tuple(sorted((each.member for each in there if each.group_id == group_id), key=_id))

    def _groups_of(self, account: str, member_id: str, *, native: bool = False) -> tuple[str, ...]:
        of = sorted(of for of, each in self._space(account).memberships if each == member_id)
        return tuple(each for each in of if self._is_native(account, each) is native)

    def _is_native(self, account: str, group_id: str) -> bool:
        group = self._space(account).records.get((Kind.GROUP, group_id))
        return isinstance(group, GroupRecord) and group.is_native

    # How it is listed

    def _listed(self, account: str, kind: Kind) -> list[Record]:
        records = self._space(account).records.values()
        shown = (each for each in records if each.kind is kind and (kind is Kind.USER or each.origin is Origin.SCIM))
        return sorted(shown, key=_id)

    def _whole(self, account: str, record: Record) -> Record:
        if isinstance(record, GroupRecord):
            return dataclasses.replace(record, members=self._members_of(account, record.id))
        return dataclasses.replace(record, groups=self._groups_of(account, record.id))

    def _satisfies(self, account: str, record: Record, query: Query) -> bool:
        if query.filter is None:
            return True
        kind = query.type or query.kind.value
        return matches(query.filter, resource(self._whole(account, record), kind=kind), kind)

    def _shown(self, account: str, record: Record, query: Query) -> Record:
        wanted = query.wants_groups if query.kind is Kind.USER else query.wants_members
        return self._whole(account, record) if wanted else record

    def _sorted(self, records: Sequence[Record], sort: Sort) -> list[Record]:
        if len(records) > MAX_SORTED:
            raise TooManyMatches
        return sorted(records, key=lambda each: _sort_key(resource(each), sort), reverse=sort.descending)


def _sort_key(whole: JsonObject, sort: Sort) -> tuple[bool, Any]:
    values = values_at(whole, sort.by)
    holder: Any = whole.get(sort.by.name) if sort.by.extension is None else None
    if sort.by.multi_valued and sort.by.sub and isinstance(holder, list):
        values = [each[sort.by.sub] for each in holder if each.get("primary") and sort.by.sub in each] or values
    return (False, comparable(values[0], sort.by)) if values else (True, "")


def _place(records: Sequence[Record], query: Query) -> int:
    """Where the page after a position begins; in a sorted walk the record at the position must still be there."""
    if query.sort is None:
        return sum(each.id <= str(query.after) for each in records)
    return next((index + 1 for index, each in enumerate(records) if each.id == query.after), 0)


def _name(record: Record) -> str | None:
    """The value that must be unique among records of its kind; native groups have none."""
    value = record.document.get("userName" if record.kind is Kind.USER else "displayName")
    named = isinstance(value, str) and (record.kind is Kind.USER or record.origin is Origin.SCIM)
    return fold(str(value)) if named else None


def _identifier(record: Record) -> tuple[str, str] | None:
    """The scope and the identifier of a group that has one."""
    named = isinstance(record, GroupRecord) and record.identifier
    return (str(record.scope), record.identifier) if isinstance(record, GroupRecord) and named else None


def _fits(membership: Membership, query: MembershipQuery) -> bool:
    """Whether the membership is in the group, of the member, and satisfies the filter."""
    return (
        query.group in (None, membership.group_id)
        and query.member in (None, membership.member.id)
        and (query.filter is None or matches(query.filter, resource(membership), membership.kind))
    )


def _id(each: Record | Member | Membership) -> str:
    return each.id


class MemoryAccounts:
    """Fulfils `AccountStore`."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    async def create_account(self, account: Account) -> None:
        if account.id in self._accounts:
            raise Taken("id")
        self._accounts[account.id] = account

    async def get_account(self, account_id: str) -> Account:
        return _found(self._accounts.get(account_id))

    async def list_accounts(self) -> tuple[Account, ...]:
        return tuple(self._accounts[each] for each in sorted(self._accounts))

    async def replace_account(self, account: Account, *, over: AccountSettings | None = None) -> None:
        before = await self.get_account(account.id)
        if over is not None and before.settings not in (over, account.settings):
            raise VersionConflict
        self._accounts[account.id] = dataclasses.replace(before, name=account.name, settings=account.settings)

    async def add_schema(self, account_id: str, schema: ExtensionSchema) -> None:
        account = await self.get_account(account_id)
        if any(each.urn.lower() == schema.urn.lower() for each in account.schemas):
            raise Taken("id")
        schemas = tuple(sorted((*account.schemas, schema), key=lambda each: each.urn.lower()))
        self._accounts[account_id] = dataclasses.replace(account, schemas=schemas)

    async def remove_schema(self, account_id: str, urn: str) -> None:
        account = await self.get_account(account_id)
        left = tuple(each for each in account.schemas if each.urn.lower() != urn.lower())
        if left == account.schemas:
            raise RecordNotFound(urn)
        self._accounts[account_id] = dataclasses.replace(account, schemas=left)


def _found[T](value: T | None) -> T:
    if value is None:
        raise RecordNotFound
    return value
