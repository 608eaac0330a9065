"""The chores over memory: what is told, to whom, how often, and that it is told once."""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.chores import Upkeep
from domain.history.ledger import MOST_ROWS
from domain.history.logbook import Logbook
from domain.maintenance import BEHIND, Report, run_maintenance
from domain.model import Account, Action, Change, Kind, Outcome, Source
from domain.notifying.channels import Channel, ChannelKind, new_channel
from domain.notifying.delivery import WAITS, DeliveryFailed, Postman
from domain.notifying.events import Herald
from domain.notifying.notices import Notice
from domain.provisioning.users import create_user
from tests.domain.builders import NOW, StoppedClock, make_account, make_caller, make_desk, user
from tests.domain.log_builders import entry, failed_creation, failure, skipped_member
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_log import MemoryLedger, MemoryLog
from tests.memory_notices import BROKEN, MemoryChannels, MemoryEvents, MemoryNotices, MemorySender


class Backlog:
    """A directory with changes to count and to finish."""

    def __init__(self) -> None:
        self.changes = 0
        self.until = NOW

    async def roll_forward(self, account: str) -> int:  # noqa: ARG002  there is one account
        return 1

    async def checkpoint(self, account: str, until: object, limit: int) -> int:  # noqa: ARG002  there is one account
        self.until = until  # type: ignore[assignment]
        counted = min(limit, self.changes)
        self.changes -= counted
        return counted


class Place:
    """One account, its log, and the timer."""

    def __init__(self) -> None:
        self.account = make_account()
        self.accounts, self.directory, self.ledger = MemoryAccounts(), MemoryDirectory(), MemoryLedger()
        self.notices, self.channels, self.sender = MemoryNotices(self.ledger), MemoryChannels(), MemorySender()
        self.clock, self.backlog = StoppedClock(), Backlog()
        log = MemoryLog(self.directory)
        postman = Postman(self.notices, self.sender, self.directory, self.clock)
        self.events = MemoryEvents()
        herald = Herald(log, self.events, self.sender, self.clock)
        self.upkeep = Upkeep(
            self.directory, self.backlog, Logbook(log, self.ledger), log, self.channels, postman, herald, self.clock
        )

    async def channel(self, *, notices: bool = True) -> Channel:
        """A new channel."""
        made = new_channel(ChannelKind.LOG, "", NOW, notices=notices)
        await self.channels.create_channel("acme", made)
        return made

    async def record(self, *changes: Change) -> None:
        await self.directory.record("acme", *changes)

    async def run(self, **later: float) -> Report:
        """A run of the timer, so much later."""
        self.clock.move(**later)
        return await run_maintenance(self.accounts, self.upkeep.chores(), self.clock)

    def told(self) -> list[tuple[list[str], list[str]]]:
        """The names of what failed and of what recovered, notice by notice."""
        return [
            ([each.name for each in notice.failures], [each.name for each in notice.recoveries])
            for _, _, notice in self.sender.sent
        ]


@pytest.fixture
async def place() -> Place:
    made = Place()
    await made.accounts.create_account(made.account)
    return made


# What is told, and when


async def test_first_failure_is_told_at_once(place: Place) -> None:
    """As soon as it is settled: what failed, for whom, why, since when, how often, and what to do."""
    await place.channel()
    await place.record(failed_creation(0), failed_creation(1, count=2))
    await place.run(minutes=4)
    assert place.told() == []
    await place.run(minutes=3)
    ((_, _, notice),) = place.sender.sent
    (item,) = notice.failures
    assert (item.name, item.kind, item.action, item.reason, item.count) == ("ann", "User", "create", "taken", 3)
    assert (item.since, "has this name already" in item.advice) == (NOW, True)


async def test_nothing_wrong_is_not_told(place: Place) -> None:
    """Successes, and what administrators were refused."""
    await place.channel()
    await place.record(entry(0), failure(1, source=Source.MANAGER))
    report = await place.run(minutes=10)
    assert (place.told(), report.done["read"], report.failed) == ([], 2, {})


async def test_channels_do_not_wait_for_each_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers late holds up none, and takes a bounded part of a run; the rest goes out in the next."""
    slow, well = await place.channel(), await place.channel()
    arrived, real = asyncio.Event(), place.sender.send_notice

    async def send(account: Account, channel: Channel, notice: Notice, delivery_id: str) -> None:
        if channel.id == slow.id:
            await arrived.wait()
            place.clock.move(seconds=40)
        await real(account, channel, notice, delivery_id)
        if len(place.sender.ids(well)) == 2:
            arrived.set()

    monkeypatch.setattr(place.sender, "send_notice", send)
    place.sender.broken = {slow.id: BROKEN, well.id: BROKEN}
    arrived.set()
    for number in range(2):
        await place.record(failure(20 * number, f"user{number}"))
        await place.run(minutes=16)
    place.sender.broken, arrived = {}, asyncio.Event()
    await place.run(hours=2)
    assert (len(place.sender.ids(slow)), len(place.sender.ids(well))) == (1, 2)
    await place.run(minutes=1)
    assert (len(place.sender.ids(slow)), len(place.sender.ids(well))) == (2, 2)


async def test_all_faults_of_a_run_are_one_digest(place: Place) -> None:
    """For each channel one."""
    one, two, none = await place.channel(), await place.channel(), await place.channel(notices=False)
    await place.record(failure(0, "ann"), failure(1, "bob"), skipped_member(2))
    await place.run(minutes=10)
    assert [len(place.sender.ids(each)) for each in (one, two, none)] == [1, 1, 0]
    assert place.told()[0] == (["ann", "bob", "Finance"], [])


async def test_same_fault_is_told_at_growing_intervals(place: Place) -> None:
    """At most once a day, and only while it recurs."""
    await place.channel()
    days = []
    for hours in range(0, 24 * 16, 6):
        await place.record(failure(60 * hours))
        before = len(place.told())
        await place.run(hours=6)
        if len(place.told()) > before:
            days.append(hours / 24)
    assert days == [0, 1, 3, 7, 14]


async def test_recovery_is_told_once(place: Place) -> None:
    """And only where the failure was told."""
    await place.channel()
    await place.record(failure(0, "ann"))
    await place.run(minutes=10)
    await place.record(entry(10, "ann"), failure(11, "bob"), entry(12, "bob"))
    for _ in range(3):
        await place.run(minutes=20)
    assert place.told() == [(["ann"], []), ([], ["ann"])]


async def test_fault_that_comes_and_goes_is_told_once_a_day(place: Place) -> None:
    """Its recovery as often as itself."""
    await place.channel()
    for minute in range(0, 600, 20):
        await place.record(failure(minute))
        await place.run(minutes=10)
        await place.record(entry(minute + 10))
        await place.run(minutes=10)
    assert sum(bool(failed) for failed, _ in place.told()) == 1
    assert sum(bool(recovered) for _, recovered in place.told()) == 1


async def test_without_channels_faults_stay_untold(place: Place) -> None:
    """A channel that comes later hears of them."""
    await place.record(failure(0))
    await place.run(minutes=10)
    await place.channel()
    await place.run(minutes=10)
    assert place.told() == [(["ann"], [])]


async def test_resource_without_a_name_is_looked_up(place: Place) -> None:
    """The administrator sees a name, not an id."""
    await place.channel()
    there = await create_user(make_desk(place.directory, place.clock), make_caller(), user("ann@contoso.example"))
    await place.record(
        failure(1, resource_id=there.id, resource_name=""),
        failure(1, resource_id="00000000-0000-4000-8000-000000000000", resource_name="", kind=Kind.GROUP),
    )
    await place.run(minutes=10)
    assert sorted(place.told()[0][0]) == ["00000000-0000-4000-8000-000000000000", "ann@contoso.example"]


async def test_many_faults_are_one_notice(place: Place) -> None:
    """It tells the first of them and the number of the others, and all are marked as told."""
    await place.channel()
    number = 3 * MOST_ROWS
    await place.record(*(failure(0, f"user{each}") for each in range(number)))
    for _ in range(3):
        await place.run(minutes=10)
    ((_, _, notice),) = place.sender.sent
    assert (len(notice.failures), notice.failures_left_out) == (50, number - 50)


async def test_faults_are_forgotten(place: Place) -> None:
    """Those that recovered, and those that the client gave up."""
    await place.record(failure(0, "ann"), entry(1, "ann"), failure(2, "bob"))
    await place.run(minutes=10)
    await place.run(days=29)
    assert (await place.ledger.read_ledger("acme")).faults == {}


# Channels that fail


async def test_broken_channel_blocks_no_other(place: Place) -> None:
    """Whatever is wrong with it, nor any other chore."""
    for error in (BROKEN, ValueError("surprise")):
        broken, well = await place.channel(), await place.channel()
        place.sender.broken[broken.id] = error
        await place.record(failure((place.clock.now() - NOW) / timedelta(minutes=1), str(error)))
        report = await place.run(minutes=10)
        assert (len(place.sender.ids(well)), report.failed) == (1, {})


async def test_delivery_is_repeated_and_given_up_in_the_log(place: Place) -> None:
    """With growing waits; the log says why it was given up, and the notice is gone."""
    broken = await place.channel()
    place.sender.broken[broken.id] = BROKEN
    await place.record(failure(0))
    await place.run(minutes=10)
    tries = [place.clock.now()]
    for _ in range(700):
        before = place.sender.tried
        await place.run(minutes=5)
        if place.sender.tried > before:
            tries.append(place.clock.now())
    assert [later - earlier for earlier, later in pairwise(tries)] == list(WAITS)
    (given_up,) = [each for each in place.directory.changes("acme") if each.kind == "Notice"]
    assert (given_up.outcome, given_up.resource_id, given_up.source) == (Outcome.FAILURE, broken.id, Source.SYSTEM)
    assert "after 7 attempts: the receiver answered 500" in given_up.reason
    assert (await place.notices.list_notices("acme"), await place.notices.list_deliveries("acme")) == ((), ())


async def test_channel_that_comes_back_gets_the_notice(place: Place) -> None:
    """Under the id that it had from the first attempt."""
    channel = await place.channel()
    place.sender.broken[channel.id] = BROKEN
    await place.record(failure(0))
    await place.run(minutes=10)
    place.sender.broken.clear()
    await place.run(minutes=5)
    assert len(place.sender.ids(channel)) == 1


async def test_receiver_that_is_gone_is_not_tried_again(place: Place) -> None:
    """It said so."""
    channel = await place.channel()
    place.sender.broken[channel.id] = DeliveryFailed("the receiver answered 410", final=True)
    await place.record(failure(0))
    for _ in range(3):
        await place.run(hours=6)
    assert place.sender.tried == 1


async def test_removed_channel_gets_nothing_more(place: Place) -> None:
    """What waited for it is dropped."""
    channel = await place.channel()
    place.sender.broken[channel.id] = BROKEN
    await place.record(failure(0))
    await place.run(minutes=10)
    await place.channels.delete_channel("acme", channel.id)
    await place.run(minutes=10)
    assert (place.sender.tried, await place.notices.list_notices("acme")) == (1, ())


# Killed anywhere, two at once, the clock moved back


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(place: Place, number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Within the block the process ends before the write with that number; the list tells how many were seen."""
    seen = [0]

    def watched(target: object, name: str) -> None:
        real = getattr(target, name)

        async def call(*arguments: object, **options: object) -> object:
            seen[0] += 1
            if seen[0] == number:
                raise Killed
            return await real(*arguments, **options)

        monkeypatch.setattr(target, name, call)

    with monkeypatch.context() as patch:
        monkeypatch = patch
        watched(place.ledger, "write_ledger")
        for name in ("open_notice", "replace_delivery", "remove_delivery", "drop_notice"):
            watched(place.notices, name)
        yield seen


async def scene(place: Place) -> Channel:
    """An account with much to tell."""
    channel = await place.channel()
    await place.record(*(failure(number / 100, f"user{number}") for number in range(2 * MOST_ROWS)))
    place.clock.move(minutes=15)
    return channel


async def test_killed_anywhere_nothing_is_lost_or_told_under_two_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write is the last one, the next runs end where an undisturbed one does."""
    number, writes = 0, 1
    while number < writes:
        number += 1
        place = Place()
        await place.accounts.create_account(place.account)
        channel = await scene(place)
        with killed_at(place, number, monkeypatch) as seen:
            try:
                await place.run()
            except Killed:
                pass
            else:
                writes = seen[0]
                break
        writes = number + 1
        for _ in range(3):
            await place.run(minutes=11)
        assert len(set(place.sender.ids(channel))) == 1, number
        assert {each.told for each in (await place.ledger.read_ledger("acme")).faults.values()} == {1}
        assert (await place.notices.list_notices("acme"), (await place.ledger.read_ledger("acme")).notice) == ((), "")
    assert number > 5


async def test_several_at_once_tell_once(place: Place) -> None:
    """One of them does each step."""
    channel = await scene(place)
    await asyncio.gather(*(place.run() for _ in range(4)))
    await place.run(minutes=1)
    assert len(place.sender.ids(channel)) == 1
    (cycle,) = place.ledger.cycles["acme"].values()
    assert cycle.counts.failed == 2 * MOST_ROWS


async def test_clock_moved_back_tells_nothing_again(place: Place) -> None:
    """And once it is right again, everything goes on."""
    channel = await scene(place)
    await place.run()
    for hours in (-3, 1, 1):
        await place.run(hours=hours)
    await place.record(failure(30, "late"))
    await place.run(hours=2)
    assert len(place.sender.ids(channel)) == 2
    assert place.told()[1] == (["late"], [])


# The other chores


async def test_totals_stay_behind_the_clock(place: Place) -> None:
    """By five minutes, so that a slow writer is never missed."""
    await place.run()
    assert (place.backlog.until, timedelta(minutes=5)) == (NOW - BEHIND, BEHIND)


async def test_counting_is_bounded_and_goes_on(place: Place) -> None:
    """A long backlog is worked off over several runs."""
    place.backlog.changes = 50_000
    assert [(await place.run()).done["counted"] for _ in range(4)] == [20_000, 20_000, 10_000, 0]


async def test_reading_is_bounded_and_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a log."""
    monkeypatch.setattr("domain.chores._CHANGES_AT_ONCE", 10)
    monkeypatch.setattr("domain.chores._CHANGES_PER_RUN", 20)
    await place.record(*(entry(number / 100) for number in range(45)))
    assert [(await place.run(minutes=10)).done["read"] for _ in range(4)] == [20, 20, 5, 0]


async def test_old_cycles_go_with_the_log(place: Place) -> None:
    """By the account's own retention."""
    await place.record(entry(0, action=Action.CREATE))
    await place.run(minutes=10)
    account = dataclasses.replace(
        place.account, settings=dataclasses.replace(place.account.settings, log_retention_days=30)
    )
    await place.accounts.replace_account(account)
    await place.run(days=29)
    assert len(place.ledger.cycles["acme"]) == 1
    await place.run(days=2)
    assert place.ledger.cycles["acme"] == {}
