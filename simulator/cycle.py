"""Runs one provisioning cycle: users, groups, managers, memberships, in this order."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from simulator.context import Cycle, OnProgress, Progress
from simulator.departures import number_of_deprovisionings, remove_departed
from simulator.directory import Directory
from simulator.errors import ProvisioningError, Quarantine
from simulator.group_pass import provision_groups
from simulator.job import Job
from simulator.manager_pass import provision_managers
from simulator.mapping.graph_schema import write
from simulator.membership_pass import provision_memberships
from simulator.outcome import REFERENCES, CycleReport
from simulator.quarantine import Reason
from simulator.scim_client import ScimClient
from simulator.scoping.scope import scope_of
from simulator.state import State
from simulator.user_pass import provision_users

# Departures come after the matching, because an object with a new object id may have taken a link over.
_PASSES = (provision_users, provision_groups, remove_departed, provision_managers, provision_memberships)


def _unheard(_: Progress) -> None:
    """Take progress that nobody asked for."""


def _nothing() -> None:
    """Do nothing where the state is worth saving."""


async def run_cycle(
    source: Directory,
    target: ScimClient,
    *,
    state: State,
    job: Job | None = None,
    allow_deletes: bool = False,
    on_progress: OnProgress = _unheard,
    save: Callable[[], None] = _nothing,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CycleReport:
    """Provision *source* into *target* and return what was done.

    *state* is changed in place, also when the cycle stops midway. The cycle is an initial cycle while *state* has no
    watermark or the mappings changed, an incremental one afterwards: then only what differs from *state* is looked at.
    One object's failure never stops the cycle; a quarantine does, and leaves the watermark as it was. ``save`` is
    called when *state* is worth saving: after each pass, and within long ones.

    Args:
        source: The whole directory of the tenant.
        target: A client that is open.
        state: The memory of the job.
        job: How the job is set up; as Entra's defaults are, without one.
        allow_deletes: Let deprovisionings through that the threshold held.
        on_progress: Told how far each pass is.
        save: Saves *state*.
        now: The clock.
    """
    job = job or Job()
    began, start, requests, waits = now(), time.monotonic(), target.requests, target.waits
    _reset_if_changed(state, job)
    state.tenant_url = target.tenant_url
    report = CycleReport(state.watermark is None, began)
    scope = scope_of(source, job.schema, assigned_only=job.assigned_only)
    # Another chance in each cycle: what one made up, the next one must not make up again.
    random = Random(f"{job.seed} {began.isoformat()}")  # noqa: S311  no secrets
    cycle = Cycle(source, target, job, state, scope, report, began, on_progress, save, random=random)
    leaving = number_of_deprovisionings(cycle)
    cycle.holds_deletes = job.delete_threshold is not None and leaving >= job.delete_threshold and not allow_deletes
    try:
        for provision in _PASSES:
            await provision(cycle)
            save()
        state.watermark = began.isoformat()
        cycle.settle_others()
        _settle(cycle, leaving, now())
    except* Quarantine as stopped:
        report.quarantine = error = _first(stopped)
        state.schedule.stopped(now(), Reason.EXCEPTION, error.code, error.detail)
    report.escrowed = len(state.escrow)
    report.requests = target.requests - requests
    report.waits = target.waits - waits
    report.duration_seconds = time.monotonic() - start
    save()
    return report


def _reset_if_changed(state: State, job: Job) -> None:
    """Begin anew where other mappings or filters apply than in the last cycle."""
    scope = {"assignedOnly": job.assigned_only, "schema": write(job.schema)}
    mapping = hashlib.blake2b(json.dumps(scope, sort_keys=True).encode(), digest_size=9).hexdigest()
    if state.mapping not in ("", mapping):
        state.watermark = None
        state.forget_marks()
    state.mapping = mapping


def _settle(cycle: Cycle, leaving: int, now: datetime) -> None:
    """Decide by the escrows that are still tried, and by what was held, if the job goes on or into quarantine."""
    state, job, source, scope = cycle.state, cycle.job, cycle.source, cycle.scope
    kinds = [key.partition(":")[0] for key, entry in state.escrow.items() if entry.next_try is not None]
    references = sum(kind in REFERENCES for kind in kinds)
    operations = len(source.users) - len(scope.users) + len(source.groups) - len(scope.groups) + leaving
    reason = job.thresholds.exceeded(objects=len(kinds) - references, references=references, operations=operations)
    if reason is not None:
        state.schedule.stopped(now, reason, "", f"{len(kinds)} changes are in escrow")
    elif cycle.holds_deletes:
        message = f"the threshold of {job.delete_threshold} deprovisionings is reached; allow or reject them"
        state.schedule.stopped(now, Reason.TOO_MANY_DELETES, "", message)
    else:
        state.schedule.passed(now)


def _first(group: BaseExceptionGroup[Quarantine]) -> ProvisioningError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, ProvisioningError) else ProvisioningError(str(error))
