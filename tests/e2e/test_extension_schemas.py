"""Schemas of one account over the whole service: registered, used in all requests, removed, and there again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx2 import Client as SyncClient
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from devstack.azurite import Azurite
from devstack.service import new_tenant, open_stores
from domain import schemas
from domain.access.administration import operator
from domain.access.keys import issue_token
from domain.access.principals import PROVISIONING
from domain.access.signin import REMEMBERED_FOR
from routes.route import SCIM_BASE
from tests.scim.extension_builders import EVERYTHING, URN, attribute
from tests.stack import Service, Tenant, running_service
from wiring import SystemClock, make_office

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
TEAMS = "urn:example:params:scim:schemas:teams:1.0:Group"

type Client = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def register(service: Service, tenant: Tenant) -> Callable[..., Awaitable[object]]:
    """Registers a schema for the account."""

    async def do(payload: Any = EVERYTHING, kind: str = "User", *, required: bool = False) -> object:
        return await schemas.register_schema(service.stores.accounts, tenant.account, payload, kind, required=required)

    return do


@pytest.fixture
def fresh(service: Service, tenant: Tenant) -> Client:
    """Opens a client that nobody remembers, so that it sees the account as it is now."""

    @asynccontextmanager
    async def client() -> AsyncIterator[httpx.AsyncClient]:
        account = await service.stores.accounts.get_account(tenant.account)
        office = make_office(service.stores, SystemClock())
        issued = await issue_token(office, operator(account), owner=PROVISIONING)
        headers = httpx.Headers(tenant.client.headers)
        headers["Authorization"] = f"Bearer {issued.text}"
        async with httpx.AsyncClient(transport=service.transport, base_url=tenant.url, headers=headers) as opened:
            yield opened

    return client


def user(name: str = "ann", **data: Any) -> Any:
    return {"schemas": [USER, URN], "userName": name, URN: data}


def patch(op: str, path: str, value: Any = None) -> Any:
    return {"schemas": [PATCH], "Operations": [{"op": op, "path": path, "value": value}]}


async def test_discovery_of_one_account(tenant: Tenant, strict_tenant: Tenant, register: Any) -> None:
    """The schema stands in /Schemas and /ResourceTypes of its account only."""
    await register(required=True)
    shown = (await tenant.client.get(f"/Schemas/{URN}")).json()
    assert shown["name"] == "Badges"
    assert shown["meta"] == {"resourceType": "Schema", "location": f"{tenant.url}/Schemas/{URN}"}
    kind = (await tenant.client.get("/ResourceTypes/User")).json()
    assert {"schema": URN, "required": True} in kind["schemaExtensions"]
    assert (await strict_tenant.client.get(f"/Schemas/{URN}")).status_code == 404
    assert URN not in (await strict_tenant.client.get("/ResourceTypes")).text


async def test_user_with_an_extension(tenant: Tenant, register: Any) -> None:
    """Created, read, changed and replaced, with one look at the storage for each as without."""
    await register()
    created = await tenant.create("User", **user(badge="B-1", floor=3, pin="1234"))
    assert created["schemas"] == [USER, URN]
    assert created[URN] == {"badge": "B-1", "floor": 3}
    place = f"/Users/{created['id']}"
    changed = await tenant.client.patch(place, json=patch("add", f"{URN}:tags", ["a"]))
    assert changed.json()[URN] == {"badge": "B-1", "floor": 3, "tags": ["a"]}
    replaced = await tenant.client.put(place, json=user(badge="B-2"))
    assert replaced.json()[URN] == {"badge": "B-2"}
    narrow = await tenant.client.get(place, params={"attributes": f"{URN}:badge"})
    assert narrow.json()[URN] == {"badge": "B-2"}
    assert (await tenant.client.get(place)).json() == replaced.json()


@pytest.mark.parametrize(
    ("data", "status", "scim_type"),
    [
        ({"floor": 1.5}, 400, "invalidValue"),
        ({"color": "blue"}, 400, "invalidValue"),
        ({"badge": "b-1"}, 409, "uniqueness"),
    ],
)
async def test_user_that_is_refused(tenant: Tenant, register: Any, data: Any, status: int, scim_type: str) -> None:
    """What the schema does not allow, and what another user has."""
    await register()
    await tenant.create("User", **user(badge="B-1"))
    answer = await tenant.client.post("/Users", json=user("bob", **data))
    assert (answer.status_code, answer.json()["scimType"]) == (status, scim_type)
    assert URN in answer.json()["detail"]


async def test_lists(tenant: Tenant, register: Any) -> None:
    """Filtered, sorted and searched, of one kind and from the root."""
    await register()
    for name, floor in (("ann", 2), ("bob", 3), ("eve", 1)):
        await tenant.create("User", **user(name, floor=floor, height=float(floor)))
    await tenant.create("User", schemas=[USER], userName="joe")
    query = {"filter": f"{URN}:floor gt 1", "sortBy": f"{URN}:height", "sortOrder": "descending"}
    for path in ("/Users", "/"):
        found = (await tenant.client.get(path, params=query)).json()
        assert [each["userName"] for each in found["Resources"]] == ["bob", "ann"]
    query |= {"cursor": "", "count": "1"}
    first = (await tenant.client.get("/Users", params=query)).json()
    second = (await tenant.client.get("/Users", params=query | {"cursor": first["nextCursor"]})).json()
    assert [each["Resources"][0]["userName"] for each in (first, second)] == ["bob", "ann"]
    unknown = await tenant.client.get("/Groups", params={"filter": f"{URN}:floor gt 1"})
    assert (unknown.status_code, unknown.json()["scimType"]) == (400, "invalidFilter")


async def test_bulk_and_groups(tenant: Tenant, register: Any) -> None:
    """Groups are extended as users are, and bulk knows both."""
    await register()
    await register({"id": TEAMS, "attributes": [attribute("code", required=True)]}, "Group", required=True)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": user(badge="B-1")},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"schemas": [GROUP], "displayName": "G"}},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "h",
            "data": {"schemas": [GROUP], "displayName": "H", TEAMS: {"code": "1"}},
        },
    ]
    answer = (await tenant.client.post("/Bulk", json={"schemas": [BULK], "Operations": operations})).json()
    assert [each["status"] for each in answer["Operations"]] == ["201", "400", "201"]
    (found,) = (await tenant.client.get("/Groups", params={"filter": f'{TEAMS}:code eq "1"'})).json()["Resources"]
    assert found[TEAMS] == {"code": "1"}


async def test_schema_is_removed_and_comes_back(service: Service, tenant: Tenant, register: Any, fresh: Client) -> None:
    """Its data stays, is not shown, survives changes meanwhile, and is there again with the schema."""
    await register()
    created = await tenant.create("User", **user(badge="B-1"))
    place = f"/Users/{created['id']}"
    await schemas.remove_schema(service.stores.accounts, tenant.account, URN)
    async with fresh() as client:
        assert URN not in (await client.patch(place, json=patch("replace", "title", "Dr"))).json()
        assert (await client.get("/Users", params={"filter": f"{URN}:badge pr"})).status_code == 400
        assert (await client.get(f"/Schemas/{URN}")).status_code == 404
        assert URN not in (await client.put(place, json={"schemas": [USER], "userName": "ann"})).json()
    await register()
    async with fresh() as client:
        assert (await client.get(place)).json()[URN] == {"badge": "B-1"}
        assert (await client.post("/Users", json=user("bob", badge="B-1"))).status_code == 409
    assert [each async for each in service.stores.directory.audit(tenant.account)] == []


async def test_known_caller_learns_of_it_late(tenant: Tenant, register: Any, fresh: Client) -> None:
    """As of all settings: who is remembered, for up to a minute."""
    assert REMEMBERED_FOR.total_seconds() == 60
    assert (await tenant.client.get(f"/Schemas/{URN}")).status_code == 404
    await register()
    assert (await tenant.client.get(f"/Schemas/{URN}")).status_code == 404
    async with fresh() as client:
        assert (await client.get(f"/Schemas/{URN}")).status_code == 200


async def test_our_own_extension(tenant: Tenant) -> None:
    """Shown where it is asked for, filterable, and not to be changed."""
    own = "urn:rollcall:params:scim:schemas:extension:1.0:User"
    created = await tenant.create("User", schemas=[USER], userName="ann", active=False)
    assert own not in created
    place = f"/Users/{created['id']}"
    asked = (await tenant.client.get(place, params={"attributes": own})).json()
    assert asked == {
        "schemas": [USER, own],
        "id": created["id"],
        own: {"origin": "scim", "state": "deactivated"},
    }
    query = {"filter": f'{own}:state eq "deactivated" and {own}:origin eq "scim"'}
    assert (await tenant.client.get("/Users", params=query)).json()["totalResults"] == 1
    refused = await tenant.client.patch(place, json=patch("replace", f"{own}:state", "active"))
    assert (refused.status_code, refused.json()["scimType"]) == (400, "mutability")
    ignored = await tenant.client.put(place, json={**created, own: {"state": "active", "origin": "native"}})
    assert ignored.status_code == 200
    assert (await tenant.client.get(place, params={"attributes": own})).json() == asked


JUDGED = {"badge", "color", "code", "floor", "trusted", "manual"}
"""What scim2-tester can make values of, and compares with what comes back by default."""


async def _judged_tenant(azurite: Azurite) -> Any:
    """An account with a schema for each type, the group's one required."""
    simple = [each for each in EVERYTHING["attributes"] if each["name"] in JUDGED]
    desk = {**attribute("desk", "complex"), "subAttributes": [attribute("room"), attribute("row", "integer")]}
    code = [attribute("code", required=True), attribute("team", canonicalValues=["a", "b"])]
    async with open_stores(azurite) as stores:
        made = await new_tenant(stores, "Judged")
        own = {**EVERYTHING, "attributes": [*simple, desk]}
        await schemas.register_schema(stores.accounts, made.account, own, "User")
        teams = {"id": TEAMS, "name": "Teams", "attributes": code}
        await schemas.register_schema(stores.accounts, made.account, teams, "Group", required=True)
        return made


def test_scim2_tester(azurite: Azurite, tmp_path: Path) -> None:
    """A client that knows the account by discovery alone finds the extensions to be as their schemas say."""
    made = asyncio.run(_judged_tenant(azurite))
    with running_service(azurite, tmp_path) as address:
        url = f"{address}/{SCIM_BASE.format(account=made.account)}"
        with SyncClient(base_url=url, headers={"Authorization": f"Bearer {made.token}"}, timeout=30) as client:
            results = check_server(SyncSCIMClient(client), resource_types=["User", "Group"])
    good = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}
    assert [(each.title, each.reason) for each in results if each.status not in good] == []
    assert sum(URN in str(each.reason) for each in results) > len(JUDGED)
