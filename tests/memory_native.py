"""The native side of the directory in memory."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.model import Change, GroupRecord, Kind, Source, UserRecord
from domain.native.ports import Place, Slice
from domain.native.scopes import Scope
from domain.ports import RecordNotFound, Taken, VersionConflict
from tests.memory import MemoryDirectory


@dataclass
class _Native:
    places: dict[Scope, Place] = field(default_factory=dict)
    scopes: set[tuple[str, Scope]] = field(default_factory=set)
    inherited: set[tuple[Scope, str]] = field(default_factory=set)


class MemoryNative:
    """Fulfils `domain.native.ports.NativeStore` over what a directory in memory holds."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._natives: dict[str, _Native] = {}
        self._versions = 0

    async def last_provisioned(self, account: str) -> datetime | None:
        moments = [each.time for each in self._directory.changes(account) if each.source is Source.SCIM]
        return max(moments, default=None)

    async def users(self, account: str, ids: Iterable[str]) -> Mapping[str, UserRecord]:
        there = {each.id for each in self._directory.records(account) if each.kind is Kind.USER}
        wanted = [each for each in sorted(set(ids)) if each in there]
        return {each: await self._directory.get_user(account, each, groups=True) for each in wanted}

    async def groups(self, account: str, ids: Iterable[str]) -> Mapping[str, GroupRecord]:
        found = {each.id: each for each in self._directory.records(account) if isinstance(each, GroupRecord)}
        return {each: found[each] for each in dict.fromkeys(ids) if each in found}

    async def expired_invitations(self, account: str, now: datetime, count: int) -> Sequence[str]:
        users = (each for each in self._directory.records(account) if isinstance(each, UserRecord))
        sent = sorted((each.invitation.expires, each.id) for each in users if each.invitation is not None)
        return [user_id for expires, user_id in sent if expires < now][:count]

    async def groups_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[GroupRecord]:
        records = self._directory.records(account)
        there = [each for each in records if isinstance(each, GroupRecord) and each.scope == scope and each.identifier]
        return _slice({each.identifier: each for each in there}, after, count)

    async def get_place(self, account: str, scope: Scope) -> Place:
        try:
            return self._native(account).places[scope]
        except KeyError:
            raise RecordNotFound from None

    async def places_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[Place]:
        places = self._native(account).places.values()
        return _slice({each.identifier: each for each in places if each.scope.parents[-1] == scope}, after, count)

    async def create_place(self, account: str, place: Place, change: Change) -> Place:
        if place.scope in self._native(account).places:
            raise Taken("identifier")
        return await self._put(account, place, change)

    async def replace_place(self, account: str, before: Place, after: Place, change: Change) -> Place:
        await self._check(account, before)
        return await self._put(account, after, change)

    async def delete_place(self, account: str, place: Place, change: Change) -> None:
        await self._check(account, place)
        native = self._native(account)
        del native.places[place.scope]
        native.inherited = {each for each in native.inherited if each[0] != place.scope}
        await self._directory.record(account, change)

    async def scopes_of(self, account: str, user_id: str) -> frozenset[Scope]:
        return frozenset(scope for each, scope in self._native(account).scopes if each == user_id)

    async def users_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[str]:
        there = {each: each for each, of in self._native(account).scopes if of == scope}
        return _slice(there, after, count)

    async def change_scopes(
        self, account: str, user_id: str, added: Iterable[Scope], removed: Iterable[Scope], change: Change
    ) -> None:
        there = self._native(account).scopes
        there -= {(user_id, each) for each in removed}
        there |= {(user_id, each) for each in added}
        await self._directory.record(account, change)

    async def inherited(self, account: str, scope: Scope) -> Sequence[str]:
        return sorted(each for of, each in self._native(account).inherited if of == scope)

    async def change_inherited(self, account: str, scope: Scope, group_id: str, inherits: bool, change: Change) -> None:
        there = self._native(account).inherited
        if inherits is not ((scope, group_id) in there) or inherits:
            await self._directory.record(account, change)
        (there.add if inherits else there.discard)((scope, group_id))

    def _native(self, account: str) -> _Native:
        return self._natives.setdefault(account, _Native())

    async def _check(self, account: str, before: Place) -> None:
        if (await self.get_place(account, before.scope)).version != before.version:
            raise VersionConflict

    async def _put(self, account: str, place: Place, change: Change) -> Place:
        self._versions += 1
        stored = dataclasses.replace(place, version=f"p{self._versions}")
        self._native(account).places[place.scope] = stored
        await self._directory.record(account, change)
        return stored


def _slice[T](found: Mapping[str, T], after: str, count: int) -> Slice[T]:
    positions = sorted(each for each in found if each > after)
    shown = positions[:count]
    return Slice(tuple(found[each] for each in shown), shown[-1] if len(positions) > count else None)
