"""Change events: every change of a user or group, for the products behind an account, at least once and in order.

An event is an entry of the log that succeeded; its id is that of the entry, the same however often it is sent.  Each
receiver has its own position.  Events of different resources go side by side, those of one resource in their order.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.changes import change_position
from domain.history.log import LogStore
from domain.maintenance import BEHIND
from domain.model import Account, Change, Kind, Outcome
from domain.notifying.channels import Channel, ChannelKind, EventFormat
from domain.notifying.delivery import CLAIMED_FOR, LONGEST, WAITS, DeliveryFailed, each_for_itself
from domain.ports import Clock, VersionConflict

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_PER_RUN = 2_000
_SIDE_BY_SIDE = 8
_ENOUGH = 8
"""Resources whose events failed, after which a run tries no other: the receiver seems to be away."""
_WAITS_ALONE = 3
"""How often an event is tried again while the receiver takes others, which come again each time."""
_MOST_ACKED = 500
"""Events that are remembered as acknowledged behind one that is not: the state of a receiver is one row."""
_MOST_PAGES = 20
"""Pages of the log that one question reads; where they hold no events, the answer is short, and the next goes on."""
_KINDS = frozenset(Kind)
_BEHIND_ANOTHER = "an earlier event of the resource waits"
_AFTER_ALL = "~"
"""Sorts after every position."""


@dataclass(frozen=True, slots=True)
class EventState:
    """Where the delivery to one receiver is.

    ``position`` is that of the last event that is done with; ``acked`` are later ones that the receiver has already.
    ``attempts`` failed since the last success; ``due`` is when the next one may be, ``claimed`` until when a run has
    the receiver for itself.  ``paused`` says that the receiver is gone, by its own word.  ``version`` is opaque.
    """

    position: str
    attempts: int = 0
    due: datetime | None = None
    claimed: datetime | None = None
    paused: bool = False
    acked: tuple[str, ...] = ()
    version: str = ""

    def is_due(self, now: datetime) -> bool:
        waits = (self.due is not None and self.due > now) or (self.claimed is not None and self.claimed > now)
        return not self.paused and not waits


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a receiver did not take, and why; events of its resource that came later wait behind it."""

    change: Change
    reason: str


class EventStore(Protocol):
    """The states of receivers and their dead letters; any call may raise StoreUnavailable."""

    async def get_state(self, account: str, channel_id: str) -> EventState | None:
        """None before the first is written."""

    async def write_state(self, account: str, channel_id: str, state: EventState) -> EventState:
        """Raises: VersionConflict: Another has written it since."""

    async def bury(self, account: str, channel_id: str, letters: Sequence[DeadLetter]) -> None:
        """Keep *letters*; writing one again replaces it."""

    async def list_dead(self, account: str, channel_id: str) -> tuple[DeadLetter, ...]:
        """The dead letters in the order of their events."""

    async def revive(self, account: str, channel_id: str, change_id: str) -> None:
        """Remove a dead letter, as it arrived; nothing where it is gone already."""

    async def forget(self, account: str, channel_id: str) -> None:
        """Remove all that is known of a receiver."""


class EventSender(Protocol):
    """The way out for events."""

    async def send_event(self, account: Account, channel: Channel, change: Change) -> None:
        """Send one event, under its id.  Raises: DeliveryFailed."""


def is_event(change: Change) -> bool:
    """Whether the entry is a change of a user or group that was made."""
    return change.outcome is Outcome.SUCCESS and change.kind in _KINDS


@dataclass(slots=True)
class _Sent:
    """What became of some events: the number that arrived, and the first of each resource that failed or is left."""

    arrived: int = 0
    failed: dict[str, DeliveryFailed] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def dead(self, changes: Sequence[Change]) -> list[DeadLetter]:
        """The events of *changes* that failed, and those of the same resources that wait behind them."""
        first = {each.resource_id: each.id for each in changes if each.id in self.failed}
        return [
            DeadLetter(each, self.failed[each.id].reason if each.id in self.failed else _BEHIND_ANOTHER)
            for each in changes
            if is_event(each) and each.id >= first.get(each.resource_id, _AFTER_ALL)
        ]


@dataclass(frozen=True, slots=True)
class Herald:
    """What delivers events."""

    log: LogStore
    store: EventStore
    sender: EventSender
    clock: Clock

    async def deliver(self, account: Account, channels: Iterable[Channel]) -> int:
        """Send what each receiver has not yet, side by side and bounded; the answer is how many events arrived."""
        takers = [
            each for each in channels if each.events is not EventFormat.NONE and each.kind is not ChannelKind.POLL
        ]
        return await each_for_itself(self._unless_claimed(account, each) for each in takers)

    async def state(self, account: str, channel: Channel) -> EventState:
        """Where delivery to *channel* is; a new one gets what happens after its creation."""
        known = await self.store.get_state(account, channel.id)
        return known or EventState(change_position(channel.created))

    async def replay(self, account: str, channel: Channel, position: str) -> EventState:
        """Deliver again everything after *position*, also to a receiver that was paused.  Raises: VersionConflict."""
        before = await self.state(account, channel)
        return await self.store.write_state(account, channel.id, EventState(position, version=before.version))

    async def retry(self, account: Account, channel: Channel) -> tuple[int, int]:
        """Send the dead letters again, in order for each resource; how many arrived, and how many are left.

        It ends after `LONGEST`, or where the receiver seems to be away: somebody waits for the answer.
        """
        dead, stuck, arrived = await self.store.list_dead(account.id, channel.id), set[str](), 0
        until = self.clock.now() + LONGEST
        for letter in dead:
            if len(stuck) >= _ENOUGH or self.clock.now() >= until:
                break
            if letter.change.resource_id in stuck:
                continue
            try:
                await self.sender.send_event(account, channel, letter.change)
            except DeliveryFailed as failed:
                stuck.add(letter.change.resource_id)
                await self.store.bury(account.id, channel.id, [DeadLetter(letter.change, failed.reason)])
            else:
                await self.store.revive(account.id, channel.id, letter.change.id)
                arrived += 1
        return arrived, len(dead) - arrived

    async def _unless_claimed(self, account: Account, channel: Channel) -> int:
        try:
            return await self._deliver(account, channel)
        except VersionConflict:
            return 0  # another run has it

    async def _deliver(self, account: Account, channel: Channel) -> int:
        """Raises: VersionConflict: Another run delivers to the same receiver."""
        state = await self.state(account.id, channel)
        now = self.clock.now()
        if not state.is_due(now):
            return 0
        state = await self._write(account, channel, dataclasses.replace(state, claimed=now + CLAIMED_FOR))
        arrived = tried = 0
        while tried < _PER_RUN and self.clock.now() < now + LONGEST:
            page = await self.log.following(account.id, state.position, now - BEHIND, _AT_ONCE)
            if not page.changes:
                break
            sent = await self._send(account, channel, [each for each in page.changes if is_event(each)], now + LONGEST)
            arrived += sent.arrived
            tried += len(page.changes)
            if sent.failed or sent.left:
                await self._stopped(account, channel, state, page.changes, sent)
                return arrived
            done = dataclasses.replace(state, position=page.changes[-1].id, attempts=0, due=None)
            state = await self._write(account, channel, done)
        await self._write(account, channel, dataclasses.replace(state, claimed=None))
        return arrived

    async def _send(self, account: Account, channel: Channel, events: Sequence[Change], until: datetime) -> "_Sent":
        """Send *events*, and begin with no other after *until*."""
        dead = {each.change.resource_id for each in await self.store.list_dead(account.id, channel.id)}
        behind = [DeadLetter(each, _BEHIND_ANOTHER) for each in events if each.resource_id in dead]
        if behind:
            await self.store.bury(account.id, channel.id, behind)
        by_resource: dict[str, list[Change]] = {}
        for each in events:
            if each.resource_id not in dead:
                by_resource.setdefault(each.resource_id, []).append(each)
        turns, sent = asyncio.Semaphore(_SIDE_BY_SIDE), _Sent()

        async def in_order(own: Sequence[Change]) -> None:
            async with turns:
                for each in own:
                    if len(sent.failed) >= _ENOUGH or self.clock.now() >= until:
                        sent.left.append(each.id)
                        return
                    try:
                        await self.sender.send_event(account, channel, each)
                    except DeliveryFailed as error:
                        sent.failed[each.id] = error
                        return
                    except Exception as error:  # a receiver that is broken in a new way blocks no other
                        _log.exception("event %s could not be sent to %s", each.id, channel.id)
                        sent.failed[each.id] = DeliveryFailed(f"unexpected {type(error).__name__}")
                        return
                    sent.arrived += 1

        await asyncio.gather(*map(in_order, by_resource.values()))
        return sent

    async def _stopped(
        self, account: Account, channel: Channel, state: EventState, changes: Sequence[Change], sent: "_Sent"
    ) -> None:
        """Go on later from the first event that did not arrive; those that failed too often become dead letters."""
        first = min((*sent.failed, *sent.left))
        attempts = 1 if first > changes[0].id else state.attempts + 1
        after = dataclasses.replace(state, claimed=None, attempts=0, due=None)
        if not sent.failed:  # there was no time for all
            await self._go_on(account, channel, after, changes, first)
            return
        reason = sent.failed[min(sent.failed)].reason
        _log.warning("%d events did not reach %s (attempt %d): %s", len(sent.failed), channel.id, attempts, reason)
        if any(each.final for each in sent.failed.values()):
            after = dataclasses.replace(after, attempts=attempts, paused=True)
        elif attempts <= (_WAITS_ALONE if sent.arrived else len(WAITS)):
            after = dataclasses.replace(after, attempts=attempts, due=self.clock.now() + WAITS[attempts - 1])
        else:
            await self.store.bury(account.id, channel.id, sent.dead(changes))
            first = min((*sent.left, _AFTER_ALL))
        await self._go_on(account, channel, after, changes, first)

    async def _go_on(
        self, account: Account, channel: Channel, state: EventState, changes: Sequence[Change], first: str
    ) -> None:
        """Move the position to before *first*."""
        done = [each.id for each in changes if each.id < first]
        await self._write(account, channel, dataclasses.replace(state, position=done[-1] if done else state.position))

    async def _write(self, account: Account, channel: Channel, state: EventState) -> EventState:
        return await self.store.write_state(account.id, channel.id, state)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, the position after them, and whether more follow now."""

    changes: tuple[Change, ...]
    position: str
    more: bool


async def changes_since(log: LogStore, clock: Clock, account: str, position: str, count: int) -> EventPage:
    """At most *count* events after *position*; "" is the beginning of what is kept.

    Only what is settled is told, so that nothing is missed: the last five minutes follow later.  A page may be
    short, or empty, and still have more after it.
    """
    found: list[Change] = []
    until = clock.now() - BEHIND
    for _ in range(_MOST_PAGES):
        if len(found) == count:
            break
        page = await log.following(account, position, until, count)
        if not page.changes:
            return EventPage(tuple(found), position, more=False)
        for each in page.changes:
            if len(found) == count:
                break
            position = each.id
            found += [each] if is_event(each) else []
    return EventPage(tuple(found), position, more=True)


async def poll(
    herald: Herald, account: str, channel: Channel, *, acks: Iterable[str], errors: dict[str, str], count: int
) -> EventPage:
    """At most *count* events that the receiver has not acknowledged; those in *errors* become dead letters.  RFC 8936.

    Of what is acknowledged behind an event that is not, so much is remembered, and the rest is told again.

    Raises:
        VersionConflict: Another poll of the same receiver came first.
    """
    state, until = await herald.state(account, channel), herald.clock.now() - BEHIND
    acked, position = {*state.acked, *acks, *errors}, state.position
    open_: list[Change] = []
    refused: list[DeadLetter] = []
    kept: list[str] = []
    at = position
    more = True
    for _ in range(_MOST_PAGES):
        if len(open_) > count or len(kept) >= _MOST_ACKED:
            break
        page = await herald.log.following(account, at, until, _AT_ONCE)
        if not page.changes:
            more = False
            break
        for each in page.changes:
            at = each.id
            refused += [DeadLetter(each, errors[each.id])] if each.id in errors else []
            if is_event(each) and each.id not in acked:
                open_.append(each)
            elif not open_:
                position = each.id
            elif each.id in acked:
                kept.append(each.id)
    if refused:
        await herald.store.bury(account, channel.id, refused)
    after = dataclasses.replace(state, position=position, acked=tuple(kept))
    if after != state:
        await herald.store.write_state(account, channel.id, after)
    return EventPage(tuple(open_[:count]), position, more=len(open_) > count or (more and not open_))
