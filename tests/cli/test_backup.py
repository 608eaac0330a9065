"""``account export``, ``import``, ``delete`` and ``deleted`` over real tables."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from cli.__main__ import app
from devstack.azurite import Azurite
from domain.lifecycle import removal
from storage.backup import TableBackups


@pytest.fixture(autouse=True)
def storage(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Azurite:
    """The tables that the commands find in their environment; instances remember nobody."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(removal, "REMEMBERED_FOR", timedelta(0))
    monkeypatch.setenv("SCIM_STORAGE", azurite.connection_string)
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    return azurite


@pytest.fixture
def account() -> str:
    """An account with a token and nothing else."""
    account_id = f"a{uuid4().hex}"
    _run("account", "create", "Acme [Ltd]", "--id", account_id)
    _run("token", "issue", account_id)
    return account_id


def _result(*arguments: str, typed: str | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> str:
    """What a command prints on both streams; a command that ends otherwise than expected fails the test."""
    result = _result(*arguments, typed=typed)
    assert result.exit_code == exit_code, result.output
    return result.output


def test_no_progress_is_drawn_where_nobody_looks(account: str) -> None:
    """Standard error of a pipeline has one line, and no empty one before it."""
    stderr = _result("account", "export", account, "--to", "acme.jsonl").stderr
    assert stderr.strip() + "\n" == stderr


def test_out_away_and_back(account: str) -> None:
    """A file, no account, the account again with its token."""
    tokens = _run("token", "list", account)
    assert "SHA-256" in _run("account", "export", account, "--to", "acme.jsonl")
    assert "is deleted" in _run("account", "delete", account, "--name", "Acme [Ltd]")
    assert account not in _run("account", "list")
    assert "Acme [Ltd]" in _run("account", "deleted")
    assert account in [each["account"] for each in json.loads(_run("account", "deleted", "--json"))]
    assert "1 tokens are as they were" in _run("account", "import", "acme.jsonl")
    assert _run("token", "list", account) == tokens
    assert "everything fits together" in _run("account", "check", account)
    assert "nothing is written" in _run("account", "import", "acme.jsonl")


def test_standard_output_takes_the_file_alone(account: str) -> None:
    """So that it can be piped into a program that encrypts it."""
    lines = _result("account", "export", account).stdout.splitlines()
    assert [json.loads(lines[0])["account"], *json.loads(lines[-1])] == [account, "sha256"]


def test_file_is_for_its_owner(account: str) -> None:
    """It holds personal data; nothing of it is left under another name."""
    _run("account", "export", account, "--to", "acme.jsonl")
    assert Path("acme.jsonl").stat().st_mode & 0o077 == 0
    assert [each.name for each in Path().iterdir()] == ["acme.jsonl"]


def test_no_file_is_overwritten(account: str) -> None:
    """The older backup may be the one that is needed."""
    Path("acme.jsonl").write_text("old", "utf-8")
    assert "there already" in _run("account", "export", account, "--to", "acme.jsonl", exit_code=1)
    assert Path("acme.jsonl").read_text("utf-8") == "old"


def test_copy_lets_nobody_in(account: str) -> None:
    """Another account gets no tokens; the command says what to do."""
    _run("account", "export", account, "--to", "acme.jsonl")
    copy = f"b{uuid4().hex}"
    assert f"token issue {copy}" in _run("account", "import", "acme.jsonl", "--as", copy)
    assert "provisioning" not in _run("token", "list", copy)
    assert "provisioning" in _run("token", "list", account)


def test_import_without_tokens(account: str) -> None:
    """Where they may have leaked."""
    _run("account", "export", account, "--to", "acme.jsonl")
    _run("account", "delete", account, "--name", "Acme [Ltd]")
    assert "nobody gets in yet" in _run("account", "import", "acme.jsonl", "--without-tokens")
    assert "provisioning" not in _run("token", "list", account)


@pytest.mark.parametrize(("typed", "exit_code"), [("Acme [Ltd]\n", 0), ("acme [ltd]\n", 1), ("y\n", 1)])
def test_delete_asks_for_the_name(account: str, typed: str, exit_code: int) -> None:
    """Nothing but the name itself deletes."""
    _run("account", "delete", account, typed=typed, exit_code=exit_code)
    assert (account in _run("account", "list")) is (exit_code == 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("export", "nobody"), "there is no account"),
        (("export", "../acme"), "there is no account"),
        (("export", "nobody", "--to", "no/such/folder"), "there is no account|cannot be written"),
        (("delete", "nobody", "--name", "x"), "there is no account"),
        (("import", "nowhere.jsonl"), "cannot be read"),
        (("import", "bad.jsonl"), "no JSON"),
        (("import", "."), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: tuple[str, ...], reason: str) -> None:
    """In one line, with exit code 1."""
    Path("bad.jsonl").write_text("x\n", "utf-8")
    output = _run("account", *arguments, exit_code=1)
    assert any(each in output for each in reason.split("|"))


def test_existing_account_is_not_overwritten(account: str) -> None:
    """The file of one account cannot be imported over another that is there."""
    other = f"b{uuid4().hex}"
    _run("account", "create", "Other", "--id", other)
    _run("account", "export", account, "--to", "acme.jsonl")
    for more in ((), ("--as", other)):
        assert "delete it first" in _run("account", "import", "acme.jsonl", *more, exit_code=1)


def test_damaged_file_is_told(account: str) -> None:
    """Nothing of it is written."""
    _run("account", "export", account, "--to", "acme.jsonl")
    file = Path("acme.jsonl")
    file.write_bytes(file.read_bytes().replace(b"provisioning", b"Provisioning"))
    copy = f"b{uuid4().hex}"
    assert "checksum is wrong" in _run("account", "import", "acme.jsonl", "--as", copy, exit_code=1)
    assert copy not in _run("account", "list")


@pytest.mark.parametrize("new_id", ["x", "a b", "-"])
def test_impossible_id_is_told(account: str, new_id: str) -> None:
    """Before anything is written."""
    _run("account", "export", account, "--to", "acme.jsonl")
    assert "no account's id" in _run("account", "import", "acme.jsonl", f"--as={new_id}", exit_code=1)


def test_no_deleted_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list may be empty."""

    async def none(_: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(TableBackups, "list_deleted", none)
    assert "no account was deleted" in _run("account", "deleted")
