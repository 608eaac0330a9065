"""The clocks that cycles go by: the real one, and one that is moved, so that weeks run in seconds."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    async def wait_until(self, moment: datetime) -> None:
        """Return when *moment* has come."""
        ...


class SystemClock:
    """The clock on the wall."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    async def wait_until(self, moment: datetime) -> None:
        """Sleep until *moment*."""
        await asyncio.sleep(max((moment - self.now()).total_seconds(), 0.0))


class VirtualClock:
    """A clock that stands still but for waiting, which takes no time."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self._now

    async def wait_until(self, moment: datetime) -> None:
        """Move on to *moment*, never back."""
        self._now = max(self._now, moment)

    def advance(self, distance: timedelta) -> None:
        """Move on by *distance*."""
        self._now += distance
