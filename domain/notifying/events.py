"""Change events: every change of a user or group, for the products behind an account, at least once and in order.

An event is an entry of the log that succeeded; its id is that of the entry, the same however often it is sent.  Each
receiver has its own position.  Events of different resources go side by side, those of one resource in their order.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.changes import change_position
from domain.history.log import LogStore
from domain.maintenance import BEHIND
from domain.model import Account, Change, Kind, Outcome
from domain.notifying.channels import Channel, ChannelKind, EventFormat
from domain.notifying.delivery import CLAIMED_FOR, WAITS, DeliveryFailed
from domain.ports import Clock, VersionConflict

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_PER_RUN = 2_000
_SIDE_BY_SIDE = 8
_KINDS = frozenset(Kind)


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


@dataclass(frozen=True, slots=True)
class Herald:
    """What delivers events."""

    log: LogStore
    store: EventStore
    sender: EventSender
    clock: Clock

    async def deliver(self, account: Account, channels: Iterable[Channel]) -> int:
        """Send what each receiver has not yet, bounded; the answer is how many events arrived."""
        arrived = 0
        for channel in channels:
            if channel.events is EventFormat.NONE or channel.kind is ChannelKind.POLL:
                continue
            try:
                arrived += await self._deliver(account, channel)
            except VersionConflict:
                continue  # another run has it
        return arrived

    async def state(self, account: str, channel: Channel) -> EventState:
        """Where delivery to *channel* is; a new one gets what happens after its creation."""
        known = await self.store.get_state(account, channel.id)
        return known or EventState(change_position(channel.created))

    async def replay(self, account: str, channel: Channel, position: str) -> EventState:
        """Deliver again everything after *position*, also to a receiver that was paused.  Raises: VersionConflict."""
        before = await self.state(account, channel)
        return await self.store.write_state(account, channel.id, EventState(position, version=before.version))

    async def retry(self, account: Account, channel: Channel) -> tuple[int, int]:
        """Send the dead letters again, in order for each resource; how many arrived, and how many are left."""
        dead, stuck, arrived = await self.store.list_dead(account.id, channel.id), set[str](), 0
        for letter in dead:
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

    async def _deliver(self, account: Account, channel: Channel) -> int:
        """Raises: VersionConflict: Another run delivers to the same receiver."""
        state = await self.state(account.id, channel)
        now = self.clock.now()
        if not state.is_due(now):
            return 0
        state = await self._write(account, channel, dataclasses.replace(state, claimed=now + CLAIMED_FOR))
        arrived = tried = 0
        while tried < _PER_RUN:
            page = await self.log.following(account.id, state.position, now - BEHIND, _AT_ONCE)
            if not page.changes:
                break
            events = [each for each in page.changes if is_event(each)]
            failed = await self._send(account, channel, events)
            arrived += len(events) - len(failed)
            tried += len(page.changes)
            if failed:
                await self._failed(account, channel, state, page.changes, failed)
                return arrived
            done = dataclasses.replace(state, position=page.changes[-1].id, attempts=0, due=None)
            state = await self._write(account, channel, done)
        await self._write(account, channel, dataclasses.replace(state, claimed=None))
        return arrived

    async def _send(self, account: Account, channel: Channel, events: Sequence[Change]) -> dict[str, DeliveryFailed]:
        """Send *events*; what failed, by the id of the first failed event of each resource."""
        dead = {each.change.resource_id for each in await self.store.list_dead(account.id, channel.id)}
        behind = [
            DeadLetter(each, "an earlier event of the resource waits") for each in events if each.resource_id in dead
        ]
        if behind:
            await self.store.bury(account.id, channel.id, behind)
        by_resource: dict[str, list[Change]] = {}
        for each in events:
            if each.resource_id not in dead:
                by_resource.setdefault(each.resource_id, []).append(each)
        turns, failed = asyncio.Semaphore(_SIDE_BY_SIDE), dict[str, DeliveryFailed]()

        async def in_order(own: Sequence[Change]) -> None:
            async with turns:
                for each in own:
                    try:
                        await self.sender.send_event(account, channel, each)
                    except DeliveryFailed as error:
                        failed[each.id] = error
                        return

        await asyncio.gather(*map(in_order, by_resource.values()))
        return failed

    async def _failed(
        self,
        account: Account,
        channel: Channel,
        state: EventState,
        changes: Sequence[Change],
        failed: dict[str, DeliveryFailed],
    ) -> None:
        """Go on later from the first event that failed; one that failed too often becomes a dead letter."""
        first = min(failed)
        done = [each.id for each in changes if each.id < first]
        moved = bool(done)
        position = done[-1] if moved else state.position
        attempts = 1 if moved else state.attempts + 1
        error = failed[first]
        _log.warning("event %s did not reach %s (attempt %d): %s", first, channel.id, attempts, error.reason)
        if error.final:
            after = dataclasses.replace(state, position=position, attempts=attempts, claimed=None, paused=True)
        elif attempts <= len(WAITS):
            due = self.clock.now() + WAITS[attempts - 1]
            after = dataclasses.replace(state, position=position, attempts=attempts, due=due, claimed=None)
        else:
            change = next(each for each in changes if each.id == first)
            await self.store.bury(account.id, channel.id, [DeadLetter(change, error.reason)])
            after = dataclasses.replace(state, position=first, attempts=0, due=None, claimed=None)
        await self._write(account, channel, after)

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

    Only what is settled is told, so that nothing is missed: the last five minutes follow later.
    """
    found: list[Change] = []
    until = clock.now() - BEHIND
    while len(found) < count:
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

    Raises:
        VersionConflict: Another poll of the same receiver came first.
    """
    state, until = await herald.state(account, channel), herald.clock.now() - BEHIND
    acked, position = {*state.acked, *acks, *errors}, state.position
    open_: list[Change] = []
    refused: list[DeadLetter] = []
    kept: list[str] = []
    at = position
    while len(open_) <= count:
        page = await herald.log.following(account, at, until, _AT_ONCE)
        if not page.changes:
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
    return EventPage(tuple(open_[:count]), position, more=len(open_) > count)
