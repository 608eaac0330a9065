"""Notices, channels and what was sent, in memory."""

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.history.ledger import Ledger
from domain.model import Account, Change
from domain.notifying.channels import Channel
from domain.notifying.delivery import DeliveryFailed
from domain.notifying.events import DeadLetter, EventState
from domain.notifying.notices import Delivery, Notice
from domain.ports import RecordNotFound, VersionConflict
from tests.memory_log import MemoryLedger


class MemoryNotices:
    """Fulfils `domain.notifying.notices.NoticeStore`."""

    def __init__(self, ledgers: MemoryLedger) -> None:
        self._ledgers = ledgers
        self._notices: dict[tuple[str, str], Notice] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._versions = 0

    async def open_notice(self, account: str, ledger: Ledger, notice: Notice, channels: Sequence[str]) -> Ledger:
        after = await self._ledgers.write_ledger(account, ledger, dataclasses.replace(ledger, notice=notice.id))
        self._notices[account, notice.id] = notice
        for each in channels:
            self._put(account, Delivery(notice.id, each, notice.time))
        return after

    async def get_notice(self, account: str, notice_id: str) -> Notice:
        try:
            return self._notices[account, notice_id]
        except KeyError:
            raise RecordNotFound from None

    async def list_notices(self, account: str) -> tuple[str, ...]:
        return tuple(sorted(notice for of, notice in self._notices if of == account))

    async def list_deliveries(self, account: str) -> tuple[Delivery, ...]:
        await asyncio.sleep(0)
        return tuple(self._deliveries[each] for each in sorted(self._deliveries) if each[0] == account)

    async def replace_delivery(self, account: str, delivery: Delivery) -> Delivery:
        stored = self._deliveries.get((account, delivery.id))
        if stored is None:
            raise RecordNotFound
        if stored.version != delivery.version:
            raise VersionConflict
        return self._put(account, delivery)

    async def remove_delivery(self, account: str, delivery: Delivery) -> None:
        self._deliveries.pop((account, delivery.id), None)

    async def drop_notice(self, account: str, notice_id: str) -> None:
        self._notices.pop((account, notice_id), None)

    def _put(self, account: str, delivery: Delivery) -> Delivery:
        self._versions += 1
        stored = dataclasses.replace(delivery, version=str(self._versions))
        self._deliveries[account, delivery.id] = stored
        return stored


class MemoryChannels:
    """Fulfils `domain.notifying.channels.ChannelStore`."""

    def __init__(self) -> None:
        self._channels: dict[tuple[str, str], Channel] = {}

    async def create_channel(self, account: str, channel: Channel) -> None:
        self._channels[account, channel.id] = channel

    async def get_channel(self, account: str, channel_id: str) -> Channel:
        try:
            return self._channels[account, channel_id]
        except KeyError:
            raise RecordNotFound from None

    async def list_channels(self, account: str) -> tuple[Channel, ...]:
        found = (each for (of, _), each in self._channels.items() if of == account)
        return tuple(sorted(found, key=lambda each: (each.created, each.id)))

    async def replace_channel(self, account: str, channel: Channel) -> None:
        await self.get_channel(account, channel.id)
        self._channels[account, channel.id] = channel

    async def delete_channel(self, account: str, channel_id: str) -> None:
        await self.get_channel(account, channel_id)
        del self._channels[account, channel_id]


class MemoryEvents:
    """Fulfils `domain.notifying.events.EventStore`."""

    def __init__(self) -> None:
        self._states: dict[tuple[str, str], EventState] = {}
        self._dead: dict[tuple[str, str, str], DeadLetter] = {}
        self._versions = 0

    async def get_state(self, account: str, channel_id: str) -> EventState | None:
        return self._states.get((account, channel_id))

    async def write_state(self, account: str, channel_id: str, state: EventState) -> EventState:
        await asyncio.sleep(0)
        stored = self._states.get((account, channel_id))
        if (stored.version if stored else "") != state.version:
            raise VersionConflict
        self._versions += 1
        self._states[account, channel_id] = dataclasses.replace(state, version=str(self._versions))
        return self._states[account, channel_id]

    async def bury(self, account: str, channel_id: str, letters: Sequence[DeadLetter]) -> None:
        self._dead.update({(account, channel_id, each.change.id): each for each in letters})

    async def list_dead(self, account: str, channel_id: str) -> tuple[DeadLetter, ...]:
        return tuple(self._dead[each] for each in sorted(self._dead) if each[:2] == (account, channel_id))

    async def revive(self, account: str, channel_id: str, change_id: str) -> None:
        self._dead.pop((account, channel_id, change_id), None)

    async def forget(self, account: str, channel_id: str) -> None:
        self._states.pop((account, channel_id), None)
        self._dead = {key: each for key, each in self._dead.items() if key[:2] != (account, channel_id)}


@dataclass
class MemorySender:
    """Fulfils `domain.notifying.delivery.Sender` and `domain.notifying.events.EventSender`.

    ``broken`` channels, by their ids, fail so, and events of resources in ``refused`` do.
    """

    sent: list[tuple[str, str, Notice]] = field(default_factory=list)
    events: list[tuple[str, Change]] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    tried: int = 0

    async def send_event(self, account: Account, channel: Channel, change: Change) -> None:  # noqa: ARG002  as the port
        self.tried += 1
        await asyncio.sleep(0)
        if channel.id in self.broken:
            raise self.broken[channel.id]
        if change.resource_id in self.refused:
            raise DeliveryFailed("the receiver answered 422")
        self.events.append((channel.id, change))

    def got(self, channel: Channel) -> list[Change]:
        """The events that arrived there."""
        return [change for of, change in self.events if of == channel.id]

    async def send_notice(self, account: Account, channel: Channel, notice: Notice, delivery_id: str) -> None:  # noqa: ARG002  as the port
        self.tried += 1
        await asyncio.sleep(0)
        if channel.id in self.broken:
            raise self.broken[channel.id]
        self.sent.append((channel.id, delivery_id, notice))

    def ids(self, channel: Channel) -> list[str]:
        """The ids of what arrived there."""
        return [delivery for of, delivery, _ in self.sent if of == channel.id]


BROKEN = DeliveryFailed("the receiver answered 500")
