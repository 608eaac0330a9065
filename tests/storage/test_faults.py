"""Whatever befalls whichever transaction of a write, the directory ends exactly as before it or exactly as after it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import batched
from typing import Any
from uuid import uuid4

import pytest

from domain.model import Change, GroupRecord, Kind, Member, MemberDelta, UserRecord
from domain.ports import StoreUnavailable
from storage import journal, keys
from storage.client import Entity, Table, make_table, upsert
from storage.directory import TableDirectory
from tests.storage.build import change, changed, creation, deletion, make_group, make_user, members, query
from tests.storage.conftest import no_wait
from tests.storage.pipeline import Fault, FaultyService

PEOPLE = [make_user(f"person{number}@example.com", externalId=f"P{number}") for number in range(8)]
TEAM, OTHER = make_group("Team", externalId="T"), make_group("Other")
NEW_USER = make_user("new@example.com", externalId="N", emails=[{"value": "new@example.com"}])
NEW_GROUP = make_group("New")
FEW, MANY = members(*PEOPLE[:2]), members(*PEOPLE)

type Rows = dict[str, dict[str, Any]]


@dataclass
class Place:
    """A table whose service can be made to fail."""

    table: Table
    store: TableDirectory
    service: FaultyService
    filling: list[Entity] = field(default_factory=list)


@pytest.fixture
async def place(connection: str) -> AsyncIterator[Place]:
    """A table of its own: the emulator grows slow with many rows in one."""
    service = FaultyService()
    options: dict[str, Any] = {"policies": [service], "sleep": no_wait}
    table = make_table(f"t{uuid4().hex}", connection_string=connection, **options)
    await table.create_if_missing()
    yield Place(table, TableDirectory(table), service)
    await table.close()


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight members are many: four fit into the first transaction, three into each further one."""
    monkeypatch.setattr(journal, "MAX_OPERATIONS", 14)
    monkeypatch.setattr(journal, "CHUNK", 3)
    monkeypatch.setattr(journal, "SIDE_BY_SIDE", 2)


async def fill(place: Place, account: str) -> None:
    """Eight people; all in one group, two in another, which is in the first.  The first filling is copied later."""
    if not place.filling:
        for user in PEOPLE:
            await place.store.create_user(account, user, creation(user))
        await place.store.create_group(account, OTHER, FEW, creation(OTHER))
        await place.store.create_group(account, TEAM, (*MANY, Member(OTHER.id, OTHER.kind)), creation(TEAM))
        async for rows in place.table.pages(account, "a", "\uffff"):
            place.filling += rows
    for chunk in batched(place.filling, 100, strict=False):
        rows = [{name: value for name, value in row.items() if name != "PartitionKey"} for row in chunk]
        await place.table.submit(account, [upsert(row) for row in rows])


type Write = Callable[[TableDirectory, str, Change], Awaitable[UserRecord | GroupRecord | None]]


async def create_user(store: TableDirectory, account: str, change: Change) -> UserRecord:
    return await store.create_user(account, NEW_USER, change)


async def rename_user(store: TableDirectory, account: str, change: Change) -> UserRecord:
    user = await store.get_user(account, PEOPLE[0].id)
    after = changed(user, userName="renamed@example.com", externalId="R", emails=[{"value": "r@example.com"}])
    return await store.replace_user(account, user, after, change)


async def delete_user(store: TableDirectory, account: str, change: Change) -> None:
    await store.delete_user(account, await store.get_user(account, PEOPLE[0].id, groups=True), change)


async def create_small_group(store: TableDirectory, account: str, change: Change) -> GroupRecord:
    return await store.create_group(account, NEW_GROUP, FEW, change)


async def create_large_group(store: TableDirectory, account: str, change: Change) -> GroupRecord:
    return await store.create_group(account, NEW_GROUP, MANY, change)


async def exchange_few(store: TableDirectory, account: str, change: Change) -> GroupRecord:
    group = await store.get_group(account, TEAM.id)
    delta = MemberDelta(removed=(PEOPLE[3].id,), added=members(PEOPLE[4]))
    return await store.replace_group(account, group, changed(group, displayName="Renamed"), delta, change)


async def remove_many(store: TableDirectory, account: str, change: Change) -> GroupRecord:
    group = await store.get_group(account, TEAM.id)
    gone = (str(uuid4()), *(member.id for member in MANY))
    return await store.replace_group(account, group, group, MemberDelta(removed=gone), change)


async def add_many(store: TableDirectory, account: str, change: Change) -> GroupRecord:
    group = await store.get_group(account, OTHER.id)
    return await store.replace_group(account, group, group, MemberDelta(added=MANY), change)


async def delete_large_group(store: TableDirectory, account: str, change: Change) -> None:
    await store.delete_group(account, await store.get_group(account, TEAM.id, members=True), change)


WRITES: list[tuple[Write, Change]] = [
    (create_user, creation(NEW_USER)),
    (rename_user, change(PEOPLE[0])),
    (delete_user, deletion(PEOPLE[0])),
    (create_small_group, creation(NEW_GROUP)),
    (create_large_group, creation(NEW_GROUP)),
    (exchange_few, change(TEAM)),
    (remove_many, change(TEAM)),
    (add_many, change(OTHER)),
    (delete_large_group, deletion(TEAM)),
]
EACH_WRITE = pytest.mark.parametrize(("write", "receipt"), WRITES, ids=[each[0].__name__ for each in WRITES])


async def snapshot(table: Table, account: str) -> Rows:
    """All rows but those of changes, without ETags; what differs from run to run by its nature is left out."""
    found: Rows = {}
    async for rows in table.pages(account, "a", "\uffff"):
        for row in rows:
            content = {name: value for name, value in row.items() if name not in ("PartitionKey", "change")}
            found |= {} if row["RowKey"].startswith(keys.CHANGE) else {row["RowKey"]: content}
    return found


async def expected(place: Place, write: Write, receipt: Change) -> tuple[Rows, Rows, int]:
    """The rows before and after the write where nothing fails, and how many transactions it makes."""
    account = uuid4().hex
    await fill(place, account)
    before = await snapshot(place.table, account)
    with place.service.failing(None):
        await write(place.store, account, receipt)
        requests = place.service.seen
    return before, await snapshot(place.table, account), requests


async def check_whole(place: Place, account: str) -> None:
    assert [each async for each in place.store.audit(account)] == []


@EACH_WRITE
@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST, Fault.BUSY, Fault.ERROR_BUT_DONE])
async def test_passing_fault_does_no_harm(place: Place, write: Write, receipt: Change, fault: Fault) -> None:
    """A fault of one transaction, whichever it is, is overcome: the write is done once and tells its version."""
    _, after, requests = await expected(place, write, receipt)
    for number in range(requests):
        account = uuid4().hex
        await fill(place, account)
        with place.service.failing(fault, number):
            written = await write(place.store, account, receipt)
        assert await snapshot(place.table, account) == after
        await check_whole(place, account)
        if isinstance(written, UserRecord):
            assert written.version == (await place.store.get_user(account, written.id)).version
        if isinstance(written, GroupRecord):
            assert written.version == (await place.store.get_group(account, written.id)).version


@EACH_WRITE
@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
async def test_outage_leaves_all_or_nothing(place: Place, write: Write, receipt: Change, fault: Fault) -> None:
    """The service fails from one request on, so the write does; once it is back, work that was begun is finished."""
    before, after, requests = await expected(place, write, receipt)
    for number in range(requests):
        account = uuid4().hex
        await fill(place, account)
        with place.service.failing(fault, number, times=1000), pytest.raises(StoreUnavailable):
            await write(place.store, account, receipt)
        await place.store.roll_forward(account)
        assert await snapshot(place.table, account) in (before, after)
        await check_whole(place, account)


@pytest.mark.parametrize("fault", list(Fault))
async def test_reads_are_repeated(place: Place, fault: Fault) -> None:
    """A fault of any one read is not seen outside; one that stays is StoreUnavailable."""
    account = uuid4().hex
    await fill(place, account)
    text = f'members.value eq "{PEOPLE[0].id}"'
    expected = await place.store.find(account, query(text, Kind.GROUP, wants_members=True))
    for number in range(5):
        with place.service.failing(fault, number, reads=True):
            assert await place.store.find(account, query(text, Kind.GROUP, wants_members=True)) == expected
    with place.service.failing(fault, 2, times=1000, reads=True), pytest.raises(StoreUnavailable):
        await place.store.find(account, query(text, Kind.GROUP, wants_members=True))
