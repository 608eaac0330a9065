"""An account is exported, deleted and imported: clients see what they saw before, under the same ids."""

import json
from io import BytesIO
from typing import Any

import httpx
import pytest

from domain.lifecycle.backup import Vault, export
from domain.lifecycle.removal import delete_account
from domain.lifecycle.restoring import restore
from scim.models import USER_SCHEMA
from storage.backup import TableBackups
from tests.domain.builders import StoppedClock
from tests.routes.calls import group_body, user_body
from tests.stack import Service, Tenant
from wiring import SystemClock

_GROUPS = {"Engineering": range(60), "Ops": range(5, 20), "Nobody": range(0)}  # the first takes more than a transaction


@pytest.fixture
async def filled(tenant: Tenant) -> Tenant:
    """A tenant with users of every look, groups, and one nested in another."""
    users = [
        await tenant.create(
            "User",
            schemas=[USER_SCHEMA],
            userName=f"user{number}@contoso.example",
            externalId=f"E-{number}",
            name={"familyName": f"Ørsted {number}", "givenName": "Ada"},
            emails=[{"value": f"user{number}@contoso.example", "type": "work", "primary": True}],
            active=number % 3 > 0,
        )
        for number in range(60)
    ]
    groups = [
        await tenant.create("Group", **group_body(name, *(users[each]["id"] for each in chosen)))
        for name, chosen in _GROUPS.items()
    ]
    await tenant.create("Group", **group_body("All", groups[0]["id"]))
    await tenant.client.delete(f"/Users/{users[0]['id']}")
    return tenant


async def _listing(client: httpx.AsyncClient) -> bytes:
    """Everything that clients can list, sorted, as bytes; without the versions, which the storage gives anew."""
    found: list[dict[str, Any]] = []
    for kind in ("Users", "Groups", "GroupMembers", "Schemas"):
        answer = await client.get(f"/{kind}", params={"count": 1000})
        assert answer.json()["totalResults"] == len(answer.json()["Resources"])
        found += answer.json()["Resources"]
    for each in found:
        each["meta"].pop("version", None)
    return json.dumps(sorted(found, key=lambda each: each["id"]), sort_keys=True).encode()


def _vault(service: Service, clock: StoppedClock | SystemClock) -> Vault:
    stores = service.stores
    return Vault(TableBackups(stores.tables), stores.accounts, stores.directory, clock)


async def test_listing_is_the_same_byte_for_byte(service: Service, filled: Tenant) -> None:
    """The token that opened the account opens it again, and who was deleted stays so."""
    before, file = await _listing(filled.client), BytesIO()
    await export(_vault(service, SystemClock()), filled.account, file)
    await _delete(service, filled.account)
    assert json.loads(await _listing_of_nothing(filled.client)) == []
    await restore(_vault(service, SystemClock()), file)
    assert await _listing(filled.client) == before
    assert [each async for each in service.stores.directory.audit(filled.account)] == []


async def test_restored_account_goes_on(service: Service, filled: Tenant) -> None:
    """Names stay unique, groups can be changed and totals count on."""
    file = BytesIO()
    await export(_vault(service, SystemClock()), filled.account, file)
    await _delete(service, filled.account)
    await restore(_vault(service, SystemClock()), file)
    taken = await filled.client.post("/Users", json=user_body("USER7@contoso.example"))
    assert taken.status_code == 409
    await filled.create("User", **user_body("new@contoso.example"))
    assert (await filled.client.get("/Users", params={"count": 0})).json()["totalResults"] == 60


async def _listing_of_nothing(client: httpx.AsyncClient) -> bytes:
    """What a caller sees who is still remembered: no resources at all."""
    answers = [await client.get(f"/{kind}") for kind in ("Users", "Groups", "GroupMembers")]
    return json.dumps([each for answer in answers for each in answer.json().get("Resources", [])]).encode()


async def _delete(service: Service, account: str) -> None:
    clock = StoppedClock()

    async def pause(seconds: float) -> None:
        clock.move(seconds=seconds)

    await delete_account(_vault(service, clock), account, pause=pause)
