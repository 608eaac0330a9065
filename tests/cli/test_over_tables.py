"""The command line over real tables: what one command stores, the next one finds."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from azure.data.tables import TableClient
from typer.testing import CliRunner

from cli.__main__ import app
from devstack.azurite import Azurite
from domain.access import tokens
from tests.scim.extension_builders import EVERYTHING, URN


def _run(*arguments: str, exit_code: int = 0) -> str:
    """What a command prints; a command that ends otherwise than expected fails the test."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stdout


@pytest.fixture
def storage(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Azurite:
    """The tables that the commands find in their environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCIM_STORAGE", azurite.connection_string)
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    return azurite


@pytest.mark.usefixtures("storage")
def test_account_and_token_live_in_tables() -> None:
    """An account is opened, its token issued, listed and revoked, each by a command of its own."""
    account_id = f"a{uuid4().hex}"
    _run("account", "create", "Acme", "--id", account_id)
    assert account_id in _run("account", "list")
    shown = tokens.read(_run("token", "issue", account_id).strip())
    assert shown is not None
    _run("token", "revoke", account_id, shown.id)
    (line,) = [each for each in _run("token", "list", account_id).splitlines() if shown.id in each]
    assert "revoked" in line


@pytest.mark.usefixtures("storage")
def test_schema_lives_in_tables(tmp_path: Path) -> None:
    """A schema is registered, listed, shown and removed, each by a command of its own."""
    account_id, file = f"a{uuid4().hex}", tmp_path / "badges.json"
    _run("account", "create", "Acme", "--id", account_id)
    file.write_text(json.dumps(EVERYTHING), "utf-8")
    _run("schema", "register", account_id, str(file), "--type", "User")
    assert URN in _run("schema", "list", account_id)
    assert json.loads(_run("schema", "show", account_id, URN))["id"] == URN
    _run("schema", "remove", account_id, URN)
    assert URN not in _run("schema", "list", account_id)


def test_check_finds_and_mends(storage: Azurite) -> None:
    """A look-up row that leads nowhere is told, with exit code 1, until it is repaired."""
    account_id = f"a{uuid4().hex}"
    _run("account", "create", "Acme", "--id", account_id)
    assert "fits together" in _run("account", "check", account_id)
    with TableClient.from_connection_string(storage.connection_string, "directory") as table:
        table.create_entity({"PartitionKey": account_id, "RowKey": "un:ghost", "id": str(uuid4())})
    assert "un:ghost" in _run("account", "check", account_id, exit_code=1)
    assert "yes" in _run("account", "check", account_id, "--repair")
    assert "fits together" in _run("account", "check", account_id)


@pytest.mark.usefixtures("storage")
def test_check_of_an_unknown_account() -> None:
    """An account that does not exist is said to, not audited."""
    assert _run("account", "check", "nobody", exit_code=1) == ""
