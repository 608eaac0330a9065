"""``channel`` over real tables, with a real receiver: opened, tried, listed and removed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from devstack.azurite import Azurite
from tests.outbound.receivers import Receiver, http_receiver


async def run(*arguments: str, exit_code: int = 0) -> str:
    """What a command prints, run in a thread as it brings a loop of its own."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["channel", *arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.output if exit_code else result.stdout


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with http_receiver() as running:
        yield running


@pytest.fixture
async def account(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A new account in the tables that the commands find in their environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCIM_STORAGE", azurite.connection_string)
    monkeypatch.setenv("OUTBOUND_ALLOW_PRIVATE", "true")
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    account_id = f"a{uuid4().hex}"
    created = await asyncio.to_thread(CliRunner().invoke, app, ["account", "create", "Acme", "--id", account_id])
    assert created.exit_code == 0, created.output
    return account_id


async def test_channel_is_opened_tried_and_removed(account: str, receiver: Receiver) -> None:
    """Each by a command of its own; the test arrives, signed."""
    told = await run("create", account, "webhook", receiver.url, "--events", "json", "--name", "Product")
    channel_id, secret = told.split()[1], told.split()[3]
    assert secret.startswith("whsec_")
    assert "the test was sent" in await run("test", account, channel_id)
    ((headers, content),) = receiver.requests
    assert (headers["webhook-signature"][:3], json.loads(content)["data"]["summary"]) == ("v1,", "this is a test")
    (listed,) = json.loads(await run("list", account, "--json"))
    assert (listed["channel"], listed["name"], listed["events"]) == (channel_id, "Product", "json")
    assert secret not in await run("list", account)
    assert json.loads(await run("dead-letters", account, channel_id, "--json")) == []
    assert "0 arrived, 0 are left" in await run("retry", account, channel_id)
    await run("replay", account, channel_id)
    await run("remove", account, channel_id)
    assert json.loads(await run("list", account, "--json")) == []


async def test_what_cannot_be_is_told(account: str, receiver: Receiver) -> None:
    """With exit code 1."""
    assert "https://" in await run("create", account, "webhook", "http://example.com", exit_code=1)
    assert "no such channel" in await run("test", account, "0123456789abcdef", exit_code=1)
    assert "there is no account" in await run("list", "nobody", exit_code=1)
    told = await run("create", account, "mail", "ops@example.com")
    assert "no way to send mail" in await run("test", account, told.split()[1], exit_code=1)
    receiver.status = 500
    told = await run("create", account, "webhook", receiver.url)
    assert "answered 500" in await run("test", account, told.split()[1], exit_code=1)
    assert "no change events" in await run("replay", account, told.split()[1], exit_code=1)
