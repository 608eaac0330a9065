"""Change events that receivers ask for: changes since a position, and polled Security Event Tokens."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from domain.access.signin import Caller
from domain.notifying import announcing
from domain.notifying.event_bodies import event_body, security_event_token
from routes.http import Request, Response
from routes.manager.common import MANAGER_BASE, Ask, Body, View, answer, read_body, read_query
from routes.route import Route, Services


class ChangesAsk(Ask):
    """Which events are asked for."""

    after: Annotated[str, Field(max_length=28, description="The `position` of the page before; empty for all.")] = ""
    limit: Annotated[int, Field(ge=1, le=1_000, description="Events of a page.")] = 100


class EventView(View):
    """One change of a user or group; `id` is the same however often the event is told."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


class ChangesView(View):
    """Some events, the position to go on from, and whether more follow already."""

    items: list[EventView]
    position: str
    more: bool


class SetError(Body):
    """Why a receiver cannot use a token.  RFC 8936 §2.6."""

    model_config = ConfigDict(extra="ignore")

    err: Annotated[str, Field(max_length=100)]
    description: Annotated[str, Field(max_length=500)] = ""


class PollBody(Body):
    """What a poll says.  RFC 8936 §2.2."""

    max_events: Annotated[int, Field(ge=0, le=1_000)] = 100
    return_immediately: bool = True
    ack: Annotated[list[str], Field(max_length=1_000, default_factory=list)]
    set_errs: Annotated[dict[str, SetError], Field(default_factory=dict)]


class PollView(View):
    """The tokens by their ids, and whether more follow.  RFC 8936 §2.3."""

    sets: dict[str, str]
    more_available: bool


async def list_changes(services: Services, caller: Caller, request: Request) -> Response:
    """The changes of users and groups since a position, the oldest first; the last five minutes follow later."""
    ask = read_query(ChangesAsk, request)
    page = await announcing.events_since(services.announcing, caller.account, ask.after, ask.limit)
    bodies = (event_body(each, caller.account.id, services.public_url) for each in page.changes)
    return answer(ChangesView(items=[EventView(**each) for each in bodies], position=page.position, more=page.more))


async def poll_channel(services: Services, caller: Caller, request: Request) -> Response:
    """Take Security Event Tokens and acknowledge others; an answer comes at once, also where there is nothing."""
    body = read_body(PollBody, request)
    errors = {name: f"{each.err}: {each.description}".strip(": ") for name, each in body.set_errs.items()}
    channel, page = await announcing.poll_events(
        services.announcing,
        caller.account.id,
        request.route["id"],
        acks=tuple(body.ack),
        errors=errors,
        count=body.max_events,
    )
    now = services.announcing.clock.now()
    sets = {
        each.id: security_event_token(each, caller.account, channel, services.public_url, now) for each in page.changes
    }
    return answer(PollView(sets=sets, more_available=page.more))


_SEE = frozenset({"core_user_view", "core_usergroup_view"})

ROUTES: tuple[Route, ...] = (
    Route("changes_list", "GET", f"{MANAGER_BASE}/changes", list_changes, _SEE, asks=ChangesAsk, gives=ChangesView),
    Route(
        "channels_poll",
        "POST",
        f"{MANAGER_BASE}/channels/{{id}}/poll",
        poll_channel,
        _SEE,
        True,
        takes=PollBody,
        gives=PollView,
    ),
)
