"""Memberships in pages: those of a group, of a member, or of a whole account, read by their keys."""

import asyncio
from collections.abc import Sequence

from domain.model import Membership
from domain.ports import MembershipPage, MembershipQuery, RecordNotFound
from domain.provisioning.representation import resource
from scim.filters import compile_filter
from scim.group_member import GROUP_MEMBER
from storage import keys
from storage.client import PAGE_SIZE, Entity, Table
from storage.entities import to_membership

_COLUMNS = ["RowKey", "kind", "change"]

type _Run = tuple[str, int]
"""Rows that follow each other: the key of the first, and how many of them match."""


async def get(table: Table, account: str, group_id: str, member_id: str) -> Membership:
    """The membership of that member in that group.  Raises: RecordNotFound."""
    if not keys.is_id(group_id) or not keys.is_id(member_id):
        raise RecordNotFound
    return to_membership(await table.get(account, f"{keys.members(group_id)}{member_id}", _COLUMNS))


async def find(table: Table, account: str, query: MembershipQuery) -> MembershipPage:
    """One page of what *query* asks for.

    By position it is read from there; by index all matches are counted, 16 ranges side by side.
    """
    if not all(keys.is_id(each) for each in (query.group, query.member) if each is not None):
        return MembershipPage((), 0)
    search = _Search(table, account, query)
    if query.group is not None and query.member is not None:
        return await search.single(query.group, query.member)
    if query.after is None or query.count == 0:
        return await search.counted()
    return await search.walked(query.after)


class _Search:
    def __init__(self, table: Table, account: str, query: MembershipQuery) -> None:
        self.table = table
        self.account = account
        self.query = query
        self.skip = max(query.start_index, 1) - 1
        self.satisfies = None if query.filter is None else compile_filter(query.filter, GROUP_MEMBER)
        if query.group is not None:
            self.prefix = keys.members(query.group, native=query.native)
        elif query.member is not None:
            self.prefix = keys.member_of(query.member, native=query.native)
        else:
            self.prefix = keys.NATIVE_MEMBER if query.native else keys.MEMBER
        self.end = keys.after_prefix(self.prefix)

    async def single(self, group_id: str, member_id: str) -> MembershipPage:
        """The page of a membership that is there, or none; it has no second one."""
        row_key = f"{keys.members(group_id, native=self.query.native)}{member_id}"
        row = await self.table.find(self.account, row_key, _COLUMNS)
        found = self._matches([] if row is None else [row])
        return MembershipPage(tuple(found[self.skip : self.skip + self.query.count]), len(found))

    async def walked(self, after: str) -> MembershipPage:
        """The page after a position; the total is known where the first page holds everything."""
        low = f"{self._row_key(after)}0" if after else self.prefix
        found, more = await self._take(low, self.query.count)
        return MembershipPage(
            tuple(found), None if after or more else len(found), found[-1].id if found and more else None
        )

    async def counted(self) -> MembershipPage:
        """The page at an index, with the number of all matches."""
        rows, token = await self.table.page(self.account, self.prefix, self.end, select=_COLUMNS)
        first = self._matches(rows)
        until = self.skip + self.query.count
        if not token:
            return MembershipPage(tuple(first[self.skip : until]), len(first))
        reached = f"{rows[-1]['RowKey']}0"
        ranges = [(max(low, reached), high) for low, high in keys.ranges(self.prefix) if high > reached]
        parts = await asyncio.gather(*(self._count(low, high) for low, high in ranges))
        runs = [(self.prefix, len(first)), *(run for part in parts for run in part)]
        shown = first[self.skip : until] if until <= len(first) else await self._slice(runs)
        return MembershipPage(tuple(shown), sum(number for _, number in runs))

    async def _count(self, low: str, high: str) -> list[_Run]:
        columns = ["RowKey"] if self.satisfies is None else _COLUMNS
        pages = self.table.pages(self.account, low, high, select=columns)
        return [
            (rows[0]["RowKey"], len(rows) if self.satisfies is None else len(self._matches(rows)))
            async for rows in pages
            if rows
        ]

    async def _slice(self, runs: Sequence[_Run]) -> list[Membership]:
        """The memberships of the page, read from the run that it begins in."""
        left = self.skip
        for low, number in runs:
            if number > left:
                found, _ = await self._take(low, left + self.query.count)
                return found[left:]
            left -= number
        return []

    async def _take(self, low: str, count: int) -> tuple[list[Membership], bool]:
        """The first *count* matches from *low* on, and whether more rows follow."""
        found: list[Membership] = []
        size = PAGE_SIZE if self.satisfies else min(count + 1, PAGE_SIZE)
        token = None
        while True:
            rows, token = await self.table.page(
                self.account, low, self.end, select=_COLUMNS, page_size=size, token=token
            )
            found += self._matches(rows)
            if len(found) >= count or not token:
                return found[:count], len(found) > count or bool(token)

    def _matches(self, rows: Sequence[Entity]) -> list[Membership]:
        memberships = map(to_membership, rows)
        if self.satisfies is None:
            return list(memberships)
        return [each for each in memberships if self.satisfies(resource(each))]

    def _row_key(self, position: str) -> str:
        """The row of the membership whose id is *position*, in the direction that is read."""
        group_id, _, member_id = position.partition(".")
        native = self.query.native
        if self.query.member is None:
            return f"{keys.members(group_id, native=native)}{member_id}"
        return f"{keys.member_of(member_id, native=native)}{group_id}"
