"""Candidates for a filter: read by a plan, checked in memory, and given out page by page in the order of ids."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import NamedTuple

from scim2_models.path import FilterNode

from domain.model import GroupRecord, Kind, Member, Origin, Record, UserRecord
from domain.provisioning.representation import resource
from scim.filters import Predicate, RelationNeeds, compile_filter, relations
from scim.json_types import JsonObject
from storage import keys, memberships
from storage.client import EVERYTHING, PAGE_SIZE, Entity, Table, Where
from storage.entities import to_member, to_record
from storage.odata import ById, ByName, ByPrefix, LookUp, LookUps

_READ_AT_ONCE = 100
_FEW = 20
"""So few candidates are read together with the relations that the answer shows."""

type Relations = Mapping[str, Sequence[Entity]]
"""The membership rows of some resources, by id."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that satisfies the filter, and the resource it is; its relations are None or whole."""

    record: Record
    resource: JsonObject


@dataclass(frozen=True, slots=True)
class Check:
    """Decides whether records of one kind satisfy a filter; lists of groups hold SCIM groups only."""

    kind: Kind
    predicate: Predicate | None
    needs: RelationNeeds
    seen_as: str = ""

    @classmethod
    def of(cls, node: FilterNode | None, kind: Kind, seen_as: str = "") -> "Check":
        """The check of *node* on records of *kind*; *seen_as* is the kind as the account sees it."""
        if node is None:
            return cls(kind, None, RelationNeeds(), seen_as)
        return cls(kind, compile_filter(node, seen_as or kind.value), relations(node), seen_as)

    async def matches(
        self,
        table: Table,
        account: str,
        rows: Iterable[Entity],
        *,
        known: frozenset[str] = frozenset(),
        whole: Relations | None = None,
    ) -> list[Match]:
        """The matches among *rows*.

        *known* are ids that all of them are known to be related to; *whole* are their relations where already read.
        """
        records = [to_record(row) for row in rows]
        if self.kind is Kind.GROUP:
            records = [each for each in records if each.origin is Origin.SCIM]
        if whole is None and self.needs.all:
            whole = await related(table, account, records)
        if whole is not None:
            return self._among_records([with_relations(each, whole[each.id]) for each in records])
        if not self.needs:
            return self._among_records(records)
        found = self._among_records(await self._with_asked(table, account, records, known))
        return [Match(without_relations(each.record), each.resource) for each in found]

    def _among_records(self, records: Iterable[Record]) -> list[Match]:
        found = [Match(each, resource(each, kind=self.seen_as)) for each in records]
        return found if self.predicate is None else [each for each in found if self.predicate(each.resource)]

    async def _with_asked(
        self, table: Table, account: str, records: Sequence[Record], known: frozenset[str]
    ) -> list[Record]:
        """*records* with those of their relations that the filter names."""
        asked = sorted(self.needs.ids - known)
        found = await self._related_pairs(table, account, [(each.id, other) for each in records for other in asked])
        given = self.needs.ids & known
        return [_related_to(each, given | {other for other in asked if (each.id, other) in found}) for each in records]

    async def _related_pairs(
        self, table: Table, account: str, pairs: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Which pairs of a candidate and another id are related."""
        start = keys.members if self.kind is Kind.GROUP else keys.member_of
        possible = [(each, other) for each, other in pairs if keys.is_id(other)]
        reads = [table.find(account, f"{start(each)}{other}", ["RowKey"]) for each, other in possible]
        rows = await asyncio.gather(*reads)
        return {pair for pair, row in zip(possible, rows, strict=True) if row is not None}


async def related(table: Table, account: str, records: Sequence[Record], *, adjacent: bool = False) -> Relations:
    """The members of groups, or the groups of users, all of one kind and in the order of their ids."""
    if not records:
        return {}
    prefix = keys.MEMBER if records[0].kind is Kind.GROUP else keys.MEMBER_OF
    ids = [each.id for each in records]
    return await memberships.related(table, account, prefix, ids, adjacent=adjacent)


def with_relations(record: Record, rows: Iterable[Entity]) -> Record:
    """*record* with the members of a group, or the groups of a user, that *rows* hold."""
    if isinstance(record, GroupRecord):
        return dataclasses.replace(record, members=tuple(map(to_member, rows)))
    return dataclasses.replace(record, groups=tuple(keys.last_part(row["RowKey"]) for row in rows))


def _related_to(record: Record, ids: Iterable[str]) -> Record:
    if isinstance(record, GroupRecord):
        return dataclasses.replace(record, members=tuple(Member(each) for each in sorted(ids)))
    return dataclasses.replace(record, groups=tuple(sorted(ids)))


def relations_of(record: Record) -> Sequence[object] | None:
    """The members of a group or the groups of a user; None where they were not read."""
    return record.members if isinstance(record, GroupRecord) else record.groups


def without_relations(record: Record) -> Record:
    """*record* as it is without what was read of its relations."""
    if isinstance(record, UserRecord):
        return record if record.groups is None else dataclasses.replace(record, groups=None)
    return record if record.members is None else dataclasses.replace(record, members=None)


# Where candidates come from


class Batch(NamedTuple):
    """Some matches in the order of their ids, and whether they are the last ones."""

    matches: list[Match]
    last: bool


async def scanned(
    table: Table, account: str, check: Check, where: Where, bounds: tuple[str, str], *, first_page: int = PAGE_SIZE
) -> AsyncIterator[Batch]:
    """The matches between two row keys, page by page; pages grow from *first_page* rows to the largest."""
    size, token = first_page, None
    while True:
        rows, token = await table.page(account, *bounds, where=where, page_size=size, token=token)
        yield Batch(await check.matches(table, account, rows), not token)
        if not token:
            return
        size = min(size * 4, PAGE_SIZE)


async def looked_up(
    table: Table, account: str, check: Check, look_ups: LookUps, *, after: str = "", shows_relations: bool = False
) -> AsyncIterator[Batch]:
    """The matches behind *look_ups* whose ids follow *after*; with their relations if shown and the ids are few."""
    behind = await asyncio.gather(*(_ids(table, account, each) for each in look_ups))
    ids = sorted({each for found in behind for each in found if each > after})
    known = _common_relation(look_ups)
    for chunk in batched(ids, _READ_AT_ONCE, strict=False):
        last = chunk[-1] == ids[-1]
        if not shows_relations or len(ids) > _FEW:
            rows = await read(table, account, check.kind, chunk)
            yield Batch(await check.matches(table, account, rows.values(), known=known), last)
            continue
        prefix = keys.MEMBER if check.kind is Kind.GROUP else keys.MEMBER_OF
        rows, whole = await asyncio.gather(
            read(table, account, check.kind, chunk),
            memberships.related(table, account, prefix, chunk, adjacent=False),
        )
        yield Batch(await check.matches(table, account, rows.values(), whole=whole), last)


async def read(table: Table, account: str, kind: Kind, ids: Iterable[str]) -> Mapping[str, Entity]:
    """The rows of the resources *ids* that exist, side by side, in the order of *ids*."""
    wanted = tuple(ids)
    rows = await asyncio.gather(*(table.find(account, keys.resource(kind, each)) for each in wanted))
    return {each: row for each, row in zip(wanted, rows, strict=True) if row is not None}


async def _ids(table: Table, account: str, look_up: LookUp) -> list[str]:
    match look_up:
        case ById(id=resource_id):
            return [resource_id]
        case ByName(row_key=row_key):
            row = await table.find(account, row_key, ["id"])
            return [row["id"]] if row is not None else []
        case _:
            rows = await table.rows(account, look_up.prefix, select=["RowKey"])
            return [keys.last_part(row["RowKey"]) for row in rows]


def _common_relation(look_ups: LookUps) -> frozenset[str]:
    """The id that everything behind *look_ups* is related to, if there is just one look-up and it goes by that."""
    match look_ups:
        case (ByPrefix(related=related),) if related:
            return frozenset({related})
    return frozenset()


SCIM_GROUPS = Where("origin eq @scim", {"scim": Origin.SCIM.value})


def scope(kind: Kind, where: Where = EVERYTHING) -> Where:
    """*where*, for groups only those that came through SCIM."""
    if kind is Kind.USER:
        return where
    if not where.text:
        return SCIM_GROUPS
    return Where(f"{SCIM_GROUPS.text} and ( {where.text} )", {**SCIM_GROUPS.parameters, **where.parameters})
