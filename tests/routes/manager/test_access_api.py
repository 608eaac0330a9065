"""The manager API of service accounts, roles and bindings."""

from typing import Any

import pytest

from domain.access.principals import ADMIN
from domain.access.roles import ALL, BUILT_IN
from tests.domain.builders import NOBODY
from tests.routes.calls import Answer, Api

_PROVISIONING = {"kind": "service-account", "id": "provisioning"}
_STRANGER = {"kind": "user", "id": NOBODY}
_PET = {"kind": "pet", "id": "x"}


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.media_type == "application/problem+json"
    return answer.status, answer.json["code"]


async def test_service_account_has_a_life(api: Api) -> None:
    """Created, listed, disabled, removed; each step is in the log."""
    made = await api.manage("POST", "/service-accounts", {"id": "bot", "name": "A bot"})
    assert (made.status, made.json["active"], made.json["version"]) == (201, True, made.headers["ETag"])
    changed = await api.manage("PATCH", "/service-accounts/bot", {"active": False})
    assert (changed.status, changed.json["active"], changed.json["name"]) == (200, False, "A bot")
    listed = (await api.manage("GET", "/service-accounts")).json
    assert ([each["id"] for each in listed["items"]], listed["total"]) == (["admin", "bot", "provisioning"], 3)
    assert (await api.manage("DELETE", "/service-accounts/bot")).status == 204
    told = {(each.kind, each.action.value) for each in api.directory.changes("acme")}
    assert told == {("ServiceAccount", each) for each in ("create", "deactivate", "delete")}


async def test_role_has_a_life(api: Api) -> None:
    """Made, replaced, given, taken, deleted."""
    body = {"id": "seer", "name": "Seer", "permissions": ["core_user_view"]}
    assert (await api.manage("POST", "/roles", body)).status == 201
    body = {"name": "Auditor of users", "permissions": ["core_user_view", "core_audit_view"]}
    replaced = (await api.manage("PUT", "/roles/seer", body)).json
    assert replaced["permissions"] == ["core_audit_view", "core_user_view"]
    binding = {"principal": _PROVISIONING, "role": "seer", "scope": "ops"}
    assert problem(await api.manage("POST", "/role-bindings", binding)) == (404, "NOT_FOUND")
    await api.manage("POST", "/orgs", {"name": "Ops", "identifier": "ops"})
    assert (await api.manage("POST", "/role-bindings", binding)).json == binding
    assert binding in (await api.manage("GET", "/role-bindings")).json["items"]
    assert problem(await api.manage("DELETE", "/roles/seer")) == (409, "ALREADY_EXISTS")
    path = "/role-bindings/service-account:provisioning:seer"
    assert problem(await api.manage("DELETE", path)) == (404, "NOT_FOUND")
    assert (await api.manage("DELETE", f"{path}?scope=ops")).status == 204
    assert (await api.manage("DELETE", "/roles/seer")).status == 204


async def test_built_in_roles_are_listed(api: Api) -> None:
    """And cannot be changed."""
    listed = (await api.manage("GET", "/roles")).json["items"]
    assert {each["id"] for each in listed if each["builtIn"]} == set(BUILT_IN)
    body = {"name": "x", "permissions": []}
    assert problem(await api.manage("PUT", "/roles/_auditor", body)) == (404, "NOT_FOUND")
    assert problem(await api.manage("DELETE", "/roles/_auditor")) == (404, "NOT_FOUND")


async def test_role_counts_at_once(api: Api) -> None:
    """On the instance that gives or takes it."""
    token = await api.issue()
    assert (await api.call("GET", "/Users", token=token)).status == 200
    path = "/role-bindings/service-account:provisioning:_user_provisioner"
    assert (await api.manage("DELETE", path)).status == 204
    assert (await api.call("GET", "/Users", token=token)).status == 403


async def test_roles_of_a_deactivated_user_are_given_and_taken(api: Api) -> None:
    """They have no effect now, and whoever may come back can be stripped of them before (docs/lock-rules.md)."""
    user = await api.create_user(active=False)
    body = {"principal": {"kind": "user", "id": user["id"]}, "role": "_auditor"}
    assert (await api.manage("POST", "/role-bindings", body)).status == 201
    assert (await api.manage("DELETE", f"/role-bindings/user:{user['id']}:_auditor")).status == 204


async def test_last_administrator_stays(api: Api) -> None:
    """Whichever way it would go."""
    for method, path, body in (
        ("DELETE", "/service-accounts/admin", None),
        ("PATCH", "/service-accounts/admin", {"active": False}),
        ("DELETE", "/role-bindings/service-account:admin:_account_admin", None),
    ):
        assert problem(await api.manage(method, path, body)) == (400, "LAST_ACCOUNT_ADMIN")


async def test_stale_version_is_refused(api: Api) -> None:
    """412 for a change that was meant for another, and it is not made."""
    etag = (await api.manage("POST", "/service-accounts", {"id": "bot", "name": "A"})).headers["ETag"]
    changed = await api.manage("PATCH", "/service-accounts/bot", {"name": "B"}, If_Match=etag)
    assert (changed.status, changed.headers["ETag"] != etag) == (200, True)
    assert problem(await api.manage("DELETE", "/service-accounts/bot", If_Match=etag)) == (412, "VERSION_CONFLICT")
    assert (await api.manage("DELETE", "/service-accounts/bot", If_Match=changed.headers["ETag"])).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "/service-accounts", {"id": "ADMIN", "name": "x"}, (409, "ALREADY_EXISTS")),
        ("POST", "/service-accounts", {"id": "a b", "name": "x"}, (400, "INVALID_VALUE")),
        ("POST", "/service-accounts", {"id": "bot"}, (400, "INVALID_REQUEST")),
        ("POST", "/service-accounts", {"id": "bot", "name": "x", "role": "x"}, (400, "INVALID_REQUEST")),
        ("PATCH", "/service-accounts/nobody", {"name": "x"}, (404, "NOT_FOUND")),
        ("PATCH", "/service-accounts/admin", {"active": "no"}, (400, "INVALID_REQUEST")),
        ("POST", "/roles", {"id": "r", "name": "x", "permissions": ["core_unknown"]}, (400, "INVALID_VALUE")),
        ("POST", "/roles", {"id": "_r", "name": "x", "permissions": []}, (400, "INVALID_VALUE")),
        ("POST", "/role-bindings", {"principal": _PROVISIONING, "role": "nothing"}, (404, "NOT_FOUND")),
        (
            "POST",
            "/role-bindings",
            {"principal": {"kind": "user", "id": NOBODY}, "role": "_auditor"},
            (404, "NOT_FOUND"),
        ),
        (
            "POST",
            "/role-bindings",
            {"principal": {"kind": "pet", "id": "x"}, "role": "_auditor"},
            (400, "INVALID_REQUEST"),
        ),
        (
            "POST",
            "/role-bindings",
            {"principal": _PROVISIONING, "role": "_auditor", "scope": "/"},
            (400, "INVALID_VALUE"),
        ),
        ("DELETE", "/role-bindings/pet:x:_auditor", None, (404, "NOT_FOUND")),
    ],
)
async def test_odd_request_is_refused(api: Api, method: str, path: str, body: Any, error: tuple[int, str]) -> None:
    """As a problem with its code."""
    assert problem(await api.manage(method, path, body)) == error


@pytest.mark.parametrize(
    ("method", "path", "body", "needed"),
    [
        ("GET", "/service-accounts", None, "core_serviceaccount_view"),
        ("POST", "/service-accounts", {}, "core_serviceaccount_manage"),
        ("PATCH", "/service-accounts/admin", {}, "core_serviceaccount_manage"),
        ("DELETE", "/service-accounts/admin", None, "core_serviceaccount_manage"),
        ("GET", "/roles", None, "core_role_view"),
        ("POST", "/roles", {}, "core_role_manage"),
        ("PUT", "/roles/x", {}, "core_role_manage"),
        ("DELETE", "/roles/x", None, "core_role_manage"),
        ("GET", "/role-bindings", None, "core_role_view"),
        ("POST", "/role-bindings", {}, "core_role_manage"),
        ("DELETE", "/role-bindings/user:x:x", None, "core_role_manage"),
    ],
)
async def test_permission_is_needed(api: Api, method: str, path: str, body: Any, needed: str) -> None:
    """403 names it; a token that provisions has none of these."""
    answer = await api.manage(method, path, body, token=api.token)
    assert (answer.status, needed in answer.json["detail"]) == (403, True)
    token = await api.issue(owner=ADMIN, permissions=ALL - {needed})
    assert (await api.manage(method, path, body, token=token)).status == 403


async def test_nobody_gives_more_than_they_have(api: Api) -> None:
    """A token that may manage roles and little else makes no administrators."""
    token = await api.issue(owner=ADMIN, permissions=frozenset({"core_role_manage"}))
    body = {"principal": _PROVISIONING, "role": "_account_admin"}
    assert problem(await api.manage("POST", "/role-bindings", body, token=token)) == (403, "NOT_ALLOWED")
