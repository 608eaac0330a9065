"""Two instances of the service over one storage, as Azure runs them under load."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from devstack.azurite import Azurite
from routes.route import SCIM_BASE
from tests.stack import new_tenant, running_service

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

type Pair = tuple[httpx.AsyncClient, httpx.AsyncClient]


@pytest.fixture(scope="module")
def addresses(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the two instances listen."""
    folders = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    with running_service(azurite, folders[0]) as one, running_service(azurite, folders[1]) as other:
        yield one, other


@pytest.fixture
async def pair(azurite: Azurite, addresses: tuple[str, str]) -> AsyncIterator[Pair]:
    """A client of each instance, for one new account."""
    async with new_tenant(azurite) as tenant, AsyncExitStack() as stack:
        base = SCIM_BASE.format(account=tenant.account)
        clients = [
            httpx.AsyncClient(
                base_url=f"{address}/{base}",
                headers={"Authorization": f"Bearer {tenant.token}"},
                timeout=60,
                trust_env=False,
            )
            for address in addresses
        ]
        for client in clients:
            await stack.enter_async_context(client)
        yield clients[0], clients[1]


async def test_members_added_through_both(pair: Pair) -> None:
    """Members added to one group at the same time through both are all in it, and no addition is refused."""
    users = await asyncio.gather(*(_create(pair[each % 2], "User", userName=f"u{each}") for each in range(40)))
    group = await _create(pair[0], "Group", displayName="All")
    added = await asyncio.gather(
        *(pair[each % 2].patch(f"/Groups/{group}", json=_adding(user)) for each, user in enumerate(users))
    )
    assert Counter(answer.status_code for answer in added) == {204: len(users)}
    seen = (await pair[1].get(f"/Groups/{group}")).json()
    assert {each["value"] for each in seen["members"]} == set(users)


async def test_same_user_through_both(pair: Pair) -> None:
    """A user who is created at the same time through both exists once: one is told so, the other is refused."""
    for number in range(10):
        body = {"schemas": [USER], "userName": f"Twin{number}"}
        answers = await asyncio.gather(*(client.post("/Users", json=body) for client in pair))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert (await pair[0].get("/Users?count=0")).json()["totalResults"] == 10


async def test_changes_through_both(pair: Pair) -> None:
    """Different attributes of a user that are changed at the same time through both are all kept."""
    user = await _create(pair[0], "User", userName="ada")
    paths = ["title", "nickName", "locale", "userType", "displayName", "timezone"]
    answers = await asyncio.gather(
        *(
            pair[each % 2].patch(f"/Users/{user}", json=_replacing(path, "America/Lima"))
            for each, path in enumerate(paths)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: len(paths)}
    seen = (await pair[1].get(f"/Users/{user}")).json()
    assert {path: seen.get(path) for path in paths} == dict.fromkeys(paths, "America/Lima")


async def _create(client: httpx.AsyncClient, kind: str, **attributes: str) -> str:
    answer = await client.post(f"/{kind}s", json={"schemas": [USER if kind == "User" else GROUP], **attributes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _adding(user: str) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": user}]}]}


def _replacing(path: str, value: str) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]}
