"""Compaction: killed anywhere, run twice or by two at once, every entry stays in the log once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.history.log import LogQuery
from domain.model import Change
from domain.ports import StoreError
from storage import compaction, keys, log_pages
from storage.client import Table, make_table, upsert
from storage.directory import TableDirectory
from storage.log import MAX_PAGES, TableLog
from tests.storage.conftest import no_wait
from tests.storage.log_entries import START, compact_all, make_entries, make_entry, settle
from tests.storage.pipeline import Fault, FaultyService

LATE = START + timedelta(days=40)


class Place:
    """Two tables whose service can be made to fail."""

    def __init__(self, connection: str) -> None:
        self.service = FaultyService()
        self.directory = self._table(connection)
        self.pages = self._table(connection)
        self.log = TableLog(self.directory, self.pages)
        self.account = uuid4().hex

    def _table(self, connection: str) -> Table:
        name = f"t{uuid4().hex}"
        return make_table(name, connection_string=connection, policies=[self.service], sleep=no_wait)

    async def fill(self, entries: list[Change]) -> None:
        """Record *entries* of a new account, settled."""
        self.account = uuid4().hex
        await TableDirectory(self.directory).record(self.account, *entries)
        await settle(self.directory, self.account)

    async def rows(self) -> int:
        """How many entries are rows."""
        return len(await self.directory.rows(self.account, keys.CHANGE, select=["RowKey"]))

    async def page_rows(self) -> list[int]:
        """How many entries each page has."""
        mark = await compaction.read_mark(self.directory, self.account)
        found: list[int] = []
        for month in mark.months:
            async for rows in self.pages.pages(log_pages.partition(self.account, month), "", "~"):
                found += [row["count"] for row in rows]
        return found

    async def all(self) -> list[Change]:
        """All entries, the oldest first."""
        found: list[Change] = []
        position = ""
        while True:
            page = await self.log.newest(self.account, LogQuery(position=position, count=1_000))
            found += page.changes
            if page.next is None:
                return found[::-1]
            position = page.next


@pytest.fixture
async def place(connection: str) -> AsyncIterator[Place]:
    made = Place(connection)
    await made.directory.create_if_missing()
    await made.pages.create_if_missing()
    yield made
    await made.directory.close()
    await made.pages.close()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of twenty."""
    monkeypatch.setattr(log_pages, "MAX_ENTRIES", 20)
    monkeypatch.setattr(compaction, "ENOUGH", 8)


async def test_old_rows_become_pages(place: Place) -> None:
    """All of them, with pages filled as far as the batches allow, and a page has one month."""
    await place.fill(entries := make_entries(200))
    assert await compact_all(place.log, place.account, LATE) == 200
    assert (await place.rows(), await place.all()) == (0, entries)
    assert await place.page_rows() == [20, 20, 20, 20, 20, 20, *[20] * 4]


async def test_months_do_not_mix(place: Place) -> None:
    """So that retention drops whole months."""
    await place.fill([make_entry(0), make_entry(1, at=START + timedelta(days=5))])
    await compact_all(place.log, place.account, LATE)
    assert await place.page_rows() == [1, 1]


async def test_page_grows(place: Place) -> None:
    """A quiet account has few pages, not one for each day."""
    entries = make_entries(30)
    await place.fill(entries[:10])
    await compact_all(place.log, place.account, LATE)
    for start in (10, 20):
        await TableDirectory(place.directory).record(place.account, *entries[start : start + 10])
        await settle(place.directory, place.account)
        await compact_all(place.log, place.account, LATE)
    assert (await place.page_rows(), await place.all()) == ([20, 10], entries)


async def test_few_rows_wait_for_more(place: Place) -> None:
    """But not longer than a day beyond the time after which they are old."""
    await place.fill(make_entries(5))
    assert await compact_all(place.log, place.account, START + timedelta(hours=20)) == 0
    assert await compact_all(place.log, place.account, START + timedelta(hours=25)) == 5


async def test_young_rows_stay(place: Place) -> None:
    """Only what is old goes."""
    await place.fill(entries := make_entries(30))
    await compact_all(place.log, place.account, entries[12].time)
    assert (await place.rows(), await place.all()) == (18, entries)


@pytest.mark.parametrize("behind", [keys.TOTALS, keys.NOTIFIED])
async def test_rows_wait_for_totals_and_notices(place: Place, behind: str) -> None:
    """What was not counted, or not read, stays a row."""
    await place.fill(entries := make_entries(30))
    row = await place.directory.get(place.account, behind)
    kept = {name: value for name, value in row.items() if name != "PartitionKey"}
    await place.directory.write(place.account, upsert({**kept, "upTo": entries[10].id}))
    await compact_all(place.log, place.account, LATE)
    assert (await place.rows(), await place.all()) == (20, entries)


async def test_totals_stay_exact(place: Place) -> None:
    """They never need the rows that went."""
    await place.fill([make_entry(number, users=1) for number in range(30)])
    await compact_all(place.log, place.account, LATE)
    assert (await TableDirectory(place.directory).totals(place.account)).users == 30


async def test_entry_that_came_late_is_kept(place: Place) -> None:
    """A writer whose clock is behind writes among what is compacted already."""
    entries = make_entries(40)
    late = entries.pop(17)
    await place.fill(entries)
    await compact_all(place.log, place.account, LATE)
    await TableDirectory(place.directory).record(place.account, late)
    assert late in await place.all()
    await compact_all(place.log, place.account, LATE)
    assert (await place.rows(), await place.all()) == (0, sorted([*entries, late], key=lambda each: each.id))


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
async def test_killed_anywhere(place: Place, fault: Fault) -> None:
    """The next run ends where an undisturbed one does: nothing lost, nothing twice, the same pages."""
    entries = make_entries(50)
    await place.fill(entries)
    with place.service.failing(None):
        await compact_all(place.log, place.account, LATE)
        requests = place.service.seen
    pages = await place.page_rows()
    for number in range(requests):
        await place.fill(entries)
        with place.service.failing(fault, number, times=1_000), pytest.raises(StoreError):
            await compact_all(place.log, place.account, LATE)
        assert await place.all() == entries
        await compact_all(place.log, place.account, LATE)
        assert (await place.rows(), await place.all(), await place.page_rows()) == (0, entries, pages)


async def test_two_at_once(place: Place) -> None:
    """They do the same work, once."""
    for _ in range(5):
        await place.fill(entries := make_entries(60))
        await asyncio.gather(*(compact_all(place.log, place.account, LATE) for _ in range(3)))
        assert (await place.rows(), await place.all(), sum(await place.page_rows())) == (0, entries, 60)


async def test_reader_misses_nothing_meanwhile(place: Place) -> None:
    """A walk that meets compaction sees each entry, as a row or on a page."""
    await place.fill(entries := make_entries(120))
    while await place.rows():
        seen, _ = await asyncio.gather(place.all(), place.log.compact(place.account, LATE, 20))
        assert seen == entries


async def test_call_unpacks_few_pages(place: Place) -> None:
    """However selective the question; the answer leads on."""
    await place.fill(make_entries(200))
    await compact_all(place.log, place.account, LATE)
    with place.service.failing(None, reads=True):
        page = await place.log.newest(place.account, LogQuery(actor="nobody"))
        assert place.service.seen <= MAX_PAGES + 6  # marks, the oldest row, and headers
    assert (page.changes, page.next is None) == ((), False)


async def test_history_of_one_resource_unpacks_its_pages_only(place: Place) -> None:
    """Pages without it are known from their headers."""
    rare = make_entry(50, resource_id="rare")
    entries = make_entries(200)
    entries[50] = rare
    await place.fill(entries)
    await compact_all(place.log, place.account, LATE)
    with place.service.failing(None, reads=True):
        page = await place.log.newest(place.account, LogQuery(about="rare"))
        assert place.service.seen <= 1 + 6
    assert (page.changes, page.next) == ((rare,), None)


async def test_retention_drops_whole_months(place: Place) -> None:
    """Those that ended before; twice is as good as once."""
    young = make_entry(0, at=START + timedelta(days=5))
    await place.fill([*make_entries(30), young])
    await compact_all(place.log, place.account, LATE)
    assert await place.log.drop(place.account, START) == 0
    assert await place.log.drop(place.account, START + timedelta(days=10)) == 2
    assert await place.log.drop(place.account, START + timedelta(days=10)) == 0
    assert await place.all() == [young]
