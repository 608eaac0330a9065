"""Delivery of notices: claimed, sent, and forgotten; repeated with growing waits, and at last given up in the log.

A run that is killed between sending and forgetting sends again after the claim has ended, under the same id: receivers
of webhooks know the repetition by it, mail systems by the Message-ID.  Nothing is lost, and no id is used twice.
"""

import asyncio
import dataclasses
import hashlib
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.model import Account, Action, Change, Outcome, Source
from domain.notifying.channels import Channel
from domain.notifying.notices import Delivery, Notice, NoticeStore
from domain.ports import Clock, DirectoryStore, RecordNotFound, VersionConflict

_log = logging.getLogger(__name__)

WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""What passes after each attempt that failed; after the last one the notice is given up."""
CLAIMED_FOR = timedelta(minutes=10)
"""Longer than any attempt takes."""
LONGEST = timedelta(seconds=30)
"""After this time a run tries nothing more at a channel of an account; the next one goes on."""
NOTICE = "Notice"
"""The kind of entries that tell of a delivery."""


class DeliveryFailed(Exception):
    """What was sent did not arrive; *reason* tells no secret.  Where it is *final*, no repetition helps."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Sender(Protocol):
    """The way out to one kind of channels."""

    async def send_notice(self, account: Account, channel: Channel, notice: Notice, delivery_id: str) -> None:
        """Send *notice*; the same *delivery_id* again is the same message.  Raises: DeliveryFailed."""


@dataclass(frozen=True, slots=True)
class Postman:
    """What delivers: the notices, who sends them, and the log for what is given up."""

    notices: NoticeStore
    sender: Sender
    directory: DirectoryStore
    clock: Clock

    async def deliver(self, account: Account, channels: Mapping[str, Channel]) -> int:
        """Try all that is due, the channels side by side; the answer is how many notices arrived."""
        by_channel: dict[str, list[Delivery]] = {}
        for delivery in await self.notices.list_deliveries(account.id):
            by_channel.setdefault(delivery.channel, []).append(delivery)
        return await each_for_itself(
            self._deliver(account, waiting, channels.get(channel)) for channel, waiting in by_channel.items()
        )

    async def clear(self, account: str, under_way: str) -> None:
        """Drop the notices that went everywhere, except the one that is *under_way*: its faults are being marked."""
        waiting = {each.notice for each in await self.notices.list_deliveries(account)}
        for notice_id in await self.notices.list_notices(account):
            if notice_id not in waiting and notice_id != under_way:
                await self.notices.drop_notice(account, notice_id)

    async def _deliver(self, account: Account, waiting: Sequence[Delivery], channel: Channel | None) -> int:
        """Try what is due at one channel, in order."""
        until, arrived = self.clock.now() + LONGEST, 0
        for delivery in waiting:
            now = self.clock.now()
            if now >= until:
                break
            if delivery.is_due(now):
                arrived += await self._try(account, delivery, channel)
        return arrived

    async def _try(self, account: Account, delivery: Delivery, channel: Channel | None) -> bool:
        """Whether the notice arrived."""
        try:
            until = self.clock.now() + CLAIMED_FOR
            mine = await self.notices.replace_delivery(account.id, dataclasses.replace(delivery, claimed=until))
        except (VersionConflict, RecordNotFound):
            return False  # another run has it
        if channel is None:
            await self.notices.remove_delivery(account.id, mine)  # the channel was removed
            return False
        try:
            notice = await self.notices.get_notice(account.id, delivery.notice)
            await self.sender.send_notice(account, channel, notice, delivery.id)
        except DeliveryFailed as failed:
            await self._failed(account.id, mine, channel, failed)
            return False
        except Exception as error:  # a channel that is broken in a new way blocks no other
            _log.exception("notice %s could not be sent", delivery.id)
            await self._failed(account.id, mine, channel, DeliveryFailed(f"unexpected {type(error).__name__}"))
            return False
        await self.notices.remove_delivery(account.id, mine)
        return True

    async def _failed(self, account: str, delivery: Delivery, channel: Channel, failed: DeliveryFailed) -> None:
        attempts = delivery.attempts + 1
        _log.warning("notice %s did not arrive (attempt %d): %s", delivery.id, attempts, failed.reason)
        if not failed.final and attempts <= len(WAITS):
            due = self.clock.now() + WAITS[attempts - 1]
            again = dataclasses.replace(delivery, attempts=attempts, due=due, claimed=None)
            await self.notices.replace_delivery(account, again)
            return
        await self.directory.record(account, _given_up(delivery, channel, attempts, failed.reason))
        await self.notices.remove_delivery(account, delivery)


async def each_for_itself(work: Iterable[Awaitable[int]]) -> int:
    """The sum of what all *work* gives, done side by side; what fails lets the others end before it is raised."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return sum(each for each in results if isinstance(each, int))


def _given_up(delivery: Delivery, channel: Channel, attempts: int, reason: str) -> Change:
    """The entry that tells of it; the same one where a run was killed after writing it."""
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    digest = hashlib.sha256(delivery.id.encode()).hexdigest()[:16]
    return Change(
        id=f"{int(delivery.due.timestamp() * 1000):012x}{digest}",
        time=delivery.due,
        actor="system",
        source=Source.SYSTEM,
        action=Action.CREATE,
        kind=NOTICE,
        resource_id=channel.id,
        resource_name=channel.name,
        outcome=Outcome.FAILURE,
        reason=f"the notice did not arrive by {channel.kind.value} after {times}: {reason}",
        correlation_id=delivery.notice,
    )


def sample(now: datetime) -> Notice:
    """The notice of a test: it says that it is one."""
    return Notice(id="test", time=now)
