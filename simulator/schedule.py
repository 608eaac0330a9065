"""Runs a job's cycles one after the other, as its schedule says: every 40 minutes, in quarantine once a day."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from simulator.clock import Clock
from simulator.context import OnProgress
from simulator.cycle import run_cycle
from simulator.folder import Source
from simulator.job import Job
from simulator.outcome import CycleReport
from simulator.quarantine import CYCLE_INTERVAL, JobCode
from simulator.scim_client import ScimClient
from simulator.state import State


async def run_cycles(
    source: Source,
    target: ScimClient,
    *,
    job: Job,
    state: State,
    clock: Clock,
    number: int,
    on_progress: OnProgress,
    save: Callable[[], None],
    interval: timedelta = CYCLE_INTERVAL,
    allow_deletes: bool = False,
) -> AsyncIterator[CycleReport]:
    """Run up to *number* cycles and yield the report of each; a job that was switched off runs no more.

    The first cycle starts at once, as after pressing Start. Every incremental cycle takes the next change of *source*,
    while it has one; a cycle that was stopped takes the same one again.
    """
    for ran in range(number):
        if state.schedule.code is JobCode.PAUSED:
            return
        if ran:
            await clock.wait_until(_next_run(state, clock.now(), interval))
        deltas = min(state.deltas + int(state.watermark is not None), source.number_of_deltas)
        report = await run_cycle(
            source.at(deltas),
            target,
            state=state,
            job=job,
            allow_deletes=allow_deletes,
            on_progress=on_progress,
            save=save,
            now=clock.now,
        )
        if report.quarantine is None:
            state.deltas = deltas
            save()
        yield report


def _next_run(state: State, now: datetime, interval: timedelta) -> datetime:
    """Return when the next cycle is due: after *interval*, or later where a quarantine says so."""
    quarantine = state.schedule.quarantine
    return max(now + interval, datetime.fromisoformat(quarantine.next_attempt)) if quarantine else now + interval
