"""One list over users and groups together: by index or by cursor, filtered, sorted.  RFC 7644 §3.4.2.1.

It is put together from the lists of each kind, so that nothing is read of a kind that the filter rules out, and no
relations of what is not shown.
"""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from domain.access.signin import Caller
from domain.model import Record
from domain.ports import Page, Sort
from domain.provisioning.listing import Listing, query_of, seal_position, unseal_position
from domain.provisioning.ordering import sort_key
from domain.provisioning.representation import resource
from domain.writing import Desk
from scim.messages import ListRequest
from scim.root_search import RootRequest

type Places = dict[str, str]
"""How far a walk has come in each kind; "" is the beginning, and a kind that is not there has ended."""


async def list_everything(desk: Desk, caller: Caller, request: RootRequest) -> Listing:
    """The page that *request* asks for.

    Raises:
        InvalidCursorException, ExpiredCursorException: As `cursors.unseal`.
        TooManyMatches: More records of one kind match than can be sorted.
    """
    work, cursor = _Listing(desk, caller, request), request.whole.cursor
    if cursor is None or not request.whole.count:
        by_index = work.merged if request.merged and request.whole.count else work.chained
        return Listing(*await by_index())
    places = dict.fromkeys((str(part.kind) for part in request.parts), "")
    if cursor:
        places = orjson.loads(unseal_position(desk, caller, cursor, request.walk))
    walk = work.walked_merged if request.merged else work.walked_chained
    records, left = await walk(places)
    following = seal_position(desk, caller, orjson.dumps(left).decode(), request.walk) if left else None
    return Listing(records, await work.walk_total(), following)


@dataclass(slots=True)
class _Listing:
    desk: Desk
    caller: Caller
    request: RootRequest
    totals: dict[str, int | None] = field(default_factory=dict)

    # One kind after the other

    async def chained(self) -> tuple[tuple[Record, ...], int]:
        """A page by index, and the number of all matches."""
        skip, records = self.request.whole.start_index - 1, list[Record]()
        for part in self.request.parts:
            page = await self._find(part, self.request.whole.count - len(records), skip=skip)
            records += page.records
            skip = max(0, skip - (page.total or 0))
        return tuple(records), self._total()

    async def walked_chained(self, places: Places) -> tuple[tuple[Record, ...], Places]:
        """The page that begins at *places*, and where the next one does."""
        records, left = list[Record](), dict(places)
        for part in self.request.parts:
            if part.kind not in left:
                continue
            room = self.request.whole.count - len(records)
            page = await self._find(part, room or 1, after=left[part.kind], shown=bool(room))
            if room:
                records += page.records
                left |= {part.kind: page.next or ""}
            if page.next is not None or (page.records and not room):
                break
            del left[part.kind]
        return tuple(records), left

    # All in one order

    async def merged(self) -> tuple[tuple[Record, ...], int]:
        """A page by index, and the number of all matches."""
        skip, count = self.request.whole.start_index - 1, self.request.whole.count
        heads = await self._heads({part.kind: 0 for part in self.request.parts}, skip + count)
        order = self._merge(heads)
        shown = order[skip : skip + count]
        passed = _per_kind(order[:skip])
        sizes = _per_kind(shown)
        again = [part for part in self.request.parts if part.kind in sizes and _shows_relations(part)]
        pages = await asyncio.gather(
            *(self._find(part, sizes[part.kind], skip=passed.get(part.kind, 0)) for part in again)
        )
        known = [head for kind, head in heads.items() if kind not in {part.kind for part in again}]
        return _in_order(shown, [*known, *pages]), self._total()

    async def walked_merged(self, places: Places) -> tuple[tuple[Record, ...], Places]:
        """The page that begins at *places*, and where the next one does."""
        heads = await self._heads(places, self.request.whole.count)
        shown = self._merge(heads)[: self.request.whole.count]
        sizes = _per_kind(shown)
        taken = [part for part in self.request.parts if part.kind in sizes]
        pages = await asyncio.gather(*(self._find(part, sizes[part.kind], after=places[part.kind]) for part in taken))
        reached = {part.kind: page.next for part, page in zip(taken, pages, strict=True)}
        empty = {kind for kind, head in heads.items() if not head.records}
        left = {
            kind: place
            for kind, before in places.items()
            if kind not in empty and (place := reached.get(kind, before)) is not None
        }
        return _in_order(shown, pages), left

    async def _heads(self, places: Mapping[str, str | int], count: int) -> dict[str, Page]:
        """The first *count* records of each kind from its place on, without their relations."""
        parts = [part for part in self.request.parts if part.kind in places]
        pages = await asyncio.gather(
            *(
                self._find(
                    part, count, after=place if isinstance(place := places[part.kind], str) else None, shown=False
                )
                for part in parts
            )
        )
        return {part.kind: page for part, page in zip(parts, pages, strict=True)}

    def _merge(self, heads: Mapping[str, Page]) -> list[Record]:
        """The records of all kinds in the order of their values; users stand before groups of the same value."""
        keyed = [
            (sort_key(Sort(part.sort_by, part.descending))(resource(record, kind=part.kind)), record)
            for part in self.request.parts
            if part.kind in heads and part.sort_by is not None
            for record in heads[part.kind].records
        ]
        keyed.sort(key=lambda entry: entry[0], reverse=self.request.whole.descending)
        return [record for _, record in keyed]

    # Of one kind

    async def _find(
        self, part: ListRequest, count: int, *, skip: int = 0, after: str | None = None, shown: bool = True
    ) -> Page:
        asked = dataclasses.replace(part, count=count, start_index=skip + 1)
        query = query_of(asked, after)
        if not shown:
            query = dataclasses.replace(query, wants_members=False, wants_groups=False)
        if not count:
            query = dataclasses.replace(query, sort=None, after=None)
        page = await self.desk.directory.find(self.caller.account.id, query)
        self.totals.setdefault(part.kind, page.total)
        return page

    def _total(self) -> int:
        return sum(each or 0 for each in self.totals.values())

    async def walk_total(self) -> int | None:
        """The number of all matches, where it can be told without reading all of them."""
        for part in self.request.parts:
            if part.kind not in self.totals and (part.filter is None or self.request.merged):
                await self._find(part, 0)
        known = [self.totals.get(part.kind) for part in self.request.parts]
        return None if None in known else self._total()


def _shows_relations(part: ListRequest) -> bool:
    return part.projection.shows("members") or part.projection.shows("groups")


def _per_kind(records: Sequence[Record]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in records:
        counted[each.kind] = counted.get(each.kind, 0) + 1
    return counted


def _in_order(shown: Sequence[Record], pages: Sequence[Page]) -> tuple[Record, ...]:
    """The records of *pages* in the order of *shown*; one that is gone meanwhile is left out."""
    found = {(each.kind, each.id): each for page in pages for each in page.records}
    return tuple(found[each.kind, each.id] for each in shown if (each.kind, each.id) in found)
