"""How many times in a row a whole request waits for the storage, once its token is known."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stack import Service, Tenant, open_tenant

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MEMBER = "urn:ietf:params:scim:schemas:core:2.0:GroupMember"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def patch(op: str, path: str, value: Any = None) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": op, "path": path, "value": value}]}


def sides(group: str, member: str) -> dict[str, Any]:
    return {"group": {"value": group}, "member": {"value": member}}


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant whose token has been used, with 40 users in the groups All and Old, one in none, and ids by name."""

    tenant: Tenant
    ids: Mapping[str, str]


@pytest.fixture(scope="module")
async def place(service: Service) -> AsyncIterator[Place]:
    async with open_tenant(service) as tenant:
        names = [f"user-{each}" for each in range(41)]
        users = await asyncio.gather(*(tenant.create("User", schemas=[USER], userName=name) for name in names))
        ids = {user["userName"]: user["id"] for user in users}
        members = [{"value": ids[name]} for name in names[:40]]
        group = await tenant.create("Group", schemas=[GROUP], displayName="All", members=members)
        old = await tenant.create("Group", schemas=[GROUP], displayName="Old", members=members)
        yield Place(tenant, ids | {"All": group["id"], "Old": old["id"]})


@pytest.mark.parametrize(
    ("method", "path", "body", "most"),
    [
        ("GET", "/Users/{user-0}", None, 1),
        ("GET", "/Groups/{All}?excludedAttributes=members", None, 1),
        ("GET", '/Users?filter=userName eq "nobody"', None, 1),
        ("GET", '/Users?filter=userName eq "user-0"', None, 2),
        ("GET", '/Users?filter=externalId eq "nothing"', None, 1),
        ("GET", '/Groups?filter=displayName eq "All"&excludedAttributes=members', None, 2),
        ("GET", '/Groups?filter=id eq "{All}" and members eq "{user-0}"&excludedAttributes=members', None, 2),
        ("POST", "/Users", {"schemas": [USER], "userName": "new"}, 1),
        ("POST", "/Groups", {"schemas": [GROUP], "displayName": "New"}, 1),
        ("PATCH", "/Users/{user-0}", patch("replace", "title", "Pilot"), 2),
        ("PATCH", "/Users/{user-1}", patch("replace", "userName", "renamed"), 2),
        ("PUT", "/Users/{user-2}", {"schemas": [USER], "userName": "user-2", "title": "Pilot"}, 2),
        ("PATCH", "/Users/{user-1}", patch("replace", "active", "False"), 2),
        ("PUT", "/Users/{user-2}", {"schemas": [USER], "userName": "user-2", "active": False}, 2),
        ("PATCH", "/Groups/{All}", patch("add", "members", [{"value": "{user-40}"}]), 2),
        ("PATCH", "/Groups/{All}", patch("remove", 'members[value eq "{user-40}"]'), 2),
        ("GET", '/GroupMembers?filter=group.value eq "{All}"&cursor=&count=10', None, 1),
        ("GET", '/GroupMembers?filter=member.value eq "{user-0}"', None, 1),
        ("GET", "/GroupMembers/{All}.{user-0}", None, 1),
        ("POST", "/GroupMembers", {"schemas": [MEMBER], **sides("{All}", "{user-40}")}, 3),
        ("DELETE", "/GroupMembers/{All}.{user-40}", None, 2),
        ("DELETE", "/Users/{user-3}", None, 2),
        ("DELETE", "/Groups/{Old}", None, 2),
    ],
)
async def test_round_trips(service: Service, place: Place, method: str, path: str, body: Any, most: int) -> None:
    """A request waits for the storage at most so often, whatever else is stored."""
    url, content = _filled(path, place.ids), _filled(body, place.ids)
    with service.trips.counted():
        answer = await place.tenant.client.request(method, url, json=content)
    assert answer.is_success, answer.text
    assert 1 <= service.trips.rounds <= most


def _filled(template: Any, ids: Mapping[str, str]) -> Any:
    """The template with ids in place of names in braces, wherever they stand."""
    match template:
        case str():
            for name, id_ in ids.items():
                template = template.replace(f"{{{name}}}", id_)
            return template
        case dict():
            return {key: _filled(value, ids) for key, value in template.items()}
        case list():
            return [_filled(value, ids) for value in template]
    return template
