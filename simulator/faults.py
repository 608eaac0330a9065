"""Faults on our own side of the wire: requests that are lost, answers that are lost, and answers that come too late."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

import httpx

INJECTED = "injected: "
INTENDED = "Nothing: this fault was made on our own side, and the next cycle tries again."


class Fault(StrEnum):
    """What goes wrong with one request."""

    LOST_REQUEST = "lost request"
    LOST_ANSWER = "lost answer"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class FaultRates:
    """How often each fault happens, from 0 to 1 of all requests."""

    lost_requests: float = 0.0
    lost_answers: float = 0.0
    timeouts: float = 0.0

    @property
    def total(self) -> float:
        """Return the share of requests that do not go well."""
        return self.lost_requests + self.lost_answers + self.timeouts

    def fault_at(self, point: float) -> Fault | None:
        """Return the fault for a random *point* from 0 to 1, or ``None`` for a request that goes well."""
        for rate, fault in (
            (self.lost_requests, Fault.LOST_REQUEST),
            (self.lost_answers, Fault.LOST_ANSWER),
            (self.timeouts, Fault.TIMEOUT),
        ):
            if point < rate:
                return fault
            point -= rate
        return None


class FaultyTransport(httpx.AsyncBaseTransport):
    """Hands requests to another transport, and loses some of them by a seed; ``injected`` counts the losses.

    The service provider has done what was asked when an answer is lost or late: the next attempt meets that.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, rates: FaultRates, seed: int = 0) -> None:
        self.rates = rates
        self.injected = 0
        self._inner = inner
        self._random = Random(seed)  # noqa: S311  chance, no secret

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to *request*.

        Raises:
            httpx.TransportError: A fault was injected.
        """
        fault = self.rates.fault_at(self._random.random())
        self.injected += fault is not None
        if fault is Fault.LOST_REQUEST:
            raise httpx.WriteError(f"{INJECTED}the request was lost", request=request)
        response = await self._inner.handle_async_request(request)
        if fault is None:
            return response
        await response.aread()
        await response.aclose()
        if fault is Fault.TIMEOUT:
            raise httpx.ReadTimeout(f"{INJECTED}the answer came too late", request=request)
        raise httpx.ReadError(f"{INJECTED}the answer was lost", request=request)

    async def aclose(self) -> None:
        """Close the transport within."""
        await self._inner.aclose()
