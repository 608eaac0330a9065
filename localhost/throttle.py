"""The limits of ``host.json`` on requests that run and that wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TooManyRequests(Exception):
    """As many requests run and wait as may; the host answers 429."""


class Throttle:
    """Lets at most *concurrent* requests run, and refuses those beyond *outstanding*; ``None`` is no limit."""

    def __init__(self, *, concurrent: int | None, outstanding: int | None) -> None:
        self._running = asyncio.Semaphore(concurrent) if concurrent is not None else None
        self._outstanding = outstanding
        self._present = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it for the block.

        Raises:
            TooManyRequests: There is no place left to wait.
        """
        if self._outstanding is not None and self._present >= self._outstanding:
            raise TooManyRequests
        self._present += 1
        try:
            if self._running is None:
                yield
            else:
                async with self._running:
                    yield
        finally:
            self._present -= 1
