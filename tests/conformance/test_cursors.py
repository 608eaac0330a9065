"""What RFC 9865 asks of lists that are walked by cursor."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conformance.builders import SEARCH_URN, headers_of_token, user
from tests.stack import Service, Tenant

FILTERS = [None, 'userName sw "user"']


@pytest.fixture
async def filled(tenant: Tenant) -> Tenant:
    """An account of five users."""
    for number in range(5):
        await tenant.create("User", **user(f"user{number}", title=str(9 - number)))
    return tenant


async def _page(tenant: Tenant, cursor: str = "", **parameters: Any) -> dict[str, Any]:
    given = {"cursor": cursor, "count": 2, **parameters}
    answer = await tenant.client.get("/Users", params={k: v for k, v in given.items() if v is not None})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def _walk(tenant: Tenant, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
    """All pages, the first one by an empty cursor."""
    page = await _page(tenant, **parameters)
    yield page
    while "nextCursor" in page:
        page = await _page(tenant, page["nextCursor"], **parameters)
        yield page


@pytest.mark.requirement("9865-2-01", "9865-2-02", "9865-2-03", "9865-2-04", "9865-2-06", "9865-2-09")
@pytest.mark.parametrize("filter_text", FILTERS)
async def test_walk(filled: Tenant, filter_text: str | None) -> None:
    """A walk meets everyone once, in pages no longer than asked; the last one has no next, and none a previous."""
    pages = [page async for page in _walk(filled, filter=filter_text)]
    assert [len(page["Resources"]) for page in pages] == [2, 2, 1]
    assert len({each["id"] for page in pages for each in page["Resources"]}) == 5
    assert all(page.get("totalResults", 5) == 5 and "previousCursor" not in page for page in pages)


@pytest.mark.requirement("9865-2-05")
@pytest.mark.parametrize("parameters", [{}, {"filter": FILTERS[1]}, {"sortBy": "title"}, {"sortBy": "userName"}])
async def test_cursor_fits_into_a_url(filled: Tenant, parameters: dict[str, Any]) -> None:
    """A cursor has only characters that a URL leaves as they are."""
    cursors = [page["nextCursor"] async for page in _walk(filled, **parameters) if "nextCursor" in page]
    assert len(cursors) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", each) for each in cursors)


@pytest.mark.requirement("9865-2-07")
@pytest.mark.parametrize("count", [0, -1])
async def test_count_of_nothing(filled: Tenant, count: int) -> None:
    """A count of 0, or below, asks for the total alone."""
    for filter_text in FILTERS:
        page = await _page(filled, count=count, filter=filter_text)
        assert (page["totalResults"], page["Resources"], page.get("nextCursor")) == (5, [], None)


@pytest.mark.requirement("9865-2-08", "9865-2.1-03")
@pytest.mark.parametrize("changed", [{"count": 3}, {"filter": "active eq true"}, {"sortBy": "title"}])
async def test_other_parameters(filled: Tenant, changed: dict[str, Any]) -> None:
    """A cursor goes on with the list that it is of; the count is part of that."""
    cursor = (await _page(filled))["nextCursor"]
    answer = await filled.client.get("/Users", params={"count": 2, "cursor": cursor, **changed})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidCursor")


@pytest.mark.requirement("9865-2.2-01")
@pytest.mark.parametrize("order", ["ascending", "descending"])
async def test_sorted_walk(filled: Tenant, order: str) -> None:
    """A walk can be sorted like any list."""
    pages = [page async for page in _walk(filled, sortBy="title", sortOrder=order)]
    titles = [each["title"] for page in pages for each in page["Resources"]]
    assert titles == sorted(titles, reverse=order == "descending")


@pytest.mark.requirement("9865-2.4-01", "9865-2.3-01")
async def test_index_is_the_default(filled: Tenant) -> None:
    """Without a cursor a list is paged by index, and gives none."""
    page = (await filled.client.get("/Users", params={"count": 2})).json()
    assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (1, 2, 5)
    assert "nextCursor" not in page


@pytest.mark.requirement("9865-3-01")
async def test_search(filled: Tenant) -> None:
    """A search by POST is walked by the member cursor."""
    asked = {"schemas": [SEARCH_URN], "count": 3, "cursor": ""}
    first = (await filled.client.post("/Users/.search", json=asked)).json()
    rest = (await filled.client.post("/Users/.search", json=asked | {"cursor": first["nextCursor"]})).json()
    assert len({each["id"] for page in (first, rest) for each in page["Resources"]}) == 5


@pytest.mark.requirement("9865-5-01")
async def test_cursor_gives_no_rights(service: Service, filled: Tenant, strict_tenant: Tenant) -> None:
    """Each page asks who the caller is: neither another account nor a token without the right can go on."""
    cursor = (await _page(filled))["nextCursor"]
    foreign = await strict_tenant.client.get("/Users", params={"count": 2, "cursor": cursor})
    assert (foreign.status_code, foreign.json()["scimType"]) == (400, "invalidCursor")
    headers = await headers_of_token(service, filled, "core_usergroup_view")
    answer = await filled.client.get("/Users", params={"count": 2, "cursor": cursor}, headers=headers)
    assert answer.status_code == 403
