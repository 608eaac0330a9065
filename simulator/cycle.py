"""Runs one provisioning cycle: users, groups, managers, memberships, in this order."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from simulator.context import Cycle, OnProgress, Progress
from simulator.directory import Directory
from simulator.errors import ProvisioningError, Quarantine
from simulator.group_pass import provision_groups
from simulator.manager_pass import provision_managers
from simulator.membership_pass import provision_memberships
from simulator.outcome import CycleReport
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State
from simulator.user_pass import provision_users

_PASSES = (provision_users, provision_groups, provision_managers, provision_memberships)


def _unheard(_: Progress) -> None:
    """Take progress that nobody asked for."""


def _nothing() -> None:
    """Do nothing after a pass."""


async def run_cycle(
    source: Directory,
    target: ScimClient,
    *,
    dialect: Dialect,
    state: State,
    on_progress: OnProgress = _unheard,
    after_pass: Callable[[], None] = _nothing,
    concurrency: int = 8,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CycleReport:
    """Provision *source* into *target* and return what was done.

    *state* is changed in place, also when the cycle stops midway. The cycle is an initial cycle while *state* has no
    watermark, an incremental one afterwards: then only what differs from *state* is looked at. One object's failure
    never stops the cycle; a quarantine does, and leaves the watermark as it was.
    ``after_pass`` is called when *state* is worth saving.
    """
    began, start, requests, waits = now(), time.monotonic(), target.requests, target.waits
    report = CycleReport(initial=state.watermark is None)
    state.tenant_url = target.tenant_url
    cycle = Cycle(source, target, dialect, state, report, on_progress, concurrency)
    try:
        for provision in _PASSES:
            await provision(cycle)
            after_pass()
        state.watermark = began.isoformat()
    except* Quarantine as stopped:
        report.quarantine = _first(stopped)
    report.requests = target.requests - requests
    report.waits = target.waits - waits
    report.duration_seconds = time.monotonic() - start
    return report


def _first(group: BaseExceptionGroup[Quarantine]) -> ProvisioningError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, ProvisioningError) else ProvisioningError(str(error))
