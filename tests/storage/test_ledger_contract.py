"""The ledger is kept alike in memory and in tables: whole, and under one version."""

from datetime import timedelta

import pytest

from domain.history.ledger import Ledger, LedgerStore
from domain.model import Action
from domain.ports import RecordNotFound, VersionConflict
from storage import keys
from storage.client import Tables
from storage.ledger import TableLedger
from tests.domain.builders import NOW
from tests.domain.log_builders import entry, failure, folded
from tests.memory_log import MemoryLedger


@pytest.fixture(params=["memory", "tables"])
def store(request: pytest.FixtureRequest, tables: Tables) -> LedgerStore:
    return MemoryLedger() if request.param == "memory" else TableLedger(tables.directory)


async def test_ledger_comes_back(store: LedgerStore, account: str) -> None:
    """With faults and cycles, as it was written."""
    empty = await store.read_ledger(account)
    assert empty == Ledger()
    ledger = folded(failure(), failure(1, "bob"), entry(2, "bob"), entry(3, actor="token:2"))
    written = await store.write_ledger(account, empty, ledger)
    assert await store.read_ledger(account) == written
    assert (written.faults, written.position, written.known) == (ledger.faults, ledger.position, ledger.known)


async def test_only_one_writer_comes_first(store: LedgerStore, account: str) -> None:
    """The other learns of it, and nothing of its own is written."""
    empty = await store.read_ledger(account)
    first = await store.write_ledger(account, empty, folded(failure()))
    for stale in (empty, Ledger(version="W/\"datetime'2026-03-01T09%3A30%3A00Z'\"")):
        with pytest.raises(VersionConflict):
            await store.write_ledger(account, stale, folded(failure(1, "bob")))
    assert await store.read_ledger(account) == first


async def test_faults_can_go(store: LedgerStore, account: str) -> None:
    """Those that the new state does not have."""
    first = await store.write_ledger(account, Ledger(), folded(failure(), failure(1, "bob")))
    fewer = Ledger(first.position, dict(list(first.faults.items())[:1]), first.cycles, first.known)
    await store.write_ledger(account, first, fewer)
    assert len((await store.read_ledger(account)).faults) == 1


async def test_cycles_are_listed_newest_first(store: LedgerStore, account: str) -> None:
    """Page by page; each is found by its id, and old ones go."""
    ledger, ids = Ledger(), []
    for number in range(5):
        made = entry(60 * number, action=Action.CREATE)
        ids.append(made.id)
        ledger = await store.write_ledger(account, ledger, folded(made, ledger=ledger))
    found, following = await store.list_cycles(account, "", 3)
    assert [each.id for each in found] == ids[:1:-1]
    assert following is not None
    rest, none = await store.list_cycles(account, following, 3)
    assert ([each.id for each in rest], none) == (ids[1::-1], None)
    assert (await store.get_cycle(account, ids[2])).id == ids[2]
    assert await store.drop_cycles(account, NOW + timedelta(minutes=90), 100) == 2
    assert [each.id for each in (await store.list_cycles(account, "", 10))[0]] == ids[:1:-1]
    assert await store.drop_cycles(account, NOW, 100) == 0


@pytest.mark.parametrize("cycle_id", ["000000000000", "018f0000000000000000", keys.moment_id(NOW)])
async def test_unknown_cycle(store: LedgerStore, account: str, cycle_id: str) -> None:
    """Is not there."""
    with pytest.raises(RecordNotFound):
        await store.get_cycle(account, cycle_id)
