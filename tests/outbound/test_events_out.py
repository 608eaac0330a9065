"""Change events received by real servers: as signed JSON, and as Security Event Tokens that are pushed (RFC 8935)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from domain.model import Action, Change
from domain.notifying.channels import Channel, ChannelKind, EventFormat, new_channel
from domain.notifying.delivery import DeliveryFailed
from domain.notifying.events import Herald
from outbound.posts import Posts
from outbound.senders import Senders
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.domain.log_builders import entry
from tests.memory import MemoryDirectory
from tests.memory_log import MemoryLog
from tests.memory_notices import MemoryEvents
from tests.outbound.receivers import Receiver, http_receiver

_URL = "https://rollcall.example"
_EVENT = "urn:ietf:params:scim:event:prov:"


def takes(receiver: Receiver, events: EventFormat) -> Channel:
    """A channel whose events go to *receiver*."""
    return new_channel(ChannelKind.WEBHOOK, receiver.url, NOW, events=events, notices=False)


def senders() -> Senders:
    return Senders(_URL, StoppedClock(), Posts(allow_private=True))


def claims(content: bytes, channel: Channel) -> dict[str, Any]:
    """What the token says, once its receiver has verified it."""
    return jwt.decode(content, channel.key, algorithms=["HS256"], audience=channel.id, options={"verify_iat": False})


@pytest.mark.requirement(
    "9967-2.1-01", "9967-2.1-02", "9967-2.2-01", "9967-2.2-02", "9967-2.4-01", "9967-2.4-02", "9967-5-01"
)
@pytest.mark.parametrize(
    ("action", "event", "payload"),
    [
        (Action.CREATE, "create:notice", {"attributes": ["title"]}),
        (Action.UPDATE, "patch:notice", {"attributes": ["title"]}),
        (Action.DEACTIVATE, "deactivate", {}),
        (Action.REACTIVATE, "activate", {}),
        (Action.DELETE, "delete", {}),
    ],
)
async def test_token_is_pushed(action: Action, event: str, payload: dict[str, Any]) -> None:
    """One token is the body of one POST; its receiver verifies it with the channel's secret alone (RFC 8935 §2.1)."""
    change = entry(action=action, attributes=("title",), resource_id="u1", external_id="e1", correlation_id="r1")
    async with http_receiver() as receiver:
        channel = takes(receiver, EventFormat.SET)
        receiver.status = 202
        await senders().send_event(make_account(), channel, change)
    ((headers, content),) = receiver.requests
    assert (headers["content-type"], headers["accept"]) == ("application/secevent+jwt", "application/json")
    assert jwt.get_unverified_header(content)["typ"] == "secevent+jwt"
    assert claims(content, channel) == {
        "iss": f"{_URL}/scim/account/acme",
        "aud": channel.id,
        "iat": int(NOW.timestamp()),
        "toe": int(NOW.timestamp()),
        "jti": change.id,
        "txn": "r1",
        "sub_id": {"format": "scim", "uri": "/Users/u1", "externalId": "e1"},
        "events": {f"{_EVENT}{event}": payload},
    }


async def test_token_of_another_channel_is_not_taken() -> None:
    """Each has its own secret."""
    async with http_receiver() as receiver:
        channel, other = takes(receiver, EventFormat.SET), takes(receiver, EventFormat.SET)
        await senders().send_event(make_account(), channel, entry())
    with pytest.raises(jwt.InvalidSignatureError):
        claims(receiver.requests[0][1], other)


async def test_json_is_signed() -> None:
    """As Standard Webhooks says; the id of the event is the idempotency key, and no value of an attribute is told."""
    change = entry(attributes=("title",))
    async with http_receiver() as receiver:
        channel = takes(receiver, EventFormat.JSON)
        await senders().send_event(make_account(), channel, change)
    ((headers, content),) = receiver.requests
    signed = f"{change.id}.{headers['webhook-timestamp']}.".encode() + content
    expected = base64.b64encode(hmac.new(channel.key, signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-id"], headers["webhook-signature"]) == (change.id, f"v1,{expected}")
    told = json.loads(content)
    assert (told["id"], told["type"], told["data"]["attributes"]) == (change.id, "user.updated", ["title"])
    assert told["data"]["location"] == f"{_URL}/scim/account/acme/Users/id-ann"


@pytest.mark.parametrize(("status", "final"), [(400, False), (503, False), (410, True)])
async def test_token_that_is_refused(status: int, final: bool) -> None:
    """Comes again, except to a receiver that is gone (RFC 8935 §2.3)."""
    async with http_receiver() as receiver:
        receiver.status = status
        with pytest.raises(DeliveryFailed, match=f"answered {status}") as caught:
            await senders().send_event(make_account(), takes(receiver, EventFormat.SET), entry())
    assert caught.value.final is final


async def test_several_receivers_each_at_its_own_position() -> None:
    """One is away for a while, the other does not wait; both get everything, in order for each resource."""
    directory, clock = MemoryDirectory(), StoppedClock()
    herald = Herald(MemoryLog(directory), MemoryEvents(), senders(), clock)
    changes: list[Change] = [entry(number, f"user{number % 2}") for number in range(6)]
    await directory.record("acme", *changes)
    async with http_receiver() as one, http_receiver() as two:
        channels = takes(one, EventFormat.SET), takes(two, EventFormat.JSON)
        one.status = 503
        clock.move(minutes=20)
        assert await herald.deliver(make_account(), channels) == 6
        one.status = 202
        clock.move(minutes=6)
        assert await herald.deliver(make_account(), channels) == 6
    tokens = [claims(content, channels[0]) for _, content in one.requests]
    bodies = [json.loads(content) for _, content in two.requests]
    for name in ("user0", "user1"):
        own = [each.id for each in changes if each.resource_name == name]
        assert [each["jti"] for each in tokens if each["sub_id"]["uri"] == f"/Users/id-{name}"] == own
        assert [each["id"] for each in bodies if each["data"]["resourceId"] == f"id-{name}"] == own
