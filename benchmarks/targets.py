"""What is asked of Rollcall, and whether a run met it."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.operations import OPERATIONS
from benchmarks.results import Figure, Growth, Results

MOST_GROWTH = 1.2
"""CPU at the largest size over CPU at the smallest, where the cost is not to depend on the size."""
MOST_LIST_CPU = 6.0
MOST_GROUP_CPU = 150.0
MOST_IMPORT = 900.0
"""Milliseconds, all three."""

_LARGE_GROUP = 10_000
_FASTER_FROM = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what is asked, what was found."""

    target: str
    asked: str
    found: str
    met: bool


def verdicts(results: Results) -> list[Verdict]:
    """All targets that the sizes of the run let judge."""
    return list(_verdicts(results))


def _verdicts(results: Results) -> Iterator[Verdict]:
    for growth in results.growths:
        yield _flat(results, growth)
    yield _rounds(results)
    yield _no_membership_read(results)
    for name, title in (("list_index", "by index"), ("list_cursor", "by cursor")):
        last = results.of(name)[-1]
        own = last.handler.own_cpu
        target = f"list of 100 users {title}, in a directory of {last.size:,}: our CPU beyond the storage client"
        yield Verdict(target, f"≤ {MOST_LIST_CPU:g} ms", f"{own:.1f} ms", own <= MOST_LIST_CPU)
    yield _full_group(results)
    yield from _faster(results)
    imported = results.start.import_time
    yield Verdict("import of `function_app`", f"≤ {MOST_IMPORT:g} ms", f"{imported:.0f} ms", imported <= MOST_IMPORT)


def _flat(results: Results, growth: Growth) -> Verdict:
    """The cost does not grow from the smallest size to the largest."""
    title, axis = next((each.title, each.axis) for each in OPERATIONS if each.name == growth.operation)
    same = len({(each.handler.rounds, each.handler.requests) for each in results.of(growth.operation)}) == 1
    return Verdict(
        f"{title}, {growth.small:,} against {growth.large:,} {axis}: our CPU, round trips",
        f"at most {MOST_GROWTH:g} to 1, the same",
        f"{growth.ratio:.2f} to 1, {'the same' if same else 'different'}",
        growth.ratio <= MOST_GROWTH and same,
    )


def _full_group(results: Results) -> Verdict:
    last = results.of("group_get_full")[-1]
    at = "" if last.size >= _LARGE_GROUP else f" at {_LARGE_GROUP:,}"
    cpu = last.handler.cpu
    target = f"GET of a group with {last.size:,} members: CPU in all"
    return Verdict(target, f"≤ {MOST_GROUP_CPU:g} ms{at}", f"{cpu:.0f} ms", cpu <= MOST_GROUP_CPU)


def _rounds(results: Results) -> Verdict:
    limits = {each.name: each.limit for each in OPERATIONS}
    over = [each for each in results.figures if (limit := limits[each.operation]) and each.handler.rounds > limit]
    found = "all within" if not over else ", ".join(f"{each.operation} at {each.size:,}" for each in over)
    return Verdict("sequential round trips of every operation at every size", "within the table below", found, not over)


def _no_membership_read(results: Results) -> Verdict:
    figures = [*results.of("group_get_bare"), *results.of("group_filter")]
    read = max(each.handler.memberships_read for each in figures)
    return Verdict("`excludedAttributes=members`: membership rows read", "0", str(read), read == 0)


def _faster(results: Results) -> Iterator[Verdict]:
    for figure in results.of("add_one"):
        if figure.size >= _FASTER_FROM and figure.peer is not None:
            yield _faster_at(figure, figure.peer.latency)


def _faster_at(figure: Figure, peer: float) -> Verdict:
    ours = figure.http.latency
    target = f"one added member at {figure.size:,}: latency against scim2-server"
    return Verdict(target, "less", f"{ours:.1f} against {peer:.1f} ms", ours < peer)
