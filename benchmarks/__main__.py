"""The command ``python -m benchmarks``, which ``make bench`` runs: measure, draw, and write docs/performance.md."""

import asyncio
import logging
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.chart import draw
from benchmarks.report import write
from benchmarks.results import Plan, Results
from benchmarks.run import run, steps
from benchmarks.targets import verdicts
from devstack.service import ROOT, RUN

_PAGE = ROOT / "docs" / "performance.md"
_CHART = ROOT / "docs" / "performance-growth.png"
_KEPT = RUN / "benchmark.json"
_QUICK = {"users": [20, 200], "members": [10, 100], "repeats": 3, "budget_seconds": 1.0, "starts": 1}

_out = Console(stderr=True)


def main(
    users: Annotated[str, typer.Option(help="sizes of the directory")] = "20,1000,10000",
    members: Annotated[str, typer.Option(help="sizes of the group")] = "10,100,1000,10000",
    repeats: Annotated[int, typer.Option(min=3, help="repetitions of each operation")] = 20,
    budget: Annotated[float, typer.Option(help="seconds after which an operation is not repeated further")] = 2.0,
    starts: Annotated[int, typer.Option(min=1, help="starts of the process")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="small sizes, to see whether all of it works")] = False,
    again: Annotated[bool, typer.Option("--again", help="write the page from the figures of the last run")] = False,
) -> None:
    """Measure each operation at several sizes, beside scim2-server, and write docs/performance.md and its chart."""
    logging.getLogger("routes").setLevel(logging.ERROR)
    if again:
        results = Results.model_validate_json(_KEPT.read_text(encoding="utf-8"))
    else:
        plan = Plan(
            users=_sizes(users),
            members=_sizes(members),
            repeats=repeats,
            budget_seconds=budget,
            starts=starts,
            command=_command(),
        )
        results = _measure(plan.model_copy(update=_QUICK) if quick else plan)
        _keep(results)
    if quick:
        _out.print(f"The figures are in {_KEPT}; a quick run does not write the page.")
    else:
        draw(results, _CHART)
        write(results, _PAGE)
    for verdict in verdicts(results):
        mark = "[green]met   [/]" if verdict.met else "[red]missed[/]"
        _out.print(f"{mark} {verdict.target}: {verdict.found} (asked: {verdict.asked})")


def _measure(plan: Plan) -> Results:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_out, auto_refresh=False) as progress:  # no thread beside what is measured
        task = progress.add_task("starting Azurite", total=steps(plan))
        return asyncio.run(run(plan, lambda done: progress.update(task, advance=1, description=done, refresh=True)))


def _keep(results: Results) -> None:
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    _KEPT.write_text(results.model_dump_json(indent=1), encoding="utf-8")


def _sizes(text: str) -> list[int]:
    """Sizes in rising order."""
    return sorted({int(part) for part in text.split(",") if part.strip()})


def _command() -> str:
    """The command that runs this again."""
    options = " ".join(sys.argv[1:])
    return f'make bench BENCH="{options}"' if options else "make bench"


if __name__ == "__main__":
    typer.run(main)
