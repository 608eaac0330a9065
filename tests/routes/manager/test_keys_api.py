"""The manager API of keys and tokens."""

from typing import Any

import pytest

from domain.access.principals import ADMIN, ApiKey, Binding, Principal, PrincipalKind, Role, ServiceAccount
from domain.access.roles import ALL
from tests.domain.builders import NOBODY, NOW
from tests.routes.calls import Answer, Api, patch_body, user_body

_OWNER = {"kind": "service-account", "id": "provisioning"}
_UNKNOWN = "s0000000000000000"


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.media_type == "application/problem+json"
    return answer.status, answer.json["code"]


async def issue(api: Api, **more: Any) -> Answer:
    return await api.manage("POST", "/tokens", {"owner": _OWNER} | more)


async def test_token_is_issued_and_shown_once(api: Api) -> None:
    """Its text is in this answer, which is not cached, and nowhere else."""
    answer = await issue(api, name="Entra", lifetimeDays=90)
    text, token = answer.json["text"], answer.json["token"]
    assert (answer.status, answer.headers["Cache-Control"], token["name"]) == (201, "no-store", "Entra")
    assert (await api.call("GET", "/Users", token=text)).status == 200
    listed = await api.manage("GET", "/tokens")
    assert token["id"] in {each["id"] for each in listed.json["items"]}
    assert text.split(".")[3] not in listed.content.decode()


async def test_token_may_begin_later(api: Api) -> None:
    """At a moment with its zone."""
    issued = (await issue(api, validFrom="2026-03-01T12:30:00+02:00")).json
    assert issued["token"]["validFrom"] == "2026-03-01T10:30:00Z"
    assert (await api.call("GET", "/Users", token=issued["text"])).status == 401
    assert problem(await issue(api, validFrom="2026-03-01T12:30:00")) == (400, "INVALID_REQUEST")
    assert problem(await issue(api, validFrom="2026-02-28T12:30:00Z")) == (400, "INVALID_VALUE")


async def test_token_is_rotated(api: Api) -> None:
    """Both work for the overlap; without one the old is refused at once."""
    first = (await issue(api)).json
    second = (await api.manage("POST", f"/tokens/{first['token']['id']}/rotate", {"overlapHours": 1})).json
    third = (await api.manage("POST", f"/tokens/{second['token']['id']}/rotate", {"overlapHours": 0})).json
    seen = [(await api.call("GET", "/Users", token=each["text"])).status for each in (first, second, third)]
    assert seen == [200, 401, 200]


async def test_token_is_revoked_at_once(api: Api) -> None:
    """The same request is refused before and after."""
    issued = (await issue(api)).json
    assert (await api.call("GET", "/Users", token=issued["text"])).status == 200
    assert (await api.manage("DELETE", f"/tokens/{issued['token']['id']}")).status == 204
    assert (await api.call("GET", "/Users", token=issued["text"])).status == 401


async def test_end_of_a_token_is_chosen(api: Api) -> None:
    """In hours, or never; a stale version is refused."""
    path = f"/tokens/{(await issue(api)).json['token']['id']}"
    never = await api.manage("PATCH", path, {"expiresInHours": None})
    assert (never.status, "expires" in never.json) == (200, False)
    soon = await api.manage("PATCH", path, {"expiresInHours": 1}, If_Match=never.headers["ETag"])
    assert soon.json["expires"] == "2026-03-01T10:30:00.120456Z"
    stale = await api.manage("PATCH", path, {"expiresInHours": 1}, If_Match=never.headers["ETag"])
    assert problem(stale) == (412, "VERSION_CONFLICT")


async def test_key_has_a_life(api: Api) -> None:
    """Created, used, deleted with its tokens."""
    made = await api.manage("POST", "/api-keys", {"owner": _OWNER, "id": "second", "name": "x", "lifetimeDays": 0})
    assert (made.status, made.json["lifetimeDays"]) == (201, 0)
    issued = (await issue(api, key="second")).json
    assert "expires" not in issued["token"]
    listed = {each["id"] for each in (await api.manage("GET", "/api-keys")).json["items"]}
    assert listed == {"default", "second"}
    assert (await api.manage("DELETE", "/api-keys/service-account:provisioning:second")).status == 204
    assert (await api.call("GET", "/Users", token=issued["text"])).status == 401


async def test_user_manages_its_own_keys(api: Api) -> None:
    """Without any permission; it sees no other's, and nobody else may manage them."""
    user = await api.create_user()
    ann = Principal(PrincipalKind.USER, user["id"])
    await api.policies.add("acme", ApiKey(ann, "mine", "Mine", NOW))
    own, admin = await api.issue(owner=ann), await api.issue(owner=ADMIN)
    body = {"owner": {"kind": "user", "id": ann.id}, "key": "mine"}
    issued = await api.manage("POST", "/tokens", body, token=own)
    assert issued.status == 201
    seen = (await api.manage("GET", "/tokens", token=own)).json["items"]
    assert {each["owner"]["id"] for each in seen} == {ann.id}
    assert [each["id"] for each in (await api.manage("GET", "/api-keys", token=own)).json["items"]] == ["mine"]
    path = f"/tokens/{issued.json['token']['id']}"
    assert problem(await api.manage("POST", "/tokens", body, token=admin)) == (403, "NOT_ALLOWED")
    assert problem(await api.manage("POST", f"{path}/rotate", {}, token=admin)) == (403, "NOT_ALLOWED")
    assert (await api.manage("DELETE", path, token=own)).status == 204


async def test_permission_decides_what_is_seen(api: Api) -> None:
    """A token that provisions sees its own owner's tokens only."""
    await api.issue(owner=ADMIN)
    seen = (await api.manage("GET", "/tokens", token=api.token)).json["items"]
    assert {each["owner"]["id"] for each in seen} == {"provisioning"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tokens", {"owner": {"id": "admin"}}),
        ("POST", "/api-keys", {"owner": {"id": "admin"}, "id": "x", "name": "x"}),
        ("DELETE", "/api-keys/service-account:admin:default", None),
    ],
)
async def test_keys_of_others_need_a_permission(api: Api, method: str, path: str, body: Any) -> None:
    """403 names it; with it alone nobody becomes an administrator either."""
    answer = await api.manage(method, path, body, token=api.token)
    assert (answer.status, "core_serviceaccount_manageapikey" in answer.json["detail"]) == (403, True)
    managing = await api.issue(owner=ADMIN, permissions=frozenset({"core_serviceaccount_manageapikey"}))
    if path == "/tokens":
        assert problem(await api.manage(method, path, body, token=managing)) == (403, "NOT_ALLOWED")


async def test_token_gives_nothing_below_the_account_either(api: Api) -> None:
    """Nor does a trust; who has that much there, or asks for less, gets the token."""
    for org in ("ops", "dev"):
        await api.manage("POST", "/orgs", {"name": org, "identifier": org})
    bot, clerk = (ServiceAccount(each, each, NOW) for each in ("bot", "clerk"))
    keeper = Role("keeper", "Keeper", frozenset({"core_serviceaccount_manageapikey", "core_authsetting_edit"}))
    bound = Binding(bot.principal, "_user_provisioner", "ops"), Binding(clerk.principal, keeper.id)
    await api.policies.add("acme", bot, clerk, keeper, *bound, ApiKey(bot.principal, "default", "x", NOW))
    token = await api.issue(owner=clerk.principal)
    asked: dict[str, Any] = {"owner": {"kind": "service-account", "id": "bot"}}
    assert problem(await api.manage("POST", "/tokens", asked, token=token)) == (403, "NOT_ALLOWED")
    trust = {"tenant": NOBODY, "serviceAccount": "bot"}
    assert problem(await api.manage("PUT", "/entra-trust", trust, token=token)) == (403, "NOT_ALLOWED")
    less = await api.manage("POST", "/tokens", asked | {"permissions": ["core_account_view"]}, token=token)
    assert less.status == 201
    for scope, status in (("dev", 403), ("ops", 201)):
        await api.policies.add("acme", Binding(clerk.principal, "_user_provisioner", scope))
        api.keeper.forget("acme")
        assert (await api.manage("POST", "/tokens", asked, token=token)).status == status


async def test_narrow_token_of_a_place_is_rotated_by_itself(api: Api) -> None:
    """It may nothing at the account, and does not need to."""
    bot = ServiceAccount("bot", "Bot", NOW)
    await api.policies.add("acme", bot, ApiKey(bot.principal, "default", "x", NOW))
    await api.policies.add("acme", Binding(bot.principal, "_user_provisioner", "ops"))
    text = await api.issue(owner=bot.principal, permissions=frozenset({"core_usergroup_view"}))
    rotated = await api.manage("POST", f"/tokens/{text.split('.')[2]}/rotate", {}, token=text)
    assert (rotated.status, rotated.json["token"]["permissions"]) == (201, ["core_usergroup_view"])


async def test_rotation_of_an_administrators_token_gives_nothing(api: Api) -> None:
    """Whoever may manage keys cannot take over one that may more."""
    target = (await api.issue(owner=ADMIN)).split(".")[2]
    token = await api.issue(owner=ADMIN, permissions=ALL - {"core_account_manage"})
    owner = Principal(PrincipalKind.SERVICE_ACCOUNT, "provisioning")
    managing = await api.issue(owner=owner, permissions=frozenset({"core_user_view"}))
    assert (await api.manage("POST", f"/tokens/{target}/rotate", {}, token=managing)).status == 403
    assert (await api.manage("POST", f"/tokens/{target}/rotate", {}, token=token)).status == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "/tokens", {}, (400, "INVALID_REQUEST")),
        ("POST", "/tokens", {"owner": {"kind": "group", "id": "x"}}, (400, "INVALID_REQUEST")),
        ("POST", "/tokens", {"owner": {"id": "nobody"}}, (404, "NOT_FOUND")),
        ("POST", "/tokens", {"owner": _OWNER, "key": "nothing"}, (404, "NOT_FOUND")),
        ("POST", "/tokens", {"owner": _OWNER, "lifetimeDays": 0}, (400, "INVALID_REQUEST")),
        ("POST", f"/tokens/{_UNKNOWN}/rotate", {}, (404, "NOT_FOUND")),
        ("POST", f"/tokens/{_UNKNOWN}/rotate", {"overlapHours": -1}, (400, "INVALID_REQUEST")),
        ("PATCH", f"/tokens/{_UNKNOWN}", {"expiresInHours": 1}, (404, "NOT_FOUND")),
        ("PATCH", f"/tokens/{_UNKNOWN}", {}, (400, "INVALID_REQUEST")),
        ("DELETE", f"/tokens/{_UNKNOWN}", None, (404, "NOT_FOUND")),
        ("DELETE", "/api-keys/service-account:provisioning:nothing", None, (404, "NOT_FOUND")),
        ("DELETE", "/api-keys/pet:provisioning:default", None, (404, "NOT_FOUND")),
        ("POST", "/api-keys", {"owner": _OWNER, "id": "default", "name": "x"}, (409, "ALREADY_EXISTS")),
        ("POST", "/api-keys", {"owner": _OWNER, "id": "a b", "name": "x"}, (400, "INVALID_VALUE")),
    ],
)
async def test_odd_request_is_refused(api: Api, method: str, path: str, body: Any, error: tuple[int, str]) -> None:
    """As a problem with its code."""
    assert problem(await api.manage(method, path, body)) == error


async def test_limits_are_told(api: Api) -> None:
    """The sixth token of a key."""
    for _ in range(5):
        await issue(api)
    assert problem(await issue(api)) == (400, "LIMIT_REACHED")


@pytest.mark.parametrize("way", ["PATCH", "PUT", "DELETE", "Bulk"])
async def test_user_without_access_has_dead_tokens_at_once(api: Api, way: str) -> None:
    """On the instance that takes the access away, however it is taken."""
    user = await api.create_user()
    own = await api.issue(owner=Principal(PrincipalKind.USER, user["id"]))
    assert (await api.manage("GET", "/tokens", token=own)).status == 200
    path, off = f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False}
    if way == "PATCH":
        answer = await api.call("PATCH", path, patch_body(off))
    elif way == "PUT":
        answer = await api.call("PUT", path, user_body(user["userName"], active=False))
    elif way == "DELETE":
        answer = await api.call("DELETE", path)
    else:
        operation = {"method": "PATCH", "path": path, "data": patch_body(off)}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation]}
        answer = await api.call("POST", "/Bulk", body)
    assert answer.status < 300
    assert (await api.manage("GET", "/tokens", token=own)).status == 401
