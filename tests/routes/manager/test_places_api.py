"""Organizations and projects in the manager API, who is in them, and what they inherit."""

from typing import Any

import pytest

from domain.ports import StoreUnavailable
from tests.domain.builders import NOBODY
from tests.routes.calls import Api
from tests.routes.manager.test_groups_api import create, members
from tests.routes.manager.test_users_api import join

ORG, PROJECT = "/orgs/ops", "/orgs/ops/projects/web"


@pytest.fixture
async def places(api: Api) -> Api:
    """An account with the organization ``ops``, and in it the project ``web``."""
    assert (await api.manage("POST", "/orgs", {"name": "Ops", "identifier": "ops"})).status == 201
    assert (await api.manage("POST", f"{ORG}/projects", {"name": "web"})).status == 201
    return api


async def users(api: Api, path: str) -> list[str]:
    return [each["id"] for each in (await api.manage("GET", f"{path}/users")).json["items"]]


async def test_place_is_opened(places: Api) -> None:
    """With a place and a version; without an identifier its name makes one."""
    answer = await places.manage("POST", "/orgs", {"name": "Sales & Marketing"})
    assert answer.json["identifier"] == "Sales_Marketing"
    assert answer.headers["Location"] == "https://rollcall.example/manager/account/acme/orgs/Sales_Marketing"
    project = (await places.manage("GET", PROJECT)).json
    assert project["scope"] == {"level": "project", "org": "ops", "project": "web"}
    listed = (await places.manage("GET", "/orgs")).json["items"]
    assert [each["identifier"] for each in listed] == ["Sales_Marketing", "ops"]


async def test_place_is_edited(places: Api) -> None:
    """Its name and description, for who knows its version; its identifier stays."""
    etag = (await places.manage("GET", ORG)).headers["ETag"]
    edited = await places.manage("PATCH", ORG, {"name": "Operations"}, If_Match=etag)
    assert (edited.json["name"], edited.json["identifier"]) == ("Operations", "ops")
    assert (await places.manage("PATCH", ORG, {"name": "x"}, If_Match=etag)).code == "VERSION_CONFLICT"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Ops", "identifier": "ops"}, 409, "IDENTIFIER_TAKEN"),
        ({"name": "x", "identifier": "1x"}, 400, "INVALID_IDENTIFIER"),
        ({"name": "x", "identifier": "a.b"}, 400, "INVALID_IDENTIFIER"),
        ({"name": "x", "identifier": "a:b"}, 400, "INVALID_IDENTIFIER"),
        ({"name": "!!!"}, 400, "INVALID_IDENTIFIER"),
        ({"name": ""}, 400, "INVALID_REQUEST"),
        ({"name": "x" * 129}, 400, "INVALID_REQUEST"),
        ({"identifier": "x"}, 400, "INVALID_REQUEST"),
    ],
)
async def test_odd_place_is_refused(places: Api, body: Any, status: int, code: str) -> None:
    """As a problem."""
    answer = await places.manage("POST", "/orgs", body)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "42"}, "the name makes none, so give one; an identifier has a letter"),
        ({"name": "x", "identifier": "42"}, "an identifier has a letter"),
        ({"name": "Ops"}, "the identifier is taken by organization Ops"),
    ],
)
async def test_refusal_speaks_of_what_was_sent(places: Api, body: Any, told: str) -> None:
    """Who gave a name reads why it makes no identifier, and what to do."""
    await places.manage("POST", "/orgs", {"name": "Ops"})
    assert (await places.manage("POST", "/orgs", body)).json["detail"].startswith(told)


@pytest.mark.parametrize(
    "path", ["/orgs/other", "/orgs/a.b", "/orgs/ops:x", "/orgs/ops/projects/other", "/orgs/other/projects/web"]
)
async def test_unknown_scope_is_not_found(places: Api, path: str) -> None:
    """Whatever is asked of it."""
    ann = await join(places)
    for method, below, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("GET", "/groups", None),
        ("POST", "/groups", {"name": "x"}),
        ("GET", "/users", None),
        ("PUT", f"/users/{ann}", None),
        ("GET", "/inherited-groups", None),
        ("PUT", f"/inherited-groups/{NOBODY}", None),
    ):
        answer = await places.manage(method, f"{path}{below}", body)
        assert (answer.status, answer.code) == (404, "NOT_FOUND"), (method, below)


async def test_user_in_a_project_is_in_its_organization(places: Api) -> None:
    """And who leaves the organization leaves its projects, and all groups there (harness.md §4.2 S2, S3)."""
    ann = await join(places)
    assert (await places.manage("PUT", f"{PROJECT}/users/{ann}")).status == 204
    assert (await users(places, ORG), await users(places, PROJECT)) == ([ann], [ann])
    of_project, of_account = await create(places, "Web", PROJECT), await create(places, "All")
    for group in (of_project, of_account):
        await places.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    assert (await places.manage("DELETE", f"{ORG}/users/{ann}")).status == 204
    assert (await users(places, ORG), await users(places, PROJECT)) == ([], [])
    assert (await members(places, of_project), await members(places, of_account)) == (set(), {ann})
    assert (await places.manage("DELETE", f"{ORG}/users/{ann}")).code == "NOT_FOUND"


async def test_leaving_is_finished_where_it_broke_off(places: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The groups are left first: who is in none of the places any more is in no group there."""
    ann, group = await join(places), await create(places, "Ops", ORG)
    await places.manage("PUT", f"{ORG}/users/{ann}")
    await places.manage("POST", f"/groups/{group['id']}/members", {"users": [ann]})
    with monkeypatch.context() as broken:
        broken.setattr(places.native, "change_scopes", _unavailable)
        assert (await places.manage("DELETE", f"{ORG}/users/{ann}")).status == 503
    assert (await members(places, group), await users(places, ORG)) == (set(), [ann])
    assert (await places.manage("DELETE", f"{ORG}/users/{ann}")).status == 204


async def _unavailable(*_: object) -> None:
    raise StoreUnavailable("the storage")


async def test_leaving_a_project_keeps_the_organization(places: Api) -> None:
    """As Harness does."""
    ann = await join(places)
    await places.manage("PUT", f"{PROJECT}/users/{ann}")
    await places.manage("DELETE", f"{PROJECT}/users/{ann}")
    assert (await users(places, ORG), await users(places, PROJECT)) == ([ann], [])


async def test_group_members_are_in_its_scope(places: Api) -> None:
    """A user is added to the organization before to its groups (harness.md §4.5, M2)."""
    ann, group = await join(places), await create(places, "Ops", ORG)
    path = f"/groups/{group['id']}/members"
    assert (await places.manage("POST", path, {"users": [ann]})).code == "USERS_NOT_IN_SCOPE"
    await places.manage("PUT", f"{ORG}/users/{ann}")
    assert (await places.manage("POST", path, {"users": [ann]})).status == 200


async def test_identifiers_are_unique_in_their_scope(places: Api) -> None:
    """Another scope may have the same."""
    groups = [await create(places, "Team", below) for below in ("", ORG, PROJECT, PROJECT)]
    assert [each["identifier"] for each in groups] == ["Team", "Team", "Team", "Team_1"]
    listed = (await places.manage("GET", f"{PROJECT}/groups")).json["items"]
    assert [each["scope"]["project"] for each in listed] == ["web", "web", "web"]
    assert listed[0]["identifier"] == "_project_all_users"


async def test_group_of_all_has_those_of_the_scope(places: Api) -> None:
    """And no others."""
    ann, _ = await join(places), await join(places, "bob@contoso.example")
    await places.manage("PUT", f"{ORG}/users/{ann}")
    (group,) = (await places.manage("GET", f"{ORG}/groups")).json["items"]
    assert (group["identifier"], await members(places, group)) == ("_organization_all_users", {ann})


async def test_group_of_all_users_is_not_inherited(places: Api) -> None:
    """It has one of its own in every scope (docs/lock-rules.md)."""
    for group_id in ("all-users.account", "all-users.org.ops"):
        refused = await places.manage("PUT", f"{PROJECT}/inherited-groups/{group_id}")
        assert (refused.status, refused.code) == (400, "DOES_NOT_APPLY")


async def test_groups_are_inherited_below(places: Api) -> None:
    """Those of the client too, as they live at the account; never upwards (R4; harness.md §2.13)."""
    scim, of_org = await places.create_group("Everyone"), await create(places, "Ops", ORG)
    for path, group, status in (
        (ORG, scim, 204),
        (PROJECT, scim, 204),
        (PROJECT, of_org, 204),
        (ORG, of_org, 400),
    ):
        assert (await places.manage("PUT", f"{path}/inherited-groups/{group['id']}")).status == status
    inherited = (await places.manage("GET", f"{PROJECT}/inherited-groups")).json["items"]
    assert {each["name"] for each in inherited} == {"Everyone", "Ops"}
    await places.manage("DELETE", f"{PROJECT}/inherited-groups/{of_org['id']}")
    await places.call("DELETE", f"/Groups/{scim['id']}")  # gone everywhere with its group
    assert (await places.manage("GET", f"{PROJECT}/inherited-groups")).json["items"] == []


async def test_place_is_closed_when_empty(places: Api) -> None:
    """Something in it keeps it open; the answer says what."""
    ann = await join(places)
    await places.manage("PUT", f"{PROJECT}/users/{ann}")
    group = await create(places, "Web", PROJECT)
    refused = await places.manage("DELETE", PROJECT)
    assert (refused.status, refused.code, "groups, users" in refused.json["detail"]) == (409, "NOT_EMPTY", True)
    assert (await places.manage("DELETE", ORG)).code == "NOT_EMPTY"
    await places.manage("DELETE", f"{ORG}/users/{ann}")
    await places.manage("DELETE", f"/groups/{group['id']}")
    for path in (PROJECT, ORG):
        assert (await places.manage("DELETE", path)).status == 204
        assert (await places.manage("GET", path)).code == "NOT_FOUND"


async def test_removed_user_leaves_its_places(places: Api) -> None:
    """Nothing of the user is left."""
    ann = await join(places)
    await places.manage("PUT", f"{PROJECT}/users/{ann}")
    await places.manage("DELETE", f"/users/{ann}")
    assert await users(places, PROJECT) == []
    assert (await places.manage("DELETE", PROJECT)).status == 204


async def test_user_whom_the_client_deleted_keeps_no_place_open(places: Api) -> None:
    """It is in none any more, and closing the place clears what was left."""
    ann = await join(places)
    await places.manage("PUT", f"{PROJECT}/users/{ann}")
    assert (await places.call("DELETE", f"/Users/{ann}")).status == 204
    for path in (PROJECT, ORG):
        assert (await places.manage("DELETE", path)).status == 204
