"""``validate``: Microsoft's checks against any service provider."""

import asyncio
import json as codec
import secrets
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from simulator.command_line import options as o
from simulator.validation.run import Result, Verdict
from simulator.validation.run import validate as run_checks

_SEEDS = 1_000_000


def validate(
    tenant_url: o.TenantUrl,
    token: o.Token,
    timeout: o.Timeout = 30.0,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the names in the requests; without it new ones each time.")
    ] = None,
    json: o.JsonFile = None,
) -> None:
    """Run the SCIM Validator's and the onboarding's checks: exit code 0 passed, 1 not, 2 no start."""
    console = Console()
    # New names, since what a run that was broken off left behind would be in the way of the same ones.
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    verdict = asyncio.run(
        run_checks(
            tenant_url,
            token,
            seed=seed,
            timeout_seconds=timeout,
            on_result=lambda result: _show(console, result),
            transport=o.make_transport(1),
        )
    )
    _conclude(console, verdict)
    if json is not None:
        _write(verdict, json)
    if verdict.obstacle is not None:
        raise typer.Exit(o.NO_START)
    raise typer.Exit(o.ALL_FINE if verdict.passed else o.SOME_FAILED)


def _show(console: Console, result: Result) -> None:
    check = result.check
    how = "[green]passed[/]" if result.finding is None else "[red]failed[/]" if check.required else "[yellow]failed[/]"
    _line(console, f"  {check.key:<10} {escape(check.name):<65} {how}")
    if result.finding is not None:
        _line(console, f"{'':<13}{escape(result.finding.what)}")
        _line(console, f"{'':<13}→ {escape(result.finding.advice)}")


def _conclude(console: Console, verdict: Verdict) -> None:
    if verdict.obstacle is not None:
        _line(console, f"[red]Nothing was checked:[/] {escape(verdict.obstacle.what)}")
        _line(console, f"What to do: {escape(verdict.obstacle.advice)}")
        return
    console.print()
    for suite, results in groupby(verdict.results, key=lambda each: each.check.suite):
        listed = list(results)
        passed = sum(each.finding is None for each in listed)
        style = "green" if passed == len(listed) else "red" if any(_matters(each) for each in listed) else "yellow"
        _line(console, f"  {suite.value:<28} [{style}]{passed}/{len(listed)}[/]")
    matter = sum(map(_matters, verdict.results))
    optional = len(verdict.failures) - matter
    beside = f" {optional} optional {'check' if optional == 1 else 'checks'} failed." if optional else ""
    if verdict.passed:
        _line(console, f"[green]Passed: Entra can provision into this service provider.[/]{beside}")
    else:
        failed = f"{matter} required {'check' if matter == 1 else 'checks'} failed"
        _line(console, f"[red]Not passed: {failed}; what to do stands below each of them.[/]{beside}")
        _line(console, f"[dim]The same requests again: --seed {verdict.seed}[/]")


def _matters(result: Result) -> bool:
    return result.finding is not None and result.check.required


def _line(console: Console, markup: str) -> None:
    console.print(markup, highlight=False, soft_wrap=True)


def _write(verdict: Verdict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(codec.dumps(verdict.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
