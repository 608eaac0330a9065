"""What the timer does: for each account one chore after the other.

A run is bounded, and may be cut off anywhere or meet another one: the next begins where the last one ended.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.isolation import serving
from domain.model import Account
from domain.ports import AccountStore, Clock

_log = logging.getLogger(__name__)

BEHIND = timedelta(minutes=5)
"""What is made of the log stays so far behind the clock, so that a writer slower than others is never missed."""
LONGEST = timedelta(minutes=8)
"""After this time a run begins no other account: the host ends it after ten minutes."""
_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Chore:
    """One step for one account; it gives how much it did, and ``name`` is what the report calls that."""

    name: str
    run: Callable[[Account], Awaitable[int]]


@dataclass(slots=True)
class Report:
    """What one run did, by the names of the chores, and which of them failed how often."""

    accounts: int = 0
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


async def run_maintenance(accounts: AccountStore, chores: Sequence[Chore], clock: Clock) -> Report:
    """One run over all accounts; what fails keeps neither other chores nor other accounts from theirs.

    It begins with another account each time, so that none is always the last of a run that ends early.
    """
    report, began = Report(), clock.now()
    for account in _turned(await accounts.list_accounts(), began):
        if clock.now() - began > LONGEST:
            break
        with serving(account.id):
            for chore in chores:
                await _run(chore, account, report)
        report.accounts += 1
    return report


async def _run(chore: Chore, account: Account, report: Report) -> None:
    try:
        report.done[chore.name] += await chore.run(account)
    except Exception:  # one damaged row of one account must not stop all others
        _log.warning("%s: account %s failed, the next run goes on", chore.name, account.id, exc_info=True)
        report.failed[chore.name] += 1


def _turned(accounts: Sequence[Account], now: datetime) -> Sequence[Account]:
    start = int(now.timestamp() // _EVERY.total_seconds()) % max(1, len(accounts))
    return [*accounts[start:], *accounts[:start]]
