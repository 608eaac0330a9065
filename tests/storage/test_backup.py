"""Whole accounts over tables: out, away and back, also when the storage fails or somebody writes meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from domain.accounts import new_account
from domain.history.log import LogQuery
from domain.lifecycle import restoring
from domain.lifecycle.backup import Vault, examine, export
from domain.lifecycle.removal import delete_account
from domain.lifecycle.restoring import restore
from domain.model import Totals
from domain.ports import RecordNotFound, StoreUnavailable, Taken
from storage import compaction, keys, log_pages
from storage.accounts import TableAccounts
from storage.backup import TableBackups
from storage.client import Tables, make_tables, upsert
from storage.directory import TableDirectory
from storage.log import TableLog
from tests.domain.builders import NOW, StoppedClock
from tests.storage.build import creation, deletion, make_group, make_user, members, query
from tests.storage.conftest import no_wait
from tests.storage.log_entries import START, compact_all, make_entries, settle
from tests.storage.pipeline import Fault, FaultyService

USERS = 55
"""So many members take more than one transaction, and are journaled."""


class World:
    """A vault over tables whose service can be made to fail, and an account with users and a large group."""

    def __init__(self, tables: Tables, faults: FaultyService) -> None:
        self.tables, self.faults = tables, faults
        self.clock = StoppedClock()
        self.directory, self.store = TableDirectory(tables.directory), TableBackups(tables)
        self.vault = Vault(self.store, TableAccounts(tables.accounts), self.directory, self.clock)
        self.account = f"a{uuid4().hex}"

    async def fill(self) -> None:
        await self.vault.accounts.create_account(new_account("Acme", now=NOW, account_id=self.account))
        users = [make_user(externalId=f"E{number}") for number in range(USERS)]
        await asyncio.gather(*(self.directory.create_user(self.account, each, creation(each)) for each in users))
        group = make_group("All")
        await self.directory.create_group(self.account, group, members(*users), creation(group))

    async def export(self) -> bytes:
        file = BytesIO()
        await export(self.vault, self.account, file)
        return file.getvalue()

    async def restore(self, content: bytes, **options: Any) -> None:
        await restore(self.vault, BytesIO(content), **options)

    async def delete(self) -> None:
        async def pause(seconds: float) -> None:
            self.clock.move(seconds=seconds)

        await delete_account(self.vault, self.account, pause=pause)

    async def rows(self, account: str = "") -> list[str]:
        """All rows as text, but for the changes and for what restoring adds."""
        found = [row async for some in self.store.rows(account or self.account) for row in some]
        kept = [row for row in found if not row.key.startswith(keys.CHANGE)]
        return sorted(str((row.table, row.part, row.key, {**row.values, "restored": ""})) for row in kept)

    async def cut_off(self, work: Awaitable[None], fault: Fault, at: int) -> bool:
        """Whether *work* failed when the service did from write *at* on."""
        with self.faults.failing(fault, at, times=99):
            try:
                await work
            except StoreUnavailable:
                return True
        return False

    async def faults_of(self, account: str = "") -> list[str]:
        return [each.row_key async for each in self.directory.audit(account or self.account)]


@pytest.fixture
async def world(connection: str, tables: Tables) -> AsyncIterator[World]:  # noqa: ARG001  makes the tables
    faults = FaultyService()
    made = make_tables(connection_string=connection, sleep=no_wait, policies=[faults], page_size=40)
    opened = World(made, faults)
    await opened.fill()
    yield opened
    await made.close()


async def test_out_away_and_back(world: World) -> None:
    """Every row is as it was, and the totals are exact."""
    before = await world.rows()
    content = await world.export()
    await world.delete()
    assert await world.rows() == []
    await world.restore(content)
    assert await world.rows() == before
    assert await world.directory.totals(world.account) == Totals(USERS, 1)
    assert await world.faults_of() == []


async def test_second_export_has_the_same_rows(world: World) -> None:
    """Byte for byte, but for the acts that were written down since."""
    first = await world.export()
    await world.delete()
    await world.restore(first)
    second = await world.export()
    known = set(first.splitlines()[1:-2])
    new = [line for line in second.splitlines()[1:-2] if line not in known]
    assert len(new) == 3  # the import, the second export, and the row that says what the account was made from
    assert [b'"restored"' in line for line in new].count(True) == 1


async def test_copy_is_another_account(world: World) -> None:
    """With the same ids, and each account with its own fate from then on."""
    copy = f"b{uuid4().hex}"
    await world.restore(await world.export(), new_id=copy)
    page = await world.directory.find(copy, query())
    assert {each.id for each in page.records} == {
        each.id for each in (await world.directory.find(world.account, query())).records
    }
    await world.delete()
    assert await world.directory.totals(copy) == Totals(USERS, 1)
    assert await world.faults_of(copy) == []


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
async def test_import_survives_an_outage_anywhere(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lasts longer than a write is repeated, whether that was done or not; run again the import goes on."""
    monkeypatch.setattr(restoring, "_ROWS_AT_ONCE", 150)
    before, content = await world.rows(), await world.export()
    for at in count(step=2):
        await world.delete()
        if not await world.cut_off(world.restore(content), fault, at):
            break
        await world.restore(content)
        assert await world.rows() == before
    assert at > 4


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
async def test_deletion_survives_an_outage_anywhere(world: World, fault: Fault) -> None:
    """Run again it goes on; where only its last answer was lost there is nothing left to delete."""
    content = await world.export()
    for at in count(step=2):
        if not await world.cut_off(world.delete(), fault, at):
            break
        with suppress(RecordNotFound):
            await world.delete()
        assert not await world.store.remains(world.account)
        await world.restore(content)
    assert at > 4


async def test_single_lost_answers_are_not_noticed(world: World) -> None:
    """Each write whose answer is lost once is sent again and taken for done."""
    content = await world.export()
    for at in range(0, 12, 2):
        await world.delete()
        with world.faults.failing(Fault.ANSWER_LOST, at):
            await world.restore(content)
    assert await world.faults_of() == []


async def test_unfinished_work_is_finished_first(world: World) -> None:
    """A change that was cut off is whole in the file, without a journal."""
    group = make_group("Cut off")
    users = (await world.directory.find(world.account, query(count=USERS))).records
    with world.faults.failing(Fault.REFUSED, 1, times=9), pytest.raises(StoreUnavailable):
        await world.directory.create_group(world.account, group, members(*users), creation(group))
    content = await world.export()
    assert b'"j:' not in content
    assert content.count(f'"key":"m:{group.id}:'.encode()) == USERS


async def test_import_mends_what_changed_meanwhile(world: World) -> None:
    """Users who came, went and were renamed while the rows were read: look-ups, memberships and totals fit together."""
    users = (await world.directory.find(world.account, query(count=USERS))).records
    file, victims = BytesIO(), list(users[:12])

    async def write() -> None:
        for victim in victims:
            new = make_user()
            await world.directory.create_user(world.account, new, creation(new))
            row = await world.directory.get_user(world.account, victim.id, groups=True)
            await world.directory.delete_user(world.account, row, deletion(row))

    writer: list[asyncio.Task[None]] = []

    def told(rows: int) -> None:  # noqa: ARG001  the first page begins the writing
        if not writer:
            writer.append(asyncio.create_task(write()))

    world.clock.moment = deletion(users[0]).time  # the changes are made now
    await export(world.vault, world.account, file, told)
    await writer[0]
    assert examine(BytesIO(file.getvalue())).changed > 0
    copy = f"b{uuid4().hex}"
    await world.restore(file.getvalue(), new_id=copy)
    assert await world.faults_of(copy) == []


async def test_no_account_can_be_opened_over_a_closed_one(world: World) -> None:
    """While its import or deletion is unfinished."""
    await world.store.begin_delete(world.account, NOW)
    with pytest.raises(Taken):
        await world.vault.accounts.create_account(new_account("Other", now=NOW, account_id=world.account))


async def test_further_partitions_are_read_by_their_account_only(world: World) -> None:
    """One account's id may begin like another's; its further partitions do not belong to that one."""
    for partition in (f"{world.account}:2026-02", f"{world.account}-x:2026-02", f"{world.account}x:2026-02"):
        await world.tables.log.write(partition, upsert({"RowKey": "p:1"}))
    found = [
        (row.table, row.part) async for some in world.store.rows(world.account) for row in some if row.key == "p:1"
    ]
    assert found == [("log", "2026-02")]


async def test_log_survives_with_its_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compacted into further partitions is in the file, and is read as before, also below another id."""
    monkeypatch.setattr(log_pages, "MAX_ENTRIES", 10)
    monkeypatch.setattr(compaction, "ENOUGH", 5)
    log, copy = TableLog(world.tables.directory, world.tables.log), f"b{uuid4().hex}"
    entries = make_entries(25)
    await world.directory.record(world.account, *entries)
    await settle(world.tables.directory, world.account)
    assert await compact_all(log, world.account, START + timedelta(days=30)) >= len(entries)
    content = await world.export()
    assert b'"part":"' in content
    await world.delete()
    await world.restore(content)
    await world.restore(content, new_id=copy)
    query = LogQuery(since=START, until=START + timedelta(days=1), count=100)  # the acts of backup are before that
    for account in (world.account, copy):
        assert [each.id for each in (await log.newest(account, query)).changes] == [each.id for each in entries[::-1]]
