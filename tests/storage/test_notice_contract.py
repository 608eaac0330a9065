"""Notices and channels are kept alike in memory and in tables."""

import dataclasses
from datetime import timedelta

import pytest

from domain.history.ledger import Ledger, LedgerStore
from domain.notifying.channels import ChannelKind, ChannelStore, EventFormat, new_channel
from domain.notifying.notices import Notice, NoticeStore, digest
from domain.ports import RecordNotFound, VersionConflict
from storage.channels import TableChannels
from storage.client import Tables
from storage.ledger import TableLedger
from storage.notices import TableNotices
from tests.domain.builders import NOW
from tests.domain.log_builders import entry, failure, folded
from tests.memory_log import MemoryLedger
from tests.memory_notices import MemoryChannels, MemoryNotices

type Stores = tuple[LedgerStore, NoticeStore]


@pytest.fixture(params=["memory", "tables"])
def stores(request: pytest.FixtureRequest, tables: Tables) -> Stores:
    if request.param == "memory":
        ledgers = MemoryLedger()
        return ledgers, MemoryNotices(ledgers)
    return TableLedger(tables.directory), TableNotices(tables.directory)


@pytest.fixture(params=["memory", "tables"])
def channels(request: pytest.FixtureRequest, tables: Tables) -> ChannelStore:
    return MemoryChannels() if request.param == "memory" else TableChannels(tables.accounts)


def make_notice(number: int = 3) -> Notice:
    """Of so many faults, one of which recovered."""
    ledger = folded(*(failure(0, f"user{each}", reason="x" * 900) for each in range(number)), entry(1, "user0"))
    return digest(list(ledger.faults.values()), NOW, {})


@pytest.mark.parametrize("number", [1, 1_000])
async def test_notice_comes_back(stores: Stores, account: str, number: int) -> None:
    """With all its faults, however many; it waits for each channel, and the ledger knows it."""
    ledgers, notices = stores
    notice = make_notice(number)
    ledger = await notices.open_notice(account, await ledgers.read_ledger(account), notice, ["c1", "c2"])
    assert await ledgers.read_ledger(account) == ledger
    assert (ledger.notice, await notices.get_notice(account, notice.id)) == (notice.id, notice)
    assert await notices.list_notices(account) == (notice.id,)
    assert [(each.channel, each.attempts, each.due) for each in await notices.list_deliveries(account)] == [
        ("c1", 0, NOW),
        ("c2", 0, NOW),
    ]


async def test_notice_of_a_stale_ledger_is_not_stored(stores: Stores, account: str) -> None:
    """Another run opened one."""
    ledgers, notices = stores
    empty = await ledgers.read_ledger(account)
    await notices.open_notice(account, empty, first := make_notice(), ["c1"])
    with pytest.raises(VersionConflict):
        await notices.open_notice(account, empty, make_notice(), ["c1"])
    assert await notices.list_notices(account) == (first.id,)
    assert len(await notices.list_deliveries(account)) == 1


async def test_delivery_is_claimed_once(stores: Stores, account: str) -> None:
    """The other run learns that it has it no more."""
    _, notices = stores
    await notices.open_notice(account, Ledger(), make_notice(), ["c1"])
    (seen,) = await notices.list_deliveries(account)
    claimed = dataclasses.replace(seen, claimed=NOW + timedelta(minutes=10), attempts=2)
    mine = await notices.replace_delivery(account, claimed)
    assert await notices.list_deliveries(account) == (mine,)
    with pytest.raises(VersionConflict):
        await notices.replace_delivery(account, claimed)
    for _ in range(2):
        await notices.remove_delivery(account, mine)
    with pytest.raises(RecordNotFound):
        await notices.replace_delivery(account, mine)


async def test_notice_can_go(stores: Stores, account: str) -> None:
    """Once and again."""
    _, notices = stores
    await notices.open_notice(account, Ledger(), notice := make_notice(), ["c1"])
    for _ in range(2):
        await notices.drop_notice(account, notice.id)
    assert await notices.list_notices(account) == ()
    with pytest.raises(RecordNotFound):
        await notices.get_notice(account, notice.id)


async def test_channels_are_kept(channels: ChannelStore, account: str) -> None:
    """In the order of their creation, each account's for itself."""
    made = [
        new_channel(ChannelKind.MAIL, "a@example.com", NOW),
        new_channel(ChannelKind.WEBHOOK, "https://example.com/x", NOW + timedelta(1), events=EventFormat.JSON),
    ]
    for each in reversed(made):
        await channels.create_channel(account, each)
    assert await channels.list_channels(account) == tuple(made)
    assert await channels.list_channels(f"{account}x") == ()
    renamed = dataclasses.replace(made[0], name="Operations")
    await channels.replace_channel(account, renamed)
    assert await channels.get_channel(account, renamed.id) == renamed
    await channels.delete_channel(account, renamed.id)
    for gone in (
        channels.get_channel(account, renamed.id),
        channels.replace_channel(account, renamed),
        channels.delete_channel(account, renamed.id),
    ):
        with pytest.raises(RecordNotFound):
            await gone
