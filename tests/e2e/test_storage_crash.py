"""The storage crashes under the running service, and comes back."""

import asyncio
from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx

from devstack.azurite import Azurite, running_azurite
from devstack.service import Tenant
from routes.route import SCIM_BASE
from tests.stack import SCIM_JSON, new_tenant, running_service

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_SECONDS = 60  # for one answer: repeated attempts are part of it


async def test_crash(tmp_path: Path) -> None:
    """While the storage is away every answer is 503 with Retry-After; then all goes on as if nothing had been."""
    with running_azurite(location=tmp_path) as azurite:
        async with new_tenant(azurite) as tenant:
            pass
    with (
        running_azurite(location=tmp_path, port=azurite.port) as azurite,
        running_service(azurite, tmp_path) as address,
    ):
        async with _client(address, tenant) as client:
            assert (await client.get("/Users")).json()["totalResults"] == 0
            await _crash_under_load(client, azurite)
            for method, path, body in (
                ("GET", "/Users", None),
                ("POST", "/Users", _user("later")),
                ("GET", f"/Groups/{uuid4()}", None),
            ):
                assert_unavailable(await client.request(method, path, json=body))
            assert (await client.get("/Schemas")).status_code == 200
            with running_azurite(location=tmp_path, port=azurite.port) as back:
                assert back.port == azurite.port
                assert (await client.post("/Users", json=_user("later"))).status_code == 201
                found = await client.get("/Users", params={"filter": 'userName eq "later"'})
                assert found.json()["totalResults"] == 1
    assert "Traceback" not in (tmp_path / "service.log").read_text("utf-8")


async def _crash_under_load(client: httpx.AsyncClient, azurite: Azurite) -> None:
    """Kill the storage while users are created: each is created, or told to come again."""
    creating = [asyncio.create_task(client.post("/Users", json=_user(f"user-{each}"))) for each in range(40)]
    await asyncio.wait(creating, return_when=asyncio.FIRST_COMPLETED)
    azurite.process.kill()
    answers = await asyncio.gather(*creating)
    for answer in answers:
        if answer.status_code != 201:
            assert_unavailable(answer)
    assert Counter(answer.status_code for answer in answers).keys() == {201, 503}


def assert_unavailable(answer: httpx.Response) -> None:
    """The answer is a SCIM error that asks the client to come again in some seconds."""
    assert (answer.status_code, answer.headers["content-type"]) == (503, SCIM_JSON), answer.text
    assert answer.json()["status"] == "503"
    assert int(answer.headers["retry-after"]) > 0


def _client(address: str, tenant: Tenant) -> httpx.AsyncClient:
    base = f"{address}/{SCIM_BASE.format(account=tenant.account)}"
    headers = {"Authorization": f"Bearer {tenant.token}"}
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=_SECONDS, trust_env=False)


def _user(name: str) -> dict[str, object]:
    return {"schemas": [USER], "userName": name}
