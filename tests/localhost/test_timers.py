"""Timers run on their schedule, never twice at a time, and make up for one missed run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from localhost.functions import TimerTrigger
from localhost.ncrontab import BadSchedule
from localhost.timer_status import Status, StatusInMemory
from localhost.timers import Timer, TimerPlan, Timers
from tests.localhost.manual_clock import ManualClock, at, settle

HOURLY = "0 0 * * * *"
FIVE_MISSED = Status(at("04:00:00"), at("05:00:00"), at("04:00:00"))


def plan(schedule: str, *, now: datetime, run_on_startup: bool = False, use_monitor: bool = True) -> TimerPlan:
    return TimerPlan.of(TimerTrigger("timer", schedule, run_on_startup, use_monitor), {}, now)


@dataclass
class Runs:
    """Records when a function is called and with what; it stays in a call until *may_end* is set."""

    clock: ManualClock
    begun: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    ended: int = 0

    async def __call__(self, timer_json: str) -> None:
        self.begun.append((self.clock.now(), json.loads(timer_json)))
        await self.may_end.wait()
        self.ended += 1

    @property
    def times(self) -> list[datetime]:
        return [time for time, _ in self.begun]


@dataclass
class Scene:
    """One timer that follows its schedule on a clock that the test moves."""

    clock: ManualClock
    runs: Runs
    store: StatusInMemory
    timers: Timers


@asynccontextmanager
async def scene(
    schedule: str, start: str, *, stored: Status | None = None, run_on_startup: bool = False, use_monitor: bool = True
) -> AsyncIterator[Scene]:
    clock = ManualClock(at(start))
    runs, store, timers = Runs(clock), StatusInMemory(), Timers()
    runs.may_end.set()
    if stored:
        store.write("tick", stored)
    planned = plan(schedule, now=clock.now(), run_on_startup=run_on_startup, use_monitor=use_monitor)
    timers.add(Timer("tick", planned, call=runs, clock=clock, store=store), follow_schedule=True)
    await settle()
    yield Scene(clock, runs, store, timers)
    runs.may_end.set()
    await timers.stop()


async def test_every_occurrence() -> None:
    """A timer runs at each occurrence, and its status moves on."""
    async with scene("0 */5 * * * *", "10:02:00") as now:
        await now.clock.move_to(at("10:16:00"))
        assert now.runs.times == [at("10:05:00"), at("10:10:00"), at("10:15:00")]
        assert now.store.read("tick") == Status(at("10:15:00"), at("10:20:00"), at("10:15:00"))


async def test_no_status() -> None:
    """The first start ever runs nothing, and notes what is next."""
    async with scene(HOURLY, "10:02:00") as now:
        assert now.runs.begun == []
        assert now.store.read("tick") == Status(None, at("11:00:00"), at("10:02:00"))


async def test_run_on_startup() -> None:
    """With run_on_startup the start is a run that is not past due."""
    async with scene(HOURLY, "10:02:00", run_on_startup=True) as now:
        ((time, timer),) = now.runs.begun
        assert (time, timer["IsPastDue"], timer["ScheduleStatus"]["Last"]) == (
            at("10:02:00"),
            False,
            "0001-01-01T00:00:00",
        )
        assert now.store.read("tick") == Status(at("10:02:00"), at("11:00:00"), at("10:02:00"))


@pytest.mark.parametrize("run_on_startup", [False, True])
async def test_missed_runs(run_on_startup: bool) -> None:
    """However many were missed, one run is made up for at start, with the status as it was stored."""
    async with scene(HOURLY, "10:02:00", stored=FIVE_MISSED, run_on_startup=run_on_startup) as now:
        ((_, timer),) = now.runs.begun
        assert timer == {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": FIVE_MISSED.to_json(),
            "IsPastDue": True,
        }
        assert now.store.read("tick") == Status(at("10:02:00"), at("11:00:00"), at("10:02:00"))


async def test_nothing_missed() -> None:
    """A restart within the interval runs and writes nothing."""
    stored = Status(at("10:00:00"), at("11:00:00"), at("10:00:00"))
    async with scene(HOURLY, "10:02:00", stored=stored) as now:
        assert (now.runs.begun, now.store.read("tick")) == ([], stored)


async def test_changed_schedule() -> None:
    """A status of another schedule is never past due."""
    async with scene("0 */2 * * * *", "10:02:30", stored=FIVE_MISSED) as now:
        assert now.runs.begun == []
        assert now.store.read("tick") == Status(None, at("10:04:00"), at("10:02:30"))


async def test_without_monitor() -> None:
    """With use_monitor off nothing is made up for and nothing stored, but the function learns of its last run."""
    async with scene(HOURLY, "10:02:00", stored=FIVE_MISSED, use_monitor=False) as now:
        await now.clock.move_to(at("12:00:00"))
        assert [timer["ScheduleStatus"] for _, timer in now.runs.begun] == [
            None,
            Status(at("11:00:00"), at("12:00:00"), at("11:00:00")).to_json(),
        ]
        assert now.store.read("tick") == FIVE_MISSED


async def test_runs_do_not_overlap() -> None:
    """Occurrences during a run are left out, and the next comes after its end."""
    async with scene("0 */5 * * * *", "10:02:00") as now:
        now.runs.may_end.clear()
        await now.clock.move_to(at("10:17:00"))
        assert now.runs.times == [at("10:05:00")]
        now.runs.may_end.set()
        await now.clock.move_to(at("10:21:00"))
        assert now.runs.times == [at("10:05:00"), at("10:20:00")]


async def test_run_by_hand() -> None:
    """A run by hand waits for the one that goes on, and leaves the status alone."""
    async with scene(HOURLY, "10:59:00") as now:
        now.runs.may_end.clear()
        await now.clock.move_to(at("11:30:00"))
        now.timers.run_by_hand("tick")
        await settle()
        assert len(now.runs.begun) == 1
        now.runs.may_end.set()
        await settle()
        assert (len(now.runs.begun), now.runs.begun[1][1]["IsPastDue"]) == (2, False)
        assert now.store.read("tick") == Status(at("11:00:00"), at("12:00:00"), at("11:00:00"))


async def test_stop_lets_a_run_end() -> None:
    """The end of the host waits for a run that goes on, and starts no further one."""
    async with scene(HOURLY, "10:59:00") as now:
        now.runs.may_end.clear()
        await now.clock.move_to(at("11:00:00"))
        stopping = asyncio.ensure_future(now.timers.stop())
        await settle()
        assert not stopping.done()
        now.runs.may_end.set()
        await stopping
        await now.clock.move_to(at("13:00:00"))
        assert (now.runs.ended, len(now.runs.begun)) == (1, 1)


async def test_stop_cuts_a_run_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that does not end in time is cancelled."""
    monkeypatch.setattr("localhost.timers._GRACE", 0)
    async with scene(HOURLY, "10:59:00") as now:
        now.runs.may_end.clear()
        await now.clock.move_to(at("11:00:00"))
        await now.timers.stop()
        assert (now.runs.ended, len(now.runs.begun)) == (0, 1)


async def test_schedule_that_never_comes() -> None:
    """A timer for 30 February waits for nothing."""
    async with scene("0 0 0 30 2 *", "10:00:00") as now:
        await now.clock.move_to(at("2030-03-01T00:00:00"))
        assert now.runs.begun == []


@pytest.mark.parametrize(
    ("schedule", "start", "monitored"),
    [
        ("0 * * * * *", "10:00:00", True),
        ("* * * * *", "10:00:00", True),
        ("0 */5 * * * *", "10:00:00", True),
        ("*/30 * * * * *", "10:00:00", False),
        ("*/59 * * * * *", "10:00:30", False),
        ("0,1 0 * * * *", "10:59:30", False),
        ("0,1 0 * * * *", "10:30:00", True),
        ("0 0 0 30 2 *", "10:00:00", True),
    ],
)
def test_monitor(schedule: str, start: str, monitored: bool) -> None:
    """A schedule that is seen to come twice in a minute is not monitored."""
    assert plan(schedule, now=at(start)).monitored is monitored


def test_setting_in_schedule() -> None:
    """A name between percent signs is an app setting."""
    trigger = TimerTrigger("timer", "%EVERY%", run_on_startup=False, use_monitor=True)
    assert TimerPlan.of(trigger, {"EVERY": HOURLY}, at("10:00:00")).text == HOURLY


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("%ABSENT%", "'%ABSENT%' does not resolve to a value."),
        ("00:05:00", "The schedule expression '00:05:00' is no cron expression"),
        ("%WRONG%", "The schedule expression 'daily' is no cron expression"),
    ],
)
def test_bad_schedule(schedule: str, message: str) -> None:
    """A missing setting or a text that is no cron schedule is an error of the function."""
    trigger = TimerTrigger("timer", schedule, run_on_startup=False, use_monitor=True)
    with pytest.raises(BadSchedule, match=message):
        TimerPlan.of(trigger, {"WRONG": "daily"}, at("10:00:00"))
