"""The operator's command line, over the memory of this process."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import session
from cli.__main__ import app
from domain.access import tokens
from domain.ports import StoreError, StoreUnavailable
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative
from tests.memory_policies import MemoryPolicies
from wiring import Settings


@dataclass
class MemoryTables:
    """Tables that need not be made."""

    made: int = 0

    async def create_if_missing(self) -> None:
        self.made += 1


@dataclass
class MemoryStores:
    """What commands use of the stores."""

    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    native: MemoryNative = field(init=False)
    policies: MemoryPolicies = field(init=False)
    tables: MemoryTables = field(default_factory=MemoryTables)
    closed: int = 0

    def __post_init__(self) -> None:
        self.native = MemoryNative(self.directory)
        self.policies = MemoryPolicies(self.accounts, self.directory, self.native)

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def stores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStores:
    """Stores behind the commands, in a folder without settings, with a wide terminal."""
    made = MemoryStores()

    def make(_: Settings) -> MemoryStores:
        return made

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "make_stores", make)
    monkeypatch.setenv("SCIM_STORAGE", "UseDevelopmentStorage=true")
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("PUBLIC_BASE_URL", "WEBSITE_HOSTNAME", "SCIM_STORAGE__tableServiceUri"):
        monkeypatch.delenv(name, raising=False)
    return made


def run(*arguments: str) -> Result:
    """What a command prints and ends with; an exception that escapes it fails the test."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def create(name: str = "Acme", account_id: str = "acme", *more: str) -> Result:
    return run("account", "create", name, "--id", account_id, *more)


# Accounts


def test_account_is_created(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id, its tenant URL, and what to do next are printed."""
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://scim.example/")
    result = create()
    assert result.exit_code == 0
    assert "https://scim.example/scim/account/acme\n" in result.stdout
    assert "python -m cli token issue acme" in result.stdout


def test_account_gets_an_id() -> None:
    """Where none is chosen; without a public address a place is left for it."""
    result = run("account", "create", "Acme")
    found = re.search(r"^account +(\S{22})$", result.stdout, re.MULTILINE)
    assert found is not None
    assert f"https://<your service>/scim/account/{found[1]}" in result.stdout


def test_account_keeps_its_settings() -> None:
    """The list shows them."""
    create("Acme", "acme", "--unmatched-filter", "noTarget")
    (line,) = [each for each in run("account", "list").stdout.splitlines() if "acme" in each]
    assert "Acme" in line
    assert "noTarget" in line


@pytest.mark.parametrize(
    ("name", "account_id", "reason"),
    [
        ("Acme", "a/b", "3 to 64 letters"),
        ("Acme", "", "3 to 64 letters"),
        ("Acme", "[/x]", "3 to 64 letters"),
        (" ", "acme", "1 to 200 characters"),
        ("x" * 201, "acme", "1 to 200 characters"),
    ],
)
def test_odd_account_is_refused(name: str, account_id: str, reason: str) -> None:
    """With the reason on standard error, and nothing on standard output."""
    result = create(name, account_id)
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr


def test_account_id_is_unique() -> None:
    """The second one is refused."""
    create()
    result = create("Other")
    assert result.exit_code == 1
    assert "there is an account acme already" in result.stderr


def test_no_accounts_is_told() -> None:
    """With what to do; programs get an empty list."""
    assert "account create NAME" in run("account", "list").stdout
    assert json.loads(run("account", "list", "--json").stdout) == []


def test_accounts_are_listed_for_programs() -> None:
    """As the table shows them."""
    create("Acme", "acme", "--unmatched-filter", "noTarget")
    (listed,) = json.loads(run("account", "list", "--json").stdout)
    assert (listed["account"], listed["name"], listed["unmatched filter"]) == ("acme", "Acme", "noTarget")


def test_empty_list_is_told_apart() -> None:
    """On standard error, so that what reads the list reads nothing."""
    create()
    result = run("token", "list", "acme")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing yet\n")


# Tokens


def test_token_stands_alone_on_standard_output() -> None:
    """So that it can be piped; the rest is told on standard error."""
    create()
    result = run("token", "issue", "acme")
    shown = tokens.read(result.stdout.removesuffix("\n"))
    assert shown is not None
    assert shown.id in result.stderr
    assert shown.secret not in result.stderr


@pytest.mark.parametrize(
    ("options", "until"),
    [
        ([], r"until \d{4}-\d\d-\d\d \d\d:\d\d UTC"),
        (["--days", "1"], r"until \d{4}-\d\d-\d\d \d\d:\d\d UTC"),
        (["--never-expires"], "until it is revoked"),
    ],
)
def test_token_says_how_long_it_is_valid(options: list[str], until: str) -> None:
    """And that it is not shown again."""
    create()
    result = run("token", "issue", "acme", *options)
    assert re.search(f"is valid {until}; keep it now", result.stderr)


def test_tokens_are_listed_without_secrets() -> None:
    """By id and name, with their state."""
    create()
    issued = run("token", "issue", "acme", "--name", "for Entra").stdout.strip()
    shown = tokens.read(issued)
    assert shown is not None
    listed = run("token", "list", "acme").stdout
    assert shown.secret not in listed
    assert all(each in listed for each in (shown.id, "for Entra", "valid"))


def test_token_is_revoked() -> None:
    """And listed so; a second time tells the first moment."""
    create()
    token_id = run("token", "issue", "acme").stdout.split(".")[2]
    first, second = run("token", "revoke", "acme", token_id), run("token", "revoke", "acme", token_id)
    assert f"token {token_id} (provisioning) is revoked since" in first.stdout
    assert second.stdout == first.stdout
    assert "revoked" in run("token", "list", "acme").stdout


@pytest.mark.parametrize("account_id", ["nobody", "a/b", "[/x]", "[bold]"])
@pytest.mark.parametrize("command", ["issue", "list"])
def test_unknown_account_is_told(command: str, account_id: str) -> None:
    """Exactly as it was written, brackets too."""
    result = run("token", command, account_id)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"error: there is no account {account_id}\n" in result.stderr


def test_unknown_token_is_told() -> None:
    """Also where the account is unknown."""
    create()
    for account_id in ("acme", "nobody"):
        result = run("token", "revoke", account_id, "[/x]")
        assert (result.exit_code, "[/x]" in result.stderr or "no account nobody" in result.stderr) == (1, True)


@pytest.mark.parametrize("name", ["[/]", "[bold]x[/bold]", ":smile:", "Mäkinen & Co 名前"])
def test_names_are_printed_as_they_are(name: str) -> None:
    """Brackets and colons in them are no markup."""
    create(name)
    token_id = run("token", "issue", "acme", "--name", name).stdout.split(".")[2]
    for result in (run("account", "list"), run("token", "list", "acme"), run("token", "revoke", "acme", token_id)):
        assert name in result.stdout


def test_ids_are_whole_in_narrow_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are there to be copied, also from a pipe that is taken for 80 characters wide."""
    monkeypatch.setenv("COLUMNS", "80")
    create("n" * 200, "a" * 64)
    token_id = run("token", "issue", "a" * 64, "--name", "n" * 128).stdout.split(".")[2]
    assert "a" * 64 in run("account", "list").stdout
    assert token_id in run("token", "list", "a" * 64).stdout


@pytest.mark.parametrize("days", ["0", "-1", "3651", "many"])
def test_odd_lifetime_is_refused(days: str) -> None:
    """As a wrong use of the command."""
    assert run("token", "issue", "acme", "--days", days).exit_code == 2


# Help, settings and storage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["account", "token", "SCIM_STORAGE"]),
        (["account", "--help"], ["create", "list"]),
        (["token", "--help"], ["issue", "list", "revoke"]),
        (["account", "create", "--help"], ["--id", "--unmatched-filter"]),
        (["token", "issue", "--help"], ["--days", "--never-expires", "shown this once"]),
        (["token", "revoke", "--help"], ["within a minute"]),
    ],
)
def test_help_tells(arguments: list[str], words: list[str]) -> None:
    """What there is, without any setting."""
    result = run(*arguments)
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", result.stdout).split())
    assert result.exit_code == 0
    assert [each for each in words if each not in text] == []


@pytest.mark.parametrize("arguments", [[], ["account"], ["token"]])
def test_no_command_shows_the_help(arguments: list[str]) -> None:
    """As a wrong use."""
    result = run(*arguments)
    assert (result.exit_code, "Usage:" in result.output) == (2, True)


def test_missing_settings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to set."""
    monkeypatch.delenv("SCIM_STORAGE")
    result = run("account", "list")
    assert result.exit_code == 1
    assert "set either SCIM_STORAGE" in result.stderr


def test_malformed_connection_string_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the setting, and without a traceback."""
    monkeypatch.undo()
    monkeypatch.setenv("SCIM_STORAGE", "nonsense")
    result = run("account", "list")
    assert result.exit_code == 1
    assert "error: SCIM_STORAGE" in result.stderr


def test_local_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment does not say."""
    monkeypatch.delenv("SCIM_STORAGE")
    Path("local.settings.json").write_text('{"Values": {"SCIM_STORAGE": "x", "PUBLIC_BASE_URL": "https://a.example"}}')
    assert "https://a.example/scim/account/acme" in create().stdout


def test_environment_wins_over_local_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the host."""
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://b.example")
    Path("local.settings.json").write_text('{"Values": {"PUBLIC_BASE_URL": "https://a.example"}}')
    assert "https://b.example/scim/account/acme" in create().stdout


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"x"', '{"Values": null}', '{"Values": 5}', '{"Values": ["x"]}', "\xff"]
)
def test_malformed_local_settings_are_told(text: str) -> None:
    """By the name of the file."""
    Path("local.settings.json").write_bytes(text.encode("latin-1"))
    result = run("account", "list")
    assert result.exit_code == 1
    assert "local.settings.json is no settings file" in result.stderr


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreUnavailable("ServiceRequestError"), "the storage does not answer: ServiceRequestError"),
        (StoreError("403 [AuthenticationFailed]"), "the storage refused: 403 [AuthenticationFailed]"),
        (StoreError(), "the storage refused: StoreError"),
    ],
)
def test_storage_that_fails_is_told(
    stores: MemoryStores, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    """In one line, and in another one where to look if nothing answers."""

    async def fail() -> None:
        raise error

    monkeypatch.setattr(stores.accounts, "list_accounts", fail)
    result = run("account", "list")
    assert result.exit_code == 1
    assert f"error: {reason}\n" in result.stderr
    assert ("SCIM_STORAGE__tableServiceUri" in result.stderr) is isinstance(error, StoreUnavailable)


def test_stores_are_closed(stores: MemoryStores) -> None:
    """Whether a command succeeds or not; the tables are made where they are missing."""
    create()
    run("token", "list", "nobody")
    assert (stores.closed, stores.tables.made) == (2, 2)
