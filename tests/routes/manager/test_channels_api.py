"""Channels in the manager API: opened, tried, removed, and their events asked for and sent again."""

from typing import Any

import jwt
import pytest

from domain.access.principals import ADMIN
from domain.notifying.delivery import DeliveryFailed
from domain.notifying.events import DeadLetter
from tests.domain.log_builders import entry, failure
from tests.routes.calls import Api

_WEBHOOK = {"kind": "webhook", "target": "https://example.com/hook", "events": "json"}


@pytest.fixture
async def api(api: Api) -> Api:
    """The API, called by an administrator."""
    api.token = await api.issue(owner=ADMIN)
    return api


async def make(api: Api, **body: Any) -> Any:
    """A new channel as the answer shows it."""
    answer = await api.manage("POST", "/channels", {**_WEBHOOK, **body})
    assert answer.status == 201, answer.json
    return answer.json


async def test_channel_is_opened_and_shown(api: Api) -> None:
    """Its secret once; the log knows who opened it."""
    made = await make(api, name="Product")
    assert made["secret"].startswith("whsec_")
    shown = (await api.manage("GET", f"/channels/{made['id']}")).json
    assert {**shown, "secret": made["secret"]} == made
    assert (shown["kind"], shown["name"], shown["target"]) == ("webhook", "Product", "https://example.com/hook")
    assert shown["state"] == {"position": shown["state"]["position"], "failedAttempts": 0, "paused": False}
    assert (await api.manage("GET", "/channels")).json == {"items": [shown]}
    (act,) = [each for each in api.directory.changes("acme") if each.kind == "Channel"]
    assert (act.action, act.resource_id, act.resource_name) == ("create", made["id"], "Product")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "pigeon"}, "INVALID_REQUEST"),
        ({"target": "http://example.com"}, "INVALID_CHANNEL"),
        ({"kind": "mail", "target": "nobody", "events": "none"}, "INVALID_CHANNEL"),
        ({"kind": "mail", "target": "a@example.com"}, "INVALID_CHANNEL"),  # people get no events
        ({"extra": 1}, "INVALID_REQUEST"),
    ],
)
async def test_channel_that_cannot_be(api: Api, body: dict[str, Any], code: str) -> None:
    """Is refused with a reason."""
    answer = await api.manage("POST", "/channels", {**_WEBHOOK, **body})
    assert (answer.status, answer.json["code"]) == (400, code)


async def test_account_has_few_channels(api: Api) -> None:
    """Each notice has a row for each of them."""
    for _ in range(10):
        await make(api)
    assert (await api.manage("POST", "/channels", _WEBHOOK)).json["code"] == "INVALID_CHANNEL"


async def test_secret_target_is_not_shown(api: Api) -> None:
    """Whoever knows the URL of a Teams workflow may post to it."""
    made = await make(api, kind="teams", target="https://example.com/sig=abc", events="none")
    assert "target" not in made
    assert "secret" not in made


async def test_channel_is_tried(api: Api) -> None:
    """The answer says whether the test arrived, and why not."""
    made = await make(api)
    assert (await api.manage("POST", f"/channels/{made['id']}/test")).status == 204
    assert [notice.id for _, _, notice in api.sender.sent] == ["test"]
    api.sender.broken[made["id"]] = DeliveryFailed("the receiver answered 404")
    answer = await api.manage("POST", f"/channels/{made['id']}/test")
    assert (answer.status, answer.json["code"]) == (502, "NOT_DELIVERED")
    assert answer.json["detail"] == "the receiver answered 404"


async def test_secret_is_renewed(api: Api) -> None:
    """And shown once."""
    made = await make(api)
    renewed = (await api.manage("POST", f"/channels/{made['id']}/secret")).json
    assert renewed["secret"] not in ("", made["secret"])
    log = await make(api, kind="log", target="", events="none")
    assert (await api.manage("POST", f"/channels/{log['id']}/secret")).status == 400


async def test_channel_is_removed(api: Api) -> None:
    """With all that waited for it."""
    made = await make(api)
    await api.events.bury("acme", made["id"], [DeadLetter(entry(), "x")])
    assert (await api.manage("DELETE", f"/channels/{made['id']}")).status == 204
    assert await api.events.list_dead("acme", made["id"]) == ()
    assert (await api.manage("GET", f"/channels/{made['id']}")).status == 404


async def test_dead_letters_are_listed_and_retried(api: Api) -> None:
    """In order; what is left is told."""
    made = await make(api)
    await api.events.bury("acme", made["id"], [DeadLetter(entry(0, "ann"), "no"), DeadLetter(entry(1, "bob"), "no")])
    listed = (await api.manage("GET", f"/channels/{made['id']}/dead-letters")).json["items"]
    assert [(each["resourceId"], each["type"], each["reason"]) for each in listed] == [
        ("id-ann", "user.updated", "no"),
        ("id-bob", "user.updated", "no"),
    ]
    api.sender.refused = {"id-bob"}
    assert (await api.manage("POST", f"/channels/{made['id']}/retry")).json == {"arrived": 1, "left": 1}


async def test_events_are_replayed(api: Api) -> None:
    """From a position on; what is none is refused."""
    made = await make(api)
    first, second = entry(0), entry(1)
    await api.directory.record("acme", first, second)
    answer = await api.manage("POST", f"/channels/{made['id']}/replay", {"position": first.id})
    assert answer.json["position"] == first.id
    wrong = await api.manage("POST", f"/channels/{made['id']}/replay", {"position": "yesterday"})
    assert wrong.json["code"] == "INVALID_POSITION"
    silent = await make(api, events="none")
    assert (await api.manage("POST", f"/channels/{silent['id']}/replay", {})).json["code"] == "INVALID_CHANNEL"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/dead-letters"),
        ("POST", "/retry"),
        ("POST", "/test"),
        ("POST", "/secret"),
        ("POST", "/replay"),
        ("POST", "/poll"),
    ],
)
@pytest.mark.parametrize("channel", ["0123456789abcdef", "x", "..%2f"])
async def test_unknown_channel(api: Api, method: str, path: str, channel: str) -> None:
    """Is not found, nor is another account's."""
    body: dict[str, Any] | None = {} if path in ("/replay", "/poll") else None
    assert (await api.manage(method, f"/channels/{channel}{path}", body)).status == 404
    made = await make(api)
    stranger = await api.issue("other", owner=ADMIN)
    answer = await api.manage(method, f"/channels/{made['id']}{path}", body, token=stranger, account="other")
    assert answer.status == 404


async def test_who_may_change_channels(api: Api) -> None:
    """Administrators; not the client that provisions."""
    provisioning = await api.issue()
    for method, body in (("GET", None), ("POST", _WEBHOOK)):
        assert (await api.manage(method, "/channels", body, token=provisioning)).status == 403


# Events that are asked for


async def test_changes_since(api: Api) -> None:
    """Page by page; each says what happened to which resource, and where it is read."""
    made = [entry(number, f"user{number}", attributes=("title",)) for number in range(3)]
    await api.directory.record("acme", *made, failure(3))
    api.clock.move(hours=1)
    first = (await api.manage("GET", "/changes?limit=2")).json
    rest = (await api.manage("GET", f"/changes?limit=2&after={first['position']}")).json
    assert [each["id"] for page in (first, rest) for each in page["items"]] == [each.id for each in made]
    assert first["more"] is True
    assert first["items"][0] == {
        "id": made[0].id,
        "type": "user.updated",
        "timestamp": made[0].time.isoformat().replace("+00:00", "Z"),
        "data": {
            "account": "acme",
            "resourceType": "User",
            "resourceId": "id-user0",
            "externalId": "e-user0",
            "location": "https://rollcall.example/scim/account/acme/Users/id-user0",
            "attributes": ["title"],
            "actor": "token:1",
            "source": "scim",
            "correlationId": made[0].correlation_id,
        },
    }


async def test_every_event_is_a_position(api: Api) -> None:
    """Also the second of two that one act made, whose id ends otherwise."""
    first = entry(0)
    second = entry(0, id=f"{first.id[:-1]}~")
    await api.directory.record("acme", first, second)
    api.clock.move(hours=1)
    told = (await api.manage("GET", "/changes")).json
    assert [each["id"] for each in told["items"]] == [first.id, second.id]
    assert (await api.manage("GET", f"/changes?after={told['position']}")).json["items"] == []


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [("yesterday", 400, "INVALID_POSITION"), ("017f00000000", 410, "POSITION_EXPIRED")],
)
async def test_position_that_leads_nowhere(api: Api, after: str, status: int, code: str) -> None:
    """Is none, or what followed it is no longer kept."""
    answer = await api.manage("GET", f"/changes?after={after}")
    assert (answer.status, answer.json["code"]) == (status, code)


async def test_tokens_are_polled(api: Api) -> None:
    """Signed with the channel's secret, acknowledged by their ids.  RFC 8936, RFC 9967 §2."""
    made = await make(api, kind="poll", target="", notices=False, events="set")
    api.clock.move(minutes=1)
    changes = [
        entry(1, "ann", action="create", attributes=("userName",)),
        entry(2, "bob", action="deactivate", external_id=None),
        entry(3, "Finance", kind="Group", action="delete"),
    ]
    await api.directory.record("acme", *changes)
    api.clock.move(hours=1)
    path = f"/channels/{made['id']}/poll"
    told = (await api.manage("POST", path, {"maxEvents": 2, "returnImmediately": True})).json
    assert (list(told["sets"]), told["moreAvailable"]) == ([each.id for each in changes[:2]], True)
    key = (await api.channels.get_channel("acme", made["id"])).key
    first, second = (
        jwt.decode(told["sets"][each.id], key, algorithms=["HS256"], audience=made["id"]) for each in changes[:2]
    )
    assert (first["iss"], first["jti"]) == ("https://rollcall.example/scim/account/acme", changes[0].id)
    assert first["sub_id"] == {"format": "scim", "uri": "/Users/id-ann", "externalId": "e-ann"}
    assert first["txn"] == changes[0].correlation_id
    assert first["events"] == {"urn:ietf:params:scim:event:prov:create:notice": {"attributes": ["userName"]}}
    assert (second["events"], "sub" in second) == ({"urn:ietf:params:scim:event:prov:deactivate": {}}, False)
    assert jwt.get_unverified_header(told["sets"][changes[0].id])["typ"] == "secevent+jwt"
    errors = {changes[1].id: {"err": "invalid_request", "description": "unknown subject"}}
    rest = (await api.manage("POST", path, {"ack": [changes[0].id], "setErrs": errors})).json
    assert (list(rest["sets"]), rest["moreAvailable"]) == ([changes[2].id], False)
    (dead,) = (await api.manage("GET", f"/channels/{made['id']}/dead-letters")).json["items"]
    assert dead["reason"] == "invalid_request: unknown subject"


async def test_webhook_cannot_be_polled(api: Api) -> None:
    """Its events are pushed."""
    made = await make(api)
    assert (await api.manage("POST", f"/channels/{made['id']}/poll", {})).json["code"] == "INVALID_CHANNEL"
