"""Roles bound at an organization or a project: whoever has one manages the groups there, and no others."""

from typing import Any

import pytest

from domain.access.principals import PROVISIONING, Binding, Role, ServiceAccount
from tests.domain.builders import NOBODY, NOW
from tests.routes.calls import Api
from tests.routes.manager.test_groups_api import create
from tests.routes.manager.test_users_api import join

_BOT = ServiceAccount("bot", "Bot", NOW)
_KEEPER = Role("keeper", "Keeper of groups", frozenset({"core_usergroup_view", "core_usergroup_manage"}))
_SEER = Role("seer", "Seer", frozenset({"core_usergroup_view"}))


@pytest.fixture
async def api() -> Api:
    """Two organizations with projects."""
    made = Api()
    await made.open()
    projects = [(f"/orgs/{org}/projects", project) for org, project in ("ap", "aq", "bp")]
    for path, identifier in (("/orgs", "a"), ("/orgs", "b"), *projects):
        answer = await made.manage("POST", path, {"name": identifier, "identifier": identifier})
        assert answer.status == 201
    return made


async def bot(api: Api, scope: str, role: Role = _KEEPER, only: frozenset[str] | None = None) -> str:
    """A token of a service account that has a role at *scope*, and nothing at the account."""
    await api.policies.add("acme", _BOT, role, Binding(_BOT.principal, role.id, scope))
    return await api.issue(owner=_BOT.principal, permissions=only)


@pytest.mark.parametrize(
    ("scope", "below", "status"),
    [
        ("a", "/orgs/a", 201),
        ("a", "/orgs/a/projects/p", 201),
        ("a", "/orgs/b", 403),
        ("a", "", 403),
        ("a/p", "/orgs/a/projects/p", 201),
        ("a/p", "/orgs/a/projects/q", 403),
        ("a/p", "/orgs/a", 403),
        ("a/p", "/orgs/b/projects/p", 403),
        ("A", "/orgs/a", 403),
    ],
)
async def test_role_counts_where_it_is_bound_and_below(api: Api, scope: str, below: str, status: int) -> None:
    """To create groups, to list them, and to change what others created."""
    token, user = await bot(api, scope), await join(api)
    group = await create(api, "Finance", below)
    path, seen, done = f"/groups/{group['id']}", 200 if status == 201 else 403, 204 if status == 201 else 403
    calls: list[tuple[str, str, Any, int]] = [
        ("POST", f"{below}/groups", {"name": "New"}, status),
        ("GET", f"{below}/groups", None, seen),
        ("GET", path, None, seen),
        ("PATCH", path, {"description": "x"}, seen),
        ("GET", f"{path}/members", None, seen),
        ("PUT", f"{path}/members", {"users": []}, seen),
        ("DELETE", f"{path}/members/{user}", None, seen),
        ("DELETE", path, None, done),
    ]
    got = [(await api.manage(method, path, body, token=token)).status for method, path, body, _ in calls]
    assert got == [each[3] for each in calls]


async def test_seeing_is_not_changing(api: Api) -> None:
    """The permission that lacks is named."""
    token = await bot(api, "a", _SEER)
    assert (await api.manage("GET", "/orgs/a/groups", token=token)).status == 200
    refused = await api.manage("POST", "/orgs/a/groups", {"name": "x"}, token=token)
    assert (refused.status, refused.json["detail"]) == (403, "the token lacks the permission core_usergroup_manage")


async def test_narrow_token_does_less_there_too(api: Api) -> None:
    """Of what its owner may at the place."""
    token = await bot(api, "a", only=frozenset({"core_usergroup_view"}))
    assert (await api.manage("GET", "/orgs/a/groups", token=token)).status == 200
    assert (await api.manage("POST", "/orgs/a/groups", {"name": "x"}, token=token)).status == 403


async def test_role_at_an_organization_opens_no_scim(api: Api) -> None:
    """SCIM is at the account (harness.md §2.2)."""
    await api.policies.add("acme", Binding(PROVISIONING, "_account_admin", "a"))
    token = await bot(api, "a")
    assert (await api.call("GET", "/Groups", token=token)).status == 403


@pytest.mark.parametrize("group", [NOBODY, "x", "all-users.account", "all-users.org.b", "all-users.org.nowhere"])
async def test_groups_elsewhere_are_not_told_from_none(api: Api, group: str) -> None:
    """403 for what is elsewhere, and for what is nowhere."""
    token = await bot(api, "a")
    assert (await api.manage("GET", f"/groups/{group}", token=token)).status == 403
    assert (await api.manage("GET", "/groups/all-users.org.a", token=token)).status == 200


@pytest.mark.parametrize(("scope", "place"), [("b/p", "/orgs/b/projects/p"), ("c/p", "/orgs/c"), ("c", "/orgs/c")])
async def test_place_is_not_closed_while_a_role_is_bound_there(api: Api, scope: str, place: str) -> None:
    """Else it would count in whatever is opened under this identifier."""
    await api.manage("POST", "/orgs", {"name": "c", "identifier": "c"})
    await bot(api, scope)
    refused = await api.manage("DELETE", place)
    assert (refused.status, refused.code, "role bindings" in refused.json["detail"]) == (409, "NOT_EMPTY", True)
    unbound = await api.manage("DELETE", f"/role-bindings/service-account:bot:keeper?scope={scope}")
    assert (unbound.status, (await api.manage("DELETE", place)).status) == (204, 204)


@pytest.mark.parametrize("place", ["/orgs/c", "/orgs/b/projects/p"])
async def test_place_is_not_closed_while_its_users_have_a_role(api: Api, place: str) -> None:
    """Else whoever comes into the next one of this identifier would have it; the role is bound at the account here."""
    await api.manage("POST", "/orgs", {"name": "c", "identifier": "c"})
    of_all = (await api.manage("GET", f"{place}/groups")).json["items"][0]["id"]
    binding = {"principal": {"kind": "group", "id": of_all}, "role": "_auditor"}
    bound = await api.manage("POST", "/role-bindings", binding)
    assert bound.status == 201, bound.json
    refused = await api.manage("DELETE", place)
    assert (refused.status, "role bindings" in refused.json["detail"]) == (409, True)
    unbound = await api.manage("DELETE", f"/role-bindings/group:{of_all}:_auditor")
    assert (unbound.status, (await api.manage("DELETE", place)).status) == (204, 204)
