"""Queries of the base URL, through the registered functions."""

from typing import Any

import pytest

from tests.routes.calls import BASE, Api

_SEARCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}


async def test_base_url_lists_all(api: Api) -> None:
    """Users and groups as their own endpoints show them."""
    user, group = await api.create_user(), await api.create_group()
    answer = await api.call("GET", "")
    assert (answer.status, answer.json["totalResults"], answer.json["Resources"]) == (200, 2, [user, group])
    assert [each["meta"]["location"] for each in answer.json["Resources"]] == [
        f"{BASE}/Users/{user['id']}",
        f"{BASE}/Groups/{group['id']}",
    ]


@pytest.mark.requirement("7644-3.4.2-06", "7644-3.4.3-03", "7644-3.4.3-04")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"filter": 'externalId eq "x"'}, ["User", "Group"]),
        ({"filter": 'externalId eq "x" and meta.resourceType eq "Group"'}, ["Group"]),
        ({"filter": "userName pr"}, ["User"]),
        ({"sortBy": "userName", "sortOrder": "descending"}, ["Group", "User"]),
        ({"startIndex": 2, "count": 1}, ["Group"]),
        ({"count": 0}, []),
        ({"unknown": "x"}, ["User", "Group"]),
    ],
)
async def test_get_and_search_ask_the_same(api: Api, asked: dict[str, Any], found: list[str]) -> None:
    """A query, or a SearchRequest in a body; what we do not know is ignored."""
    await api.create_user(externalId="x")
    await api.call("POST", "/Groups", {"schemas": _GROUP, "displayName": "Finance", "externalId": "x"})
    query = "&".join(f"{name}={str(each).replace(' ', '+')}" for name, each in asked.items())
    for answer in (await api.call("GET", f"?{query}"), await api.call("POST", "/.search", _SEARCH | asked)):
        assert answer.status == 200
        assert [each["meta"]["resourceType"] for each in answer.json["Resources"]] == found


async def test_filter_by_location(api: Api) -> None:
    """A resource is found by the URI under which it is served, in its own list and in that of all."""
    user, _ = await api.create_user(), await api.create_user(userName="other")
    query = f"filter=meta.location+eq+%22{user['meta']['location']}%22"
    for path in ("", "/Users"):
        answer = await api.call("GET", f"{path}?{query}")
        assert [each["id"] for each in answer.json["Resources"]] == [user["id"]]


_GROUP = ["urn:ietf:params:scim:schemas:core:2.0:Group"]


async def test_projection_is_of_each_kind(api: Api) -> None:
    """What a kind does not have is not shown of it."""
    await api.create_user()
    await api.create_group()
    answer = await api.call("POST", "/.search", _SEARCH | {"attributes": ["userName", "meta.resourceType"]})
    assert [each.keys() - {"schemas", "id"} for each in answer.json["Resources"]] == [{"userName", "meta"}, {"meta"}]


async def test_cursor_leads_through_both(api: Api) -> None:
    """RFC 9865, in query and body alike."""
    user, group = await api.create_user(), await api.create_group()
    first = (await api.call("GET", "?cursor=&count=1")).json
    assert ([each["id"] for each in first["Resources"]], "startIndex" in first) == ([user["id"]], False)
    body = _SEARCH | {"cursor": first["nextCursor"], "count": 1}
    second = (await api.call("POST", "/.search", body)).json
    assert ([each["id"] for each in second["Resources"]], second.get("nextCursor")) == ([group["id"]], None)


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({}, "invalidSyntax"),
        ([], "invalidSyntax"),
        (_SEARCH | {"filter": "nothing pr"}, "invalidFilter"),
        (_SEARCH | {"filter": "userName"}, "invalidFilter"),
        (_SEARCH | {"sortBy": "nothing"}, "invalidValue"),
        (_SEARCH | {"cursor": "made-up"}, "invalidCursor"),
    ],
)
async def test_bad_search_is_refused(api: Api, body: Any, scim_type: str) -> None:
    """As with one kind."""
    answer = await api.call("POST", "/.search", body)
    assert (answer.status, answer.scim_type) == (400, scim_type)


@pytest.mark.parametrize("permissions", [{"core_user_view"}, {"core_usergroup_view"}, set()])
async def test_both_kinds_must_be_allowed(api: Api, permissions: set[str]) -> None:
    """Less than all would be taken for all."""
    token = await api.issue(permissions=frozenset(permissions))
    for method, path, body in (("GET", "", None), ("POST", "/.search", _SEARCH)):
        answer = await api.call(method, path, body, token=token)
        assert (answer.status, answer.scim_type) == (403, None)


async def test_other_account_is_not_seen(api: Api) -> None:
    """An account lists its own only."""
    await api.create_user()
    other = await api.issue("other")
    assert (await api.call("GET", "", account="other", token=other)).json["totalResults"] == 0
