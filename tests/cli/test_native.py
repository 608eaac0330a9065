"""The commands about users, groups and sign-in, over the memory of this process."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli import session
from tests.cli.test_commands import MemoryStores, create, run
from tests.memory_native import MemoryNative
from tests.memory_sso import MemorySso
from wiring import Settings


@dataclass
class NativeStores(MemoryStores):
    """With the native side."""

    native: MemoryNative = field(init=False)
    sso: MemorySso = field(default_factory=MemorySso)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.native = MemoryNative(self.directory)


@pytest.fixture(autouse=True)
def stores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> NativeStores:
    """An account over memory, in a folder without settings, with a wide terminal."""
    made = NativeStores()

    def make(_: Settings) -> NativeStores:
        return made

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "make_stores", make)
    monkeypatch.setenv("SCIM_STORAGE", "UseDevelopmentStorage=true")
    monkeypatch.setenv("COLUMNS", "200")
    create()
    return made


def rows(*arguments: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(run(*arguments, "--json").stdout)


def test_user_is_invited_and_listed() -> None:
    """With the code once; the list says who owns it."""
    told = run("user", "invite", "acme", " Ann@Contoso.example ", "--name", "Ann").stdout
    assert ("invited" in told, "code" in told) == (True, True)
    (user,) = rows("user", "list", "acme")
    assert (user["email"], user["standing"]) == ("ann@contoso.example", "native, invited")
    assert "ann@contoso.example" in run("user", "list", "acme", "--search", "ANN").stdout
    assert rows("user", "list", "acme", "--search", "bob") == []


def test_lock_rules_hold_for_operators() -> None:
    """With code and reason; nothing changes."""
    run("user", "invite", "acme", "ann@contoso.example")
    (user,) = rows("user", "list", "acme")
    result = run("user", "unlock", "acme", user["user"])
    assert (result.exit_code, "USER_INVITED" in result.stderr) == (1, True)
    assert run("user", "release", "acme", user["user"]).exit_code == 1
    assert run("user", "remove", "acme", user["user"]).exit_code == 0
    assert rows("user", "list", "acme", "--all") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "invite", "acme", "nonsense"),
        ("user", "invite", "acme", "a@b@contoso.example"),
        ("group", "create", "acme", "Team (B)"),
        ("user", "lock", "acme", "nobody"),
        ("user", "list", "nowhere"),
        ("group", "create", "acme", " "),
        ("group", "create", "acme", "Team", "--scope", "nowhere"),
        ("group", "delete", "acme", "none"),
        ("group", "release", "acme", "none"),
        ("sign-in", "resolve", "nowhere", "ann@contoso.example"),
    ],
)
def test_odd_command_is_refused(arguments: tuple[str, ...]) -> None:
    """With the reason on standard error."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout, "error" in result.stderr) == (1, "", True)


def test_group_is_created_listed_and_deleted() -> None:
    """By its id; the identifier is told."""
    assert "identifier  Team_A" in run("group", "create", "acme", "Team A").stdout
    (group,) = rows("group", "list", "acme")
    assert (group["identifier"], group["origin"]) == ("Team_A", "native")
    assert run("group", "delete", "acme", group["group"]).exit_code == 0
    assert rows("group", "list", "acme") == []


def test_sign_in_is_resolved() -> None:
    """A refusal ends with 1, and says what to do."""
    result = run("sign-in", "resolve", "acme", "ann@contoso.example", "--json")
    (decision,) = json.loads(result.stdout)
    assert (result.exit_code, decision["reason"], bool(decision["what to do"])) == (1, "NO_INTEGRATION", True)
