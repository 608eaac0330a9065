"""Turns: writers of one resource in one process wait for each other instead of colliding in the storage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """One queue for each key, first come first served; keys nobody waits for are forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, *key: str) -> AsyncIterator[None]:
        """Hold the turn of *key* for the length of the block."""
        name = "/".join(key)
        lock = self._locks.get(name)
        if lock is None:
            self._locks[name] = lock = asyncio.Lock()
        async with lock:
            yield
