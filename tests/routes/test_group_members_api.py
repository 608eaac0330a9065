"""Memberships over HTTP: what each operation answers."""

from typing import Any
from uuid import uuid4

import pytest

from tests.routes.calls import BASE, Api, patch_body

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:GroupMember"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def body(group_id: str, member_id: str) -> dict[str, Any]:
    """A membership as a client sends it."""
    return {"schemas": [SCHEMA], "group": {"value": group_id}, "member": {"value": member_id}}


async def test_create(api: Api) -> None:
    """201 with the whole resource, its place and its version; what the client says of them does not matter."""
    user, group = (await api.create_user())["id"], (await api.create_group())["id"]
    sent = body(group, user) | {"id": "mine", "meta": {"created": "never"}}
    answer = await api.call("POST", "/GroupMembers", sent)
    location = f"{BASE}/GroupMembers/{group}.{user}"
    assert (answer.status, answer.headers["Location"]) == (201, location)
    made = answer.json
    assert made == {
        "schemas": [SCHEMA],
        "id": f"{group}.{user}",
        "group": {"value": group, "$ref": f"{BASE}/Groups/{group}"},
        "member": {"value": user, "$ref": f"{BASE}/Users/{user}", "type": "User"},
        "meta": {
            "resourceType": "GroupMember",
            "created": "2026-03-01T09:30:00.120Z",
            "lastModified": "2026-03-01T09:30:00.120Z",
            "location": location,
            "version": answer.headers["ETag"],
        },
    }
    assert (await api.call("GET", f"/Groups/{group}")).json["members"] == [made["member"]]
    assert (await api.call("GET", f"/GroupMembers/{made['id']}")).json == made


async def test_create_is_refused(api: Api) -> None:
    """Twice the same is a conflict; unknown sides and bodies that are no membership say what is wrong."""
    user = (await api.create_user())["id"]
    group = (await api.create_group("Finance", user))["id"]
    nobody = str(uuid4())
    for sent, status, scim_type in (
        (body(group, user), 409, "uniqueness"),
        (body(group, nobody), 400, "invalidValue"),
        (body(nobody, user), 400, "invalidValue"),
        (body(group, group), 400, "invalidValue"),
        ({"schemas": [SCHEMA], "group": {"value": group}}, 400, "invalidValue"),
        ({"schemas": [SCHEMA], "group": {"$ref": group}, "member": {"value": user}}, 400, "invalidValue"),
        (body(group, user) | {"member": {"value": 5}}, 400, "invalidValue"),
        (body(group, user) | {"schemas": []}, 400, "invalidSyntax"),
        ([], 400, "invalidSyntax"),
    ):
        answer = await api.call("POST", "/GroupMembers", sent)
        assert (answer.status, answer.scim_type) == (status, scim_type), answer.json


async def test_get(api: Api) -> None:
    """Whole, in part, and not at all where the client has it already."""
    user = (await api.create_user())["id"]
    group = (await api.create_group("Finance", user))["id"]
    path = f"/GroupMembers/{group}.{user}"
    part = await api.call("GET", f"{path}?attributes=member.value")
    assert part.json == {"schemas": [SCHEMA], "id": f"{group}.{user}", "member": {"value": user}}
    rest = await api.call("GET", f"{path}?excludedAttributes=member,meta")
    assert rest.json.keys() == {"schemas", "id", "group"}
    assert (await api.call("GET", path, If_None_Match=part.headers["ETag"])).status == 304
    assert (await api.call("GET", f"/GroupMembers/{user}.{group}")).status == 404


async def test_delete(api: Api) -> None:
    """204, then 404; the group has the member no longer."""
    user = (await api.create_user())["id"]
    group = (await api.create_group("Finance", user))["id"]
    path = f"/GroupMembers/{group}.{user}"
    assert (await api.call("DELETE", path, If_Match='W/"another"')).status == 412
    answer = await api.call("DELETE", path)
    assert (answer.status, answer.content) == (204, b"")
    assert (await api.call("DELETE", path)).status == 404
    assert "members" not in (await api.call("GET", f"/Groups/{group}")).json


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_membership_never_changes(api: Api, method: str) -> None:
    """It can be created, read and deleted (draft §6)."""
    answer = await api.call(method, f"/GroupMembers/{uuid4()}.{uuid4()}", patch_body())
    assert answer.status == 405
    assert {"DELETE", "GET"} <= set(answer.headers["Allow"].split(", "))


async def test_list(api: Api) -> None:
    """By index with the total, by cursor without what would have to be counted, projected, and by POST too."""
    users = sorted([(await api.create_user(f"user{each}@contoso.example"))["id"] for each in range(3)])
    group = (await api.create_group("Finance", *users))["id"]
    listed = (await api.call("GET", f'/GroupMembers?filter=group.value eq "{group}"&startIndex=2&count=1')).json
    assert (listed["totalResults"], listed["startIndex"], listed["itemsPerPage"]) == (3, 2, 1)
    assert [each["member"]["value"] for each in listed["Resources"]] == users[1:2]
    path = f'/GroupMembers?filter=group.value eq "{group}"&count=2&attributes=member'
    first = (await api.call("GET", f"{path}&cursor=")).json
    second = (await api.call("GET", f"{path}&cursor={first['nextCursor']}")).json
    assert "totalResults" not in first
    assert [each["member"]["value"] for page in (first, second) for each in page["Resources"]] == users
    assert "group" not in first["Resources"][0]
    assert "nextCursor" not in second
    searched = await api.call("POST", "/GroupMembers/.search", {"schemas": [SEARCH], "filter": f'group eq "{group}"'})
    assert searched.json["totalResults"] == 3


async def test_odd_lists(api: Api) -> None:
    """What cannot be answered says why."""
    for query, scim_type in (
        ("filter=group.display eq 5", "invalidFilter"),
        ("filter=members eq 5", "invalidFilter"),
        ("cursor=x", "invalidCursor"),
        ("sortBy=member.value", "invalidValue"),
    ):
        answer = await api.call("GET", f"/GroupMembers?{query}")
        assert (answer.status, answer.scim_type) == (400, scim_type)


async def test_permissions_are_those_of_groups(api: Api) -> None:
    """Who may see or change groups may see or change their members, and nobody else (draft §8.3)."""
    user = (await api.create_user())["id"]
    group = (await api.create_group("Finance", user))["id"]
    reader = await api.issue(permissions=frozenset({"core_usergroup_view"}))
    writer = await api.issue(permissions=frozenset({"core_usergroup_manage"}))
    path = f"/GroupMembers/{group}.{user}"
    assert (await api.call("GET", path, token=reader)).status == 200
    assert (await api.call("GET", "/GroupMembers", token=reader)).status == 200
    assert (await api.call("GET", path, token=writer)).status == 403
    assert (await api.call("DELETE", path, token=reader)).status == 403
    assert (await api.call("POST", "/GroupMembers", body(group, user), token=reader)).status == 403
    assert (await api.call("DELETE", path, token=writer)).status == 204


async def test_bulk(api: Api) -> None:
    """Memberships are added and removed in bulk, also of what the same request makes (draft §6.4)."""
    user = (await api.create_user())["id"]
    group = (await api.create_group("Finance", user))["id"]
    person = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@contoso.example"}
    operations = [
        {"method": "POST", "path": "/GroupMembers", "bulkId": "m", "data": body(group, "bulkId:u")},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": person},
        {"method": "DELETE", "path": f"/GroupMembers/{group}.{user}"},
    ]
    answer = await api.call("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert [each["status"] for each in answer.json["Operations"]] == ["201", "201", "204"]
    members = (await api.call("GET", f"/Groups/{group}")).json["members"]
    assert [each["value"] for each in members] == [answer.json["Operations"][1]["location"].rpartition("/")[2]]
