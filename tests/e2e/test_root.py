"""The base URL itself: one list over users and groups, out of the real tables."""

from typing import Any

import pytest

from tests.stack import SCIM_JSON, Service, Tenant

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


async def _fill(tenant: Tenant) -> None:
    """Four users and three groups, whose names stand between each other."""
    users = [
        await tenant.create("User", schemas=[_USER], userName=f"u{name}", displayName=name, externalId="x")
        for name in ("b", "D", "f", "h")
    ]
    for name in ("a", "e", "g"):
        await tenant.create("Group", schemas=[_GROUP], displayName=name, members=[{"value": users[0]["id"]}])


async def _walk(tenant: Tenant, query: dict[str, str]) -> list[dict[str, Any]]:
    """All resources, by cursor."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (await tenant.client.get("", params={"cursor": cursor, **query})).json()
        found += answer["Resources"]
        cursor = answer.get("nextCursor")
    return found


@pytest.mark.requirement("7644-3.4.2.1-01")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"sortBy": "displayName"}, "abDefgh"),
        ({"sortBy": "displayName", "sortOrder": "descending"}, "hgfeDba"),
        ({"sortBy": "userName"}, "bDfh..."),
        ({"sortBy": "userName", "sortOrder": "descending"}, "...hfDb"),
        ({"sortBy": "externalId", "filter": 'displayName gt "c"'}, "....."),
        ({"filter": 'displayName gt "c"'}, "....."),
        ({}, "......."),
    ],
)
async def test_pages_make_one_list(tenant: Tenant, query: dict[str, str], names: str) -> None:
    """By index and by cursor alike: every match once, in one order, whole, with the exact total."""
    await _fill(tenant)
    whole = (await tenant.client.get("", params=query)).json()
    shown = [each["displayName"] for each in whole["Resources"]]
    assert all(name in (".", one) for one, name in zip(shown, names, strict=True))
    assert whole["totalResults"] == len(shown)
    assert await _walk(tenant, {"count": "2", **query}) == whole["Resources"]
    paged = []
    for start in range(1, len(shown) + 1, 3):
        page = (await tenant.client.get("", params={"startIndex": str(start), "count": "3", **query})).json()
        assert page["totalResults"] == len(shown)
        paged += page["Resources"]
    assert paged == whole["Resources"]


async def test_resources_are_those_of_their_endpoints(tenant: Tenant) -> None:
    """With members and groups, unless the projection leaves them out."""
    await _fill(tenant)
    single = [
        each for kind in ("Users", "Groups") for each in (await tenant.client.get(f"/{kind}")).json()["Resources"]
    ]
    assert (await tenant.client.get("")).json()["Resources"] == single
    short = (await tenant.client.get("", params={"excludedAttributes": "members,groups"})).json()
    assert all(each.keys().isdisjoint({"members", "groups"}) for each in short["Resources"])


@pytest.mark.requirement("7644-3.4.2.1-02")
async def test_kind_can_be_asked_for(service: Service, tenant: Tenant) -> None:
    """Nothing is read of the other, so a total costs what it costs of one kind."""
    await _fill(tenant)
    body = {"schemas": [_SEARCH], "filter": 'meta.resourceType eq "Group"', "count": 0}
    groups = {name: each for name, each in body.items() if name != "filter"}
    with service.trips.counted():
        await tenant.client.post("/Groups/.search", json=groups)
    of_one_kind = service.trips.requests
    with service.trips.counted():
        answer = await tenant.client.post("/.search", json=body)
    assert (answer.status_code, answer.json()["totalResults"], service.trips.requests) == (200, 3, of_one_kind)


@pytest.mark.requirement("7644-3.4.2.1-03")
async def test_attribute_of_one_kind_is_unassigned_in_the_other(tenant: Tenant) -> None:
    """Neither an error, nor a match."""
    await _fill(tenant)
    answer = await tenant.client.get("", params={"filter": "userName pr"})
    assert {each["meta"]["resourceType"] for each in answer.json()["Resources"]} == {"User"}
    refused = await tenant.client.get("", params={"filter": "nothing pr"})
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidFilter")


async def test_slash_at_the_end(tenant: Tenant) -> None:
    """The same list."""
    await _fill(tenant)
    assert (await tenant.client.get("/")).json() == (await tenant.client.get("")).json()


@pytest.mark.requirement("7644-3.11-02")
async def test_me(tenant: Tenant) -> None:
    """The principal of the token, at its permanent location."""
    answer = await tenant.client.get("/Me")
    assert (answer.status_code, answer.headers["content-type"]) == (200, SCIM_JSON)
    assert answer.headers["location"] == answer.json()["meta"]["location"] == f"{tenant.url}/Me"
    assert tenant.token.split(".")[2] == answer.json()["id"]


async def test_document(tenant: Tenant) -> None:
    """``/openapi.json`` is there for everybody, in plain JSON."""
    answer = await tenant.client.get("https://rollcall.example/openapi.json", headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.0"
