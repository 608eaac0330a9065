"""A service that is killed in the middle of its writes loses nothing that it answered, and leaves nothing half done."""

import asyncio
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.azurite import Azurite, running_azurite
from devstack.service import Tenant, new_tenant, open_stores, settings_of
from domain.access.signin import Caller
from domain.provisioning.users import create_user
from domain.writing import Desk
from routes.route import SCIM_BASE
from scim.json_types import JsonObject
from scim.models import USER_SCHEMA
from scim.resources import read_resource
from storage import journal
from storage.audit import audit
from tests.resilience.client import Client
from tests.resilience.world import World, listed
from tests.stack import LISTENING, running
from wiring import Stores, SystemClock

_ROUNDS = int(os.environ.get("ROLLCALL_KILL_ROUNDS", "4"))
_WORKERS = 3
_USERS_AT_FIRST = 115


@pytest.mark.parametrize("seed", range(_ROUNDS))
async def test_killed_service_loses_nothing(seed: int, tmp_path: Path) -> None:
    """After a restart and one maintenance run the audit finds nothing, and every answered write is there."""
    chance = random.Random(seed)
    with running_azurite() as azurite:
        async with open_stores(azurite) as stores:
            tenant = await new_tenant(stores, "Kill test")
            clients = await _load_until_killed(azurite, tenant, stores, chance, tmp_path)
            with _service(azurite, tmp_path) as (_, address):
                async with _http(address, tenant) as http:
                    await _maintain(address, http, stores, tenant)
                    users, groups = await _all(http, "Users"), await _all(http, "Groups")
            totals = await stores.directory.totals(tenant.account)
            findings = [each async for each in audit(stores.tables.directory, tenant.account)]
    assert findings == []
    assert (totals.users, totals.groups) == (len(users), len(groups))
    for client in clients:
        assert client.refused == []
        assert _is_as_believed(client, listed(users, groups, client.name))


def _is_as_believed(client: Client, found: World) -> bool:
    """Whether what is there is what was answered, or that and the one write that was under way."""
    assert found in (client.known, client.next), f"{client.name}: {found}\n{client.known}\n{client.next}"
    return True


async def _load_until_killed(
    azurite: Azurite, tenant: Tenant, stores: Stores, chance: random.Random, folder: Path
) -> list[Client]:
    with _service(azurite, folder) as (process, address):
        async with _http(address, tenant) as http:
            clients = [Client(f"w{each}", http, random.Random(chance.random())) for each in range(_WORKERS)]
            for client in clients:
                await _give_users(client, tenant, stores)
            work = asyncio.gather(*(client.work() for client in clients))
            await asyncio.sleep(chance.uniform(1.0, 3.0))  # the load runs meanwhile; nothing is waited for
            process.kill()
            await work
    return clients


@contextmanager
def _service(azurite: Azurite, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service as a process of its own, and its address; timers run when asked to, *folder* takes its log."""
    arguments = ("localhost", "--port", "0", "--no-timers", "--settings", "none.json")
    with running(*arguments, until=LISTENING, log=folder / "service.log", settings=settings_of(azurite, 0)) as command:
        found = LISTENING.search(command.printed)
        assert found is not None
        yield command.process, found[1]


async def _give_users(client: Client, tenant: Tenant, stores: Stores) -> None:
    """Enough users at once for changes of members that take several transactions."""
    desk = Desk(stores.directory, SystemClock())
    caller = Caller(await stores.accounts.get_account(tenant.account), "seed", frozenset())
    slots = [f"{client.name}-u{number}" for number in range(1, _USERS_AT_FIRST + 1)]
    bodies = [{"schemas": [USER_SCHEMA], "userName": f"{slot}.0@example.com", "displayName": "new"} for slot in slots]
    created = await asyncio.gather(*(create_user(desk, caller, read_resource(body, "User")) for body in bodies))
    for slot, user in zip(slots, created, strict=True):
        client.knows(slot, user.id)


def _http(address: str, tenant: Tenant) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{address}/{SCIM_BASE.format(account=tenant.account)}",
        headers={"Authorization": f"Bearer {tenant.token}"},
        timeout=60,
    )


async def _maintain(address: str, http: httpx.AsyncClient, stores: Stores, tenant: Tenant) -> None:
    """Run the timer by hand, and look until it has finished what was left."""
    answer = await http.post(f"{address}/admin/functions/maintenance", json={"input": ""})
    assert answer.status_code == 202
    for _ in range(600):
        if not await journal.unfinished(stores.tables.directory, tenant.account):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the maintenance run leaves work unfinished")


async def _all(http: httpx.AsyncClient, kind: str) -> list[JsonObject]:
    """All resources of a kind, by cursor."""
    found: list[JsonObject] = []
    parameters: dict[str, Any] = {"cursor": "", "count": 200}
    while True:
        page = (await http.get(f"/{kind}", params=parameters)).json()
        found += page["Resources"]
        if "nextCursor" not in page:
            return found
        parameters["cursor"] = page["nextCursor"]
