"""What administrators do with channels: open, change, try and remove them, and have events sent again."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import timedelta

from domain.access.signin import Caller
from domain.changes import change_id, change_position, new_act
from domain.model import Account, Action, Source
from domain.notifying.channels import (
    MAX_CHANNELS,
    Channel,
    ChannelStore,
    EventFormat,
    InvalidChannel,
    is_channel_id,
    new_secret,
)
from domain.notifying.delivery import DeliveryFailed, Sender, sample
from domain.notifying.events import DeadLetter, EventPage, EventState, Herald, changes_since, poll
from domain.ports import Clock, DirectoryStore, RecordNotFound
from domain.refusals import Refusal, Refused

_POSITION = re.compile(r"[0-9a-f]{12}([0-9a-f]{15}[0-9a-f~])?")
CHANNEL = "Channel"
"""The kind of entries that tell of channels."""


class NotDelivered(Refusal):
    """A test did not arrive."""

    status = 502


class InvalidPosition(Refused):
    """What was given is no position."""


class PositionExpired(Refusal):
    """Events after the position are gone."""

    status = 410


@dataclass(frozen=True, slots=True)
class Announcing:
    """Where channels are kept, and the ways out."""

    channels: ChannelStore
    sender: Sender
    herald: Herald
    directory: DirectoryStore
    clock: Clock


async def open_channel(announcing: Announcing, caller: Caller, channel: Channel) -> Channel:
    """Keep the new *channel*.  Raises: InvalidChannel: The account has `MAX_CHANNELS` of them."""
    account = caller.account.id
    if len(await announcing.channels.list_channels(account)) >= MAX_CHANNELS:
        raise InvalidChannel(f"an account has at most {MAX_CHANNELS} channels")
    await announcing.channels.create_channel(account, channel)
    await _write_down(announcing, caller, Action.CREATE, channel)
    return channel


async def find_channel(announcing: Announcing, account: str, channel_id: str) -> Channel:
    """The channel with that id, whatever characters were typed.  Raises: RecordNotFound."""
    if not is_channel_id(channel_id):
        raise RecordNotFound
    return await announcing.channels.get_channel(account, channel_id)


async def remove_channel(announcing: Announcing, caller: Caller, channel_id: str) -> None:
    """Remove a channel, and all that waits for it.  Raises: RecordNotFound."""
    channel = await find_channel(announcing, caller.account.id, channel_id)
    await announcing.channels.delete_channel(caller.account.id, channel.id)
    await announcing.herald.store.forget(caller.account.id, channel.id)
    await _write_down(announcing, caller, Action.DELETE, channel)


async def renew_secret(announcing: Announcing, caller: Caller, channel_id: str) -> Channel:
    """The channel with a new secret.  Raises: RecordNotFound, InvalidChannel: It has none."""
    channel = await find_channel(announcing, caller.account.id, channel_id)
    if not channel.secret:
        raise InvalidChannel(f"a {channel.kind.value} channel has no secret")
    renewed = dataclasses.replace(channel, secret=new_secret())
    await announcing.channels.replace_channel(caller.account.id, renewed)
    await _write_down(announcing, caller, Action.UPDATE, renewed, "secret")
    return renewed


async def try_channel(announcing: Announcing, account: Account, channel_id: str) -> None:
    """Send a notice that says that it is a test.

    Raises:
        RecordNotFound: No such channel.
        NotDelivered: It did not arrive; the reason says why.
    """
    channel = await find_channel(announcing, account.id, channel_id)
    now = announcing.clock.now()
    try:
        await announcing.sender.send_notice(account, channel, sample(now), f"{change_id(now)}.{channel.id}")
    except DeliveryFailed as failed:
        raise NotDelivered("NOT_DELIVERED", failed.reason) from failed


async def replay(announcing: Announcing, caller: Caller, channel_id: str, position: str) -> EventState:
    """Send again what follows *position*, to a channel that gets events.

    Raises:
        RecordNotFound, InvalidChannel: No such channel, or it gets none.
        VersionConflict: Events are being sent to it at this moment.
    """
    channel = await _with_events(announcing, caller.account.id, channel_id)
    if position and not is_position(position):
        raise InvalidPosition(
            "INVALID_POSITION", "a position is the id of an event, or 12 hexadecimal digits of a time"
        )
    state = await announcing.herald.replay(caller.account.id, channel, position)
    await _write_down(announcing, caller, Action.UPDATE, channel, "position")
    return state


def is_position(text: str) -> bool:
    """Whether *text* can be a position: the id of an event, or its first part, which is a time in milliseconds."""
    return _POSITION.fullmatch(text) is not None


async def dead_letters(announcing: Announcing, account: str, channel_id: str) -> tuple[DeadLetter, ...]:
    """The events that the channel did not take.  Raises: RecordNotFound."""
    channel = await find_channel(announcing, account, channel_id)
    return await announcing.herald.store.list_dead(account, channel.id)


async def retry_dead(announcing: Announcing, caller: Caller, channel_id: str) -> tuple[int, int]:
    """Send the dead letters again; how many arrived, and how many are left.  Raises: RecordNotFound, InvalidChannel."""
    channel = await _with_events(announcing, caller.account.id, channel_id)
    return await announcing.herald.retry(caller.account, channel)


async def event_state(announcing: Announcing, account: str, channel: Channel) -> EventState | None:
    """Where events to the channel are; None where it gets none."""
    if channel.events is EventFormat.NONE:
        return None
    return await announcing.herald.state(account, channel)


async def events_since(announcing: Announcing, account: Account, position: str, count: int) -> EventPage:
    """The events after *position*; "" is the beginning of what is kept.

    Raises:
        InvalidPosition: It is none.
        PositionExpired: Events that followed it may be past the account's retention already.
    """
    if position and not is_position(position):
        raise InvalidPosition(
            "INVALID_POSITION", "a position is the id of an event, or 12 hexadecimal digits of a time"
        )
    kept = announcing.clock.now() - timedelta(days=account.settings.log_retention_days)
    if position and position < change_position(kept):
        raise PositionExpired("POSITION_EXPIRED", "events after this position are no longer kept; read everything anew")
    return await changes_since(announcing.herald.log, announcing.clock, account.id, position, count)


async def poll_events(
    announcing: Announcing, account: str, channel_id: str, *, acks: tuple[str, ...], errors: dict[str, str], count: int
) -> tuple[Channel, EventPage]:
    """The channel, and the events that it has not acknowledged.

    Raises:
        RecordNotFound, InvalidChannel: No such channel, or it takes no tokens.
        VersionConflict: Another poll came first.
    """
    channel = await _with_events(announcing, account, channel_id)
    if channel.events is not EventFormat.SET:
        raise InvalidChannel("only channels that take Security Event Tokens can be polled")
    return channel, await poll(announcing.herald, account, channel, acks=acks, errors=errors, count=count)


async def _with_events(announcing: Announcing, account: str, channel_id: str) -> Channel:
    channel = await find_channel(announcing, account, channel_id)
    if channel.events is EventFormat.NONE:
        raise InvalidChannel("the channel gets no change events")
    return channel


async def _write_down(announcing: Announcing, caller: Caller, action: Action, channel: Channel, *names: str) -> None:
    source = Source.SYSTEM if caller.actor == "operator" else Source.MANAGER
    now = announcing.clock.now()
    act = new_act(caller, action, CHANNEL, channel.id, now, name=channel.name, attributes=names, source=source)
    await announcing.directory.record(caller.account.id, act)
