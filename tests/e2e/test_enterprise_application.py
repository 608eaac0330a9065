"""The Enterprise Application of a service that runs: what the configurator gives to Entra opens it."""

from uuid import uuid4

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from cli.enterprise.actions import World
from cli.enterprise.apply import apply, look
from cli.enterprise.rollcall import Rollcall
from outbound.graph import Graph
from simulator.connection import check_connection
from simulator.scim_client import ScimClient
from tests.cli.enterprise.graph_service import GraphService
from tests.cli.enterprise.world import declaration
from tests.stack import PUBLIC_URL, Service
from wiring import SystemClock, make_office

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"


async def test_from_no_account_to_a_running_job(service: Service) -> None:
    """The account is opened in the tables, Test Connection passes on the real app, and its token provisions a user."""
    account = f"a{uuid4().hex}"
    declared = declaration(account={"id": account, "name": "Acme"}, tenant_url=None)
    url = declared.url({"PUBLIC_BASE_URL": PUBLIC_URL})

    async def opens(address: str, secret: str) -> bool:
        async with ScimClient(address, secret, transport=service.transport) as client:
            return (await check_connection(client)).failure is None

    async def token() -> str:
        return tenant.token

    tenant = GraphService(opens)
    async with TestServer(tenant.app()) as server, ClientSession() as session:
        tenant.base = str(server.make_url("/v1.0"))
        rollcall = Rollcall(make_office(service.stores, SystemClock()), account, "rollcall-test")
        world = World(Graph(session, token, base=tenant.base), rollcall, declared, url)
        await apply(world, lambda _: None)
        assert await look(world) == []
    (application,) = tenant.applications
    assert application.job is not None
    assert application.job["status"]["code"] == "Active"
    secrets = application.secrets
    async with ScimClient(secrets["BaseAddress"], secrets["SecretToken"], transport=service.transport) as client:
        made = await client.create("Users", {"schemas": [USER_SCHEMA], "userName": "kim"})
        assert (await client.get("Users", made))["userName"] == "kim"
