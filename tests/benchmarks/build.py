"""Made-up results; a test states what matters in them."""

from benchmarks.operations import OPERATIONS, Axis, Operation
from benchmarks.results import Figure, Growth, Handler, Http, Machine, Plan, Results, Start

_SIZES = {Axis.USERS: [20, 5_000], Axis.MEMBERS: [10, 10_000]}


def make_results(*changed: Figure, import_time: float = 500.0, growth: float = 1.0) -> Results:
    """Results that meet every target, with the figures of *changed* in the place of their own."""
    special = {(each.operation, each.size): each for each in changed}
    figures = [
        special.get((operation.name, size)) or make_figure(operation.name, size)
        for operation in OPERATIONS
        for size in _SIZES[operation.axis]
    ]
    plan = Plan(
        users=_SIZES[Axis.USERS], members=_SIZES[Axis.MEMBERS], repeats=3, budget_seconds=1, starts=1, command="it"
    )
    growths = [
        Growth(operation="add_one", small=10, large=10_000, small_cpu=5.0, large_cpu=5.0 * growth),
        Growth(operation="user_filter_hit", small=20, large=5_000, small_cpu=2.0, large_cpu=2.0),
    ]
    machine = Machine(
        date="2026-03-01", cpu="a processor", cores=2, system="a system", load=0.5, versions={"Python": "3.13"}
    )
    start = Start(import_time=import_time, import_median=import_time, packages=[("scim", 12.0)], first_answer=700.0)
    return Results(plan=plan, machine=machine, figures=figures, growths=growths, start=start)


def make_figure(
    name: str,
    size: int,
    *,
    cpu: float = 5.0,
    client_cpu: float = 4.0,
    rounds: int = 1,
    memberships_read: int = 0,
    peer: float | None = 800.0,
) -> Figure:
    return Figure(
        operation=name,
        axis=_operation(name).axis,
        size=size,
        handler=Handler(
            requests=1,
            rounds=rounds,
            rows_read=1,
            memberships_read=memberships_read,
            rows_written=0,
            cpu=cpu,
            client_cpu=client_cpu,
        ),
        http=Http(latency=8.0, cpu=6.0),
        peer=None if peer is None else Http(latency=peer, cpu=peer),
    )


def _operation(name: str) -> Operation:
    return next(each for each in OPERATIONS if each.name == name)
