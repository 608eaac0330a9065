"""Discovery through the registered functions: versions, and parameters that mean nothing there."""

import pytest

from tests.routes.calls import BASE, Api

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATHS = (
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/Schemas",
    f"/Schemas/{_USER}",
)


@pytest.mark.parametrize("path", _PATHS)
async def test_discovery_is_sent_once(api: Api, path: str) -> None:
    """Who has it already gets 304 without a body, until it changes."""
    etag = (await api.call("GET", path)).headers["ETag"]
    assert etag.startswith('W/"')
    for known, status in ((etag, 304), (f'"x", {etag}', 304), ("*", 304), ('W/"x"', 200)):
        answer = await api.call("GET", path, If_None_Match=known)
        assert (answer.status, bool(answer.content), answer.headers["ETag"]) == (status, status == 200, etag)


async def test_versions_differ(api: Api) -> None:
    """What says something else has another version, also the same in another account."""
    versions = [(await api.call("GET", path)).headers["ETag"] for path in _PATHS]
    other = await api.call("GET", _PATHS[0], account="other", token=await api.issue("other"))
    assert len({*versions, other.headers["ETag"]}) == len(_PATHS) + 1


@pytest.mark.requirement("7644-4-04")
@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
@pytest.mark.parametrize("query", ["startIndex=2", "count=1", "count=x", "sortBy=id", "sortOrder=descending", "x=1"])
async def test_paging_is_ignored(api: Api, path: str, query: str) -> None:
    """All are shown, in one order (RFC 7644 §4)."""
    assert (await api.call("GET", f"{path}?{query}")).json == (await api.call("GET", path)).json


@pytest.mark.requirement("7644-4-05")
@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
async def test_filter_is_refused(api: Api, path: str) -> None:
    """Rather than answered with more than was asked for (RFC 7644 §4)."""
    assert (await api.call("GET", f"{path}?filter=id+pr")).status == 403


@pytest.mark.parametrize("path", ["/resourcetypes/USER", f"/schemas/{_USER.upper()}"])
async def test_names_know_no_letter_case(api: Api, path: str) -> None:
    """Neither those of endpoints, nor those of types and schemas."""
    answer = await api.call("GET", path)
    assert (answer.status, answer.json["meta"]["location"].startswith(BASE)) == (200, True)


async def test_resource_names_where_it_is(api: Api) -> None:
    """Also where it is not sent again (RFC 9110 §15.4.5)."""
    user = await api.create_user()
    answer = await api.call("GET", f"/Users/{user['id']}", If_None_Match="*")
    assert (answer.status, answer.headers["Content-Location"]) == (304, user["meta"]["location"])
