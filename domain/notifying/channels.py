"""Channels: where an account has notices and change events sent to."""

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from domain.refusals import Refused

SECRET_PREFIX = "whsec_"  # noqa: S105  as Standard Webhooks writes secrets
MAX_CHANNELS = 10
"""Channels of one account: each notice has a row for each of them."""
MAX_TARGET = 2_000
"""Characters of addresses, or of a URL."""

_ID = re.compile(r"[0-9a-f]{16}")
_ADDRESS = re.compile(r"[^@\s<>,;\"']{1,64}@[^@\s<>,;\"']{1,253}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ChannelKind(StrEnum):
    """How a channel is reached; a ``poll`` channel is not: who is behind it comes and asks for its events."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    TEAMS = "teams"
    LOG = "log"
    POLL = "poll"


class EventFormat(StrEnum):
    """How a channel gets the changes of users and groups: not, as plain JSON, or as Security Event Tokens."""

    NONE = "none"
    JSON = "json"
    SET = "set"


class InvalidChannel(Refused):
    """The channel cannot be, or cannot do what is asked of it; the reason says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("INVALID_CHANNEL", reason)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of an account.

    ``target`` are the addresses of a mail channel, parted by commas, or the URL of a webhook; that of Teams opens it to
    whoever knows it, so it is a secret too.  ``secret`` signs what is sent to a webhook.
    """

    id: str
    kind: ChannelKind
    name: str
    created: datetime
    target: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    notices: bool = True
    events: EventFormat = EventFormat.NONE

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of a mail channel."""
        return tuple(each.strip() for each in self.target.split(",") if each.strip())

    @property
    def key(self) -> bytes:
        """The bytes that sign what is sent to the channel."""
        return base64.b64decode(self.secret.removeprefix(SECRET_PREFIX))


def new_channel(
    kind: ChannelKind,
    target: str,
    now: datetime,
    *,
    name: str = "",
    notices: bool = True,
    events: EventFormat = EventFormat.NONE,
) -> Channel:
    """A channel that is not stored yet, with a random id, and a random secret where it needs one.

    Raises:
        InvalidChannel: The target does not fit the kind, or the kind cannot have what is asked for.
    """
    target = target.strip()
    _check_target(kind, target)
    if events is not EventFormat.NONE and kind not in (ChannelKind.WEBHOOK, ChannelKind.POLL):
        raise InvalidChannel("only webhook and poll channels get change events")
    if kind is ChannelKind.POLL and (events is not EventFormat.SET or notices):
        raise InvalidChannel("a poll channel gets change events as SET, and no notices")
    signed = kind in (ChannelKind.WEBHOOK, ChannelKind.POLL)
    return Channel(
        id=secrets.token_hex(8),
        kind=kind,
        name=name.strip()[:100] or kind.value,
        created=now,
        target=target,
        secret=new_secret() if signed else "",
        notices=notices,
        events=events,
    )


def new_secret() -> str:
    """256 random bits, as Standard Webhooks writes them."""
    return f"{SECRET_PREFIX}{base64.b64encode(secrets.token_bytes(32)).decode()}"


def is_channel_id(text: str) -> bool:
    """Whether *text* can be the id of a channel."""
    return _ID.fullmatch(text) is not None


def _check_target(kind: ChannelKind, target: str) -> None:
    if len(target) > MAX_TARGET:
        raise InvalidChannel(f"the target has more than {MAX_TARGET} characters")
    match kind:
        case ChannelKind.MAIL:
            addresses = [each.strip() for each in target.split(",")]
            if not all(_ADDRESS.fullmatch(each) for each in addresses):
                raise InvalidChannel("the target of a mail channel is one or more addresses, parted by commas")
        case ChannelKind.WEBHOOK | ChannelKind.TEAMS:
            _check_url(target)
        case _ if target:
            raise InvalidChannel(f"a {kind.value} channel has no target")


def _check_url(target: str) -> None:
    """Only https is sent to, except to this machine, which is for development; outbound checks the address too."""
    try:
        parts = urlsplit(target)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidChannel("the target is no URL") from None
    if not host or parts.username or parts.scheme not in ("http", "https") or not target.isprintable():
        raise InvalidChannel("the target is a URL that begins with https://, without a user name")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InvalidChannel("the target must begin with https://: what is sent there tells names")


class ChannelStore(Protocol):
    """The channels of all accounts; any call may raise StoreUnavailable."""

    async def create_channel(self, account: str, channel: Channel) -> None: ...

    async def get_channel(self, account: str, channel_id: str) -> Channel:
        """Raises: RecordNotFound."""

    async def list_channels(self, account: str) -> tuple[Channel, ...]:
        """In the order of their creation."""

    async def replace_channel(self, account: str, channel: Channel) -> None:
        """Raises: RecordNotFound."""

    async def delete_channel(self, account: str, channel_id: str) -> None:
        """Raises: RecordNotFound."""
