"""Routes as functions of the host: requests read, answers written, and nothing ever escapes."""

import json
from typing import Any

import azure.functions as func
import pytest

from domain.access.roles import PROVISION
from domain.model import UserRecord
from domain.ports import StoreUnavailable
from routes.azure_http import register
from routes.table import ROUTES
from tests.routes.calls import (
    BASE,
    PUBLIC_URL,
    REQUEST_ID,
    Api,
    Context,
    group_body,
    patch_body,
    replacement,
    user_body,
)

_NOBODY = "00000000-0000-4000-8000-000000000000"
_SCIM_JSON = "application/scim+json"


# Life of a user


async def test_user_is_created(api: Api) -> None:
    """201 with location, version, and the resource."""
    answer = await api.call("POST", "/Users", user_body(title="CEO"), Content_Type=_SCIM_JSON)
    shown = answer.json
    assert (answer.status, shown["userName"], shown["title"], shown["active"]) == (
        201,
        "ann@contoso.example",
        "CEO",
        True,
    )
    assert answer.headers["Location"] == shown["meta"]["location"] == f"{BASE}/Users/{shown['id']}"
    assert answer.headers["ETag"] == shown["meta"]["version"]


async def test_user_is_read(api: Api) -> None:
    """As it was created."""
    user = await api.create_user()
    answer = await api.call("GET", f"/Users/{user['id']}")
    assert (answer.status, answer.json) == (200, user)


async def test_user_is_patched(api: Api) -> None:
    """200 with the resource (RFC 7644 §3.5.2)."""
    user = await api.create_user()
    answer = await api.call("PATCH", f"/Users/{user['id']}", replacement("title", "CTO"))
    assert (answer.status, answer.json["title"]) == (200, "CTO")
    assert answer.headers["ETag"] != user["meta"]["version"]


async def test_user_is_replaced(api: Api) -> None:
    """What is left out is gone."""
    user = await api.create_user(title="CEO")
    answer = await api.call("PUT", f"/Users/{user['id']}", user_body(nickName="Ann"))
    assert (answer.status, answer.json["nickName"], "title" in answer.json) == (200, "Ann", False)


async def test_user_is_deleted(api: Api) -> None:
    """204 with nothing at all, then 404."""
    user = await api.create_user()
    answer = await api.call("DELETE", f"/Users/{user['id']}")
    assert (answer.status, answer.content) == (204, b"")
    assert (await api.call("GET", f"/Users/{user['id']}")).status == 404
    assert (await api.call("DELETE", f"/Users/{user['id']}")).scim_type is None


# Life of a group


async def test_group_is_created(api: Api) -> None:
    """201 with its members."""
    user = await api.create_user()
    answer = await api.call("POST", "/Groups", group_body("Finance", user["id"]))
    assert (answer.status, answer.json["displayName"]) == (201, "Finance")
    member = {"value": user["id"], "$ref": f"{BASE}/Users/{user['id']}", "type": "User"}
    assert answer.json["members"] == [member]


async def test_user_knows_its_groups(api: Api) -> None:
    """Read-only, and by reference."""
    user = await api.create_user()
    group = await api.create_group("Finance", user["id"])
    shown = (await api.call("GET", f"/Users/{user['id']}")).json
    assert [each["value"] for each in shown["groups"]] == [group["id"]]


async def test_patched_group_is_not_sent(api: Api) -> None:
    """204 with its new version, since a body would cost as much as the group is large."""
    user, group = await api.create_user(), await api.create_group()
    add = patch_body({"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    answer = await api.call("PATCH", f"/Groups/{group['id']}", add)
    assert (answer.status, answer.content) == (204, b"")
    without_members = await api.call("GET", f"/Groups/{group['id']}?excludedAttributes=members")
    assert answer.headers["ETag"] == without_members.headers["ETag"] != group["meta"]["version"]


@pytest.mark.parametrize(
    ("query", "has_members"), [("attributes=displayName", False), ("excludedAttributes=displayName", True)]
)
async def test_patched_group_is_sent_where_asked_for(api: Api, query: str, has_members: bool) -> None:
    """A projection asks for a body."""
    user, group = await api.create_user(), await api.create_group()
    add = patch_body({"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    answer = await api.call("PATCH", f"/Groups/{group['id']}?{query}", add)
    assert (answer.status, "members" in answer.json) == (200, has_members)


async def test_group_is_replaced(api: Api) -> None:
    """200 with its members now."""
    user, group = await api.create_user(), await api.create_group()
    answer = await api.call("PUT", f"/Groups/{group['id']}", group_body("Tax", user["id"]))
    assert (answer.status, answer.json["displayName"], len(answer.json["members"])) == (200, "Tax", 1)


async def test_group_is_deleted(api: Api) -> None:
    """204, then 404."""
    group = await api.create_group()
    assert (await api.call("DELETE", f"/Groups/{group['id']}")).status == 204
    assert (await api.call("GET", f"/Groups/{group['id']}")).status == 404


# Lists


async def test_users_are_listed(api: Api) -> None:
    """By a filter in the query, or in a message (RFC 7644 §3.4.3)."""
    await api.create_user()
    wanted = 'userName eq "ANN@contoso.example"'
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": wanted}
    by_query = await api.call("GET", "/Users?filter=userName%20eq%20%22ANN@contoso.example%22")
    by_message = await api.call("POST", "/Users/.search", search)
    assert by_query.json == by_message.json
    assert by_query.json["totalResults"] == 1


@pytest.mark.parametrize("query", ["STARTINDEX=2&Count=1", "startIndex=2&count=1&unknown=x"])
async def test_query_names_know_no_letter_case(api: Api, query: str) -> None:
    """And unknown ones are ignored."""
    for name in ("ann", "bea", "cem"):
        await api.create_user(name)
    page = (await api.call("GET", f"/Users?{query}")).json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)


@pytest.mark.parametrize("start", ["cursor=", "cursor", "CURSOR="])
async def test_empty_cursor_begins_a_walk(api: Api, start: str) -> None:
    """The host drops empty values, so it is read from the URL (RFC 9865 §2)."""
    for name in ("ann", "bea", "cem"):
        await api.create_user(name)
    first = (await api.call("GET", f"/Users?count=2&{start}")).json
    assert len(first["Resources"]) == 2
    second = (await api.call("GET", f"/Users?count=2&cursor={first['nextCursor']}")).json
    assert (len(second["Resources"]), "nextCursor" in second) == (1, False)


@pytest.mark.parametrize("query", ["filter=", "attributes=", "excludedAttributes=&count=", "sortBy=&startIndex="])
async def test_other_empty_values_count_as_absent(api: Api, query: str) -> None:
    """As if they were not sent."""
    user = await api.create_user()
    assert (await api.call("GET", f"/Users?{query}")).json["Resources"] == [user]


# Conditions


async def test_known_version_is_not_sent_again(api: Api) -> None:
    """304 with neither body nor media type of one."""
    user = await api.create_user()
    answer = await api.call("GET", f"/Users/{user['id']}", If_None_Match=user["meta"]["version"])
    assert (answer.status, answer.content) == (304, b"")
    assert answer.headers["ETag"] == user["meta"]["version"]


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", replacement("title", "x")), ("PUT", user_body()), ("DELETE", None)]
)
async def test_stale_version_is_refused(api: Api, method: str, body: Any) -> None:
    """412 for every method that writes (RFC 7644 §3.14)."""
    user = await api.create_user()
    answer = await api.call(method, f"/Users/{user['id']}", body, If_Match='W/"stale"')
    assert (answer.status, answer.scim_type) == (412, None)


async def test_named_version_is_written(api: Api) -> None:
    """With the ETag of the answer before."""
    user = await api.create_user()
    version = user["meta"]["version"]
    answer = await api.call("PATCH", f"/Users/{user['id']}", replacement("title", "x"), If_Match=version)
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/Users", "/Users/{id}", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User"])
async def test_head_is_a_get(api: Api, path: str) -> None:
    """The host leaves the body out; status and headers are the same."""
    user = await api.create_user()
    got, headed = [await api.call(method, path.format(**user)) for method in ("GET", "HEAD")]
    assert (headed.status, headed.headers) == (200, got.headers)


# Projection


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/Users", user_body("bea", title="CFO")),
        ("GET", "/Users/{id}", None),
        ("PUT", "/Users/{id}", user_body(title="CFO")),
        ("PATCH", "/Users/{id}", replacement("title", "CFO")),
    ],
)
async def test_projection_works_on_every_method(api: Api, method: str, path: str, body: Any) -> None:
    """That returns a resource (RFC 7644 §3.9)."""
    user = await api.create_user(title="CEO")
    only = await api.call(method, f"{path.format(**user)}?attributes=title", body)
    assert only.json.keys() == {"schemas", "id", "title"}


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PUT", user_body(title="CFO")), ("PATCH", replacement("title", "CFO"))]
)
async def test_exclusion_works_on_every_method(api: Api, method: str, body: Any) -> None:
    """The rest is shown."""
    user = await api.create_user(title="CEO")
    rest = await api.call(method, f"/Users/{user['id']}?excludedAttributes=title,meta", body)
    assert rest.json.keys() == {"schemas", "id", "userName", "active"}


# Who may


@pytest.mark.parametrize(
    ("method", "path", "body", "lacking"),
    [
        ("GET", "/Users", None, "core_user_view"),
        ("GET", f"/Users/{_NOBODY}", None, "core_user_view"),
        ("POST", "/Users/.search", {}, "core_user_view"),
        ("POST", "/Users", user_body(), "core_user_manage"),
        ("POST", "/Users", user_body(), "core_user_invite"),
        ("PUT", f"/Users/{_NOBODY}", user_body(), "core_user_manage"),
        ("PATCH", f"/Users/{_NOBODY}", {}, "core_user_manage"),
        ("DELETE", f"/Users/{_NOBODY}", None, "core_user_manage"),
        ("GET", "/Groups", None, "core_usergroup_view"),
        ("GET", f"/Groups/{_NOBODY}", None, "core_usergroup_view"),
        ("POST", "/Groups", group_body(), "core_usergroup_manage"),
        ("PATCH", f"/Groups/{_NOBODY}", {}, "core_usergroup_manage"),
        ("DELETE", f"/Groups/{_NOBODY}", None, "core_usergroup_manage"),
    ],
)
async def test_missing_permission_is_named(api: Api, method: str, path: str, body: Any, lacking: str) -> None:
    """403, whether the resource exists or not."""
    token = await api.issue(permissions=PROVISION - {lacking})
    answer = await api.call(method, path, body, token=token)
    assert (answer.status, answer.scim_type) == (403, None)
    assert answer.json["detail"].endswith(f"permission {lacking}")


async def test_discovery_needs_a_token_only(api: Api) -> None:
    """No permission at all."""
    token = await api.issue(permissions=frozenset())
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        assert (await api.call("GET", path, token=token)).status == 200


@pytest.mark.parametrize("path", ["/Users", f"/Users/{_NOBODY}", "/Groups", "/Schemas", "/ServiceProviderConfig", "/x"])
async def test_token_of_another_account_opens_nothing(api: Api, path: str) -> None:
    """401 with the challenge, on every route."""
    token = await api.issue("other")
    answer = await api.call("GET", path, token=token)
    assert (answer.status, answer.scim_type) == (401, None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("account", ["unknown", "a b", "ACME"])
async def test_unknown_account_opens_nothing(api: Api, account: str) -> None:
    """It is not told from one that exists."""
    assert (await api.call("GET", "/Users", account=account)).status == 401


async def test_token_comes_before_the_body(api: Api) -> None:
    """A stranger is not told what is wrong with its body."""
    assert (await api.call("POST", "/Users", b"{", token="x")).status == 401


async def test_accounts_do_not_see_each_other(api: Api) -> None:
    """The same request finds nothing in another account."""
    user, token = await api.create_user(), await api.issue("other")
    path = f"/Users/{user['id']}"
    for method, body in (("GET", None), ("PATCH", replacement("title", "x")), ("DELETE", None)):
        assert (await api.call(method, path, body, token=token, account="other")).status == 404
    assert (await api.call("GET", "/Users", token=token, account="other")).json["totalResults"] == 0


# Bad input


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "scim_type"),
    [
        ("POST", "/Users", b"{", {}, 400, "invalidSyntax"),
        ("POST", "/Users", b"", {}, 400, "invalidSyntax"),
        ("POST", "/Users", b"", {"Transfer_Encoding": "chunked"}, 411, None),
        ("POST", "/Users", b"x" * 1_048_577, {}, 413, None),
        ("POST", "/Users", b"[" * 65 + b"]" * 65, {}, 400, "invalidSyntax"),
        ("POST", "/Users", b"{}", {"Content_Type": "text/plain"}, 415, None),
        ("POST", "/Users", [], {}, 400, "invalidSyntax"),
        ("POST", "/Users", {}, {}, 400, "invalidSyntax"),
        ("POST", "/Users", "text", {}, 400, "invalidSyntax"),
        ("POST", "/Users", {**user_body(), "schemas": ["urn:x"]}, {}, 400, "invalidSyntax"),
        ("POST", "/Users", {**user_body(), "schemas": "urn:x"}, {}, 400, "invalidSyntax"),
        ("POST", "/Users", {**user_body(), "userName": None}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "userName": 5}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "userName": {"a": 1}}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "active": "maybe"}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "active": 1}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "emails": [[1]]}, {}, 400, "invalidValue"),
        ("POST", "/Users", {**user_body(), "name": "Ann"}, {}, 400, "invalidValue"),
        ("POST", "/Groups", {**group_body(), "members": 5}, {}, 400, "invalidValue"),
        ("POST", "/Groups", {**group_body(), "members": [{"display": "Ann"}]}, {}, 400, "invalidValue"),
        ("POST", "/Groups", {**group_body(), "members": [{"value": 5}]}, {}, 400, "invalidValue"),
        ("PUT", "/Users/{id}", b"null", {}, 400, "invalidSyntax"),
        ("PATCH", "/Users/{id}", b"{}", {}, 400, "invalidSyntax"),
        ("PATCH", "/Users/{id}", patch_body(), {}, 400, "invalidSyntax"),
        ("PATCH", "/Users/{id}", patch_body({"op": "move", "path": "title"}), {}, 400, "invalidValue"),
        ("PATCH", "/Users/{id}", patch_body({"op": "remove"}), {}, 400, "noTarget"),
        ("PATCH", "/Users/{id}", replacement("nothing", 1), {}, 400, "invalidPath"),
        ("PATCH", "/Users/{id}", replacement("emails[", 1), {}, 400, "invalidPath"),
        ("PATCH", "/Users/{id}", replacement("id", "x"), {}, 400, "mutability"),
        ("PATCH", "/Users/{id}", replacement("active", "maybe"), {}, 400, "invalidValue"),
        ("GET", "/Users?filter=userName", None, {}, 400, "invalidFilter"),
        ("GET", "/Users?filter=userName%20eq", None, {}, 400, "invalidFilter"),
        ("GET", "/Users?filter=userName%20is%20%22a%22", None, {}, 400, "invalidFilter"),
        ("GET", "/Users?filter=nothing%20eq%20%22a%22", None, {}, 400, "invalidFilter"),
        ("GET", "/Users?count=many", None, {}, 400, "invalidValue"),
        ("GET", "/Users?startIndex=1.5", None, {}, 400, "invalidValue"),
        ("GET", "/Users?sortBy=nothing", None, {}, 400, "invalidValue"),
        ("GET", "/Users?cursor=forged", None, {}, 400, "invalidCursor"),
        ("GET", "/Users?cursor=%C3%A9", None, {}, 400, "invalidCursor"),
        ("GET", "/Users?cursor=&count=many", None, {}, 400, "invalidCount"),
        ("POST", "/Users/.search", {}, {}, 400, "invalidSyntax"),
        ("POST", "/Users", user_body(), {}, 409, "uniqueness"),
        ("POST", "/Users", user_body("ANN@CONTOSO.EXAMPLE"), {}, 409, "uniqueness"),
        ("GET", f"/Users/{_NOBODY}", None, {}, 404, None),
        ("GET", "/Users/a'b", None, {}, 404, None),
        ("GET", "/Users/a%20b%23%3F%5C", None, {}, 404, None),
        ("GET", "/Users/%E5%90%8D", None, {}, 404, None),
        ("GET", "/Users/..%252F", None, {}, 404, None),
        ("DELETE", "/Groups/u:5f", None, {}, 404, None),
        ("PATCH", "/Groups/x", replacement("displayName", "x"), {}, 404, None),
        ("GET", "/Groups/{id}", None, {}, 404, None),  # the id of a user
        ("GET", "/Schemas/urn:x", None, {}, 404, None),
        ("GET", "/ResourceTypes/Device", None, {}, 404, None),
        ("GET", "/Schemas?filter=id%20pr", None, {}, 403, None),
    ],
)
async def test_bad_input_is_told(
    api: Api, method: str, path: str, body: Any, headers: dict[str, str], status: int, scim_type: str | None
) -> None:
    """By the right status and type; never a failure of ours, never an empty body."""
    user = await api.create_user()
    answer = await api.call(method, path.replace("{id}", user["id"]), body, **headers)
    assert (answer.status, answer.scim_type) == (status, scim_type)
    assert answer.media_type == _SCIM_JSON


async def test_unknown_attribute_is_left_out(api: Api) -> None:
    """As Entra needs it: nothing fails for it, and nothing of it is kept."""
    answer = await api.call("POST", "/Users", user_body(shoeSize=43, title="CEO"))
    assert (answer.status, "shoeSize" in answer.json, answer.json["title"]) == (201, False, "CEO")


@pytest.mark.parametrize("host", ["[", "a]b", "\u2100.example", "", "evil.example"])
async def test_host_header_is_never_used(api: Api, host: str) -> None:
    """Locations begin with the configured address, whatever a client writes there."""
    headers = {"authorization": f"Bearer {api.token}"}
    create = next(each for each in api.functions if each.name == "users_create")
    body = b'{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"}'
    url = f"https://{host}/scim/account/acme/Users"
    request = func.HttpRequest("POST", url, headers=headers, route_params={"account": "acme"}, body=body)
    response = await create.run(request, Context())
    assert response.headers["Location"].startswith(f"{PUBLIC_URL}/scim/account/acme/Users/")


# Failures


async def test_storage_that_is_away_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with when to come back; afterwards the service answers again by itself."""
    user = await api.create_user()

    async def away(*_: Any, **__: Any) -> UserRecord:
        raise StoreUnavailable("timeout")

    with monkeypatch.context() as patch:
        patch.setattr(api.directory, "get_user", away)
        answer = await api.call("GET", f"/Users/{user['id']}")
        assert (answer.status, answer.scim_type) == (503, None)
        assert int(answer.headers["Retry-After"]) > 0
    assert (await api.call("GET", f"/Users/{user['id']}")).status == 200


@pytest.mark.parametrize("path", ["/Users/5f", "/nowhere"])
async def test_failure_of_ours_leaks_nothing(api: Api, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """500 with the id of the request, and nothing of what happened."""
    monkeypatch.setattr(api, "services", None)

    async def broken(*_: Any) -> None:
        raise RuntimeError("AccountKey=c2VjcmV0")

    monkeypatch.setattr("routes.azure_http.admit", broken)
    answer = await api.call("GET", path)
    assert (answer.status, answer.scim_type) == (500, None)
    assert answer.json["detail"] == f"internal error, recorded as {REQUEST_ID}"


async def test_bad_settings_are_a_failure_of_ours() -> None:
    """Services that cannot be made are told like any other failure."""

    def none() -> Any:
        raise ValueError("set SCIM_STORAGE")

    app = func.FunctionApp()
    register(app, ROUTES, none)
    run = next(each for each in app.get_functions() if each.get_function_name() == "users_list").get_user_function()
    response = await run(
        func.HttpRequest("GET", f"{BASE}/Users", route_params={"account": "acme"}, body=b""), Context()
    )
    assert response.status_code == 500
    assert "SCIM_STORAGE" not in json.loads(response.get_body())["detail"]
