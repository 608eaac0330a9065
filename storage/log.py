"""The provisioning log in Table Storage: rows beside the directory, and pages of what is older, read as one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.history.log import LogPage, LogQuery
from domain.model import Change
from domain.ports import StoreUnavailable
from storage import compaction, keys, log_pages
from storage.client import Table, Where
from storage.compaction import Mark, read_mark
from storage.entities import to_change
from storage.log_pages import Header, to_header

MAX_PAGES = 5
"""Pages that one call unpacks."""

_AHEAD = timedelta(days=1)
"""Clocks of writers are not farther ahead than that."""
_FIRST_SPAN = timedelta(minutes=10)
_SHORTEST_SPAN = timedelta(milliseconds=2)
_GROWTH = 4
_SAME_MOMENT = timedelta(milliseconds=1)
_TRIES = 10
_EQUAL = ("outcome", "action", "source", "kind", "actor", "correlation")
"""Fields of a query that the columns of the same names must equal."""
_ABOUT = (
    "resource eq @about or externalId eq @about or name eq @about or ( resource ge @below and resource lt @beyond )"
    " or kind eq @membership"
)

type Changes = AsyncIterator[Change]


class TableLog:
    """Fulfils `domain.history.log.LogStore` and `domain.history.log.PageStore`."""

    def __init__(self, directory: Table, log: Table) -> None:
        self._directory = directory
        self._log = log

    async def newest(self, account: str, query: LogQuery) -> LogPage:
        return await self._steadily(account, lambda mark: self._newest(account, query, mark))

    async def following(self, account: str, position: str, until: datetime, count: int) -> LogPage:
        return await self._steadily(account, lambda mark: self._following(account, position, until, count, mark))

    async def compact(self, account: str, before: datetime, limit: int) -> int:
        return await compaction.compact(self._directory, self._log, account, before, limit)

    async def drop(self, account: str, before: datetime) -> int:
        return await compaction.drop(self._directory, self._log, account, before)

    async def _steadily(self, account: str, read: Callable[[Mark], Awaitable[LogPage]]) -> LogPage:
        """What *read* gives, read again where rows became a page meanwhile: it may have seen neither."""
        mark = await read_mark(self._directory, account)
        for _ in range(_TRIES):
            page = await read(mark)
            before, mark = mark, await read_mark(self._directory, account)
            if mark == before:
                return page
        raise StoreUnavailable("the log kept being compacted")

    async def _newest(self, account: str, query: LogQuery, mark: Mark) -> LogPage:
        walk = _walk(self._log, account, query, mark)
        found: list[Change] = []
        rows = self._rows_backwards(account, walk, query)
        async for change in _merged(rows, walk.pages(), newest_first=True):
            if change.id <= walk.reached:
                break
            if query.selects(change):
                found.append(change)
            if len(found) > query.count:
                return LogPage(tuple(found[: query.count]), found[query.count - 1].id)
        return LogPage(tuple(found), f"{walk.reached}0" if walk.reached else None)

    async def _following(self, account: str, position: str, until: datetime, count: int, mark: Mark) -> LogPage:
        low, high = f"{position}0" if position else "", keys.moment_id(until)
        months = [each for each in mark.months if each >= _month(position)]
        walk = _Walk(self._log, account, months, low, high, newest_first=False)
        found: list[Change] = []
        async for change in _merged(self._rows(account, low, high), walk.pages(), newest_first=False):
            if len(found) == count or (walk.reached and change.id >= walk.reached):
                break
            found.append(change)
        return LogPage(tuple(found), found[-1].id if found else position)

    async def _rows(self, account: str, low: str, high: str) -> Changes:
        async for rows in self._directory.pages(account, f"{keys.CHANGE}{low}", f"{keys.CHANGE}{high}"):
            for row in rows:
                yield to_change(row)

    async def _rows_backwards(self, account: str, walk: "_Walk", query: LogQuery) -> Changes:
        """The rows from the newest to the oldest: spans of time, each read forwards, that grow while they hold few."""
        low, high = keys.change(walk.low), keys.change(walk.high)
        oldest, _ = await self._directory.page(account, low, high, select=["RowKey"], page_size=1)
        if not oldest:
            return
        floor, where, span, ahead = str(oldest[0]["RowKey"]), _condition(query), _FIRST_SPAN, _AHEAD
        while high > floor:
            start = max(floor, f"{keys.CHANGE}{keys.moment_id(_moment(high) - span - ahead)}")
            rows, more = await self._directory.page(account, start, high, where=where)
            if more and span > _SHORTEST_SPAN:
                span /= _GROWTH * _GROWTH
                continue
            if more:  # so many at one moment
                rows = [row async for page in self._directory.pages(account, start, high, where=where) for row in page]
            for row in reversed(rows):
                yield to_change(row)
            high, span, ahead = start, span * _GROWTH, timedelta()


def _walk(log: Table, account: str, query: LogQuery, mark: Mark) -> "_Walk":
    """The walk through the pages that *query* may find something on."""
    until = datetime.now(UTC) + _AHEAD if query.until is None else query.until + _SAME_MOMENT
    high = min(filter(None, (query.position, keys.moment_id(until))))
    low = keys.moment_id(query.since) if query.since is not None else ""
    months = [each for each in mark.months if _month(low) <= each <= _month(high)]
    return _Walk(log, account, months, low, high, newest_first=True, about=query.about)


@dataclass(slots=True)
class _Walk:
    """A walk through the pages of some *months* between two ids; *reached* is where it ended early, or empty."""

    log: Table
    account: str
    months: Sequence[str]
    low: str
    high: str
    newest_first: bool
    about: str = ""
    reached: str = ""
    _unpacked: int = field(default=0)

    async def pages(self) -> Changes:
        """The entries of the pages in order, of no more than `MAX_PAGES` pages."""
        for month in sorted(self.months, reverse=self.newest_first):
            headers = await self._headers(month)
            async for change in _in_order(headers, self._load, newest_first=self.newest_first):
                yield change
            if self.reached:
                return

    async def _headers(self, month: str) -> list[Header]:
        partition = log_pages.partition(self.account, month)
        select = [*log_pages.HEADER, log_pages.OBJECTS] if self.about else log_pages.HEADER
        found: list[Header] = []
        async for rows in self.log.pages(partition, "", self.high, select=select):
            found += [to_header(partition, row) for row in rows]
        wanted = [each for each in found if each.last >= self.low and (not self.about or each.may_tell_of(self.about))]
        if self.newest_first:
            return sorted(wanted, key=lambda each: each.last, reverse=True)
        return sorted(wanted, key=lambda each: each.first)

    async def _load(self, header: Header) -> list[Change] | None:
        """The entries of a page between the ids; None where enough pages were unpacked already."""
        if self._unpacked == MAX_PAGES:
            self.reached = header.last if self.newest_first else header.first
            return None
        self._unpacked += 1
        row = await self.log.find(header.partition, header.first)
        changes = [] if row is None else log_pages.from_page(row)
        return [each for each in changes if self.low <= each.id < self.high]


type _Load = Callable[[Header], Awaitable[list[Change] | None]]


async def _in_order(headers: Sequence[Header], load: _Load, *, newest_first: bool) -> Changes:
    """The entries of pages in order, also where pages overlap; a page is loaded when the entries before it are told."""
    waiting: list[Change] = []
    for header in headers:
        bound = header.last if newest_first else header.first
        while waiting and (waiting[-1].id > bound if newest_first else waiting[-1].id < bound):
            yield waiting.pop()
        loaded = await load(header)
        if loaded is None:
            break
        waiting = sorted([*waiting, *loaded], key=_id, reverse=not newest_first)
    while waiting:
        yield waiting.pop()


async def _merged(one: Changes, two: Changes, *, newest_first: bool) -> Changes:
    """The entries of both in order, each once, though it may be a row and on a page for a moment."""
    left, right = await anext(one, None), await anext(two, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _comes_first(left, right, newest_first=newest_first)):
            assert left is not None  # noqa: S101  one of both is there
            chosen = left
        else:
            chosen = right
        yield chosen
        if left is not None and left.id == chosen.id:
            left = await anext(one, None)
        if right is not None and right.id == chosen.id:
            right = await anext(two, None)


def _comes_first(left: Change, right: Change, *, newest_first: bool) -> bool:
    return left.id > right.id if newest_first else left.id < right.id


def _condition(query: LogQuery) -> Where:
    """What of *query* the service can check; the rest is checked on what comes back."""
    parameters: dict[str, Any] = {}
    terms = []
    for name in _EQUAL:
        if value := getattr(query, name):
            terms.append(f"{name} eq @{name}")
            parameters[name] = str(value)
    if query.about:
        terms.append(f"( {_ABOUT} )")
        parameters |= {"about": query.about, "below": f"{query.about}.", "beyond": f"{query.about}/"}
        parameters["membership"] = "GroupMember"
    return Where(" and ".join(terms), parameters)


def _id(change: Change) -> str:
    return change.id


def _month(change_id: str) -> str:
    return log_pages.month_of(change_id) if change_id else ""


def _moment(row_key: str) -> datetime:
    return keys.moment_of(row_key.removeprefix(keys.CHANGE).ljust(12, "0"))
