"""The results as Markdown, written between the markers of a page; what stands outside them is left as it is."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.operations import OPERATIONS, Axis, Operation, of_axis
from benchmarks.peers import PEER, PUBLISHED, PUBLISHED_SIZES
from benchmarks.results import Figure, Results
from benchmarks.targets import verdicts

_MARKED = re.compile(r"<!-- begin (?P<name>[a-z-]+) -->\n.*?<!-- end (?P=name) -->", re.DOTALL)


class NoMarkers(Exception):
    """The page lacks the markers of a part, or has some that no part is for."""


def write(results: Results, page: Path) -> None:
    """Replace the parts of *page* that are generated.  Raises: NoMarkers."""
    page.write_text(replace_parts(page.read_text(encoding="utf-8"), parts(results)), encoding="utf-8")


def replace_parts(text: str, content: dict[str, str]) -> str:
    """*text* with the content of each marked part replaced.  Raises: NoMarkers."""
    marked = [each["name"] for each in _MARKED.finditer(text)]
    if sorted(marked) != sorted(content):
        raise NoMarkers(f"the page has the parts {sorted(marked)}, and there are {sorted(content)}")
    return _MARKED.sub(
        lambda each: f"<!-- begin {each['name']} -->\n{content[each['name']]}\n<!-- end {each['name']} -->", text
    )


def parts(results: Results) -> dict[str, str]:
    """What stands between the markers, by name."""
    return {
        "machine": _machine(results),
        "targets": _targets(results),
        "round-trips": _round_trips(results),
        "users": _latencies(results, Axis.USERS),
        "members": _latencies(results, Axis.MEMBERS),
        "cpu-users": _cpu(results, Axis.USERS),
        "cpu-members": _cpu(results, Axis.MEMBERS),
        "shares": _shares(results),
        "start": _start(results),
        "published": _published(results),
    }


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    lines = [headers, ["---", *("---:" for _ in headers[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def milliseconds(value: float | None) -> str:
    """A time with as many digits as it deserves; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _machine(results: Results) -> str:
    machine, plan = results.machine, results.plan
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return (
        f"`{plan.command}` on {machine.date}: {machine.cpu}, {machine.cores} cores, "
        f"load average {machine.load:.1f}; {machine.system}; {versions}. "
        f"Up to {plan.repeats} repetitions (at most {plan.budget_seconds:g} s an operation)."
    )


def _targets(results: Results) -> str:
    rows = [(each.target, each.asked, each.found, "yes" if each.met else "**no**") for each in verdicts(results)]
    return table(("target", "asked", "found", "met"), rows)


def _round_trips(results: Results) -> str:
    headers = ("operation", "at most", "sequential round trips", "requests", "rows read", "rows written")
    return table(headers, (_round_trip_row(results, each) for each in OPERATIONS))


def _round_trip_row(results: Results, operation: Operation) -> Sequence[str]:
    handlers = [each.handler for each in results.of(operation.name)]
    return (
        operation.title,
        "-" if operation.limit is None else str(operation.limit),
        _span([each.rounds for each in handlers]),
        _span([each.requests for each in handlers]),
        _span([each.rows_read for each in handlers]),
        _span([each.rows_written for each in handlers]),
    )


def _span(values: Sequence[int]) -> str:
    """One value where all are the same, else those at the sizes of the run, the smallest first."""
    return f"{values[0]:,}" if len(set(values)) == 1 else " / ".join(f"{each:,}" for each in values)


def _latencies(results: Results, axis: Axis) -> str:
    return _by_size(
        results,
        axis,
        {"Rollcall": lambda each: each.http.latency, PEER: lambda each: each.peer.latency if each.peer else None},
    )


def _cpu(results: Results, axis: Axis) -> str:
    return _by_size(results, axis, {"all": lambda each: each.handler.cpu, "ours": lambda each: each.handler.own_cpu})


def _by_size(results: Results, axis: Axis, columns: dict[str, Callable[[Figure], float | None]]) -> str:
    """A row an operation, a column for each kind of value and each size."""
    sizes = [each.size for each in results.of(of_axis(axis)[0].name)]
    headers = ["operation", *(f"{name}, {size:,}" for name in columns for size in sizes)]
    rows = [
        [
            operation.title,
            *(milliseconds(read(each)) for read in columns.values() for each in results.of(operation.name)),
        ]
        for operation in of_axis(axis)
    ]
    return table(headers, rows)


def _shares(results: Results) -> str:
    headers = ("operation", "size", "latency", "CPU of our process", "CPU of Azurite", f"CPU of {PEER}")
    largest = [results.of(each.name)[-1] for each in OPERATIONS]
    titles = {each.name: each.title for each in OPERATIONS}
    return table(
        headers,
        (
            (
                titles[each.operation],
                f"{each.size:,}",
                milliseconds(each.http.latency),
                milliseconds(each.http.cpu),
                milliseconds(each.http.storage_cpu),
                milliseconds(each.peer.cpu if each.peer else None),
            )
            for each in largest
        ),
    )


def _start(results: Results) -> str:
    start = results.start
    packages = table(("package", "own time, ms"), ((f"`{name}`", f"{spent:.0f}") for name, spent in start.packages))
    return (
        f"`import function_app` takes {start.import_time:.0f} ms over a bare interpreter, the least of "
        f"{results.plan.starts} (median {start.import_median:.0f}). From the start of the local "
        f"host's process to its first answer: {start.first_answer:,.0f} ms.\n\n{packages}"
    )


def _published(results: Results) -> str:
    ours = {each.size: each.http.latency for each in results.of("add_one")}
    theirs = {each.size: each.peer.latency for each in results.of("add_one") if each.peer}
    rows = [
        ("**Rollcall**, this run", *(milliseconds(ours.get(size)) for size in PUBLISHED_SIZES)),
        (f"{PEER}, this run", *(milliseconds(theirs.get(size)) for size in PUBLISHED_SIZES)),
        *((f"{name}, published", *map(milliseconds, values)) for name, values in PUBLISHED.items()),
    ]
    return table(("p50 of one added member, ms", *(f"{size:,} members" for size in PUBLISHED_SIZES)), rows)
