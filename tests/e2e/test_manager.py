"""The manager API beside SCIM, through the real worker runtime and over Azurite."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.stack import PUBLIC_URL, Service, Tenant

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
async def manager(service: Service, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tenant's manager API, as Account Admin."""
    base, headers = f"{PUBLIC_URL}/manager/account/{tenant.account}", {"Authorization": f"Bearer {tenant.token}"}
    async with httpx.AsyncClient(transport=service.transport, base_url=base, headers=headers) as client:
        yield client


async def ask(client: httpx.AsyncClient, method: str, path: str, status: int, body: Any = None) -> Any:
    """The JSON of an answer with this status."""
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def test_both_sides_of_an_account(manager: httpx.AsyncClient, tenant: Tenant) -> None:
    """A user is invited, put into groups of all scopes, adopted by the client, locked by it, and let go again."""
    invited = (await ask(manager, "POST", "/users", 201, {"email": "Ann@corp.example", "name": "Ann"}))["user"]
    user = f"/users/{invited['id']}"
    await ask(manager, "POST", f"{user}/accept", 200, {"code": invited["invitation"]["code"]})
    await ask(manager, "POST", "/orgs", 201, {"name": "Ops", "identifier": "ops"})
    await ask(manager, "POST", "/orgs/ops/projects", 201, {"name": "web"})
    await ask(manager, "PUT", f"/orgs/ops/projects/web/users/{invited['id']}", 204)
    for below in ("", "/orgs/ops", "/orgs/ops/projects/web"):
        group = await ask(manager, "POST", f"{below}/groups", 201, {"name": "Team"})
        await ask(manager, "POST", f"/groups/{group['id']}/members", 200, {"users": [invited["id"]]})
    adopted = await tenant.create("User", schemas=[USER], userName="ann@corp.example")
    assert adopted["id"] == invited["id"]
    team = await tenant.create("Group", schemas=[GROUP], displayName="Team", members=[{"value": adopted["id"]}])
    shown = await ask(manager, "GET", user, 200)
    assert (shown["groupManaged"], len(shown["nativeGroups"]), shown["scimGroups"]) == (True, 3, [team["id"]])
    refused = await ask(manager, "DELETE", f"/groups/{group['id']}/members/{adopted['id']}", 400)
    assert refused["code"] == "USER_EXTERNALLY_MANAGED"
    groups = (await ask(manager, "GET", "/groups?search=team", 200))["items"]
    assert [(each["identifier"], each["origin"]) for each in groups] == [("Team", "native"), ("Team_1", "scim")]
    assert (await ask(manager, "GET", "", 200))["counts"] == {"users": 1, "scimGroups": 1, "nativeGroups": 3}
    await ask(manager, "POST", f"/groups/{team['id']}/release", 200)
    await ask(manager, "POST", f"{user}/release", 200)
    await ask(manager, "DELETE", user, 204)
    assert (await tenant.client.get("/Users")).json()["totalResults"] == 0
    assert (await ask(manager, "GET", f"/groups/{team['id']}/members", 200))["items"] == []


async def test_sign_in_is_resolved(manager: httpx.AsyncClient, tenant: Tenant) -> None:
    """The worked example, over real tables (R62)."""
    alpha, bravo, charlie = (f"{each}@corp.example" for each in ("alpha", "bravo", "charlie"))
    for generation, emails in (("firstGen", [alpha, bravo]), ("nextGen", [alpha, charlie])):
        await ask(manager, "PUT", f"/sign-in/integrations/{generation}", 200, {"mechanism": "saml"})
        await ask(manager, "POST", f"/sign-in/integrations/{generation}/members", 204, {"emails": emails})
    for email in (alpha, charlie):
        await tenant.create("User", schemas=[USER], userName=email)
    reasons = [
        (await ask(manager, "POST", "/sign-in/resolve", 200, {"email": each}))["reason"]
        for each in (alpha, bravo, charlie)
    ]
    assert reasons == ["SIGNED_IN", "NOT_PROVISIONED", "NOT_MEMBER_OF_FIRSTGEN"]


async def test_client_and_administrator_at_once(manager: httpx.AsyncClient, tenant: Tenant) -> None:
    """Both change one user at the same moment: one after the other, nothing half done, nothing lost."""
    invited = (await ask(manager, "POST", "/users", 201, {"email": "ann@corp.example"}))["user"]
    await ask(manager, "POST", f"/users/{invited['id']}/accept", 200, {"code": invited["invitation"]["code"]})
    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Boss"}],
    }
    edited, locked, patched = await asyncio.gather(
        manager.patch(f"/users/{invited['id']}", json={"name": "Ann Berg"}),
        manager.post(f"/users/{invited['id']}/lock"),
        tenant.client.patch(f"/Users/{invited['id']}", json=patch),
    )
    assert (locked.status_code, patched.status_code, edited.status_code in (200, 400)) == (200, 200, True)
    shown = await ask(manager, "GET", f"/users/{invited['id']}", 200)
    assert (shown["origin"], shown["locked"]) == ("scim", True)
    assert shown["name"] == ("Ann Berg" if edited.status_code == 200 else "ann@corp.example")
    assert (await tenant.client.get(f"/Users/{invited['id']}")).json()["title"] == "Boss"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("DELETE", "/users", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/users/x", 404, "NOT_FOUND"),
        ("GET", "/orgs/x/projects/y/groups", 404, "NOT_FOUND"),
        ("GET", "/users?limit=x", 400, "INVALID_REQUEST"),
        ("POST", "/groups", 400, "INVALID_REQUEST"),
    ],
)
async def test_errors_are_problems(manager: httpx.AsyncClient, method: str, path: str, status: int, code: str) -> None:
    """Whichever function the host hands the request to."""
    answer = await manager.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("form", "content_type"), [("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-ndjson")]
)
async def test_log_as_a_file_names_its_charset_once(manager: httpx.AsyncClient, form: str, content_type: str) -> None:
    """The library adds one to every text; JSON is UTF-8 anyway (RFC 8259 §8.1)."""
    answer = await manager.get("/log", params={"format": form})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
