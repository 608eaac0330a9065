"""What users may do by their groups and places: it ends with the membership, at once, whoever ends it and how."""

from typing import Any

import pytest

from domain.access.principals import ADMIN, Principal, PrincipalKind
from tests.routes.calls import Api, group_body, patch_body, user_body
from tests.routes.manager.test_groups_api import create
from tests.routes.manager.test_users_api import ANN, join


async def bind(api: Api, kind: str, principal: str, role: str, scope: str = "") -> None:
    """Give a role."""
    body = {"principal": {"kind": kind, "id": principal}, "role": role, "scope": scope}
    answer = await api.manage("POST", "/role-bindings", body)
    assert answer.status == 201, answer.json


async def token_of(api: Api, user: str) -> str:
    """A token of this user."""
    return await api.issue(owner=Principal(PrincipalKind.USER, user))


async def auditor_by(api: Api, kind: str, user: str) -> str:
    """The id of a group of that kind in which the user is, and by which it may see the roles."""
    if kind == "scim":
        group = (await api.create_group("Auditors", user))["id"]
    elif kind == "native":
        group = (await create(api, "Auditors"))["id"]
        await api.manage("POST", f"/groups/{group}/members", {"users": [user]})
    else:
        await api.manage("POST", "/orgs", {"name": "Ops", "identifier": "ops"})
        await api.manage("PUT", f"/orgs/ops/users/{user}")
        group = "all-users.org.ops" if kind == "all" else (await create(api, "Auditors", "/orgs/ops"))["id"]
        await api.manage("POST", f"/groups/{group}/members", {"users": [user]})
    await bind(api, "group", group, "_auditor")
    return str(group)


_BULK: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
    "Operations": [{"method": "DELETE", "path": "/Groups/{group}"}],
}
_ONE_OUT = patch_body({"op": "remove", "path": 'members[value eq "{user}"]'})


@pytest.mark.parametrize(
    ("kind", "method", "path", "body"),
    [
        ("scim", "PATCH", "scim/Groups/{group}", _ONE_OUT),
        ("scim", "PUT", "scim/Groups/{group}", group_body("Auditors")),
        ("scim", "DELETE", "scim/Groups/{group}", None),
        ("scim", "DELETE", "scim/GroupMembers/{group}.{user}", None),
        ("scim", "POST", "scim/Bulk", _BULK),
        ("scim", "POST", "scim/Users", user_body(ANN, active=False)),
        ("native", "DELETE", "groups/{group}/members/{user}", None),
        ("native", "PUT", "groups/{group}/members", {"users": []}),
        ("native", "DELETE", "groups/{group}", None),
        ("place", "DELETE", "orgs/ops/users/{user}", None),
        ("all", "DELETE", "orgs/ops/users/{user}", None),
    ],
)
async def test_role_of_a_group_ends_with_the_membership(api: Api, kind: str, method: str, path: str, body: Any) -> None:
    """At once on the instance where it ends (docs/access.md)."""
    user = await join(api)
    group = await auditor_by(api, kind, user)
    token = await token_of(api, user)
    assert (await api.manage("GET", "/roles", token=token)).status == 200
    await done(api, method, path, body, group=group, user=user)
    assert (await api.manage("GET", "/roles", token=token)).status in (401, 403)


@pytest.mark.parametrize(
    ("kind", "method", "path", "body"),
    [
        ("scim", "PATCH", "scim/Groups/{group}", patch_body({"op": "add", "path": "members", "value": ["{user}"]})),
        (
            "scim",
            "POST",
            "scim/GroupMembers",
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:GroupMember"],
                "group": {"value": "{group}"},
                "member": {"value": "{user}"},
            },
        ),
        ("native", "POST", "groups/{group}/members", {"users": ["{user}"]}),
        ("all", "PUT", "orgs/ops/users/{user}", None),
    ],
)
async def test_role_of_a_group_begins_with_the_membership(
    api: Api, kind: str, method: str, path: str, body: Any
) -> None:
    """At once too."""
    user, other = await join(api), await join(api, "bob@contoso.example")
    group = await auditor_by(api, kind, other)
    token = await token_of(api, user)
    assert (await api.manage("GET", "/roles", token=token)).status == 403
    await done(api, method, path, body, group=group, user=user)
    assert (await api.manage("GET", "/roles", token=token)).status == 200


# Nobody gives more than they have


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        ("_account_admin", "", 403),
        ("_account_admin", "ops", 403),
        ("_auditor", "ops", 403),
        ("_user_provisioner", "", 200),
        ("_user_provisioner", "ops", 200),
    ],
)
@pytest.mark.parametrize("below", ["", "/orgs/ops"])
async def test_nobody_is_put_into_a_group_that_may_more(
    api: Api, below: str, role: str, scope: str, status: int
) -> None:
    """Neither oneself nor another, with whatever call; a group may have its roles elsewhere than where it lives."""
    await api.manage("POST", "/orgs", {"name": "Ops", "identifier": "ops"})
    user = await join(api)
    await api.manage("PUT", f"/orgs/ops/users/{user}")
    await bind(api, "user", user, "_user_provisioner")
    group = (await create(api, "Few", below))["id"]
    await bind(api, "group", group, role, scope)
    token = await token_of(api, user)
    for method in ("POST", "PUT"):
        answer = await api.manage(method, f"/groups/{group}/members", {"users": [user]}, token=token)
        assert (answer.status, status == 200 or answer.code) == (status, status == 200 or "NOT_ALLOWED")
    assert (await api.manage("PUT", f"/groups/{group}/members", {"users": []}, token=token)).status == 200


async def test_who_manages_groups_of_a_place_gives_what_counts_there(api: Api) -> None:
    """A role at the organization gives what is bound there, and nothing at the account."""
    await api.manage("POST", "/orgs", {"name": "Ops", "identifier": "ops"})
    user = await join(api)
    await api.manage("PUT", f"/orgs/ops/users/{user}")
    await bind(api, "user", user, "_user_provisioner", "ops")
    token = await token_of(api, user)
    for scope, status in (("ops", 200), ("", 403)):
        group = (await create(api, "Few", "/orgs/ops"))["id"]
        await bind(api, "group", group, "_user_provisioner", scope)
        answer = await api.manage("POST", f"/groups/{group}/members", {"users": [user]}, token=token)
        assert answer.status == status
    answer = await api.manage("POST", f"/groups/{group}/members", {"users": [user]})
    assert answer.status == 200


async def test_narrow_token_puts_nobody_into_a_group_that_may_more(api: Api) -> None:
    """However much its owner may."""
    user, group = await join(api), (await create(api, "Few"))["id"]
    await bind(api, "group", group, "_account_admin")
    narrow = await api.issue(owner=ADMIN, permissions=frozenset({"core_usergroup_manage"}))
    answer = await api.manage("POST", f"/groups/{group}/members", {"users": [user]}, token=narrow)
    assert (answer.status, answer.code) == (403, "NOT_ALLOWED")


async def test_nobody_is_put_into_a_place_whose_users_may_more(api: Api) -> None:
    """Nor by a project into its organization; a place that gives nothing is open."""
    for path, identifier in (("/orgs", "ops"), ("/orgs/ops/projects", "web"), ("/orgs", "dev")):
        await api.manage("POST", path, {"name": identifier, "identifier": identifier})
    body = {"id": "opener", "name": "Opener", "permissions": ["core_organization_manage", "core_project_manage"]}
    await api.manage("POST", "/roles", body)
    user = await join(api)
    await bind(api, "user", user, "opener")
    await bind(api, "group", "all-users.org.ops", "_account_admin")
    token = await token_of(api, user)
    for place in ("/orgs/ops", "/orgs/ops/projects/web"):
        answer = await api.manage("PUT", f"{place}/users/{user}", token=token)
        assert (answer.status, answer.code) == (403, "NOT_ALLOWED")
    assert (await api.manage("PUT", f"/orgs/dev/users/{user}", token=token)).status == 204
    assert (await api.manage("PUT", f"/orgs/ops/users/{user}")).status == 204


async def done(api: Api, method: str, path: str, body: Any, **ids: str) -> None:
    """Send what tells the ids in braces, below ``scim/`` as the client does, else as an Account Admin."""
    call = api.call if path.startswith("scim/") else api.manage
    answer = await call(method, "/" + path.removeprefix("scim/").format(**ids), _filled(body, **ids))
    assert answer.status < 300, answer.content


def _filled(body: Any, **ids: str) -> Any:
    """*body* with the ids in their places."""
    if isinstance(body, dict):
        return {name: _filled(value, **ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(each, **ids) for each in body]
    return body.format(**ids) if isinstance(body, str) else body
