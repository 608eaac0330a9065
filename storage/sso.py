"""Sign-in integrations and their members in the table of accounts."""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import batched

from domain.native.ports import Slice
from domain.native.sso import Generation, Integration, Mechanism
from domain.ports import VersionConflict
from storage import keys
from storage.client import Entity, Table, create, delete, etag_of, replace, upsert
from storage.entities import moment
from storage.errors import AlreadyThere
from storage.limits import MAX_OPERATIONS

_INTEGRATION = "i:"
_MEMBER = "im:"


class TableSso:
    """Fulfils `domain.native.sso.SsoStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def integrations(self, account: str) -> Mapping[Generation, Integration]:
        rows = await self._table.rows(account, _INTEGRATION)
        return {each.generation: each for each in map(_to_integration, rows)}

    async def put_integration(self, account: str, integration: Integration) -> Integration:
        entity: Entity = {
            "RowKey": f"{_INTEGRATION}{integration.generation}",
            "mechanism": integration.mechanism.value,
            "enabled": integration.enabled,
            "created": integration.created,
        }
        operation = replace(entity, integration.version) if integration.version else create(entity)
        try:
            await self._table.write(account, operation)
        except AlreadyThere:
            raise VersionConflict from None
        return (await self.integrations(account))[integration.generation]

    async def delete_integration(self, account: str, generation: Generation) -> None:
        await self._table.write(account, delete(f"{_INTEGRATION}{generation}"))
        rows = await self._table.rows(account, f"{_MEMBER}{generation}:", select=["RowKey"])
        for chunk in batched(rows, MAX_OPERATIONS, strict=False):
            await self._table.submit(account, [delete(row["RowKey"]) for row in chunk])

    async def member_of(self, account: str, email: str) -> frozenset[Generation]:
        reads = (self._table.find(account, _member_key(each, email), ["RowKey"]) for each in Generation)
        found = zip(Generation, await asyncio.gather(*reads), strict=True)
        return frozenset(generation for generation, row in found if row is not None)

    async def members(self, account: str, generation: Generation, after: str, count: int) -> Slice[str]:
        prefix = f"{_MEMBER}{generation}:"
        low = f"{_member_key(generation, after)} " if after else prefix  # no key has a space
        taken: list[Entity] = []
        async for rows in self._table.pages(account, low, keys.after_prefix(prefix), page_size=count + 1):
            taken += rows
            if len(taken) > count:
                break
        shown = tuple(row["email"] for row in taken[:count])
        return Slice(shown, shown[-1] if len(taken) > count else None)

    async def change_members(
        self, account: str, generation: Generation, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        gone = [key for each in set(removed) if await self._has(account, key := _member_key(generation, each))]
        operations = [upsert({"RowKey": _member_key(generation, each), "email": each}) for each in sorted(set(added))]
        for chunk in batched([*operations, *map(delete, gone)], MAX_OPERATIONS, strict=False):
            await self._table.submit(account, chunk)

    async def _has(self, account: str, row_key: str) -> bool:
        return await self._table.find(account, row_key, ["RowKey"]) is not None


def _member_key(generation: Generation, email: str) -> str:
    """The row of a member; addresses are kept apart that differ in anything but letter case."""
    return f"{_MEMBER}{generation}:{keys.key(email, case_exact=True)}"


def _to_integration(row: Entity) -> Integration:
    generation = Generation(keys.last_part(row["RowKey"]))
    return Integration(generation, Mechanism(row["mechanism"]), moment(row["created"]), row["enabled"], etag_of(row))
