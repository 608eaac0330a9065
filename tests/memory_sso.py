"""Sign-in integrations in memory."""

import dataclasses
from collections.abc import Iterable, Mapping

from domain.native.ports import Slice
from domain.native.sso import Generation, Integration
from domain.ports import RecordNotFound, VersionConflict


class MemorySso:
    """Fulfils `domain.native.sso.SsoStore`."""

    def __init__(self) -> None:
        self._integrations: dict[tuple[str, Generation], Integration] = {}
        self._members: dict[tuple[str, Generation], set[str]] = {}
        self._versions = 0

    async def integrations(self, account: str) -> Mapping[Generation, Integration]:
        return {of: each for (owner, of), each in self._integrations.items() if owner == account}

    async def put_integration(self, account: str, integration: Integration) -> Integration:
        key = (account, integration.generation)
        before = self._integrations.get(key)
        if before is None and integration.version:
            raise RecordNotFound
        if before is not None and before.version != integration.version:
            raise VersionConflict
        self._versions += 1
        self._integrations[key] = dataclasses.replace(integration, version=f"i{self._versions}")
        return self._integrations[key]

    async def delete_integration(self, account: str, generation: Generation) -> None:
        if self._integrations.pop((account, generation), None) is None:
            raise RecordNotFound
        self._members.pop((account, generation), None)

    async def member_of(self, account: str, email: str) -> frozenset[Generation]:
        return frozenset(of for (owner, of), there in self._members.items() if owner == account and email in there)

    async def members(self, account: str, generation: Generation, after: str, count: int) -> Slice[str]:
        there = sorted(each for each in self._members.get((account, generation), ()) if each > after)
        shown = tuple(there[:count])
        return Slice(shown, shown[-1] if len(there) > count else None)

    async def change_members(
        self, account: str, generation: Generation, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        there = self._members.setdefault((account, generation), set())
        there -= set(removed)
        there |= set(added)
