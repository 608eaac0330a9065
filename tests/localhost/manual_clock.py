"""A clock that stands still until a test moves it."""

import asyncio
from datetime import UTC, datetime

_TURNS = 20  # of the loop, enough for every task to get as far as it can


def at(text: str) -> datetime:
    """Return 1 March 2026 at ``hh:mm:ss`` UTC; a whole date may stand in front."""
    return datetime.fromisoformat(text if "T" in text else f"2026-03-01T{text}").replace(tzinfo=UTC)


async def settle() -> None:
    """Let every task run until it waits for something that is not here yet."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class ManualClock:
    """Wakes sleepers in order, each at its own time, when it is moved past them."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time that the clock was moved to."""
        return self._now

    async def sleep_until(self, moment: datetime) -> None:
        """Return once the clock has been moved to *moment*."""
        if moment > self._now:
            waiting = asyncio.get_running_loop().create_future()
            self._sleepers.append((moment, waiting))
            await waiting

    async def move_to(self, target: datetime) -> None:
        """Move on to *target*, stopping wherever somebody wakes."""
        await settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= target]:
            first = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self._now = max(self._now, first[0])
            if not first[1].done():
                first[1].set_result(None)
            await settle()
        self._now = target
