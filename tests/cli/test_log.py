"""``log``: entries as lines and as JSON, cycles, and what fails, over the memory of this process."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import log as log_command
from cli import session
from cli.__main__ import app
from domain.changes import change_position
from domain.history.ledger import Ledger
from domain.history.log import LogPage
from domain.history.logbook import Logbook
from domain.model import Change
from tests.cli.test_commands import MemoryTables
from tests.domain.builders import NOW, make_account
from tests.domain.log_builders import entry, failure, folded, skipped_member
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_log import MemoryLedger, MemoryLog


@dataclass
class LogStores:
    """What commands use of the stores."""

    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    tables: MemoryTables = field(default_factory=MemoryTables)

    @property
    def logbook(self) -> Logbook:
        return Logbook(MemoryLog(self.directory), self.ledger)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def stores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LogStores:
    made = LogStores()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "make_stores", lambda _: made)
    monkeypatch.setenv("SCIM_STORAGE", "UseDevelopmentStorage=true")
    monkeypatch.setenv("COLUMNS", "200")
    return made


async def fill(stores: LogStores, *changes: Change) -> None:
    await stores.accounts.create_account(make_account())
    await stores.directory.record("acme", *changes)
    await stores.ledger.write_ledger("acme", Ledger(), folded(*changes))


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def in_thread(*arguments: str) -> Any:
    """The command in a thread of its own, as each command runs an event loop."""
    return asyncio.to_thread(run, *arguments)


async def test_entries_are_shown_with_advice(stores: LogStores) -> None:
    """The newest last, and what failed with the reason and what to do."""
    await fill(stores, entry(0, "ann", attributes=("title",)), failure(1, "bob", count=3))
    shown = (await in_thread("log", "show", "acme")).stdout.splitlines()
    assert shown[0].split() == ["2026-03-01", "09:30:00", "success", "update", "User", "ann", "title", "by", "token:1"]
    assert ("bob (at least 3 times)" in shown[1], shown[2]) == (True, "    409 uniqueness taken")
    assert "has this name already" in shown[3]
    assert shown[4].startswith("    request request-")
    assert shown[4].endswith(", resource id-bob")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["ann", "bob", "ann"]),
        (["--outcome", "failure"], ["bob"]),
        (["--object", "ann", "--limit", "1"], ["ann"]),
        (["--since", "2026-03-01T09:30:30"], ["bob", "ann"]),
        (["--until", "2026-03-01 09:30:30"], ["ann"]),
        (["--actor", "nobody"], []),
        (["--request", "r1"], ["bob"]),
        (["--action", "delete"], []),
    ],
)
async def test_filters_and_json(stores: LogStores, options: list[str], names: list[str]) -> None:
    """Each entry on a line, as the API shows it."""
    await fill(stores, entry(0), failure(1, "bob", correlation_id="r1"), entry(2))
    lines = (await in_thread("log", "show", "acme", "--json", *options)).stdout.splitlines()
    assert [json.loads(each)["resourceName"] for each in lines] == names


async def test_following_goes_on(stores: LogStores, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written later is shown later, until Ctrl-C."""
    await fill(stores, entry(0, "ann"))
    monkeypatch.setattr(log_command, "change_position", lambda _: change_position(NOW))
    pauses = 0

    async def pause(_: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 3:
            raise KeyboardInterrupt
        await stores.directory.record("acme", entry(pauses, f"later{pauses}"))

    monkeypatch.setattr(log_command, "_pause", pause)
    shown = (await in_thread("log", "show", "acme", "--follow")).stdout
    assert [line.split()[5] for line in shown.splitlines()] == ["ann", "later1", "later2"]


async def test_cycles_and_faults(stores: LogStores) -> None:
    """How synchronization fares."""
    await fill(stores, entry(0), failure(1, "bob"))
    shown = (await in_thread("log", "cycles", "acme")).stdout
    assert "warnings: 1 object fails" in shown
    assert "initial" in shown
    assert "bob since 2026-03-01 09:31:00, once: taken" in shown


async def test_following_begins_now(stores: LogStores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is shown yet, as no entry was selected: the whole log is not walked through."""
    await fill(stores, *(entry(number, "ann") for number in range(5)))
    asked: list[str] = []
    real = MemoryLog.following

    async def following(self: MemoryLog, account: str, position: str, until: datetime, count: int) -> LogPage:
        asked.append(position)
        return await real(self, account, position, until, count)

    async def pause(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(MemoryLog, "following", following)
    monkeypatch.setattr(log_command, "_pause", pause)
    shown = await in_thread("log", "show", "acme", "--follow", "--outcome", "failure")
    assert (shown.stdout, "nothing yet" in shown.stderr) == ("", True)
    assert asked[0] > change_position(NOW)


@pytest.mark.parametrize("option", [["--until", "2026-03-01"], ["--cycle", "0" * 28]])
async def test_following_has_no_end(stores: LogStores, option: list[str]) -> None:
    """So what would end it is refused."""
    await fill(stores)
    result = await in_thread("log", "show", "acme", "--follow", *option)
    assert (result.exit_code, result.stdout) == (1, "")


async def test_account_without_cycles(stores: LogStores) -> None:
    """Is told why it has none."""
    await fill(stores)
    result = await in_thread("log", "cycles", "acme")
    assert (result.stdout, "no cycle yet" in result.stderr) == ("health  healthy\n", True)


async def test_cycles_tell_all_counts_and_some_faults(stores: LogStores) -> None:
    """What was skipped too; of the faults the oldest fifty, and how many more there are."""
    await fill(stores, skipped_member(0), *(failure(1, f"user{number}") for number in range(60)))
    shown = (await in_thread("log", "cycles", "acme")).stdout
    assert "skipped" in shown
    assert (shown.count("\nfails "), shown.splitlines()[-1]) == (50, "and 11 more")


@pytest.mark.parametrize("command", [["show", "nobody"], ["cycles", "nobody"], ["show", "acme", "--cycle", "x"]])
async def test_what_does_not_exist(stores: LogStores, command: list[str]) -> None:
    """Is told, with exit code 1."""
    await fill(stores)
    result = await in_thread("log", *command)
    assert (result.exit_code, result.stdout) == (1, "")
