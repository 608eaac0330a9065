"""The command line over real tables: what one command stores, the next one finds."""

from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from devstack.azurite import Azurite
from domain import tokens


def _run(*arguments: str) -> str:
    """What a command prints; a command that fails fails the test."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_account_and_token_live_in_tables(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account is opened, its token issued, listed and revoked, each by a command of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCIM_STORAGE", azurite.connection_string)
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    account_id = f"a{uuid4().hex}"
    _run("account", "create", "Acme", "--id", account_id)
    assert account_id in _run("account", "list")
    shown = tokens.read(_run("token", "issue", account_id).strip())
    assert shown is not None
    _run("token", "revoke", account_id, shown.id)
    (line,) = [each for each in _run("token", "list", account_id).splitlines() if shown.id in each]
    assert "revoked" in line
