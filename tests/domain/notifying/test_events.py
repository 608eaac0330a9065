"""Change events: at least once, in order for each resource, each receiver at its own position."""

import asyncio
import dataclasses
import itertools
from datetime import timedelta

import pytest

from domain.changes import change_position
from domain.model import Account, Action, Change, Outcome, Source
from domain.notifying.channels import Channel, ChannelKind, EventFormat, new_channel
from domain.notifying.delivery import WAITS, DeliveryFailed
from domain.notifying.events import DeadLetter, Herald, changes_since, is_event, poll
from domain.ports import VersionConflict
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.domain.log_builders import entry, failure
from tests.memory import MemoryDirectory
from tests.memory_log import MemoryLog
from tests.memory_notices import BROKEN, MemoryEvents, MemorySender

_ACCOUNT = make_account()


class Place:
    """A log, its receivers, and what delivers."""

    def __init__(self) -> None:
        self.directory, self.store, self.sender = MemoryDirectory(), MemoryEvents(), MemorySender()
        self.clock = StoppedClock()
        self.log = MemoryLog(self.directory)
        self.herald = Herald(self.log, self.store, self.sender, self.clock)

    async def record(self, *changes: Change) -> list[Change]:
        await self.directory.record("acme", *changes)
        return list(changes)

    async def deliver(self, *channels: Channel, **later: float) -> int:
        self.clock.move(**later)
        return await self.herald.deliver(_ACCOUNT, channels)


@pytest.fixture
def place() -> Place:
    return Place()


def receiver(created: float = -1) -> Channel:
    """A webhook that takes events, created so many minutes after NOW."""
    moment = NOW + timedelta(minutes=created)
    return new_channel(ChannelKind.WEBHOOK, "https://example.com/hook", moment, events=EventFormat.JSON)


@pytest.mark.parametrize(
    ("change", "tells"),
    [
        (entry(), True),
        (entry(kind="Group"), True),
        (entry(source=Source.MANAGER), True),
        (entry(action=Action.DELETE), True),
        (failure(), False),
        (entry(outcome=Outcome.SKIPPED), False),
        (entry(kind="Token"), False),
    ],
)
def test_what_is_an_event(change: Change, tells: bool) -> None:
    """Changes of users and groups that were made, through whichever door."""
    assert is_event(change) is tells


async def test_each_receiver_gets_everything_once_it_is_settled(place: Place) -> None:
    """In order, and each event once while nothing fails."""
    one, two = receiver(), receiver()
    made = await place.record(*(entry(number, f"user{number % 3}") for number in range(20)), failure(20))
    assert await place.deliver(one, two, minutes=4) == 0
    await place.deliver(one, two, minutes=11)
    await place.deliver(one, two, minutes=60)
    for each in (one, two):
        got = place.sender.got(each)
        assert sorted(got, key=lambda change: change.id) == made[:20]
        for name in ("id-user0", "id-user1", "id-user2"):
            own = [change.id for change in got if change.resource_id == name]
            assert own == sorted(own)


async def test_many_events_take_several_pages_and_runs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bounded, and the next goes on."""
    monkeypatch.setattr("domain.notifying.events._AT_ONCE", 10)
    monkeypatch.setattr("domain.notifying.events._PER_RUN", 20)
    await place.record(*(entry(number / 100, f"user{number}") for number in range(45)))
    channel = receiver()
    assert [await place.deliver(channel, minutes=10) for _ in range(4)] == [20, 20, 5, 0]


async def test_new_receiver_gets_what_happens_from_then_on(place: Place) -> None:
    """What was before it asks for."""
    before, after = await place.record(entry(0), entry(20))
    channel = receiver(created=10)
    await place.deliver(channel, minutes=60)
    assert place.sender.got(channel) == [after]
    await place.herald.replay("acme", channel, "")
    await place.deliver(channel)
    assert place.sender.got(channel) == [after, before, after]
    await place.herald.replay("acme", channel, before.id)
    await place.deliver(channel)
    assert place.sender.got(channel)[3:] == [after]


async def test_channels_without_events_get_none(place: Place) -> None:
    """Nor does one that polls."""
    await place.record(entry())
    silent = new_channel(ChannelKind.WEBHOOK, "https://example.com", NOW)
    polls = new_channel(ChannelKind.POLL, "", NOW, notices=False, events=EventFormat.SET)
    assert await place.deliver(silent, polls, minutes=10) == 0


async def test_failing_receiver_is_tried_again_and_gets_all(place: Place) -> None:
    """With growing waits, and others do not wait for it."""
    broken, well = receiver(), receiver()
    made = await place.record(entry(0, "ann"), entry(1, "bob"))
    place.sender.broken[broken.id] = BROKEN
    await place.deliver(broken, well, minutes=10)
    assert await place.deliver(broken, well, minutes=4) == 0
    assert len(place.sender.got(well)) == 2
    place.sender.broken.clear()
    await place.deliver(broken, well, minutes=2)
    assert place.sender.got(broken) == made


async def test_event_that_is_never_taken_becomes_a_dead_letter(place: Place) -> None:
    """Later events of its resource wait behind it, all others go on; a retry brings them in order."""
    channel = receiver()
    made = await place.record(entry(0, "ann"), entry(1, "bob"), entry(2, "ann"), entry(3, "bob"))
    place.sender.refused = {"id-ann"}
    for _ in range(2 * len(WAITS) + 4):
        await place.deliver(channel, hours=13)
    assert {each.resource_id for each in place.sender.got(channel)} == {"id-bob"}
    dead = await place.store.list_dead("acme", channel.id)
    assert [each.change for each in dead] == [made[0], made[2]]
    assert dead[0].reason == "the receiver answered 422"
    assert await place.herald.retry(_ACCOUNT, channel) == (0, 2)
    place.sender.refused.clear()
    assert await place.herald.retry(_ACCOUNT, channel) == (2, 0)
    own = [each for each in place.sender.got(channel) if each.resource_id == "id-ann"]
    assert own == [made[0], made[2]]
    assert await place.store.list_dead("acme", channel.id) == ()


async def test_retry_ends_where_the_receiver_is_away(place: Place) -> None:
    """Whoever asked for it waits for the answer; what was not tried is left."""
    channel = receiver()
    changes = [entry(number, f"user{number}") for number in range(40)]
    await place.store.bury("acme", channel.id, [DeadLetter(each, "refused") for each in changes])
    place.sender.broken[channel.id] = BROKEN
    assert await place.herald.retry(_ACCOUNT, channel) == (0, 40)
    assert place.sender.tried == 8
    assert len(await place.store.list_dead("acme", channel.id)) == 40
    place.sender.broken.clear()
    assert await place.herald.retry(_ACCOUNT, channel) == (40, 0)


async def test_refused_events_hold_others_up_for_an_hour_at_most(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that takes other events is there: what it goes on refusing becomes dead letters, all at once."""
    monkeypatch.setattr("domain.notifying.events._AT_ONCE", 4)
    channel = receiver()
    await place.record(*(entry(number / 10, name) for number, name in enumerate(("ann", "bob", "carol", "ann", "dan"))))
    place.sender.refused = {"id-ann", "id-carol"}
    for _ in range(30):
        await place.deliver(channel, minutes=5)
    assert {each.resource_id for each in place.sender.got(channel)} == {"id-bob", "id-dan"}
    dead = [each.change.resource_id for each in await place.store.list_dead("acme", channel.id)]
    assert dead == ["id-ann", "id-carol", "id-ann"]


async def test_receiver_that_is_away_is_not_asked_for_everything(place: Place) -> None:
    """A run tries some resources, and nothing is passed over: once it is back, it gets all, in order."""
    channel = receiver()
    made = await place.record(*(entry(number / 100, f"user{number % 30}") for number in range(60)))
    place.sender.broken[channel.id] = BROKEN
    await place.deliver(channel, minutes=10)
    assert place.sender.tried < 20
    place.sender.broken.clear()
    await place.deliver(channel, minutes=6)
    assert sorted(each.id for each in place.sender.got(channel)) == [each.id for each in made]


async def test_slow_receiver_gets_a_part_in_each_run(place: Place) -> None:
    """A run ends in time; the next one goes on where it ended, at once."""
    channel, real = receiver(), place.sender.send_event
    made = await place.record(*(entry(number / 100, f"user{number}") for number in range(20)))

    async def slowly(account: Account, channel: Channel, change: Change) -> None:
        place.clock.move(seconds=10)
        await real(account, channel, change)

    place.sender.send_event = slowly  # type: ignore[method-assign]
    runs = [await place.deliver(channel, minutes=10) for _ in range(8)]
    assert max(runs) < 10
    assert {each.id for each in place.sender.got(channel)} == {each.id for each in made}


async def test_receiver_that_breaks_in_a_new_way_blocks_no_other(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """It is a failure like any other."""
    broken, well = receiver(), receiver()
    (made,) = await place.record(entry(0))
    place.sender.broken[broken.id] = ValueError("odd")
    assert await place.deliver(broken, well, minutes=10) == 1
    assert place.sender.got(well) == [made]
    assert (await place.herald.state("acme", broken)).attempts == 1
    assert "could not be sent" in caplog.text


async def test_receiver_that_is_gone_is_paused(place: Place) -> None:
    """Until somebody has it replayed."""
    channel = receiver()
    (made,) = await place.record(entry(0))
    place.sender.broken[channel.id] = DeliveryFailed("the receiver answered 410", final=True)
    for _ in range(3):
        await place.deliver(channel, hours=13)
    assert place.sender.tried == 1
    place.sender.broken.clear()
    await place.herald.replay("acme", channel, change_position(channel.created))
    await place.deliver(channel)
    assert place.sender.got(channel) == [made]


async def test_two_runs_deliver_once(place: Place) -> None:
    """The second finds the receiver claimed."""
    channel = receiver()
    await place.record(*(entry(number / 10, f"user{number}") for number in range(30)))
    place.clock.move(minutes=20)
    await asyncio.gather(*(place.herald.deliver(_ACCOUNT, [channel]) for _ in range(3)))
    assert len(place.sender.got(channel)) == 30


async def test_killed_run_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sent and did not write down comes again, under the same id."""
    channel = receiver()
    made = await place.record(*(entry(number, f"user{number}") for number in range(5)))
    place.clock.move(minutes=20)
    with monkeypatch.context() as patch:
        calls = itertools.count()
        real = place.store.write_state

        async def write(*arguments: object) -> object:
            if next(calls) == 1:
                raise asyncio.CancelledError
            return await real(*arguments)  # type: ignore[arg-type]

        patch.setattr(place.store, "write_state", write)
        with pytest.raises(asyncio.CancelledError):
            await place.deliver(channel)
    await place.deliver(channel, minutes=11)
    assert {each.id for each in place.sender.got(channel)} == {each.id for each in made}
    assert len(place.sender.got(channel)) == 10


# Asked for


async def test_changes_since_a_position(place: Place) -> None:
    """Page by page from any position; what is not settled follows later."""
    made = await place.record(*(entry(number, f"user{number}") for number in range(10)), failure(10), entry(100))
    place.clock.move(minutes=30)
    found: list[Change] = []
    position, more = "", True
    while more:
        page = await changes_since(place.log, place.clock, "acme", position, 3)
        found, position, more = [*found, *page.changes], page.position, page.more
    assert found == made[:10]
    place.clock.move(hours=3)
    page = await changes_since(place.log, place.clock, "acme", position, 3)
    assert (page.changes, page.more) == ((made[-1],), False)


async def ask(place: Place, channel: Channel, *acks: str, count: int = 10, **errors: str) -> tuple[list[str], bool]:
    """The names that a poll tells, and whether there are more."""
    page = await poll(place.herald, "acme", channel, acks=acks, errors=errors, count=count)
    return [each.resource_name for each in page.changes], page.more


async def test_polling_receiver_acknowledges(place: Place) -> None:
    """What it did not acknowledge it is told again, in any order."""
    channel = new_channel(ChannelKind.POLL, "", NOW - timedelta(1), notices=False, events=EventFormat.SET)
    a, b, c, _ = await place.record(entry(0, "a"), entry(1, "b"), entry(2, "c"), failure(3))
    place.clock.move(minutes=20)
    assert await ask(place, channel, count=2) == (["a", "b"], True)
    assert await ask(place, channel, count=2) == (["a", "b"], True)
    assert await ask(place, channel, b.id) == (["a", "c"], False)
    assert await ask(place, channel, a.id, "unknown") == (["c"], False)
    state = await place.herald.state("acme", channel)
    assert (state.position, state.acked) == (b.id, ())
    page = await poll(place.herald, "acme", channel, acks=(), errors={c.id: "cannot be read"}, count=5)
    assert page.changes == ()
    assert [(each.change.id, each.reason) for each in await place.store.list_dead("acme", channel.id)] == [
        (c.id, "cannot be read")
    ]


async def test_event_that_is_never_acknowledged_keeps_the_state_small(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told each time, and what is remembered behind it is bounded; once it is acknowledged, all else follows."""
    monkeypatch.setattr("domain.notifying.events._AT_ONCE", 5)
    monkeypatch.setattr("domain.notifying.events._MOST_ACKED", 10)
    channel = new_channel(ChannelKind.POLL, "", NOW - timedelta(1), notices=False, events=EventFormat.SET)
    made = await place.record(*(entry(number / 100, f"user{number}") for number in range(60)))
    place.clock.move(minutes=20)
    told: set[str] = set()
    acks: list[str] = []
    for _ in range(12):
        page = await poll(place.herald, "acme", channel, acks=acks, errors={}, count=8)
        told |= {each.id for each in page.changes}
        acks = [each.id for each in page.changes if each != made[0]]
        assert page.changes[0] == made[0]
        assert len((await place.herald.state("acme", channel)).acked) < 15
    more = True
    acks.append(made[0].id)
    while more or page.changes:
        page = await poll(place.herald, "acme", channel, acks=acks, errors={}, count=8)
        acks, more = [each.id for each in page.changes], page.more
        told |= set(acks)
    assert told == {each.id for each in made}


async def test_question_reads_a_bounded_part_of_the_log(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the log holds hardly any events: the answer is short, and the next one goes on."""
    monkeypatch.setattr("domain.notifying.events._AT_ONCE", 5)
    monkeypatch.setattr("domain.notifying.events._MOST_PAGES", 2)
    *_, last = await place.record(*(failure(number / 100) for number in range(50)), entry(1))
    place.clock.move(minutes=20)
    pages = [await changes_since(place.log, place.clock, "acme", "", 5)]
    while pages[-1].more:
        pages.append(await changes_since(place.log, place.clock, "acme", pages[-1].position, 5))
    assert [change for page in pages for change in page.changes] == [last]
    assert len(pages) == 6
    channel = new_channel(ChannelKind.POLL, "", NOW - timedelta(1), notices=False, events=EventFormat.SET)
    asked = [await ask(place, channel) for _ in range(6)]
    assert asked == [*[([], True)] * 5, (["ann"], False)]


async def test_state_has_one_writer(place: Place) -> None:
    """A poll that meets another learns of it."""
    channel = receiver()
    state = await place.herald.state("acme", channel)
    await place.store.write_state("acme", channel.id, state)
    with pytest.raises(VersionConflict):
        await place.store.write_state("acme", channel.id, dataclasses.replace(state, position="x"))
