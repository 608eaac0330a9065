"""Lists: which plan answers a query, and the slice of its matches that is asked for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import orjson

from domain.model import Kind, Record
from domain.ports import Page, Query, Sort, TooManyMatches
from domain.provisioning.ordering import Key, sort_key
from scim.json_types import JsonObject
from storage import candidates, keys
from storage import totals as counts
from storage.candidates import Batch, Check, Match, relations_of, with_relations, without_relations
from storage.client import PAGE_SIZE, Entity, Table, Where
from storage.entities import to_record
from storage.odata import LookUps, Plan, plan

MAX_SORTED = 10_000
"""Matches that are sorted in memory."""
KEPT = 200
"""Records that each range of a scan keeps; further ones of the slice are read again."""


async def find(table: Table, account: str, query: Query) -> Page:
    """One page of what *query* asks for.  Raises: TooManyMatches: more than can be sorted."""
    search = _Search(table, account, query)
    if query.filter is None and query.count == 0:
        return Page((), await search.total())
    if query.sort is not None:
        by_name = query.kind is Kind.USER and query.sort.by.name == "userName" and query.sort.by.extension is None
        return await (search.by_name(query.sort) if by_name and query.filter is None else search.sorted(query.sort))
    if query.filter is None:
        return await search.listed()
    if query.after is None or query.count == 0:
        return await search.filtered()
    return await search.walked(query.after)


class _Search:
    def __init__(self, table: Table, account: str, query: Query) -> None:
        self.table = table
        self.account = account
        self.query = query
        self.kind = query.kind
        self.skip = max(query.start_index, 1) - 1
        self.shows_relations = query.wants_groups if query.kind is Kind.USER else query.wants_members

    async def total(self) -> int:
        return await counts.total(self.table, self.account, self.kind)

    # Without a filter

    async def listed(self) -> Page:
        """A page in the order of ids; the total comes from its counter."""
        (records, position), total = await asyncio.gather(self._listed_records(), self.total())
        return Page(records, total, position)

    async def _listed_records(self) -> tuple[tuple[Record, ...], str | None]:
        rows, following = await self._listed_rows()
        records = await self._shown([to_record(row) for row in rows], adjacent=True)
        return records, records[-1].id if following else None

    async def _listed_rows(self) -> tuple[list[Entity], bool]:
        """The rows of the page, and whether more follow."""
        low, high = _bounds(self.kind, self.query.after or "")
        where = candidates.scope(self.kind)
        if self.query.after is None and self.skip:
            skipped = await self._skip(low, high, where)
            if skipped is None:
                return [], False
            low = skipped
        rows = await self._take(low, high, where, self.query.count + 1)
        return rows[: self.query.count], len(rows) > self.query.count

    async def _skip(self, low: str, high: str, where: Where) -> str | None:
        """The key of the first row after those to be skipped, counted by keys only; None where there is none."""
        left = self.skip
        async for rows in self.table.pages(self.account, low, high, where=where, select=["RowKey"]):
            if len(rows) > left:
                return str(rows[left]["RowKey"])
            left -= len(rows)
        return None

    async def _take(self, low: str, high: str, where: Where, count: int) -> list[Entity]:
        taken: list[Entity] = []
        async for rows in self.table.pages(self.account, low, high, where=where, page_size=count):
            taken += rows
            if len(taken) >= count:
                break
        return taken[:count]

    # With a filter

    async def walked(self, after: str) -> Page:
        """A page after a position: read in order until it is full, so a later page costs no more than the first.

        Where the first look shows all matches, as in a small directory, their number goes along with the positions.
        """
        begun, number = _place(after)
        found, ended = list[Match](), not after
        async for matches, last in self._matches_after(begun):
            found += matches
            ended = last
            if len(found) > self.query.count:
                break
        total = number if after else len(found) if ended else None
        shown = found[: self.query.count]
        records = await self._shown([match.record for match in shown])
        following = f"{shown[-1].record.id} {'' if total is None else total}" if len(found) > len(shown) > 0 else None
        return Page(records, total, following)

    def _matches_after(self, after: str) -> AsyncIterator[Batch]:
        check, way = Check.of(self.query.filter, self.kind, self.query.type), plan(self.query.filter, self.kind)
        if way.look_ups is not None:
            return self._looked_up(check, way.look_ups, after)
        where, bounds = candidates.scope(self.kind, way.where), _bounds(self.kind, after)
        first_page = min(2 * self.query.count + 1, PAGE_SIZE) if after else PAGE_SIZE
        return candidates.scanned(self.table, self.account, check, where, bounds, first_page=first_page)

    async def filtered(self) -> Page:
        """A page by index: all matches are counted, those of the page kept."""
        limit = self.skip + self.query.count
        parts = await self._collect(lambda: _Part(limit=limit))
        ids = [each for part in parts for each in part.ids][self.skip : limit]
        records = await self._records(ids, parts)
        return Page(records, sum(part.count for part in parts))

    async def _collect[P: _Part](self, make: Callable[[], P]) -> list[P]:
        """All matches of the filter, in parts whose ids follow each other."""
        check, way = Check.of(self.query.filter, self.kind, self.query.type), plan(self.query.filter, self.kind)
        if way.look_ups is None:
            return await self._scan(check, way, make)
        part = make()
        async for matches, _ in self._looked_up(check, way.look_ups):
            part.add(matches)
        return [part]

    def _looked_up(self, check: Check, look_ups: LookUps, after: str = "") -> AsyncIterator[Batch]:
        return candidates.looked_up(
            self.table, self.account, check, look_ups, after=after, shows_relations=self.shows_relations
        )

    async def _scan[P: _Part](self, check: Check, way: Plan, make: Callable[[], P]) -> list[P]:
        """One page first, which is all of a small directory; the rest as up to 16 ranges side by side."""
        low, high = _bounds(self.kind)
        where = candidates.scope(self.kind, way.where)
        rows, token = await self.table.page(self.account, low, high, where=where)
        first = make()
        first.add(await check.matches(self.table, self.account, rows))
        if not token:
            return [first]
        reached = f"{rows[-1]['RowKey']}0"

        async def collect(bounds: tuple[str, str]) -> P:
            part = make()
            async for matches, _ in candidates.scanned(self.table, self.account, check, where, bounds):
                part.add(matches)
            return part

        rest = [(max(low, reached), high) for low, high in keys.ranges(low) if high > reached]
        return [first, *await asyncio.gather(*map(collect, rest))]

    async def _records(self, ids: Sequence[str], parts: "Sequence[_Part]") -> tuple[Record, ...]:
        """The records of a page; those that no part has kept are read again, and left out if they are gone."""
        kept = {each: record for part in parts for each, record in part.kept.items()}
        missing = [each for each in ids if each not in kept]
        if missing:
            rows = await candidates.read(self.table, self.account, self.kind, missing)
            kept |= {each: to_record(row) for each, row in rows.items()}
        return await self._shown([kept[each] for each in ids if each in kept])

    # In another order

    async def sorted(self, sort: Sort) -> Page:
        """A page of all matches in the order of one attribute, up to 10,000 of them."""
        key, budget = sort_key(sort), _Budget(MAX_SORTED)
        parts = await self._collect(lambda: _SortedPart(limit=0, key=key, budget=budget))
        order = sorted((each for part in parts for each in part.entries), key=lambda entry: entry[1])
        order.sort(key=lambda entry: entry[0], reverse=sort.descending)
        start = (
            self.skip if self.query.after is None else _position(order, self.query.after, descending=sort.descending)
        )
        shown = order[start : start + self.query.count]
        records = await self._records([each for _, each in shown], parts)
        following = orjson.dumps(shown[-1]).decode() if shown and start + len(shown) < len(order) else None
        return Page(records, len(order), following)

    async def by_name(self, sort: Sort) -> Page:
        """A page of all users in the order of their names, which is that of the rows that lead to them."""
        (records, position), total = await asyncio.gather(self._named_records(sort), self.total())
        return Page(records, total, position)

    async def _named_records(self, sort: Sort) -> tuple[tuple[Record, ...], str | None]:
        take = self._names_before if sort.descending else self._names_after
        names, following = await take(self.query.after)
        rows = await candidates.read(self.table, self.account, self.kind, [row["id"] for row in names])
        records = await self._shown([to_record(row) for row in rows.values()])
        return records, str(names[-1]["RowKey"]) if following else None

    async def _names_after(self, after: str | None) -> tuple[list[Entity], bool]:
        """The rows of the page's names, and whether more follow."""
        low = keys.NAME[Kind.USER] if not after else f"{after} "
        wanted = (self.skip if after is None else 0) + self.query.count
        passed, taken = 0, list[Entity]()
        async for rows in self._names(low, keys.after_prefix(keys.NAME[Kind.USER]), wanted + 1):
            taken += rows[max(0, wanted - self.query.count - passed) :]
            passed += len(rows)
            if passed > wanted:
                break
        return taken[: self.query.count], passed > wanted

    async def _names_before(self, after: str | None) -> tuple[list[Entity], bool]:
        """As `_names_after`, from the last name to the first: all keys pass by, those of the page are kept."""
        wanted = (self.skip if after is None else 0) + self.query.count
        if wanted > MAX_SORTED:
            raise TooManyMatches
        window: deque[Entity] = deque(maxlen=wanted + 1)
        async for rows in self._names(keys.NAME[Kind.USER], after or keys.after_prefix(keys.NAME[Kind.USER])):
            window.extend(rows)
        backwards = list(reversed(window))
        return backwards[wanted - self.query.count : wanted], len(backwards) > wanted

    def _names(self, low: str, high: str, page_size: int = PAGE_SIZE) -> AsyncIterator[list[Entity]]:
        return self.table.pages(self.account, low, high, select=["RowKey", "id"], page_size=page_size)

    # What is shown

    async def _shown(self, records: Sequence[Record], *, adjacent: bool = False) -> tuple[Record, ...]:
        """*records* with the relations that the answer shows, and no others."""
        if not self.shows_relations:
            return tuple(map(without_relations, records))
        missing = [each for each in records if relations_of(each) is None]
        found = await candidates.related(self.table, self.account, missing, adjacent=adjacent)
        return tuple(with_relations(each, found[each.id]) if each.id in found else each for each in records)


# Parts of the matches


@dataclass(slots=True, kw_only=True)
class _Part:
    """What is kept of the matches of one range: their number, the first ids, and some records."""

    limit: int
    count: int = 0
    ids: list[str] = field(default_factory=list)
    kept: dict[str, Record] = field(default_factory=dict)

    def add(self, matches: Sequence[Match]) -> None:
        """Take the next matches of the range."""
        self.count += len(matches)
        for match in matches[: max(0, self.limit - len(self.ids))]:
            self.ids.append(match.record.id)
            self.keep(match)

    def keep(self, match: Match) -> None:
        if len(self.kept) < KEPT:
            self.kept[match.record.id] = match.record


@dataclass(slots=True)
class _Budget:
    """How many matches all parts together may still hold."""

    left: int

    def spend(self, matches: int) -> None:
        self.left -= matches
        if self.left < 0:
            raise TooManyMatches


@dataclass(slots=True, kw_only=True)
class _SortedPart(_Part):
    """Keeps the sort key of every match."""

    key: Callable[[JsonObject], Key]
    budget: _Budget
    entries: list[tuple[Key, str]] = field(default_factory=list)

    def add(self, matches: Sequence[Match]) -> None:
        self.budget.spend(len(matches))
        for match in matches:
            self.entries.append((self.key(match.resource), match.record.id))
            self.keep(match)


def _bounds(kind: Kind, after: str = "") -> tuple[str, str]:
    """The row keys of all resources of *kind*, or of those whose ids follow *after*."""
    prefix = keys.RESOURCE[kind]
    return f"{prefix}{after}0" if after else prefix, keys.after_prefix(prefix)


def _place(position: str) -> tuple[str, int | None]:
    """The id that *position* follows, and the number of all matches where it is known."""
    after, _, number = position.partition(" ")
    return after, int(number) if number else None


def _position(order: Sequence[tuple[Key, str]], after: str, *, descending: bool) -> int:
    """Where in *order* the first entry past the position *after* stands."""
    if not after:
        return 0
    key, last = orjson.loads(after)
    reached: Key = tuple(key)

    def follows(entry: tuple[Key, str]) -> bool:
        if entry[0] == reached:
            return entry[1] > str(last)
        return entry[0] < reached if descending else entry[0] > reached

    return next((index for index, entry in enumerate(order) if follows(entry)), len(order))
