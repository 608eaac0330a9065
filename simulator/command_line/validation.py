"""``validate``: Microsoft's checks against any service provider."""

import asyncio
import json as codec
from itertools import groupby
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from simulator.command_line import options as o
from simulator.validation.run import Result, Verdict
from simulator.validation.run import validate as run_checks


def validate(
    tenant_url: o.TenantUrl,
    token: o.Token,
    timeout: o.Timeout = 30.0,
    seed: int = 0,
    json: o.JsonFile = None,
) -> None:
    """Run the SCIM Validator's and the onboarding's checks: exit code 0 passed, 1 not."""
    console = Console()
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
    raise typer.Exit(o.ALL_FINE if verdict.passed else o.SOME_FAILED)


def _show(console: Console, result: Result) -> None:
    check = result.check
    how = "[green]passed[/]" if result.finding is None else "[red]failed[/]" if check.required else "[yellow]failed[/]"
    console.print(f"  {check.key:<10} {escape(check.name):<58} {how}", highlight=False, soft_wrap=True)
    if result.finding is not None:
        console.print(f"{'':<13}{escape(result.finding.what)}", highlight=False, soft_wrap=True)
        console.print(f"{'':<13}→ {escape(result.finding.advice)}", highlight=False, soft_wrap=True)


def _conclude(console: Console, verdict: Verdict) -> None:
    console.print()
    for suite, results in groupby(verdict.results, key=lambda each: each.check.suite):
        listed = list(results)
        passed = sum(each.finding is None for each in listed)
        console.print(f"  {suite.value:<28} {passed}/{len(listed)}", highlight=False)
    failed = len(verdict.failures)
    if verdict.passed:
        optional = f"; {failed} optional checks failed" if failed else ""
        console.print(f"[green]Passed: Entra can provision into this service provider{optional}.[/]", soft_wrap=True)
    else:
        console.print(
            f"[red]Not passed: {failed} checks failed; what to do stands below each of them.[/]", soft_wrap=True
        )


def _write(verdict: Verdict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(codec.dumps(verdict.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
