"""Limits on requests that run and that wait."""

import asyncio

import pytest

from localhost.throttle import Throttle, TooManyRequests


async def test_no_limit() -> None:
    """Without limits everything runs at once."""
    throttle = Throttle(concurrent=None, outstanding=None)
    async with throttle.turn(), throttle.turn(), throttle.turn():
        pass


async def test_outstanding_counts_running_and_waiting() -> None:
    """Beyond the limit a request is refused, and a finished one makes room."""
    throttle = Throttle(concurrent=1, outstanding=2)
    async with throttle.turn():
        waiting = asyncio.ensure_future(throttle.turn().__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests):
            async with throttle.turn():
                pass
        assert not waiting.done()
    await waiting


async def test_failed_request_gives_its_place_back() -> None:
    """An error in one request leaves room for the next."""
    throttle = Throttle(concurrent=1, outstanding=1)
    with pytest.raises(ZeroDivisionError):
        async with throttle.turn():
            raise ZeroDivisionError
    async with throttle.turn():
        pass
