"""``schema`` on the command line, over the memory of this process."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.cli.test_commands import MemoryStores, create, run, stores
from tests.scim.extension_builders import EVERYTHING, URN

__all__ = ["stores"]


@pytest.fixture(autouse=True)
def _account(stores: MemoryStores) -> None:  # noqa: ARG001  it must be there first
    """An account to register schemas for."""
    create()


def register(payload: Any = EVERYTHING, *options: str) -> Result:
    """Register what a file holds."""
    Path("schema.json").write_text(payload if isinstance(payload, str) else json.dumps(payload), "utf-8")
    return run("schema", "register", "acme", "schema.json", *options)


@pytest.mark.parametrize(
    ("options", "kind", "required"),
    [
        ((), "User", "no"),
        (("--type", "User", "--required"), "User", "yes"),
        (("--type", "group"), "Group", "no"),
    ],
)
def test_schema_is_registered(options: tuple[str, ...], kind: str, required: str) -> None:
    """For the type that is named, and the list shows it."""
    result = register(EVERYTHING, *options)
    assert result.exit_code == 0
    assert f"{URN} is registered for {kind}s" in result.stdout
    (line,) = [each for each in run("schema", "list", "acme").stdout.splitlines() if URN in each]
    assert kind in line
    assert required in line
    assert "badge, color" in line


def test_schema_is_shown_and_removed() -> None:
    """In full; and afterwards there is none."""
    register()
    assert json.loads(run("schema", "show", "acme", URN.upper()).stdout)["id"] == URN
    assert "no longer shown" in run("schema", "remove", "acme", URN).stdout
    assert "no schemas yet" in run("schema", "list", "acme").stdout


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("{", "is no JSON"),
        ("[]", "the schema must be an object"),
        ({**EVERYTHING, "id": "x"}, "id must be a URN"),
        ({"id": URN, "attributes": [{"name": "a", "type": "text"}]}, "a: type must be string"),
    ],
)
def test_odd_schema_is_refused(payload: Any, reason: str) -> None:
    """With the reason on standard error."""
    result = register(payload)
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr


def test_schema_is_registered_once() -> None:
    """To change it, it is removed first."""
    register()
    result = register(EVERYTHING, "--type", "Group")
    assert result.exit_code == 1
    assert "has already" in result.stderr


def test_schemas_are_listed_for_programs() -> None:
    """With the names of their attributes; none is an empty list."""
    assert json.loads(run("schema", "list", "acme", "--json").stdout) == []
    register()
    (listed,) = json.loads(run("schema", "list", "acme", "--json").stdout)
    assert (listed["schema"], listed["type"], listed["required"]) == (URN, "User", False)
    assert listed["attributes"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("register", "nobody", "schema.json"),
        ("register", "acme", "missing.json"),
        ("list", "nobody"),
        ("show", "acme", "urn:example:other"),
        ("show", "nobody", URN),
        ("remove", "acme", "urn:example:other"),
    ],
)
def test_what_does_not_exist(arguments: tuple[str, ...]) -> None:
    """An unknown account, file or schema ends a command with its reason."""
    register()
    result = run("schema", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error:" in result.stderr
