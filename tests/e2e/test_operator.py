"""An operator opens an account and issues a token on the command line; a client then works with them."""

import asyncio
import logging
import os
import re
import subprocess
import sys

import httpx
import pytest

from devstack.azurite import Azurite
from devstack.service import ROOT
from routes.route import SCIM_BASE
from tests.stack import PUBLIC_URL, SCIM_JSON, Service

USER = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}


def cli(azurite: Azurite, *arguments: str) -> str:
    """What a command prints on standard output."""
    ended = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=os.environ | {"SCIM_STORAGE": azurite.connection_string, "PUBLIC_BASE_URL": PUBLIC_URL},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout


async def test_account_and_token(azurite: Azurite, service: Service) -> None:
    """The tenant URL that is printed works with the token that is printed, until that one is revoked."""
    printed = cli(azurite, "account", "create", "Fabrikam")
    account, url = (found[1] for name in ("account", "tenant URL") if (found := re.search(rf"{name} +(\S+)", printed)))
    assert url == f"{PUBLIC_URL}/{SCIM_BASE.format(account=account)}"
    used, unused = (cli(azurite, "token", "issue", account).strip() for _ in range(2))
    async with httpx.AsyncClient(transport=service.transport, headers={"Content-Type": SCIM_JSON}) as client:
        answer = await client.post(f"{url}/Users", json=USER, headers={"Authorization": f"Bearer {used}"})
        assert answer.status_code == 201
        cli(azurite, "token", "revoke", account, unused.split(".")[2])
        answer = await client.get(f"{url}/Users", headers={"Authorization": f"Bearer {unused}"})
        assert answer.status_code == 401


async def test_maintenance_by_hand(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """The timer runs by hand as on the real host, and to its end, without a failure."""
    caplog.set_level(logging.INFO, logger="rollcall.telemetry")
    async with httpx.AsyncClient(transport=service.transport, base_url=PUBLIC_URL) as client:
        answer = await client.post("/admin/functions/maintenance", json={"input": ""})
        assert answer.status_code == 202
    for _ in range(600):  # else it would still be at work while the next test counts round trips
        if told := [each.message for each in caplog.records if '"event":"maintenance"' in each.message]:
            break
        await asyncio.sleep(0.1)
    assert told
