"""Bad input of every kind: each is a SCIM error that names what is wrong, never a failure of ours, never empty."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.stack import SCIM_JSON, Service, Tenant

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

MEBIBYTE = 1_048_576
DEEPEST = 64


def assert_error(answer: httpx.Response, status: int, scim_type: str | None = None) -> None:
    """The answer is the message of RFC 7644 §3.12 with this status and scimType, and says something."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, SCIM_JSON), answer.text
    body = answer.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type, body
    assert body["detail"]


def user(**attributes: Any) -> str:
    return json.dumps({"schemas": [USER], "userName": "grace"} | attributes)


def group(**attributes: Any) -> str:
    return json.dumps({"schemas": [GROUP], "displayName": "Navy"} | attributes)


def patch(*operations: Any) -> str:
    return json.dumps({"schemas": [PATCH], "Operations": operations})


def replace(path: Any, value: Any = "x") -> str:
    return patch({"op": "replace", "path": path, "value": value})


def search(**parameters: Any) -> str:
    return json.dumps({"schemas": [SEARCH]} | parameters)


def nested(depth: int) -> str:
    """A user within whose objects and lists *depth* levels stand."""
    return user(x="#").replace('"#"', "[" * (depth - 1) + "]" * (depth - 1))


BODIES = [
    ("POST", "/Users", "", 400, "invalidSyntax"),
    ("POST", "/Users", '{"userName": ', 400, "invalidSyntax"),
    ("POST", "/Users", '{"userName": NaN}', 400, "invalidSyntax"),
    ("POST", "/Users", '{"userName": "\\ud800"}', 400, "invalidSyntax"),
    ("POST", "/Users", b"\xff\xfe{}", 400, "invalidSyntax"),
    ("POST", "/Users", "[]", 400, "invalidSyntax"),
    ("POST", "/Users", "null", 400, "invalidSyntax"),
    ("POST", "/Users", json.dumps({"userName": "no-schemas"}), 400, "invalidSyntax"),
    ("POST", "/Users", user(schemas="x"), 400, "invalidSyntax"),
    ("POST", "/Users", user(schemas=["urn:nobody"]), 400, "invalidSyntax"),
    ("POST", "/Users", nested(DEEPEST + 1), 400, "invalidSyntax"),
    ("POST", "/Users", json.dumps({"schemas": [USER]}), 400, "invalidValue"),
    ("POST", "/Users", user(userName=5), 400, "invalidValue"),
    ("POST", "/Users", user(userName=""), 400, "invalidValue"),
    ("POST", "/Users", user(active="perhaps"), 400, "invalidValue"),
    ("POST", "/Users", user(name="Grace"), 400, "invalidValue"),
    ("POST", "/Users", user(name=["Grace"]), 400, "invalidValue"),
    ("POST", "/Users", user(emails=5), 400, "invalidValue"),
    ("POST", "/Users", user(emails=[5]), 400, "invalidValue"),
    ("POST", "/Users", user(userName="ADA"), 409, "uniqueness"),
    ("POST", "/Groups", "", 400, "invalidSyntax"),
    ("POST", "/Groups", json.dumps({"schemas": [GROUP]}), 400, "invalidValue"),
    ("POST", "/Groups", group(displayName=5), 400, "invalidValue"),
    ("POST", "/Groups", group(members=5), 400, "invalidValue"),
    ("POST", "/Groups", group(members=[5]), 400, "invalidValue"),
    ("POST", "/Groups", group(members=[{"value": 5}]), 400, "invalidValue"),
    ("PUT", "/Users/{ada}", "", 400, "invalidSyntax"),
    ("PUT", "/Users/{ada}", user(userName=[]), 400, "invalidValue"),
    ("PATCH", "/Users/{ada}", "", 400, "invalidSyntax"),
    ("PATCH", "/Users/{ada}", "{}", 400, "invalidSyntax"),
    ("PATCH", "/Users/{ada}", patch(), 400, "invalidSyntax"),
    ("PATCH", "/Users/{ada}", patch(5), 400, "invalidSyntax"),
    ("PATCH", "/Users/{ada}", patch({"op": "steal", "path": "title"}), 400, "invalidValue"),
    ("PATCH", "/Users/{ada}", patch({"path": "title", "value": "x"}), 400, "invalidValue"),
    ("PATCH", "/Users/{ada}", patch({"op": "remove"}), 400, "noTarget"),
    ("PATCH", "/Users/{ada}", replace("favouriteColour"), 400, "invalidPath"),
    ("PATCH", "/Users/{ada}", replace("name.shoe"), 400, "invalidPath"),
    ("PATCH", "/Users/{ada}", replace("emails["), 400, "invalidPath"),
    ("PATCH", "/Users/{ada}", replace(5), 400, "invalidPath"),
    ("PATCH", "/Users/{ada}", replace("id"), 400, "mutability"),
    ("PATCH", "/Users/{ada}", replace("active", {"a": 1}), 400, "invalidValue"),
    ("PATCH", "/Users/{ada}", patch({"op": "remove", "path": "userName"}), 400, "mutability"),
    ("PATCH", "/Groups/{navy}", replace("members", 5), 400, "invalidValue"),
    ("PATCH", "/Groups/{navy}", patch({"op": "add", "path": "members", "value": [5]}), 400, "invalidValue"),
    ("POST", "/Users/.search", "[]", 400, "invalidSyntax"),
    ("POST", "/Users/.search", search(filter=5), 400, "invalidValue"),
    ("POST", "/Users/.search", search(count="x"), 400, "invalidValue"),
]


@pytest.fixture
async def furnished(tenant: Tenant) -> tuple[Tenant, dict[str, str]]:
    """A tenant with a user and a group, and their ids by name."""
    ada = await tenant.create("User", schemas=[USER], userName="ada")
    navy = await tenant.create("Group", schemas=[GROUP], displayName="Navy 1", members=[{"value": ada["id"]}])
    return tenant, {"ada": ada["id"], "navy": navy["id"]}


@pytest.mark.parametrize(("method", "path", "body", "status", "scim_type"), BODIES)
async def test_body(
    furnished: tuple[Tenant, dict[str, str]], method: str, path: str, body: str | bytes, status: int, scim_type: str
) -> None:
    """A body that is no JSON, of a wrong type, or breaks a rule of its attributes is told so, and changes nothing."""
    tenant, ids = furnished
    before = (await tenant.client.get(path.format(**ids))).content if "{" in path else b""
    assert_error(await tenant.client.request(method, path.format(**ids), content=body), status, scim_type)
    if before:
        assert (await tenant.client.get(path.format(**ids))).content == before


@pytest.mark.parametrize(
    ("query", "status", "scim_type"),
    [
        ({"filter": 'favouriteColour eq "red"'}, 400, "invalidFilter"),
        ({"filter": 'name.shoe eq "red"'}, 400, "invalidFilter"),
        ({"filter": "userName eq"}, 400, "invalidFilter"),
        ({"filter": "userName"}, 400, "invalidFilter"),
        ({"filter": "(((("}, 400, "invalidFilter"),
        ({"filter": 'userName like "a"'}, 400, "invalidFilter"),
        ({"filter": "userName eq 5"}, 400, "invalidFilter"),
        ({"filter": "active gt true"}, 400, "invalidFilter"),
        ({"filter": 'meta.created gt "yesterday"'}, 400, "invalidFilter"),
        ({"filter": "not (" * 500 + 'userName eq "a"' + ")" * 500}, 400, "invalidFilter"),
        ({"filter": " or ".join(['title eq "a"'] * 200)}, 400, "invalidFilter"),
        ({"startIndex": "first"}, 400, "invalidValue"),
        ({"count": "many"}, 400, "invalidValue"),
        ({"count": "9" * 30}, 400, "invalidValue"),
        ({"sortBy": "favouriteColour"}, 400, "invalidValue"),
        ({"cursor": "forged"}, 400, "invalidCursor"),
    ],
)
async def test_query(tenant: Tenant, query: dict[str, str], status: int, scim_type: str) -> None:
    """A query that cannot be understood is refused, rather than answered with everything or with nothing."""
    assert_error(await tenant.client.get("/Users", params=query), status, scim_type)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "GET, HEAD, POST, OPTIONS"),
        ("DELETE", "/Users", "GET, HEAD, POST, OPTIONS"),
        ("TRACE", "/Users", "GET, HEAD, POST, OPTIONS"),
        ("PROPFIND", "/groups/", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/Users/a", "DELETE, GET, HEAD, PATCH, PUT, OPTIONS"),
        ("POST", "/Schemas", "GET, HEAD, OPTIONS"),
        ("DELETE", "/ResourceTypes/User", "GET, HEAD, OPTIONS"),
        ("PATCH", "/ServiceProviderConfig", "GET, HEAD, OPTIONS"),
    ],
)
async def test_method(tenant: Tenant, method: str, path: str, allowed: str) -> None:
    """A method that a path does not take is 405, and Allow names those it takes."""
    answer = await tenant.client.request(method, path)
    assert_error(answer, 405)
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/Nothing", "/Users/a/b", "/ServiceProviderConfig/x", "/Nothing/"])
async def test_path(tenant: Tenant, path: str) -> None:
    """A path below an account that is none of ours is 404."""
    assert_error(await tenant.client.get(path), 404)


@pytest.mark.parametrize("path", ["/", "/scim", "/scim/v2/Users", "/scim/account", "/api/Users", "/favicon.ico"])
async def test_path_outside(service: Service, path: str) -> None:
    """So is any path outside the accounts, with and without a token."""
    async with httpx.AsyncClient(transport=service.transport, base_url="https://rollcall.example") as client:
        assert_error(await client.post(path), 404)
        assert_error(await client.post(path, headers={"Authorization": "Bearer x"}), 404)


STRANGE_IDS = [
    "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "a'b",
    "a b",
    "a:b",
    "u:1",
    "*",
    "null",
    "x" * 2000,
    "%22",
    "%23",
    "%25",
    "%2F",
    "..%2F..%2FGroups",
    "%3F",
    "%5C",
    "%09",
    "%7F",
    "%C2%85",
    "%FF",
    "%E4%BA%BA",
    "%F0%9F%98%80",
]


@pytest.mark.parametrize("id_", STRANGE_IDS)
async def test_id(tenant: Tenant, id_: str) -> None:
    """An id that nothing has, of whatever characters, is 404 for every method."""
    for method, body in (("GET", None), ("PUT", user()), ("PATCH", replace("title")), ("DELETE", None)):
        assert_error(await tenant.client.request(method, f"/Users/{id_}", content=body), 404)
    for method, body in (("GET", None), ("PUT", group()), ("PATCH", replace("displayName")), ("DELETE", None)):
        assert_error(await tenant.client.request(method, f"/Groups/{id_}", content=body), 404)
    assert_error(await tenant.client.get(f"/Schemas/{id_}"), 404)


async def test_id_of_other_kind(furnished: tuple[Tenant, dict[str, str]]) -> None:
    """A group is not found among the users, nor a user among the groups."""
    tenant, ids = furnished
    assert_error(await tenant.client.get(f"/Users/{ids['navy']}"), 404)
    assert_error(await tenant.client.get(f"/Groups/{ids['ada']}"), 404)


@pytest.mark.requirement("7644-2-01", "7644-2-05")
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer rc.abc.0123456789abcdef.x", "Bearer 'or 1 eq 1"],
)
async def test_token(service: Service, tenant: Tenant, authorization: str | None) -> None:
    """Without a token, or with one that is none, every path of an account is 401 and says how to authenticate."""
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(transport=service.transport, base_url=tenant.url) as client:
        for path in ("/Users", "/ServiceProviderConfig", "/Nothing"):
            answer = await client.get(path, headers=headers)
            assert_error(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_token_of_another_account(tenant: Tenant, strict_tenant: Tenant) -> None:
    """A token opens its own account only; that the other one exists cannot be told from the answer."""
    own = {"Authorization": f"Bearer {tenant.token}"}
    theirs = await strict_tenant.client.get("/Users", headers=own)
    nobodys = await tenant.client.get(tenant.url.replace(tenant.account, "nobody") + "/Users")
    assert_error(theirs, 401)
    assert theirs.content == nobodys.content


@pytest.mark.parametrize("account", ["nobody", "a'b", "%2F", "..%2F", "-", "x" * 500, "%E4%BA%BA"])
async def test_account(tenant: Tenant, account: str) -> None:
    """An account that does not exist, of whatever characters, is 401."""
    assert_error(await tenant.client.get(f"{tenant.url.replace(tenant.account, account)}/Users"), 401)


async def test_body_too_large(tenant: Tenant) -> None:
    """A body may have 1 MiB and no byte more."""
    largest = user().ljust(MEBIBYTE)
    assert_error(await tenant.client.post("/Users", content=largest + " "), 413)
    assert (await tenant.client.post("/Users", content=largest)).status_code == 201


async def test_resource_too_large(tenant: Tenant) -> None:
    """A resource that the storage cannot hold is refused, and not half stored."""
    assert_error(await tenant.client.post("/Users", content=user(nickName="人" * 340_000)), 413)
    assert (await tenant.client.get("/Users")).json()["totalResults"] == 0


async def test_deepest_body(tenant: Tenant) -> None:
    """A body may nest as deep as 64 objects and lists."""
    assert (await tenant.client.post("/Users", content=nested(DEEPEST))).status_code == 201


async def test_chunked_body(tenant: Tenant) -> None:
    """A body without a length does not reach us through Azure Functions; 411 tells the client what to send."""

    async def pieces() -> AsyncIterator[bytes]:
        yield user().encode()

    assert_error(await tenant.client.post("/Users", content=pieces()), 411)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json"])
async def test_media_type(tenant: Tenant, media_type: str) -> None:
    """A body that says to be something else than JSON is 415."""
    answer = await tenant.client.post("/Users", content=user(), headers={"Content-Type": media_type})
    assert_error(answer, 415)


@pytest.mark.requirement("7644-3.14-03")
async def test_stale_version(furnished: tuple[Tenant, dict[str, str]]) -> None:
    """A write on a version that is not the resource's any more is 412, malformed versions included."""
    tenant, ids = furnished
    for etag in ('W/"stale"', '"stale"', "stale", '"'):
        for kind, id_ in (("Users", ids["ada"]), ("Groups", ids["navy"])):
            answer = await tenant.client.delete(f"/{kind}/{id_}", headers={"If-Match": etag})
            assert_error(answer, 412)


async def test_unknown_attribute(tenant: Tenant) -> None:
    """An attribute that no schema has is dropped; the resource is stored without it."""
    created = json.loads((await tenant.client.post("/Users", content=user(favouriteColour="red"))).content)
    assert "favouriteColour" not in created


@pytest.mark.parametrize(
    "name", ["x" * 5000, "nul\x00", "line\nbreak", "a/b\\c#d?e", "\u200b", "𝒜" * 500, "ﬀ", "  spaced  "]
)
async def test_strange_user_name(tenant: Tenant, name: str) -> None:
    """Any text can be a userName and is found again by a filter, or it is refused as a value; it never fails."""
    answer = await tenant.client.post("/Users", content=user(userName=name))
    if answer.status_code != 201:
        assert_error(answer, 400, "invalidValue")
        return
    found = await tenant.client.get("/Users", params={"filter": f"userName eq {json.dumps(name)}"})
    assert [each["id"] for each in found.json()["Resources"]] == [answer.json()["id"]]
