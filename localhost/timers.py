"""Runs timer functions on their schedules, one run of a timer at a time, and by hand."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Self

from localhost.clock import Clock
from localhost.functions import TimerTrigger
from localhost.ncrontab import NEVER, BadSchedule, Schedule, parse_schedule
from localhost.timer_status import Status, StatusStore, after_run, review

_log = logging.getLogger(__name__)
_SETTING = re.compile(r"%([^%]*)%")
_GRACE = 5.0  # seconds that runs have to finish when the host stops

Call = Callable[[str], Awaitable[None]]
"""Calls the function with the JSON text of its timer; never raises."""


@dataclass(frozen=True)
class TimerPlan:
    """When a timer function is to run; not *monitored* means that nothing is stored and nothing made up for."""

    text: str
    schedule: Schedule
    run_on_startup: bool
    monitored: bool

    @classmethod
    def of(cls, trigger: TimerTrigger, settings: Mapping[str, str], now: datetime) -> Self:
        """Return the plan of *trigger*, with ``%NAME%`` replaced by the app setting.

        Raises:
            BadSchedule: The setting is absent, or the text is no cron schedule.
        """
        text = _SETTING.sub(lambda found: _setting(settings, found[1]), trigger.schedule)
        try:
            schedule = parse_schedule(text)
        except BadSchedule as error:
            raise BadSchedule(f"The schedule expression '{text}' is no cron expression: {error}") from error
        monitored = trigger.use_monitor and not _is_faster_than_a_minute(schedule, now)
        return cls(text, schedule, trigger.run_on_startup, monitored)


def _setting(settings: Mapping[str, str], name: str) -> str:
    if not settings.get(name):
        raise BadSchedule(f"'%{name}%' does not resolve to a value.")
    return settings[name]


def _is_faster_than_a_minute(schedule: Schedule, now: datetime) -> bool:
    """Whether two occurrences come in the next minute, which the real host takes for the rule."""
    second = next(islice(schedule.occurrences_after(now), 1, None), NEVER)
    return second <= now + timedelta(minutes=1)


class Timer:
    """One timer function: its plan, and the calls that it makes."""

    def __init__(self, name: str, plan: TimerPlan, *, call: Call, clock: Clock, store: StatusStore) -> None:
        self.name = name
        self.plan = plan
        self._call = call
        self._clock = clock
        self._store = store
        self._status: Status | None = None
        self._one_at_a_time = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()

    async def follow_schedule(self) -> None:
        """Make up for a missed run, then run at every occurrence; one that comes during a run is left out."""
        begin = self._clock.now()
        if self._review(begin):
            await self._run_scheduled(begin, past_due=True)
        elif self.plan.run_on_startup:
            await self._run_scheduled(begin)
        while (due := self.plan.schedule.next_after(self._clock.now())) != NEVER:
            await self._clock.sleep_until(due)
            await self._run_scheduled(self._clock.now())

    def run_by_hand(self) -> None:
        """Start a run in the background, after one that is going on; the schedule takes no notice."""
        self._background(self._run())

    async def finish(self) -> None:
        """Wait a few seconds for runs to end, then cancel them."""
        if self._runs:
            _, late = await asyncio.wait(self._runs, timeout=_GRACE)
            for run in late:
                _log.warning("A run of the timer %s was cut off", self.name)
                run.cancel()

    def _review(self, now: datetime) -> bool:
        """Bring the stored status up to date, and return whether a run was missed."""
        if not self.plan.monitored:
            return False
        reviewed = review(self._store.read(self.name), self.plan.schedule, now)
        self._status = reviewed.status
        if reviewed.changed:
            self._store.write(self.name, reviewed.status)
        return bool(reviewed.overdue)

    async def _run_scheduled(self, begin: datetime, *, past_due: bool = False) -> None:
        # the run goes on when the schedule is stopped, and its failure does not stop the schedule
        await asyncio.wait([self._background(self._run(past_due=past_due, begin=begin))])

    def _background(self, run: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(run)
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return task

    async def _run(self, *, past_due: bool = False, begin: datetime | None = None) -> None:
        async with self._one_at_a_time:
            await self._call(_timer_json(self._status, past_due=past_due))
            if begin is not None:
                self._status = after_run(self.plan.schedule, begin)
                if self.plan.monitored:
                    self._store.write(self.name, self._status)


def _timer_json(status: Status | None, *, past_due: bool) -> str:
    return json.dumps(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status.to_json() if status else None,
            "IsPastDue": past_due,
        }
    )


class Timers:
    """All timers of an app."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}
        self._schedules: list[asyncio.Task[None]] = []

    def add(self, timer: Timer, *, follow_schedule: bool) -> None:
        """Take *timer* in; without *follow_schedule* it runs by hand only."""
        self._timers[timer.name] = timer
        if follow_schedule:
            self._schedules.append(asyncio.get_running_loop().create_task(timer.follow_schedule()))

    def run_by_hand(self, name: str) -> None:
        """Start a run of the timer *name* in the background."""
        self._timers[name].run_by_hand()

    async def stop(self) -> None:
        """End all schedules, and let runs that go on finish."""
        for schedule in self._schedules:
            schedule.cancel()
        await asyncio.gather(*self._schedules, return_exceptions=True)
        await asyncio.gather(*(timer.finish() for timer in self._timers.values()))
