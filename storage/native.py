"""The directory in Table Storage as administrators look at it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.model import Change, GroupRecord, Kind, UserRecord
from domain.native.ports import Place, Slice
from domain.native.scopes import ACCOUNT, Level, Scope, read_scope
from domain.ports import RecordNotFound, Taken, VersionConflict
from storage import candidates, keys, totals
from storage.client import Entity, Operation, Table, create, delete, etag_of, replace, upsert
from storage.entities import change_entity, moment, to_record
from storage.errors import Refused
from storage.memberships import related

_RECEIPT = 0
_OWN = 1
_THERE, _GONE = 409, 404


class TableNative:
    """Fulfils `domain.native.ports.NativeStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def last_provisioned(self, account: str) -> datetime | None:
        return await totals.last_provisioned(self._table, account)

    async def users(self, account: str, ids: Iterable[str]) -> Mapping[str, UserRecord]:
        wanted = sorted({each for each in ids if keys.is_id(each)})
        rows, groups = await asyncio.gather(
            candidates.read(self._table, account, Kind.USER, wanted),
            related(self._table, account, keys.MEMBER_OF, wanted, adjacent=False),
        )
        found = {each: candidates.with_relations(to_record(row), groups[each]) for each, row in rows.items()}
        return {each: record for each, record in found.items() if isinstance(record, UserRecord)}

    async def groups(self, account: str, ids: Iterable[str]) -> Mapping[str, GroupRecord]:
        wanted = [each for each in dict.fromkeys(ids) if keys.is_id(each)]
        rows = await candidates.read(self._table, account, Kind.GROUP, wanted)
        found = {each: to_record(row) for each, row in rows.items()}
        return {each: record for each, record in found.items() if isinstance(record, GroupRecord)}

    async def groups_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[GroupRecord]:
        rows, following = await self._rows_after(account, keys.identifiers(str(scope)), after, count)
        found = await self.groups(account, [row["id"] for row in rows])
        return Slice(tuple(found.values()), following)

    async def expired_invitations(self, account: str, now: datetime, count: int) -> Sequence[str]:
        high = keys.invited(now)
        rows, _ = await self._table.page(account, keys.INVITED, high, select=["RowKey"], page_size=count)
        return [keys.last_part(row["RowKey"]) for row in rows]

    # Organizations and projects

    async def get_place(self, account: str, scope: Scope) -> Place:
        return _to_place(scope, await self._table.get(account, keys.place(scope)))

    async def places_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[Place]:
        rows, following = await self._rows_after(account, keys.places(scope), after, count)
        return Slice(tuple(_to_place(_within(scope, keys.last_part(row["RowKey"])), row) for row in rows), following)

    async def create_place(self, account: str, place: Place, change: Change) -> Place:
        return await self._write_place(account, place, create(_from_place(place)), change)

    async def replace_place(self, account: str, before: Place, after: Place, change: Change) -> Place:
        return await self._write_place(account, after, replace(_from_place(after), before.version), change)

    async def delete_place(self, account: str, place: Place, change: Change) -> None:
        inherited = await self._table.rows(account, keys.inherited(place.scope), select=["RowKey"])
        gone = [delete(row["RowKey"]) for row in inherited]
        await self._submit(account, change, [delete(keys.place(place.scope), place.version), *gone])

    async def _write_place(self, account: str, place: Place, operation: Operation, change: Change) -> Place:
        await self._submit(account, change, [operation])
        return await self.get_place(account, place.scope)

    # Who is in them

    async def scopes_of(self, account: str, user_id: str) -> frozenset[Scope]:
        rows = await self._table.rows(account, keys.scopes_of(user_id), select=["RowKey"])
        return frozenset(read_scope(keys.last_part(row["RowKey"])) for row in rows)

    async def users_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[str]:
        rows, following = await self._rows_after(account, keys.users_in(scope), after, count)
        return Slice(tuple(keys.last_part(row["RowKey"]) for row in rows), following)

    async def change_scopes(
        self, account: str, user_id: str, added: Iterable[Scope], removed: Iterable[Scope], change: Change
    ) -> None:
        there = await self.scopes_of(account, user_id)
        gone = [delete(key) for each in set(removed) & there for key in _membership_keys(each, user_id)]
        new = [upsert({"RowKey": key}) for each in set(added) for key in _membership_keys(each, user_id)]
        await self._submit(account, change, [*gone, *new])

    # Groups that are used below the scope they live in

    async def inherited(self, account: str, scope: Scope) -> Sequence[str]:
        rows = await self._table.rows(account, keys.inherited(scope), select=["RowKey"])
        return [keys.last_part(row["RowKey"]) for row in rows]

    async def change_inherited(self, account: str, scope: Scope, group_id: str, inherits: bool, change: Change) -> None:
        row_key = f"{keys.inherited(scope)}{group_id}"
        if inherits:
            await self._submit(account, change, [upsert({"RowKey": row_key})])
        elif await self._table.find(account, row_key, ["RowKey"]) is not None:
            await self._submit(account, change, [delete(row_key)])

    # What they share

    async def _rows_after(self, account: str, prefix: str, after: str, count: int) -> tuple[list[Entity], str | None]:
        """The next *count* rows below *prefix*, and the position after them where more follow."""
        low = f"{prefix}{after}!" if after else prefix  # no key goes on with a character before this one
        taken: list[Entity] = []
        async for rows in self._table.pages(account, low, keys.after_prefix(prefix), page_size=count + 1):
            taken += rows
            if len(taken) > count:
                return taken[:count], keys.last_part(taken[count - 1]["RowKey"])
        return taken, None

    async def _submit(self, account: str, change: Change, operations: Sequence[Operation]) -> None:
        """Do all *operations* with the row of *change*, which is the receipt of a try whose answer was lost."""
        try:
            await self._table.submit(account, [create(change_entity(change)), *operations])
        except Refused as refused:
            if (refused.index, refused.status) == (_RECEIPT, _THERE):
                return
            if (refused.index, refused.status) == (_OWN, _THERE):
                raise Taken("identifier") from refused
            if (refused.index, refused.status) == (_OWN, _GONE):
                raise RecordNotFound from refused
            raise VersionConflict from refused


def _membership_keys(scope: Scope, user_id: str) -> tuple[str, str]:
    """Both rows of a user's being in a scope."""
    return f"{keys.users_in(scope)}{user_id}", f"{keys.scopes_of(user_id)}{scope}"


def _within(parent: Scope, identifier: str) -> Scope:
    return Scope(identifier) if parent == ACCOUNT else Scope(parent.org, identifier)


def _from_place(place: Place) -> Entity:
    return {
        "RowKey": keys.place(place.scope),
        "name": place.name,
        "description": place.description,
        "created": place.created,
    }


def _to_place(scope: Scope, row: Entity) -> Place:
    assert scope.level is not Level.ACCOUNT  # noqa: S101  the account itself has no row here
    return Place(scope, row["name"], moment(row["created"]), row["description"], etag_of(row))
