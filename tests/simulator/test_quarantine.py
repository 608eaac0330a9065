"""When a job goes into quarantine, how it leaves it, and when it is switched off."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator import state as memory
from simulator.clock import SystemClock, VirtualClock
from simulator.directory import Directory
from simulator.job import Job
from simulator.outcome import CycleReport
from simulator.quarantine import JobCode, Reason, Schedule, Thresholds
from simulator.schedule import run_cycles
from simulator.scim_client import ScimClient
from simulator.state import ResetScope, State
from tests.simulator.builders import FIXED_NOW, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("objects", "references", "operations", "reason"),
    [
        (45_000, 0, 1_000_000, Reason.BASE_ESCROWS),
        (30_000, 0, 35_000, Reason.PROPORTION),
        (20_000, 0, 120_000, None),
        (4_999, 0, 5_000, None),
        (5_000, 0, 5_000, Reason.PROPORTION),
        (40_000, 0, 1_000_000, None),
        (10, 59_989, 1_000_000, None),
        (10, 59_990, 1_000_000, Reason.TOTAL_ESCROWS),
    ],
)
def test_thresholds(objects: int, references: int, operations: int, reason: Reason | None) -> None:
    """The documented examples, and both sides of each bound."""
    assert Thresholds().exceeded(objects=objects, references=references, operations=operations) is reason


def test_one_notice_for_one_reason() -> None:
    """A notice on entering, none while it goes on, one when the reason is another."""
    schedule = Schedule()
    schedule.stopped(FIXED_NOW, Reason.EXCEPTION, "A", "a")
    schedule.stopped(FIXED_NOW + DAY, Reason.EXCEPTION, "A", "a")
    schedule.stopped(FIXED_NOW + 2 * DAY, Reason.PROPORTION, "", "many")
    assert len(schedule.notices) == 2
    assert schedule.quarantine is not None
    assert (schedule.quarantine.count, schedule.quarantine.began) == (3, FIXED_NOW.isoformat())


class Fixed:
    """A source that never changes, or has one user more in each of its changes."""

    def __init__(self, number_of_deltas: int = 0) -> None:
        self.number_of_deltas = number_of_deltas
        self.asked: list[int] = []

    def at(self, deltas: int) -> Directory:
        self.asked.append(deltas)
        return make_directory(*(make_user(f"p{number}") for number in range(deltas + 1)))


def running(
    client: ScimClient, state: State, clock: VirtualClock, number: int, source: Fixed | None = None, **job: Any
) -> AsyncIterator[CycleReport]:
    return run_cycles(
        source or Fixed(),
        client,
        job=Job(**job),
        state=state,
        clock=clock,
        number=number,
        on_progress=lambda _: None,
        save=lambda: None,
    )


async def test_cycles_come_every_forty_minutes_and_take_the_next_change(client: ScimClient) -> None:
    """The first cycle is an initial one over the directory as it was at first; then change follows change."""
    source, state, clock = Fixed(number_of_deltas=2), State(), VirtualClock(FIXED_NOW)
    reports = [each async for each in running(client, state, clock, 4, source)]
    assert [each.cycle for each in reports] == ["initial", "incremental", "incremental", "incremental"]
    assert [(each.began - FIXED_NOW) // timedelta(minutes=1) for each in reports] == [0, 40, 80, 120]
    assert (source.asked, [each.changes for each in reports], state.deltas) == ([0, 1, 2, 2], [1, 1, 1, 0], 2)


async def test_quarantined_job_runs_once_a_day_and_recovers(client: ScimClient, service: FakeService) -> None:
    """A rejected token slows the job down; with the error gone the next cycle ends the quarantine."""
    service.answer_once("GET", "/Users", 401, times=3)
    state, clock = State(), VirtualClock(FIXED_NOW)
    seen = [(each.began - FIXED_NOW, state.schedule.code) async for each in running(client, state, clock, 5)]
    assert [when // timedelta(minutes=1) for when, _ in seen] == [0, 1440, 2880, 4320, 4360]
    assert [code for _, code in seen] == [JobCode.QUARANTINE] * 3 + [JobCode.ACTIVE] * 2
    assert len(state.schedule.notices) == 1


async def test_job_is_switched_off_after_four_weeks(client: ScimClient, service: FakeService) -> None:
    """Then no cycle runs, until the quarantine is cleared."""
    service.answer_once("GET", "/Users", 401, times=40)
    state, clock = State(), VirtualClock(FIXED_NOW)
    ran = [each async for each in running(client, state, clock, 100)]
    assert (state.schedule.code, clock.now() - FIXED_NOW, len(ran)) == (JobCode.PAUSED, 29 * DAY, 30)
    assert [each async for each in running(client, state, clock, 1)] == []
    state.restart([ResetScope.QUARANTINE])
    assert len([each async for each in running(client, state, clock, 1)]) == 1


async def test_too_many_failures_lead_to_quarantine(client: ScimClient, service: FakeService) -> None:
    """The proportion counts objects in escrow against all objects; the watermark moves on all the same."""
    service.answer_once("POST", "/Users", 500, times=3)
    source = make_directory(*(make_user(f"p{number}") for number in range(5)))
    state = State()
    await cycle(client, source, state, thresholds=Thresholds(evaluated_from=1))
    assert state.schedule.quarantine is not None
    assert (state.schedule.quarantine.reason, state.watermark) == (Reason.PROPORTION, FIXED_NOW.isoformat())
    await cycle(client, source, state, thresholds=Thresholds(evaluated_from=1))
    assert state.schedule.code is JobCode.ACTIVE


async def test_proportion_is_of_those_in_scope(client: ScimClient, service: FakeService) -> None:
    """The many who are not assigned make the failures of those who are no smaller."""
    service.answer_once("POST", "/Users", 500, times=3)
    people = [make_user(f"p{number}") for number in range(50)]
    source, state = make_directory(*people, assigned={f"p{number}": () for number in range(5)}), State()
    await cycle(client, source, state, thresholds=Thresholds(evaluated_from=1), assigned_only=True)
    assert state.schedule.quarantine is not None


async def test_what_was_given_up_counts_no_more(client: ScimClient, service: FakeService) -> None:
    """A change that is not tried any more keeps no job in quarantine."""
    service.answer_once("POST", "/Users", 500, times=100)
    source, state = make_directory(make_user("a")), State()
    for days in range(30):
        at = FIXED_NOW + days * DAY
        await cycle(client, source, state, now=at, thresholds=Thresholds(evaluated_from=1))
    assert ([each.next_try for each in state.escrow.values()], state.schedule.code) == ([None], JobCode.ACTIVE)


async def test_cycle_after_a_stop_takes_the_same_change(client: ScimClient, service: FakeService) -> None:
    """What a stopped cycle was to do is done by the next one."""
    source, state, clock = Fixed(number_of_deltas=3), State(), VirtualClock(FIXED_NOW)
    async for _ in running(client, state, clock, 1, source):
        service.answer_once("POST", "/Users", 401)
    reports = [each async for each in running(client, state, clock, 2, source)]
    assert ([each.quarantine is None for each in reports], source.asked) == ([False, True], [0, 1, 1])


@pytest.mark.parametrize(
    ("scope", "created", "requests"),
    [(ResetScope.FULL, 0, 4), (ResetScope.WATERMARK, 0, 4), (ResetScope.ESCROWS, 0, 0), (ResetScope.QUARANTINE, 0, 0)],
)
async def test_restart(
    client: ScimClient, service: FakeService, scope: ResetScope, created: int, requests: int
) -> None:
    """A full restart matches anew, one of the watermark reads by the links; the others touch no object."""
    source, state = make_directory(make_user("a"), make_user("b"), make_group("g", "a")), State()
    await cycle(client, source, state)
    state.restart([scope])
    service.sent.clear()
    report = await cycle(client, source, state)
    assert (report.changes, report.requests) == (created, requests)
    by_link = any(sent.path.startswith("/Users/") for sent in service.sent)
    assert by_link is (scope is ResetScope.WATERMARK)


async def test_quarantine_survives_the_file(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """The next process knows that the job is in quarantine, and since when."""
    service.answer_once("GET", "/Users", 401)
    state, path = State(), tmp_path / "state.json"
    await cycle(client, make_directory(make_user("a")), state)
    memory.save(state, path)
    assert memory.load(path) == state


async def test_clocks() -> None:
    """A moved clock never goes back; the real one does not wait for what is past."""
    clock = VirtualClock(FIXED_NOW)
    await clock.wait_until(FIXED_NOW - DAY)
    assert clock.now() == FIXED_NOW
    clock.advance(DAY)
    assert clock.now() == FIXED_NOW + DAY
    await SystemClock().wait_until(datetime.min.replace(tzinfo=FIXED_NOW.tzinfo))
    assert SystemClock().now().tzinfo is not None
