"""What the timer does: for each account one chore after the other.

A run is bounded, and may be cut off anywhere or meet another one: the next begins where the last one ended.
"""

import asyncio
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
"""After this time a run begins nothing more: the host ends it after ten minutes."""
LONGEST_CHORE = timedelta(minutes=1)
"""After this time a chore of one account is cut off, so that whoever holds it up holds up nobody else."""
_EVERY = timedelta(minutes=5)
_SIDE_BY_SIDE = 4
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Chore:
    """One step for one account; it gives how much it did, and ``name`` is what the report calls that."""

    name: str
    run: Callable[[Account], Awaitable[int]]


@dataclass(slots=True)
class Report:
    """What one run did, by the names of the chores, and which of them failed how often.

    ``left`` are the accounts that it did not come to in time.
    """

    accounts: int = 0
    left: int = 0
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


async def run_maintenance(accounts: AccountStore, chores: Sequence[Chore], clock: Clock) -> Report:
    """One run over all accounts, some side by side; what fails keeps no other chore and no account from its own.

    It begins with another account each time, so that none is always the last of a run that ends early.
    """
    report, began = Report(), clock.now()
    waiting = iter(_turned(await accounts.list_accounts(), began))

    def is_over() -> bool:
        return clock.now() - began > LONGEST

    async def serve() -> None:
        for account in waiting:  # each takes the next one
            if is_over():
                report.left += 1
                continue
            with serving(account.id):
                for chore in chores:
                    if not is_over():
                        await _run(chore, account, report)
            report.accounts += 1

    await asyncio.gather(*(serve() for _ in range(_SIDE_BY_SIDE)))
    return report


async def _run(chore: Chore, account: Account, report: Report) -> None:
    try:
        async with asyncio.timeout(LONGEST_CHORE.total_seconds()):
            report.done[chore.name] += await chore.run(account)
    except Exception:  # one damaged row of one account must not stop all others
        _log.warning("%s: account %s failed, the next run goes on", chore.name, account.id, exc_info=True)
        report.failed[chore.name] += 1


def _turned(accounts: Sequence[Account], now: datetime) -> Sequence[Account]:
    """The accounts from another one on each time, far from where the last runs began.

    Steps of the golden ratio leave no large gap between beginnings: where a run comes to a tenth of the accounts, some
    twenty runs come to all of them, without anything to remember.
    """
    turn = now.timestamp() // _EVERY.total_seconds() * _GOLDEN
    start = int(turn % 1 * len(accounts))
    return [*accounts[start:], *accounts[:start]]
