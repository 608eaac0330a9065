"""The headers of every kind of answer."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.stack import SCIM_JSON, Tenant

USER: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
GROUP: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Analysts"}
FIXED = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}
"""What every answer says."""
PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "externalId", "value": "x"}],
}


def assert_current(answer: httpx.Response) -> None:
    """The answer shows a resource with its version, as body and as header alike, and where it is."""
    meta = answer.json()["meta"]
    assert answer.headers["etag"] == meta["version"]
    assert answer.headers["etag"].startswith('W/"')
    where = "location" if answer.status_code == 201 else "content-location"
    assert answer.headers[where] == meta["location"]


@pytest.mark.parametrize(("kind", "body"), [("User", USER), ("Group", GROUP)])
async def test_resource(tenant: Tenant, kind: str, body: dict[str, Any]) -> None:
    """An answer with a resource has its ETag and its location below the public address, wherever it was asked."""
    created = await tenant.client.post(f"/{kind}s", json=body, headers={"Host": "elsewhere.example"})
    assert_current(created)
    assert created.headers["location"] == f"{tenant.url}/{kind}s/{created.json()['id']}"
    for method, content in (("GET", None), ("PUT", body), ("GET", None)):
        answer = await tenant.client.request(method, created.headers["location"], json=content)
        assert answer.status_code == 200
        assert_current(answer)


async def test_patch_of_user(tenant: Tenant) -> None:
    """PATCH of a user answers with the new version."""
    ada = await tenant.create("User", **USER)
    answer = await tenant.client.patch(f"/Users/{ada['id']}", json=PATCH)
    assert_current(answer)
    assert answer.headers["etag"] != ada["meta"]["version"]


async def test_patch_of_group(tenant: Tenant) -> None:
    """PATCH of a group answers with nothing but the new version, unless a projection asks for more."""
    group = await tenant.create("Group", **GROUP)
    answer = await tenant.client.patch(f"/Groups/{group['id']}", json=PATCH)
    assert (answer.status_code, answer.content) == (204, b"")
    seen = await tenant.client.get(f"/Groups/{group['id']}")
    assert answer.headers["etag"] == seen.headers["etag"] != group["meta"]["version"]
    asked = await tenant.client.patch(f"/Groups/{group['id']}?attributes=displayName", json=PATCH)
    assert (asked.status_code, asked.json()["displayName"]) == (200, "Analysts")


@pytest.mark.requirement("7644-3.14-02")
async def test_not_modified(tenant: Tenant) -> None:
    """Who has the current version already gets 304 with its ETag and no body."""
    ada = await tenant.create("User", **USER)
    known = {"If-None-Match": ada["meta"]["version"]}
    answer = await tenant.client.get(f"/Users/{ada['id']}", headers=known)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", ada["meta"]["version"])


@pytest.mark.requirement("7644-3.14-02", "7644-3.14-03")
async def test_version_follows_members(tenant: Tenant) -> None:
    """Who has seen other members gets the group anew, and may write by what it has seen."""
    ada = await tenant.create("User", **USER)
    group = await tenant.create("Group", **GROUP, members=[{"value": ada["id"]}])
    group_path = f"/Groups/{group['id']}"
    known = {"If-None-Match": group["meta"]["version"]}
    assert (await tenant.client.get(group_path, headers=known)).status_code == 304
    await tenant.client.delete(f"/Users/{ada['id']}")
    assert (await tenant.client.get(group_path, headers=known)).status_code == 200
    assert (await tenant.client.patch(group_path, json=PATCH, headers={"If-Match": known["If-None-Match"]})).is_success


async def test_version_follows_groups(tenant: Tenant) -> None:
    """Who has seen other groups gets the user anew, may write by what it has seen, and may leave the groups out."""
    ada = await tenant.create("User", **USER)
    user_path, known = f"/Users/{ada['id']}", {"If-None-Match": ada["meta"]["version"]}
    await tenant.create("Group", **GROUP, members=[{"value": ada["id"]}])
    changed = await tenant.client.get(user_path, headers=known)
    assert (changed.status_code, len(changed.json()["groups"])) == (200, 1)
    known_now = {"If-None-Match": changed.headers["etag"]}
    assert (await tenant.client.get(user_path, headers=known_now)).status_code == 304
    without = await tenant.client.get(user_path, params={"excludedAttributes": "groups"}, headers=known)
    assert without.status_code == 304
    assert (await tenant.client.put(user_path, json=USER, headers={"If-Match": known["If-None-Match"]})).is_success


async def test_head(tenant: Tenant) -> None:
    """HEAD has the headers of GET and no body."""
    ada = await tenant.create("User", **USER)
    answer = await tenant.client.head(f"/Users/{ada['id']}")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", ada["meta"]["version"])


@pytest.mark.requirement("7644-3.1-04", "7644-8.1-01")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Users", None, 200),
        ("GET", "/Groups?filter=displayName%20eq%20%22x%22", None, 200),
        ("GET", "/ServiceProviderConfig", None, 200),
        ("GET", "/ResourceTypes", None, 200),
        ("GET", "/Schemas", None, 200),
        ("POST", "/Users", USER, 201),
        ("POST", "/Users", {}, 400),
        ("GET", "/Users/x", None, 404),
        ("PUT", "/Users", USER, 405),
        ("OPTIONS", "/Users", None, 204),
    ],
)
async def test_every_answer(tenant: Tenant, method: str, path: str, body: Any, status: int) -> None:
    """Whatever the answer: it is SCIM JSON if it has a body, is kept by no cache, and its type is not guessed."""
    answer = await tenant.client.request(method, path, content=None if body is None else json.dumps(body))
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    if answer.content:
        assert answer.headers["content-type"] == SCIM_JSON


@pytest.mark.parametrize("path", ["/Users", "/Users/x", "/Nothing", "/Users?filter=x"])
@pytest.mark.parametrize("token", ["", "Bearer x"])
async def test_every_answer_names_its_request(tenant: Tenant, path: str, token: str) -> None:
    """By an id of its own, under which our logs know it; a success and a refusal alike."""
    headers = {"Authorization": token} if token else {}
    first, second = [await tenant.client.get(path, headers=headers) for _ in range(2)]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", first.headers["x-request-id"])


async def test_not_modified_is_told_with_all_headers(tenant: Tenant) -> None:
    """``no-store`` does not keep a client from asking whether its version is current."""
    ada = await tenant.create("User", **USER)
    answer = await tenant.client.get(f"/Users/{ada['id']}", headers={"If-None-Match": ada["meta"]["version"]})
    assert answer.status_code == 304
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    assert answer.headers["x-request-id"]
