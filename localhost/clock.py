"""The time, and waiting for it."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

_LONGEST_SLEEP = 60.0  # seconds; the machine may be suspended, or its clock set, while we sleep


class Clock(Protocol):
    """Where timers get their time from."""

    def now(self) -> datetime:
        """Return the present time in UTC."""

    async def sleep_until(self, moment: datetime) -> None:
        """Return once *moment* has come."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        """Return once *moment* has come, never before it."""
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  (time is no event)
            await asyncio.sleep(min(left, _LONGEST_SLEEP))
