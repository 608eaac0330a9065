"""What the timer does: account by account, bounded, and not stopped by what fails in one."""

import logging
from datetime import datetime, timedelta

import pytest

from domain.maintenance import BEHIND, run_maintenance
from domain.ports import StoreUnavailable
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.memory import MemoryAccounts


class Backlog:
    """A store with changes to count and to finish; it can fail in some accounts."""

    def __init__(self, changes: dict[str, int], *, failing: dict[str, Exception] | None = None) -> None:
        self.changes = changes
        self.failing = failing or {}
        self.until: set[datetime] = set()

    async def roll_forward(self, account: str) -> int:
        if account in self.failing:
            raise self.failing[account]
        return 1

    async def checkpoint(self, account: str, until: datetime, limit: int) -> int:
        self.until.add(until)
        counted = min(limit, self.changes[account])
        self.changes[account] -= counted
        return counted


async def _accounts(*names: str) -> MemoryAccounts:
    accounts = MemoryAccounts()
    for each in names:
        await accounts.create_account(make_account(each))
    return accounts


async def test_every_account_is_served() -> None:
    """Unfinished changes are finished, and changes counted."""
    store = Backlog({"acme": 3, "other": 2_500})
    report = await run_maintenance(await _accounts("acme", "other"), store, StoppedClock())
    assert (report.accounts, report.failed_accounts) == (2, 0)
    assert (report.finished_changes, report.counted_changes) == (2, 2_503)


async def test_totals_stay_behind_the_clock() -> None:
    """By five minutes, so that a slow writer is never missed."""
    store = Backlog({"acme": 1})
    await run_maintenance(await _accounts("acme"), store, StoppedClock())
    assert store.until == {NOW - BEHIND}
    assert timedelta(minutes=5) == BEHIND


async def test_run_is_bounded_and_goes_on() -> None:
    """A long backlog of one account is worked off over several runs."""
    store, accounts = Backlog({"acme": 50_000, "other": 1}), await _accounts("acme", "other")
    counted = [(await run_maintenance(accounts, store, StoppedClock())).counted_changes for _ in range(4)]
    assert counted == [20_001, 20_000, 10_000, 0]


@pytest.mark.parametrize("error", [StoreUnavailable("timeout"), ValueError("damaged row")])
async def test_failure_stays_in_its_account(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """The others are served all the same, and the log says which one was not."""
    store = Backlog({"acme": 1, "other": 1}, failing={"acme": error})
    with caplog.at_level(logging.WARNING):
        report = await run_maintenance(await _accounts("acme", "other"), store, StoppedClock())
    assert (report.accounts, report.failed_accounts, report.counted_changes) == (1, 1, 1)
    assert "acme" in caplog.text


async def test_nothing_to_do_is_fine() -> None:
    """Without accounts a run does nothing."""
    assert (await run_maintenance(MemoryAccounts(), Backlog({}), StoppedClock())).accounts == 0
