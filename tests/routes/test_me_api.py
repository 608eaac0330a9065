"""Who the token stands for."""

import pytest

from tests.routes.calls import BASE, Api


async def test_me_is_the_principal_of_the_token(api: Api) -> None:
    """A User that describes the token, and holds nothing secret of it."""
    token = await api.issue(permissions=frozenset({"core_user_view"}))
    answer = await api.call("GET", "/Me", token=token)
    token_id = token.split(".")[2]
    shown = answer.json
    assert (answer.status, shown["schemas"]) == (200, ["urn:ietf:params:scim:schemas:core:2.0:User"])
    assert (shown["id"], shown["userName"], shown["displayName"], shown["active"]) == (token_id, token_id, "x", True)
    assert shown["entitlements"] == [{"value": "core_user_view"}]
    assert token.split(".")[3] not in answer.content.decode()


async def test_me_has_its_location(api: Api) -> None:
    """The permanent one, which is the same (RFC 7644 §3.11)."""
    answer = await api.call("GET", "/Me")
    meta = answer.json["meta"]
    assert (meta["resourceType"], meta["location"]) == ("User", f"{BASE}/Me")
    assert answer.headers["Location"] == answer.headers["Content-Location"] == meta["location"]
    assert answer.headers["ETag"] == meta["version"]
    assert meta["created"] == "2026-03-01T09:30:00.120Z"


async def test_me_is_not_sent_again(api: Api) -> None:
    """304 for the version that the client has."""
    etag = (await api.call("GET", "/Me")).headers["ETag"]
    answer = await api.call("GET", "/Me", If_None_Match=etag)
    assert (answer.status, answer.content, answer.headers["ETag"]) == (304, b"", etag)


async def test_tokens_are_different_principals(api: Api) -> None:
    """Each with a version of its own."""
    first, second = await api.call("GET", "/Me"), await api.call("GET", "/me", token=await api.issue())
    assert first.json["id"] != second.json["id"]
    assert first.headers["ETag"] != second.headers["ETag"]


async def test_me_can_be_projected(api: Api) -> None:
    """As any resource."""
    assert (await api.call("GET", "/Me?attributes=userName")).json.keys() == {"schemas", "id", "userName"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_me_cannot_be_changed(api: Api, method: str) -> None:
    """405 with what is possible; the operator issues and revokes tokens."""
    answer = await api.call(method, "/Me", {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_me_is_in_no_list(api: Api) -> None:
    """It is no user of the directory."""
    me = (await api.call("GET", "/Me")).json
    assert (await api.call("GET", "/Users")).json["totalResults"] == 0
    assert (await api.call("GET", f"/Users/{me['id']}")).status == 404
