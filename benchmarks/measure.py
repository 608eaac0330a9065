"""Measuring: counters read before and after one request, many times, and what is typical of the differences."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from statistics import median

from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from benchmarks.calls import Answer, Call, Unexpected
from benchmarks.operations import Ask, Ground, Operation, Turn
from benchmarks.processes import cpu_seconds
from benchmarks.recorder import Recorded, Replay, memberships_read, rows_read, rows_written
from benchmarks.results import Handler, Http, Plan
from benchmarks.rounds import Span, rounds
from benchmarks.stack import Stack

type Reading = Mapping[str, float]
type Probe = Callable[[], Awaitable[Reading]]
"""Reads counters that only grow, in seconds."""

WATCHED = 5
"""Performances over which round trips are counted."""

_WARM_UP = 2
_LEAST = 3
_SETTLE_SECONDS = 0.002


class Meter:
    """Asks as *ask* does, and keeps by how much the counters of *probe* grew meanwhile."""

    def __init__(self, ask: Ask, probe: Probe) -> None:
        self._ask = ask
        self._probe = probe
        self._readings: list[Reading] = []

    async def measure(self, call: Call) -> Answer:
        before = await self._probe()
        begin = time.perf_counter()
        answer = await self._ask(call)
        wall = time.perf_counter() - begin
        after = await self._probe()
        self._readings.append({"wall": wall} | {name: after[name] - before[name] for name in after})
        return answer

    def typical(self, name: str) -> float:
        """The median of one counter, in milliseconds."""
        return median(each[name] for each in self._readings) * 1000

    def least(self, name: str) -> float:
        """The least of one counter, in milliseconds: what else the machine does only ever adds to CPU time."""
        return min(each[name] for each in self._readings) * 1000

    def forget(self) -> None:
        self._readings.clear()


class Watch:
    """Asks our handlers, and keeps what the last of its requests asked of the storage.

    ``rounds`` is the least over all of them: requests that need not wait for each other may still do so on a busy
    machine, while those that must wait never overlap.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.recorded: list[Recorded] = []
        self.spans: list[Span] = []
        self.rounds = 0

    async def measure(self, call: Call) -> Answer:
        """Raises: RuntimeError: More or less was sent than recorded, so a replay would not be the same."""
        self._stack.log.take()
        self._stack.recorder.start()
        answer = await self._stack.handlers.ask(call)
        self.recorded, self.spans = self._stack.recorder.stop(), self._stack.log.take()
        if len(self.recorded) != len(self.spans):
            raise RuntimeError(f"{call.path}: {len(self.spans)} requests, {len(self.recorded)} of them recorded")
        found = rounds(self.spans)
        self.rounds = min(self.rounds or found, found)
        return answer


async def measure_handler(stack: Stack, operation: Operation, plan: Plan) -> Handler:
    """The cost of *operation* in our handlers: round trips, CPU of all, and of that the storage client's."""
    ask, watch = stack.handlers.ask, Watch(stack)
    await _turns(operation, Turn(stack.ground, ask, watch.measure), WATCHED, plan.budget_seconds)
    meter = Meter(ask, own_cpu)
    await _repeat(operation, stack.ground, meter, ask, plan)
    return Handler(
        requests=len(watch.spans),
        rounds=watch.rounds,
        rows_read=rows_read(watch.recorded),
        memberships_read=memberships_read(watch.recorded),
        rows_written=rows_written(watch.recorded),
        cpu=meter.least("cpu"),
        client_cpu=await _replayed(Replay(stack.bare, watch.recorded), plan),
    )


async def measure_http(
    ask: Ask, pid: int, ground: Ground, operation: Operation, plan: Plan, storage_pid: int | None = None
) -> Http | None:
    """Latency and CPU of *operation* at a server; None where it does not serve it."""

    async def probe() -> Reading:
        await asyncio.sleep(_SETTLE_SECONDS)  # what the server does after its answer belongs to it
        storage = cpu_seconds(storage_pid) if storage_pid is not None else 0.0
        return {"cpu": cpu_seconds(pid), "storage": storage}

    meter = Meter(ask, probe)
    try:
        await _repeat(operation, ground, meter, ask, plan, least=1)  # a slow server needs no more to be known as slow
    except Unexpected as error:
        if error.is_refusal:
            return None
        raise
    return Http(latency=meter.typical("wall"), cpu=meter.typical("cpu"), storage_cpu=meter.typical("storage"))


async def own_cpu() -> Reading:
    """CPU time of this thread: handlers run in it, and nothing else."""
    return {"cpu": time.thread_time()}


async def _repeat(
    operation: Operation, ground: Ground, meter: Meter, ask: Ask, plan: Plan, *, least: int = _LEAST
) -> None:
    turn = Turn(ground, ask, meter.measure)
    await _turns(operation, turn, _WARM_UP, plan.budget_seconds, least=1)
    meter.forget()
    gc.collect()
    await _turns(operation, turn, plan.repeats, plan.budget_seconds, least=least)


async def _turns(operation: Operation, turn: Turn, times: int, budget_seconds: float, *, least: int = _LEAST) -> None:
    """Perform *operation* so many times, or fewer once it has taken its time, and *least* times in any case."""
    end = time.monotonic() + budget_seconds
    for done in range(times):
        if done >= least and time.monotonic() > end:
            return
        await operation.script(turn)


async def _replayed(replay: Replay, plan: Plan) -> float:
    """The CPU of the storage client for one performance, in milliseconds."""
    readings: list[float] = []
    end = time.monotonic() + plan.budget_seconds
    while len(readings) < _LEAST or (len(readings) < plan.repeats and time.monotonic() < end):
        with suppress(ServiceRequestError, ServiceResponseError):  # Azurite closes a connection that is idle for 5 s
            await replay.prepare()
            begin = time.thread_time()
            await replay.run()
            readings.append(time.thread_time() - begin)
    return min(readings) * 1000
