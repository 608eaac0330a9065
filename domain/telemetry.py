"""Counters of what one request or one run of the timer did, told in one structured line of the log.

Application Insights reads the line as a trace; its JSON is what dashboards and alerts ask for (docs/observability.md).
Plain lines, because the worker forwards them without any library: OpenTelemetry's exporter would cost a cold start more
than everything else that is imported.  No line holds personal data: names of routes, ids and numbers only.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

import orjson

_log = logging.getLogger("rollcall.telemetry")

STORAGE_TRIPS = "storageTrips"
STORAGE_REPEATS = "storageRepeats"
CONFLICTS = "conflicts"

_counting: ContextVar[Counter[str] | None] = ContextVar("counting", default=None)


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Within the block, and in tasks begun in it, what is counted goes into this counter."""
    counter: Counter[str] = Counter()
    token = _counting.set(counter)
    try:
        yield counter
    finally:
        _counting.reset(token)


def count(name: str) -> None:
    """Count one more of *name*, where somebody counts."""
    counter = _counting.get()
    if counter is not None:
        counter[name] += 1


def tell(event: str, **values: str | int | float | None) -> None:
    """One line that tells *event*; what is None or empty is left out."""
    if _log.isEnabledFor(logging.INFO):
        told = {name: value for name, value in values.items() if value not in (None, "")}
        _log.info("%s", orjson.dumps({"event": event, **told}).decode())


def milliseconds_since(start: float) -> float:
    """The time since *start*, as `perf_counter` gave it."""
    return round((perf_counter() - start) * 1_000, 1)
