"""The last Account Admin stays, whoever would take the access away (harness.md §2.11, §4.1 A2)."""

from typing import Any

import pytest

from domain.access.principals import ADMIN, Binding, Policy, Principal, PrincipalKind
from domain.access.roles import ACCOUNT_ADMIN
from domain.model import Outcome
from tests.routes.calls import Api, patch_body, replacement
from tests.routes.manager.test_groups_api import create
from tests.routes.manager.test_users_api import join


async def make_admin(api: Api, kind: PrincipalKind, principal_id: str) -> None:
    """Let this principal be the only Account Admin; the token in hand stays what it is for a minute."""
    await api.manage("GET", "")  # remembered as Account Admin
    policy = await api.policies.get_policy("acme")
    new = Binding(Principal(kind, principal_id), ACCOUNT_ADMIN)
    await api.policies.change_policy("acme", policy.version, [new], [Binding(ADMIN, ACCOUNT_ADMIN)])


def removal(user_id: str) -> dict[str, Any]:
    return patch_body({"op": "remove", "path": f'members[value eq "{user_id}"]'})


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", replacement("active", False)), ("PATCH", replacement("active", "False")), ("DELETE", None)],
)
async def test_client_cannot_end_the_last_admin(api: Api, method: str, body: Any) -> None:
    """400 with the reason, which is in the log too; nothing changes, and other changes go on."""
    user = await api.create_user()
    await make_admin(api, PrincipalKind.USER, user["id"])
    answer = await api.call(method, f"/Users/{user['id']}", body)
    assert (answer.status, "Account Admin" in answer.json["detail"]) == (400, True)
    assert (await api.call("GET", f"/Users/{user['id']}")).json["active"] is True
    refused = [each for each in api.directory.changes("acme") if each.outcome is Outcome.FAILURE]
    assert ["Account Admin" in each.reason for each in refused] == [True]
    assert (await api.call("PATCH", f"/Users/{user['id']}", replacement("title", "Boss"))).status == 200


async def test_client_may_end_one_of_two(api: Api) -> None:
    """Somebody is left."""
    users = [await api.create_user(f"{each}@contoso.example") for each in ("ann", "bob")]
    group = await api.create_group("Admins", *[each["id"] for each in users])
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    path = f"/Users/{users[0]['id']}"
    assert (await api.call("PATCH", path, replacement("active", False))).status == 200
    assert (await api.call("PATCH", f"/Users/{users[1]['id']}", replacement("active", False))).status == 400


@pytest.mark.parametrize("replaces", [False, True])
async def test_client_cannot_empty_the_group_of_admins(api: Api, *, replaces: bool) -> None:
    """Nor delete it."""
    user, other = await api.create_user(), await api.create_user("bob@contoso.example")
    group = await api.create_group("Admins", user["id"])
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    path = f"/Groups/{group['id']}"
    body = replacement("members", []) if replaces else removal(user["id"])
    assert (await api.call("PATCH", path, body)).status == 400
    assert (await api.call("DELETE", path)).status == 400
    added = patch_body({"op": "add", "path": "members", "value": [{"value": other["id"]}]})
    assert (await api.call("PATCH", path, added)).status == 204
    assert (await api.call("PATCH", path, removal(user["id"]))).status == 204


async def test_administrators_cannot_end_the_last_one_either(api: Api) -> None:
    """Neither the user, locked out or removed, nor the membership, nor the group."""
    ann, group = await join(api), await create(api, "Admins")
    await api.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    for method, path, body in (
        ("DELETE", f"/users/{ann}", None),
        ("POST", f"/users/{ann}/lock", None),
        ("DELETE", f"/groups/{group['id']}", None),
        ("DELETE", f"/groups/{group['id']}/members/{ann}", None),
        ("PUT", f"/groups/{group['id']}/members", {"users": []}),
    ):
        answer = await api.manage(method, path, body)
        assert (answer.status, answer.code) == (400, "LAST_ACCOUNT_ADMIN")
    assert (await api.manage("GET", f"/users/{ann}")).json["nativeGroups"] == [group["id"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/Groups/x", None),
        ("DELETE", "/Users/x", None),
        ("PATCH", "/Users/x", replacement("active", False)),
    ],
)
async def test_what_is_no_id_is_not_looked_into(
    api: Api, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any
) -> None:
    """Nothing goes on behind the answer either."""
    asked: list[str] = []

    async def look(account_id: str) -> Policy:
        asked.append(account_id)
        return Policy()

    monkeypatch.setattr(api.policies, "look", look)
    assert (await api.call(method, path, body)).status == 404
    assert asked == []


async def test_who_is_locked_is_nobody_who_is_left(api: Api) -> None:
    """One of two is locked; the other one stays then, and the first comes back."""
    ann, bob, group = await join(api), await join(api, "bob@contoso.example"), await create(api, "Admins")
    await api.manage("POST", f"/groups/{group['id']}/members", {"users": [ann, bob]})
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    assert (await api.manage("POST", f"/users/{ann}/lock")).status == 200
    assert (await api.manage("POST", f"/users/{ann}/lock")).status == 200  # as it is already
    for method, path in (("POST", f"/users/{bob}/lock"), ("DELETE", f"/users/{bob}")):
        assert (await api.manage(method, path)).code == "LAST_ACCOUNT_ADMIN"
    assert (await api.manage("POST", f"/users/{ann}/unlock")).status == 200
    assert (await api.manage("POST", f"/users/{bob}/lock")).status == 200


@pytest.mark.parametrize("active", [True, False])
async def test_one_request_may_put_another_in_the_place_of_the_last(api: Api, *, active: bool) -> None:
    """Who comes counts as who stays does, if somebody: the client's groups and native ones."""
    ann, bob = await api.create_user(), await api.create_user("bob@contoso.example", active=active)
    group = await api.create_group("Admins", ann["id"])
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    swap = patch_body(
        *removal(ann["id"])["Operations"], {"op": "add", "path": "members", "value": [{"value": bob["id"]}]}
    )
    path = f"/Groups/{group['id']}"
    assert (await api.call("PATCH", path, swap)).status == (204 if active else 400)
    back = replacement("members", [{"value": ann["id"]}])
    assert (await api.call("PATCH", path, back)).status == 204


async def test_administrators_may_put_another_in_the_place_of_the_last(api: Api) -> None:
    """In a native group."""
    ann, bob, group = await join(api), await join(api, "bob@contoso.example"), await create(api, "Admins")
    path = f"/groups/{group['id']}/members"
    await api.manage("POST", path, {"users": [ann]})
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    assert (await api.manage("PUT", path, {"users": [bob]})).status == 200
    assert (await api.manage("DELETE", f"/users/{bob}")).code == "LAST_ACCOUNT_ADMIN"


async def test_client_hears_nothing_of_native_administrators(api: Api) -> None:
    """A native group is not there for it, also where nobody else is Account Admin."""
    ann, group = await join(api), await create(api, "Admins")
    await api.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    await make_admin(api, PrincipalKind.GROUP, group["id"])
    for method, body in (("DELETE", None), ("PATCH", removal(ann)), ("PATCH", replacement("members", []))):
        assert (await api.call(method, f"/Groups/{group['id']}", body)).status == 404


async def test_last_administrator_stays_in_the_places_of_the_groups(api: Api) -> None:
    """Also where it takes two of them at once; nothing is left by halves."""
    ann = await join(api)
    for path, identifier in (("/orgs", "ops"), ("/orgs/ops/projects", "web")):
        await api.manage("POST", path, {"name": identifier, "identifier": identifier})
    await api.manage("PUT", f"/orgs/ops/projects/web/users/{ann}")
    groups = [await create(api, "Admins", each) for each in ("/orgs/ops", "/orgs/ops/projects/web")]
    for each in groups:
        await api.manage("POST", f"/groups/{each['id']}/members", {"users": [ann]})
        binding = {"principal": {"kind": "group", "id": each["id"]}, "role": ACCOUNT_ADMIN}
        assert (await api.manage("POST", "/role-bindings", binding)).status == 201
    await api.manage("GET", "")
    await api.policies.change_policy(
        "acme", (await api.policies.get_policy("acme")).version, (), [Binding(ADMIN, ACCOUNT_ADMIN)]
    )
    assert (await api.manage("DELETE", f"/orgs/ops/users/{ann}")).code == "LAST_ACCOUNT_ADMIN"
    kept = (await api.manage("GET", f"/users/{ann}")).json["nativeGroups"]
    assert set(kept) == {each["id"] for each in groups}
    assert (await api.manage("DELETE", f"/orgs/ops/projects/web/users/{ann}")).status == 204
    assert (await api.manage("DELETE", f"/orgs/ops/users/{ann}")).code == "LAST_ACCOUNT_ADMIN"
