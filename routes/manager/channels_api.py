"""Channels in the manager API: where notices and change events go, and whether they get there."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from domain.access.signin import Caller
from domain.notifying import announcing
from domain.notifying.channels import Channel, ChannelKind, EventFormat, new_channel
from domain.notifying.event_bodies import event_type
from domain.notifying.events import DeadLetter, EventState
from routes.http import Request, Response
from routes.manager.common import MANAGER_BASE, Body, View, answer, manager_url, read_body
from routes.route import Route, Services


class ChannelBody(Body):
    """A new channel; `target` are addresses parted by commas, or a URL."""

    kind: Literal["mail", "webhook", "teams", "log", "poll"]
    target: Annotated[str, Field(max_length=2_000)] = ""
    name: Annotated[str, Field(max_length=100)] = ""
    notices: StrictBool = True
    events: Literal["none", "json", "set"] = "none"


class ReplayBody(Body):
    """Where to send events from again; empty is the beginning of what is kept."""

    position: Annotated[str, Field(max_length=28)] = ""


class EventStateView(View):
    """Where events to a channel are: the id of the last one that is done with, and the attempts that failed since."""

    position: str
    failed_attempts: int
    next_attempt: datetime | None = None
    paused: bool


class ChannelView(View):
    """A channel; `secret` is shown once, when it is made."""

    id: str
    kind: str
    name: str
    target: str | None = None
    notices: bool
    events: str
    created: datetime
    secret: str | None = None
    state: EventStateView | None = None


class ChannelsView(View):
    """The channels of an account, of which it has at most ten."""

    items: list[ChannelView]


class DeadLetterView(View):
    """An event that a channel did not take."""

    id: str
    type: str
    time: datetime
    resource_type: str
    resource_id: str
    reason: str


class DeadLettersView(View):
    """The events that a channel did not take, the oldest first."""

    items: list[DeadLetterView]


class RetryView(View):
    """How many dead letters arrived, and how many are left."""

    arrived: int
    left: int


async def list_channels(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The channels of the account."""
    found = await services.announcing.channels.list_channels(caller.account.id)
    return answer(ChannelsView(items=[await _view(services, caller, each) for each in found]))


async def create_channel(services: Services, caller: Caller, request: Request) -> Response:
    """Open a channel; its secret is shown this once."""
    body = read_body(ChannelBody, request)
    channel = new_channel(
        ChannelKind(body.kind),
        body.target,
        services.announcing.clock.now(),
        name=body.name,
        notices=body.notices,
        events=EventFormat(body.events),
    )
    made = await announcing.open_channel(services.announcing, caller, channel)
    location = manager_url(services, caller, "channels", made.id)
    view = await _view(services, caller, made, secret=True)
    return answer(view, status=201, headers={"Location": location})


async def get_channel(services: Services, caller: Caller, request: Request) -> Response:
    """One channel, and where its events are."""
    found = await announcing.find_channel(services.announcing, caller.account.id, request.route["id"])
    return answer(await _view(services, caller, found))


async def delete_channel(services: Services, caller: Caller, request: Request) -> Response:
    """Remove a channel, and all that waits for it."""
    await announcing.remove_channel(services.announcing, caller, request.route["id"])
    return Response(204)


async def renew_secret(services: Services, caller: Caller, request: Request) -> Response:
    """Give a channel a new secret, which is shown this once; the old one signs nothing more."""
    renewed = await announcing.renew_secret(services.announcing, caller, request.route["id"])
    return answer(await _view(services, caller, renewed, secret=True))


async def try_channel(services: Services, caller: Caller, request: Request) -> Response:
    """Send a notice that says that it is a test; 502 tells why it did not arrive."""
    await announcing.try_channel(services.announcing, caller.account, request.route["id"])
    return Response(204)


async def replay_events(services: Services, caller: Caller, request: Request) -> Response:
    """Send events again from a position; it also ends a pause."""
    body = read_body(ReplayBody, request)
    state = await announcing.replay(services.announcing, caller, request.route["id"], body.position)
    return answer(_state(state))


async def list_dead_letters(services: Services, caller: Caller, request: Request) -> Response:
    """The events that the channel did not take."""
    dead = await announcing.dead_letters(services.announcing, caller.account.id, request.route["id"])
    return answer(DeadLettersView(items=[_dead(each) for each in dead]))


async def retry_dead_letters(services: Services, caller: Caller, request: Request) -> Response:
    """Send the dead letters again, in order for each resource."""
    arrived, left = await announcing.retry_dead(services.announcing, caller, request.route["id"])
    return answer(RetryView(arrived=arrived, left=left))


async def _view(services: Services, caller: Caller, channel: Channel, *, secret: bool = False) -> ChannelView:
    state = await announcing.event_state(services.announcing, caller.account.id, channel)
    return ChannelView(
        id=channel.id,
        kind=channel.kind.value,
        name=channel.name,
        target=None if channel.kind is ChannelKind.TEAMS else channel.target or None,  # its URL is a secret
        notices=channel.notices,
        events=channel.events.value,
        created=channel.created,
        secret=channel.secret if secret and channel.secret else None,
        state=None if state is None else _state(state),
    )


def _state(state: EventState) -> EventStateView:
    return EventStateView(
        position=state.position, failed_attempts=state.attempts, next_attempt=state.due, paused=state.paused
    )


def _dead(letter: DeadLetter) -> DeadLetterView:
    change = letter.change
    return DeadLetterView(
        id=change.id,
        type=event_type(change),
        time=change.time,
        resource_type=str(change.kind),
        resource_id=change.resource_id,
        reason=letter.reason,
    )


_SEE = frozenset({"core_account_view"})
_MANAGE = frozenset({"core_account_manage"})
_ALL, _ONE = f"{MANAGER_BASE}/channels", f"{MANAGER_BASE}/channels/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("channels_create", "POST", _ALL, create_channel, _MANAGE, True, takes=ChannelBody, gives=ChannelView),
    Route("channels_dead_letters", "GET", f"{_ONE}/dead-letters", list_dead_letters, _SEE, gives=DeadLettersView),
    Route("channels_delete", "DELETE", _ONE, delete_channel, _MANAGE),
    Route("channels_get", "GET", _ONE, get_channel, _SEE, gives=ChannelView),
    Route("channels_list", "GET", _ALL, list_channels, _SEE, gives=ChannelsView),
    Route(
        "channels_replay",
        "POST",
        f"{_ONE}/replay",
        replay_events,
        _MANAGE,
        True,
        takes=ReplayBody,
        gives=EventStateView,
    ),
    Route("channels_retry", "POST", f"{_ONE}/retry", retry_dead_letters, _MANAGE, gives=RetryView),
    Route("channels_secret", "POST", f"{_ONE}/secret", renew_secret, _MANAGE, gives=ChannelView),
    Route("channels_test", "POST", f"{_ONE}/test", try_channel, _MANAGE),
)
