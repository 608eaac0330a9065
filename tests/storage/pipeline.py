"""Policies for the real client's pipeline: one counts round trips, one makes the service fail."""

import asyncio
import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy


class RoundTripCounter(AsyncHTTPPolicy[Any, Any]):
    """Counts requests, and rounds: what is asked side by side is one round, as if each took the same time.

    Requests that come in without waiting for an answer make one round; its answers are given out together.
    """

    def __init__(self) -> None:
        self.requests = self.rounds = 0
        self._open: _Round | None = None

    def reset(self) -> None:
        self.requests = self.rounds = 0

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        mine = self._join()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if self._open is mine:
            self._open = None
        try:
            return await self.next.send(request)
        finally:
            await mine.answered()

    def _join(self) -> "_Round":
        self.requests += 1
        if self._open is None:
            self._open = _Round()
            self.rounds += 1
        self._open.waiting += 1
        return self._open


_TURNS = 10
"""Turns of the event loop in which tasks that wait for nothing reach the pipeline."""


class _Round:
    """Requests that are under way together."""

    def __init__(self) -> None:
        self.waiting = 0
        self._all = asyncio.Event()

    async def answered(self) -> None:
        """Wait until all of them are answered."""
        self.waiting -= 1
        if self.waiting == 0:
            self._all.set()
        await self._all.wait()


class Fault(enum.Enum):
    """What befalls one request; each either reaches the service or does not."""

    REFUSED = "connection refused", False
    ANSWER_LOST = "connection reset before the answer", True
    BUSY = "503", False
    BUSY_BUT_DONE = "503 though done", True
    ERROR = "500", False
    ERROR_BUT_DONE = "500 though done", True


class FaultyService(AsyncHTTPPolicy[Any, Any]):
    """Passes requests on, except that the one numbered *at*, and *times* - 1 after it, meet with a fault.

    Only writes count, or where so wished only reads.
    """

    def __init__(self) -> None:
        self.seen = 0
        self._fault: Fault | None = None
        self._at = range(0)
        self._reads = False

    @contextmanager
    def failing(self, fault: Fault | None, at: int = 0, times: int = 1, *, reads: bool = False) -> Iterator[None]:
        """Within the block requests count from 0 and the chosen ones fail."""
        self.seen, self._fault, self._at, self._reads = 0, fault, range(at, at + times), reads
        try:
            yield
        finally:
            self._fault = None

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        if (request.http_request.method == "GET") is not self._reads:
            return await self.next.send(request)
        number, self.seen = self.seen, self.seen + 1
        if self._fault is None or number not in self._at:
            return await self.next.send(request)
        _, arrives = self._fault.value
        if arrives:
            response: PipelineResponse[Any, Any] = await self.next.send(request)
            response.http_response.internal_response.close()
        raise _ERRORS[self._fault]()


def _answer(status: int) -> HttpResponseError:
    error = HttpResponseError(message=str(status))
    error.status_code = status
    return error


_ERRORS: dict[Fault, Callable[[], Exception]] = {
    Fault.REFUSED: lambda: ServiceRequestError("refused"),
    Fault.ANSWER_LOST: lambda: ServiceResponseError("reset"),
    Fault.BUSY: lambda: _answer(503),
    Fault.BUSY_BUT_DONE: lambda: _answer(503),
    Fault.ERROR: lambda: _answer(500),
    Fault.ERROR_BUT_DONE: lambda: _answer(500),
}
