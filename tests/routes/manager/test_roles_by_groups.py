"""What users may do by their groups and places: it ends with the membership, at once, whoever ends it and how."""

from typing import Any

import pytest

from domain.access.principals import Principal, PrincipalKind
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
