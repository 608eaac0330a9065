"""What the timer does: account by account and chore by chore, and not stopped by what fails in one."""

import asyncio
import logging
from collections import Counter
from datetime import timedelta

import pytest

from domain.maintenance import LONGEST, LONGEST_CHORE, Chore, run_maintenance
from domain.model import Account
from domain.ports import StoreUnavailable
from tests.domain.builders import StoppedClock, make_account
from tests.memory import MemoryAccounts


class Work:
    """A chore that remembers for whom it was done; it can fail for some accounts, and take its time."""

    def __init__(self, name: str, *, failing: dict[str, Exception] | None = None, minutes: float = 5) -> None:
        self.name, self.failing, self.minutes = name, failing or {}, minutes
        self.clock: StoppedClock | None = None
        self.done: list[str] = []

    async def __call__(self, account: Account) -> int:
        if account.id in self.failing:
            raise self.failing[account.id]
        self.done.append(account.id)
        if self.clock is not None:
            self.clock.move(minutes=self.minutes)
        return 2

    @property
    def chore(self) -> Chore:
        return Chore(self.name, self)


async def _accounts(*names: str) -> MemoryAccounts:
    accounts = MemoryAccounts()
    for each in names:
        await accounts.create_account(make_account(each))
    return accounts


async def test_every_account_is_served() -> None:
    """With every chore, and the report says how much was done."""
    one, two = Work("one"), Work("two")
    report = await run_maintenance(await _accounts("acme", "other"), [one.chore, two.chore], StoppedClock())
    assert (report.accounts, report.done, report.failed) == (2, Counter(one=4, two=4), Counter())
    assert sorted(one.done) == sorted(two.done) == ["acme", "other"]


@pytest.mark.parametrize("error", [StoreUnavailable("timeout"), ValueError("damaged row")])
async def test_failure_stays_where_it_is(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Other chores and other accounts are served all the same, and the log says what was not."""
    one, two = Work("one", failing={"acme": error}), Work("two")
    with caplog.at_level(logging.WARNING):
        report = await run_maintenance(await _accounts("acme", "other"), [one.chore, two.chore], StoppedClock())
    assert (report.done, report.failed) == (Counter(one=2, two=4), Counter(one=1))
    assert "one: account acme" in caplog.text


async def test_run_ends_in_time_and_leaves_nobody_out() -> None:
    """The next one begins with another account."""
    names = [f"account{number}" for number in range(6)]
    accounts, work, clock = await _accounts(*names), Work("one"), StoppedClock()
    work.clock = clock
    for _ in range(6):
        began = clock.now()
        report = await run_maintenance(accounts, [work.chore], clock)
        assert (report.accounts, report.left) == (2, 4)
        assert clock.now() - began <= LONGEST + timedelta(minutes=5)
    assert set(work.done) == set(names)


async def test_many_accounts_all_have_their_turn_soon() -> None:
    """Where a run comes to a twentieth of a thousand accounts, all are served in three times twenty runs."""
    names = [f"account{number:04}" for number in range(1_000)]
    accounts, work, clock = await _accounts(*names), Work("one", minutes=0.165), StoppedClock()
    work.clock = clock
    for _ in range(60):
        began = clock.now()
        assert (await run_maintenance(accounts, [work.chore], clock)).accounts < 51
        clock.moment = began + timedelta(minutes=10)
    assert set(work.done) == set(names)


async def test_late_run_begins_no_other_chore() -> None:
    """Of the account that it is at: the next run does."""
    one, two, clock = Work("one", minutes=9), Work("two"), StoppedClock()
    one.clock = clock
    report = await run_maintenance(await _accounts("acme"), [one.chore, two.chore], clock)
    assert (report.accounts, two.done) == (1, [])


async def test_chore_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut off, and meanwhile other accounts are served."""
    monkeypatch.setattr("domain.maintenance.LONGEST_CHORE", LONGEST_CHORE / 10_000)
    served = Work("two")

    async def hang(account: Account) -> int:
        if account.id == "acme":
            await asyncio.Event().wait()
        return 1

    chores = [Chore("one", hang), served.chore]
    report = await run_maintenance(await _accounts("acme", "other"), chores, StoppedClock())
    assert (report.failed, served.done) == (Counter(one=1), ["other", "acme"])


async def test_nothing_to_do_is_fine() -> None:
    """Without accounts a run does nothing."""
    assert (await run_maintenance(MemoryAccounts(), [Work("one").chore], StoppedClock())).accounts == 0
