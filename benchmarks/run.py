"""One run: each size in a storage of its own, ours first in this process and over HTTP, then the peer."""

from collections.abc import Callable, Sequence

from benchmarks.machine import this_machine
from benchmarks.measure import measure_handler, measure_http
from benchmarks.operations import OPERATIONS, Axis, of_axis
from benchmarks.paired import measure_growth
from benchmarks.peers import running_peer
from benchmarks.results import Figure, Growth, Handler, Http, Plan, Results
from benchmarks.stack import running_service, running_stack
from benchmarks.starts import measure_start

COMPARED = ("add_one", "user_filter_hit")
"""Operations whose CPU is compared at the smallest and the largest size."""

type Tell = Callable[[str], None]
"""Told what was just done; `steps` says how often."""


def steps(plan: Plan) -> int:
    """How often a run of *plan* tells how far it is."""
    return 1 + len(COMPARED) + sum(2 * len(of_axis(axis)) + 2 for axis, _ in _sizes(plan))


async def run(plan: Plan, tell: Tell) -> Results:
    """Measure all that *plan* asks for."""
    figures: list[Figure] = []
    for axis, size in _sizes(plan):
        ours = await _measure_ours(axis, size, plan, tell)
        theirs = await _measure_peer(axis, size, plan, tell)
        for operation in of_axis(axis):
            handler, http = ours[operation.name]
            figures.append(
                Figure(
                    operation=operation.name,
                    axis=axis,
                    size=size,
                    handler=handler,
                    http=http,
                    peer=theirs[operation.name],
                )
            )
    growths = [await _measure_growth(name, plan, tell) for name in COMPARED]
    start = await measure_start(plan.starts)
    tell("starts")
    return Results(plan=plan, machine=this_machine(), figures=figures, growths=growths, start=start)


async def _measure_growth(name: str, plan: Plan, tell: Tell) -> Growth:
    operation = next(each for each in OPERATIONS if each.name == name)
    sizes = plan.users if operation.axis is Axis.USERS else plan.members
    growth = await measure_growth(operation, sizes[0], sizes[-1], plan)
    tell(f"{operation.title}: {sizes[0]:,} and {sizes[-1]:,} by turns")
    return growth


def _sizes(plan: Plan) -> Sequence[tuple[Axis, int]]:
    return [*((Axis.USERS, size) for size in plan.users), *((Axis.MEMBERS, size) for size in plan.members)]


async def _measure_ours(axis: Axis, size: int, plan: Plan, tell: Tell) -> dict[str, tuple[Handler, Http]]:
    found: dict[str, tuple[Handler, Http]] = {}
    async with running_stack(axis, size) as stack, running_service(stack) as service:
        tell(f"{size:,} {axis}: seeded")
        for operation in of_axis(axis):
            handler = await measure_handler(stack, operation, plan)
            storage = stack.azurite.process.pid
            http = await measure_http(service.client.ask, service.pid, stack.ground, operation, plan, storage)
            if http is None:
                raise RuntimeError(f"{operation.name} is served in this process and not over HTTP")
            found[operation.name] = (handler, http)
            tell(f"{size:,} {axis}: {operation.title}")
    return found


async def _measure_peer(axis: Axis, size: int, plan: Plan, tell: Tell) -> dict[str, Http | None]:
    found: dict[str, Http | None] = {}
    async with running_peer(axis, size) as peer:
        tell(f"{size:,} {axis}: peer seeded")
        for operation in of_axis(axis):
            found[operation.name] = await measure_http(peer.client.ask, peer.pid, peer.ground, operation, plan)
            tell(f"{size:,} {axis}: peer, {operation.title}")
    return found
