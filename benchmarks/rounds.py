"""Round trips: a policy in the real client's pipeline notes each request; those that follow each other count."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy


@dataclass(frozen=True, slots=True)
class Span:
    """When something began and ended, in seconds of one clock."""

    begin: float
    end: float


class RequestLog(AsyncHTTPPolicy[Any, Any]):
    """Notes when each request to the service was under way; `take` hands the notes over.

    An answer that comes before ``hold_seconds`` have passed is held back until then.
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[Span] = []
        self.hold_seconds = 0.0

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Pass *request* on; it counts also if it fails."""
        begin = time.perf_counter()
        try:
            response = await self.next.send(request)
            if (early := begin + self.hold_seconds - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            return response
        finally:
            self._spans.append(Span(begin, time.perf_counter()))

    def take(self) -> list[Span]:
        """The requests since the last time."""
        taken, self._spans = self._spans, []
        return taken


def rounds(spans: Iterable[Span]) -> int:
    """The most of *spans* that follow each other: those that overlap in time are one round trip.

    The longest chain is found by always taking the span that ends first.
    """
    chain, reached = 0, float("-inf")
    for span in sorted(spans, key=lambda each: each.end):
        if span.begin >= reached:
            chain, reached = chain + 1, span.end
    return chain


def levels(spans: Sequence[Span]) -> list[int]:
    """For each of *spans* how many of them had to end, one after the other, before it began."""
    found: list[int] = []
    for span in spans:
        before = (found[index] for index in range(len(found)) if spans[index].end <= span.begin)
        found.append(max(before, default=-1) + 1)
    return found
