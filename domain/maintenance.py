"""What the timer does, account by account: finish what was begun, and bring the totals up to date.

A run is bounded, and may be cut off anywhere or meet another one: the next begins where the last one ended.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from domain.ports import AccountStore, Clock, MaintenanceStore

_log = logging.getLogger(__name__)

BEHIND = timedelta(minutes=5)
"""The totals stay so far behind the clock, so that a writer slower than others is never missed."""
_CHANGES_AT_ONCE = 1_000
_CHANGES_PER_ACCOUNT = 20_000


@dataclass(slots=True)
class Report:
    """What one run did."""

    accounts: int = 0
    failed_accounts: int = 0
    finished_changes: int = 0
    counted_changes: int = 0


async def run_maintenance(accounts: AccountStore, store: MaintenanceStore, clock: Clock) -> Report:
    """One run over all accounts; what fails in one does not keep it from the others."""
    report = Report()
    for account in await accounts.list_accounts():
        try:
            report.finished_changes += await store.roll_forward(account.id)
            report.counted_changes += await _count(store, account.id, clock)
            report.accounts += 1
        except Exception:  # one damaged row of one account must not stop all others
            _log.warning("maintenance of account %s failed, the next run goes on", account.id, exc_info=True)
            report.failed_accounts += 1
    return report


async def _count(store: MaintenanceStore, account: str, clock: Clock) -> int:
    counted = 0
    while counted < _CHANGES_PER_ACCOUNT:
        added = await store.checkpoint(account, clock.now() - BEHIND, _CHANGES_AT_ONCE)
        counted += added
        if added < _CHANGES_AT_ONCE:
            break
    return counted
