"""User groups in the manager API: native ones free, those of the client locked, both side by side."""

from typing import Any

import pytest

from tests.domain.builders import NOBODY
from tests.routes.calls import Api, patch_body, replacement
from tests.routes.manager.test_users_api import join

LINK = {"provider": "saml", "groupId": "7", "groupName": "Finance"}


async def scim_members(api: Api, group: Any) -> set[str]:
    shown = (await api.call("GET", f"/Groups/{group['id']}")).json.get("members", [])
    return {each["value"] for each in shown}


async def create(api: Api, name: str = "Finance", below: str = "", **body: Any) -> Any:
    """A new native group as the answer shows it."""
    answer = await api.manage("POST", f"{below}/groups", {"name": name, **body})
    assert answer.status == 201, answer.content
    return answer.json


async def members(api: Api, group: Any) -> set[str]:
    return {each["id"] for each in (await api.manage("GET", f"/groups/{group['id']}/members")).json["items"]}


async def test_native_group_is_created(api: Api) -> None:
    """With an identifier made from its name, counted apart from those of the client."""
    answer = await api.manage("POST", "/groups", {"name": "Team A/B", "description": "x", "tags": ["red", "blue"]})
    group = answer.json
    assert (group["identifier"], group["origin"], group["tags"]) == ("Team_AB", "native", ["red", "blue"])
    assert group["scope"] == {"level": "account"}
    assert answer.headers["Location"].endswith(f"/manager/account/acme/groups/{group['id']}")
    assert (await api.manage("GET", "")).json["counts"] == {"users": 0, "scimGroups": 0, "nativeGroups": 1}


async def test_scim_does_not_see_native_groups(api: Api) -> None:
    """No list, no look-up, no read and no write finds them (harness.md §4.11)."""
    group = await create(api)
    path = f"/Groups/{group['id']}"
    assert (await api.call("GET", "/Groups")).json["totalResults"] == 0
    assert (await api.call("GET", "/Groups?filter=displayName%20eq%20%22Finance%22")).json["totalResults"] == 0
    answers = [
        await api.call("GET", path),
        await api.call("PATCH", path, replacement("displayName", "x")),
        await api.call("PATCH", path, patch_body({"op": "add", "path": "members", "value": [{"value": NOBODY}]})),
        await api.call("PUT", path, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "x"}),
        await api.call("DELETE", path),
    ]
    assert [each.status for each in answers] == [404] * 5


async def test_groups_of_one_name_stand_side_by_side(api: Api) -> None:
    """Whichever came first; identifiers are made distinct, the native one can be renamed, the other not (R21, R22)."""
    native = await create(api, "Finance")
    scim = await api.create_group("Finance")
    second = await create(api, "Finance")
    groups = (await api.manage("GET", "/groups?search=fin")).json["items"]
    assert [(each["identifier"], each["origin"]) for each in groups] == [
        ("Finance", "native"),
        ("Finance_1", "scim"),
        ("Finance_2", "native"),
    ]
    renamed = (await api.manage("PATCH", f"/groups/{native['id']}", {"name": "Accounting"})).json
    assert (renamed["name"], renamed["identifier"]) == ("Accounting", "Finance")
    refused = await api.manage("PATCH", f"/groups/{scim['id']}", {"name": "Accounting"})
    assert (refused.status, refused.code) == (400, "GROUP_EXTERNALLY_MANAGED")
    assert (await api.manage("GET", f"/groups/{second['id']}")).json["name"] == "Finance"


@pytest.mark.parametrize("name", ["Team (B)", "a\u0001b", "Équipe", "x\n"])
async def test_rename_keeps_to_the_characters_of_native_names(api: Api, name: str) -> None:
    """As creating does (harness.md §4.4 G2); a group that was the client's keeps the name it came with."""
    refused = await api.manage("PATCH", f"/groups/{(await create(api))['id']}", {"name": f"{name}x"})
    assert (refused.status, refused.code) == (400, "INVALID_NAME")
    released = await api.create_group(name)
    await api.manage("POST", f"/groups/{released['id']}/release")
    edited = await api.manage("PATCH", f"/groups/{released['id']}", {"name": name, "description": "ours now"})
    assert (edited.status, edited.json["description"]) == (200, "ours now")


async def test_scim_rename_keeps_the_identifier(api: Api) -> None:
    """It is made once; our extension tells it truly."""
    urn = "urn:rollcall:params:scim:schemas:extension:1.0:Group"
    group = await api.create_group("a.b")
    await api.call("PATCH", f"/Groups/{group['id']}", replacement("displayName", "other"))
    other = await api.create_group("a-b")
    told = [(await api.call("GET", f"/Groups/{each['id']}?attributes={urn}")).json[urn] for each in (group, other)]
    assert told == [
        {"identifier": "a_b", "origin": "scim", "scope": "account"},
        {"identifier": "a_b_1", "origin": "scim", "scope": "account"},
    ]


async def test_group_of_the_client_is_locked(api: Api) -> None:
    """Name, members and existence belong to the client (R16 to R20); description and tags are free."""
    user = await join(api)
    group = await api.create_group("Finance")
    path = f"/groups/{group['id']}"
    for method, below, body in (
        ("PATCH", "", {"name": "Other"}),
        ("PATCH", "", {"ssoLink": LINK}),
        ("DELETE", "", None),
        ("POST", "/members", {"users": [user]}),
        ("PUT", "/members", {"users": []}),
        ("DELETE", f"/members/{user}", None),
    ):
        answer = await api.manage(method, f"{path}{below}", body)
        assert (answer.status, answer.code) == (400, "GROUP_EXTERNALLY_MANAGED")
        assert "change it there" in answer.json["detail"]
    described = (await api.manage("PATCH", path, {"description": "money", "tags": ["x"]})).json
    assert (described["description"], described["tags"]) == ("money", ["x"])
    assert (await api.call("GET", f"/Groups/{group['id']}")).json["displayName"] == "Finance"


async def test_members_are_changed(api: Api) -> None:
    """Added, removed, replaced; what is so already is no error."""
    ann, bob = [await join(api, f"{each}@contoso.example") for each in ("ann", "bob")]
    group = await create(api)
    path = f"/groups/{group['id']}/members"
    assert (await api.manage("POST", path, {"users": [ann, bob, ann]})).status == 200
    assert await members(api, group) == {ann, bob}
    await api.manage("DELETE", f"{path}/{ann}")
    await api.manage("DELETE", f"{path}/{ann}")
    assert await members(api, group) == {bob}
    await api.manage("PUT", path, {"users": [ann]})
    assert await members(api, group) == {ann}
    assert (await api.manage("GET", f"/users/{ann}")).json["nativeGroups"] == [group["id"]]
    assert "groups" not in (await api.call("GET", f"/Users/{ann}")).json  # SCIM tells of its own groups only


async def test_unknown_users_spoil_the_whole_change(api: Api) -> None:
    """Nothing half done."""
    ann, group = await join(api), await create(api)
    for method in ("POST", "PUT"):
        answer = await api.manage(method, f"/groups/{group['id']}/members", {"users": [ann, NOBODY]})
        assert (answer.status, answer.code) == (400, "UNKNOWN_USERS")
    assert await members(api, group) == set()


@pytest.mark.parametrize(
    "body", [{}, {"users": "x"}, {"users": [1]}, {"users": ["x"] * 1001}, {"users": ["x" * 65]}, [], {"members": []}]
)
async def test_odd_members_are_refused(api: Api, body: Any) -> None:
    """With what is wrong."""
    group = await create(api)
    assert (await api.manage("PUT", f"/groups/{group['id']}/members", body)).code == "INVALID_REQUEST"


async def test_group_managed_user_is_locked_until_the_last_group_ends(api: Api) -> None:
    """Native memberships stay, locked while the client has the user in a group (harness.md §4.5, M4; R23, R27)."""
    user = await api.create_user()
    first, second = await create(api, "First"), await create(api, "Second")
    add = {"users": [user["id"]]}
    assert (await api.manage("POST", f"/groups/{first['id']}/members", add)).status == 200  # directly assigned
    team = await api.create_group("Team", user["id"])
    assert (await api.manage("GET", f"/users/{user['id']}")).json["groupManaged"] is True
    for method, path, body in (
        ("POST", f"/groups/{second['id']}/members", add),
        ("DELETE", f"/groups/{first['id']}/members/{user['id']}", None),
        ("PUT", f"/groups/{first['id']}/members", {"users": []}),
    ):
        refused = await api.manage(method, path, body)
        assert (refused.code, user["id"] in refused.json["detail"]) == ("USER_EXTERNALLY_MANAGED", True)
    assert await members(api, first) == {user["id"]}
    await api.call("DELETE", f"/Groups/{team['id']}")
    assert (await api.manage("POST", f"/groups/{second['id']}/members", add)).status == 200
    assert (await api.manage("GET", f"/users/{user['id']}")).json["directAssigned"] is True


async def test_adoption_and_deactivation_keep_memberships(api: Api) -> None:
    """Inert while the user is deactivated: nothing can be added then (DESIGN §5)."""
    ann, group, other = await join(api), await create(api), await create(api, "Other")
    await api.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    await api.call("PATCH", f"/Users/{ann}", replacement("active", False))
    refused = await api.manage("POST", f"/groups/{other['id']}/members", {"users": [ann]})
    assert refused.code == "USER_DEACTIVATED"
    assert await members(api, group) == {ann}
    await api.call("DELETE", f"/Users/{ann}")
    assert await members(api, group) == set()


async def test_linked_group_takes_its_members_elsewhere(api: Api) -> None:
    """Until it is unlinked."""
    ann, group = await join(api), await create(api)
    path = f"/groups/{group['id']}"
    assert (await api.manage("PATCH", path, {"ssoLink": LINK})).json["ssoLink"] == LINK
    assert (await api.manage("POST", f"{path}/members", {"users": [ann]})).code == "GROUP_SSO_LINKED"
    assert (await api.manage("PATCH", path, {"name": "Renamed"})).status == 200
    assert "ssoLink" not in (await api.manage("PATCH", path, {"ssoLink": None})).json
    assert (await api.manage("POST", f"{path}/members", {"users": [ann]})).status == 200


async def test_released_group_keeps_members_and_identifier(api: Api) -> None:
    """An Account Admin makes it native; for SCIM it is gone, and its users are free (harness.md §4.11)."""
    user = await api.create_user()
    scim = await api.create_group("Finance", user["id"])
    path = f"/groups/{scim['id']}"
    refused = await api.manage("POST", f"{path}/release", token=api.token)
    assert (refused.status, refused.code) == (403, "ACCOUNT_ADMIN_NEEDED")
    released = (await api.manage("POST", f"{path}/release")).json
    assert (released["origin"], released["identifier"]) == ("native", "Finance")
    assert await members(api, scim) == {user["id"]}
    assert (await api.call("GET", f"/Groups/{scim['id']}")).status == 404
    assert (await api.manage("GET", f"/users/{user['id']}")).json["directAssigned"] is True
    assert (await api.manage("GET", "")).json["counts"] == {"users": 1, "scimGroups": 0, "nativeGroups": 1}
    assert (await api.create_group("Finance"))["displayName"] == "Finance"  # the name is free for the client again


async def test_deleted_group_is_gone(api: Api) -> None:
    """Its members stay in the account, and its identifier is free."""
    ann, group = await join(api), await create(api)
    await api.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    stale = await api.manage("DELETE", f"/groups/{group['id']}", If_Match='W/"other"')
    assert (stale.status, stale.code) == (412, "VERSION_CONFLICT")
    assert (await api.manage("DELETE", f"/groups/{group['id']}")).status == 204
    assert (await api.manage("GET", f"/groups/{group['id']}")).code == "NOT_FOUND"
    assert (await api.manage("GET", f"/users/{ann}")).json["nativeGroups"] == []
    assert (await create(api))["identifier"] == "Finance"


async def test_everybody_is_in_the_group_of_all(api: Api) -> None:
    """Which the service owns: it is listed, its members are the users, and nothing of it changes (harness.md §2.13)."""
    ann, user = await join(api), await api.create_user("bob@contoso.example")
    (group,) = (await api.manage("GET", "/groups?origin=system")).json["items"]
    assert (group["identifier"], group["name"]) == ("_account_all_users", "All Account Users")
    assert await members(api, group) == {ann, user["id"]}
    path = f"/groups/{group['id']}"
    for method, below, body in (
        ("PATCH", "", {"name": "Other"}),
        ("PATCH", "", {"description": "x"}),
        ("DELETE", "", None),
        ("POST", "/members", {"users": [ann]}),
        ("PUT", "/members", {"users": []}),
        ("DELETE", f"/members/{ann}", None),
    ):
        assert (await api.manage(method, f"{path}{below}", body)).code == "GROUP_SYSTEM_MANAGED"
    assert (await api.manage("POST", f"{path}/release")).code == "DOES_NOT_APPLY"
    assert (await api.manage("GET", f"/users/{ann}")).json["nativeGroups"] == []  # it never counts as an assignment


@pytest.mark.parametrize("group_id", ["all-users.", "all-users.org.nowhere", "all-users.x", "all-users.org.a:b"])
async def test_group_of_all_is_of_a_scope(api: Api, group_id: str) -> None:
    """That exists."""
    assert (await api.manage("GET", f"/groups/{group_id}")).code == "NOT_FOUND"


async def test_list_comes_in_pages(api: Api) -> None:
    """In the order of identifiers, each group once, also where a search leaves many out."""
    for number in range(7):
        await create(api, f"Team {number}")
    await api.create_group("Team of the client")
    for query, count in (("limit=3", 9), ("limit=2&origin=scim", 1), ("limit=2&origin=native&search=team_4", 1)):
        seen: list[str] = []
        path = f"/groups?{query}"
        while path:
            page = (await api.manage("GET", path)).json
            seen += [each["identifier"] for each in page["items"]]
            path = f"/groups?{query}&cursor={page['nextCursor']}" if "nextCursor" in page else ""
        assert (len(seen), seen[1:]) == (count, sorted(seen[1:]))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 129},
        {"name": "a<script>"},
        {"name": "né"},
        {"name": "a\x00b"},
        {"name": "x", "description": "y" * 1025},
        {"name": "x", "tags": ["t"] * 129},
        {"name": "x", "tags": [""]},
        {"name": "x", "origin": "scim"},
        {"name": "x", "identifier": "y"},
        {"name": 5},
        None,
        [],
    ],
)
async def test_hostile_group_is_refused(api: Api, body: Any) -> None:
    """With what is wrong; nothing is stored."""
    answer = await api.manage("POST", "/groups", b"null" if body is None else body)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert (await api.manage("GET", "/groups?origin=native")).json["items"] == []


@pytest.mark.parametrize("name", ["42", "and", "---", "_account_all_users", "1.2"])
async def test_no_name_is_refused_for_its_identifier(api: Api, name: str) -> None:
    """One that makes none gets another (DESIGN §6 X1, X2)."""
    group = await create(api, name)
    assert (group["name"], group["identifier"] not in ("", "and", "42")) == (name, True)


async def test_released_group_is_nested_no_more(api: Api) -> None:
    """Native groups have users only, and the client's have nobody whom it cannot read; each group's log tells it."""
    ann = (await api.create_user())["id"]
    inner = await api.create_group("Inner")
    middle = await api.create_group("Middle", inner["id"], ann)
    outer = await api.create_group("Outer", middle["id"], ann)
    assert (await api.manage("POST", f"/groups/{middle['id']}/release")).status == 200
    assert (await scim_members(api, outer), await members(api, middle)) == ({ann}, {ann})
    told = {
        (each.resource_id, each.action.value, "members" in each.attributes) for each in api.directory.changes("acme")
    }
    assert {(each["id"], "update", True) for each in (outer, middle)} <= told
