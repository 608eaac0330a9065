"""The log is read alike from memory, from rows, and from rows and pages."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.history.log import LogQuery, LogStore
from domain.model import Action, Change, Outcome, Source
from domain.ports import DirectoryStore
from storage import compaction, log, log_pages
from storage.client import Tables
from storage.directory import TableDirectory
from storage.log import TableLog
from tests.memory import MemoryDirectory
from tests.memory_log import MemoryLog
from tests.storage.log_entries import START, compact_all, make_entries, make_entry, settle

LATE = START + timedelta(days=30)


@pytest.fixture(params=["memory", "rows", "pages", "rows and pages"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten, so that few entries make many."""
    monkeypatch.setattr(log_pages, "MAX_ENTRIES", 10)
    monkeypatch.setattr(compaction, "ENOUGH", 5)


class Place:
    """A log with its entries."""

    def __init__(self, kind: str, tables: Tables, account: str) -> None:
        memory = MemoryDirectory()
        self.kind, self.tables, self.account = kind, tables, account
        self.directory: DirectoryStore = memory if kind == "memory" else TableDirectory(tables.directory)
        self.table_log = TableLog(tables.directory, tables.log)
        self.log: LogStore = MemoryLog(memory) if kind == "memory" else self.table_log

    async def fill(self, entries: list[Change]) -> None:
        """Record *entries*, and compact what the kind of place wants compacted."""
        await self.directory.record(self.account, *entries)
        if "pages" in self.kind:
            half = entries[len(entries) // 2].time + timedelta(milliseconds=1)
            await settle(self.tables.directory, self.account)
            await compact_all(self.table_log, self.account, LATE if self.kind == "pages" else half)

    async def read(self, **options: Any) -> list[Change]:
        """All that a query finds, page by page."""
        found: list[Change] = []
        position = ""
        for _ in range(100):
            page = await self.log.newest(self.account, LogQuery(position=position, **options))
            assert len(page.changes) <= options.get("count", 100)
            found += page.changes
            if page.next is None:
                return found
            position = page.next
        raise AssertionError("the walk does not end")


@pytest.fixture
def place(kind: str, tables: Tables, account: str) -> Place:
    return Place(kind, tables, account)


@pytest.mark.parametrize("count", [1, 7, 100])
async def test_newest_first(place: Place, count: int) -> None:
    """Every entry once, whole, in pages of any size, over the end of a month."""
    entries = make_entries(60)
    entries[30:] = [
        dataclasses.replace(each, id=f"{int((each.time + timedelta(days=3)).timestamp() * 1000):012x}{each.id[12:]}",
                            time=each.time + timedelta(days=3))
        for each in entries[30:]
    ]  # fmt: skip
    await place.fill(entries)
    assert await place.read(count=count) == entries[::-1]


@pytest.mark.parametrize(
    "options",
    [
        {"outcome": Outcome.FAILURE},
        {"action": Action.CREATE},
        {"actor": "token:1"},
        {"source": Source.MANAGER},
        {"kind": "User"},
        {"about": "person-3"},
        {"about": "E3"},
        {"about": "user3@contoso.example"},
        {"about": "nobody"},
        {"since": START + timedelta(minutes=10)},
        {"until": START + timedelta(minutes=10)},
        {"since": START + timedelta(minutes=10), "until": START + timedelta(minutes=20), "outcome": Outcome.FAILURE},
        {"about": "person-3", "actor": "token:1", "action": Action.UPDATE},
    ],
)
async def test_filters_agree(place: Place, options: dict[str, Any]) -> None:
    """With what the query says of each entry."""
    entries = make_entries(40)
    await place.fill(entries)
    assert await place.read(**options, count=3) == [each for each in entries[::-1] if LogQuery(**options).selects(each)]


async def test_entry_is_found_by_its_correlation(place: Place) -> None:
    """The id that a failure was answered with leads to it."""
    entries = make_entries(30)
    await place.fill(entries)
    assert await place.read(correlation=entries[4].correlation_id) == [entries[4]]


async def test_membership_is_found_by_group_and_member(place: Place) -> None:
    """The history of a group has the members that were skipped."""
    skipped = make_entry(0, kind="GroupMember", resource_id="g-1.u-1", resource_name="Finance", external_id=None)
    await place.fill([skipped, *make_entries(20)[1:]])
    for name in ("g-1", "u-1", "g-1.u-1", "Finance"):
        assert await place.read(about=name) == [skipped]
    assert await place.read(about="g") == []


async def test_moments_are_kept_whole(place: Place) -> None:
    """An entry of the moment asked for is in, one of the moment that ends the time is not."""
    moments = [START + timedelta(microseconds=each) for each in (0, 400, 999, 1_000, 1_500)]
    entries = [make_entry(0, at=each) for each in moments]
    await place.fill(entries)
    found = await place.read(since=moments[1], until=moments[4])
    assert {each.time for each in found} == set(moments[1:4])


async def test_many_at_one_moment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many writers there are."""
    monkeypatch.setattr(log, "_SHORTEST_SPAN", timedelta(days=400))
    entries = sorted((make_entry(number, at=START) for number in range(25)), key=lambda each: each.id)
    await place.fill(entries)
    assert await place.read(count=10) == entries[::-1]


@pytest.mark.parametrize("count", [1, 9, 1_000])
async def test_following_leads_through_all(place: Place, count: int) -> None:
    """Oldest first, from any position, and what comes later follows at the position where the walk ended."""
    entries = make_entries(40)
    await place.fill(entries[:-1])
    found: list[Change] = []
    position: str | None = ""
    for _ in range(100):
        page = await place.log.following(place.account, position or "", LATE, count)
        found, position = [*found, *page.changes], page.next
        if not page.changes:
            break
    assert found == entries[:-1]
    await place.directory.record(place.account, entries[-1])
    assert (await place.log.following(place.account, position or "", LATE, count)).changes == (entries[-1],)


async def test_following_ends_at_a_moment(place: Place) -> None:
    """What is not settled yet is not told."""
    entries = make_entries(20)
    await place.fill(entries)
    page = await place.log.following(place.account, "", START + timedelta(minutes=5), 100)
    assert page.changes == tuple(entries[:5])


async def test_empty_log(place: Place) -> None:
    """Has nothing, and another account's entries are not in it."""
    await place.directory.record("someone-else", make_entry())
    assert await place.read() == []
    assert (
        await place.log.following(place.account, "", datetime.max.replace(tzinfo=START.tzinfo, year=2200), 5)
    ).changes == ()
