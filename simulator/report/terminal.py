"""Shows a person how a cycle goes and what came of it: progress, a summary table, what failed and what to do."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from simulator.connection import ConnectionReport
from simulator.context import OnProgress, Progress
from simulator.errors import ProvisioningError
from simulator.outcome import Action, CycleReport, Kind, Status
from simulator.quarantine import JobCode, Schedule
from simulator.report.summary import Group, failures_of, named, skips_of, waiting_of

_MOST_EXAMPLES = 3
_QUARTERS = 4


@contextmanager
def progress_on(console: Console) -> Iterator[OnProgress]:
    """Show progress as bars on a terminal, elsewhere as a plain line at every quarter of a pass that has work."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        yield _Bars(bars)


class _Bars:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[Kind, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.total == 0 and progress.kind not in self._tasks:
            return
        if progress.kind not in self._tasks:
            self._tasks[progress.kind] = self._bars.add_task(progress.kind.value, total=progress.total)
        self._bars.update(self._tasks[progress.kind], completed=progress.done, total=progress.total)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[Kind, int] = {}

    def __call__(self, progress: Progress) -> None:
        quarter = progress.done * _QUARTERS // progress.total if progress.total else 0
        if quarter > self._shown.get(progress.kind, 0):
            self._shown[progress.kind] = quarter
            _line(self._console, f"{progress.kind.value:<12} {progress.done}/{progress.total}")


def show_connection(console: Console, report: ConnectionReport) -> None:
    """Show every check of Test Connection on a line, and how it ended."""
    for check in report.checks:
        if check.error is None:
            _line(console, f"  {check.name:<18} [green]passed[/]")
        elif check.required:
            _line(console, f"  {check.name:<18} [red]failed[/]")
        else:
            _line(console, f"  {check.name:<18} [yellow]no[/] (not needed): {escape(_reason(check.error))}")
    if report.failure is None:
        _line(console, "[green]Test Connection passed.[/]")
    else:
        _show_stop(console, "Test Connection failed", report.failure)


def show_cycle(console: Console, report: CycleReport, what: str = "") -> None:
    """Show the summary of a cycle, what was left out and why, and what failed; *what* it is called if it is none."""
    what = what or f"{report.cycle.capitalize()} cycle"
    console.print(_summary(report, what))
    waits = f", {report.waits} of them were told to wait" if report.waits else ""
    _line(console, f"{report.requests} requests in {report.duration_seconds:.1f} s{waits}")
    if skips := skips_of([report]):
        console.print(_skips(skips))
    if report.failures:
        _show_failures(console, report)
    for group in waiting_of([report]):
        _line(console, f"[yellow]{group.number} {named(group.kind, group.number)}[/] {escape(group.title)}")
    if report.quarantine is not None:
        _show_stop(console, "The cycle was stopped; Entra would quarantine the job", report.quarantine)
    else:
        _line(console, _verdict(report, what))


def show_schedule(console: Console, report: CycleReport, number: int, total: int) -> None:
    """Show one of several cycles on a line."""
    ended = report.quarantine.code if report.quarantine else f"{report.escrowed} in escrow"
    _line(
        console,
        f"{number:>4}/{total} {report.began:%Y-%m-%d %H:%M} {report.cycle:<11} {report.changes:>7} changes "
        f"{len(report.failures):>5} failed {report.requests:>7} requests {report.duration_seconds:>7.1f} s, {ended}",
    )


def show_status(console: Console, schedule: Schedule) -> None:
    """Show that the job is in quarantine or switched off, if it is, and until when."""
    stay = schedule.quarantine
    if schedule.code is JobCode.PAUSED:
        _line(console, "[red]The job is switched off after four weeks in quarantine;[/] --restart quarantine")
    elif stay is not None:
        _line(console, f"[red]The job is in quarantine: {stay.reason}.[/] {escape(stay.message)}")
        _line(console, f"The next cycle is due at {stay.next_attempt}; the quarantine began at {stay.began}.")


def show_steps(console: Console, report: CycleReport) -> None:
    """Show every step of what was provisioned on demand, and every attribute that was written."""
    if report.quarantine is not None:
        _show_stop(console, "Nothing was provisioned", report.quarantine)
    for entry in report.log:
        outcome = f"{entry.action} {entry.reason}".strip()
        _line(console, f"[bold]{escape(entry.name)}[/] ({named(entry.kind, 1)}) {escape(outcome)}")
        for number, step in enumerate(entry.steps, start=1):
            style = {Status.FAILURE: "red", Status.SKIPPED: "yellow"}.get(step.status, "green")
            _line(console, f"  {number} {step.step:<20} [{style}]{step.status}[/] {escape(step.text)}")
        for each in entry.modified:
            _line(console, f"      {escape(each.name)}: {escape(str(each.old))} → {escape(str(each.new))}")
        if entry.failure is not None:
            _line(console, f"  What to do: {escape(entry.failure.advice)}")
    for skip in report.skips:
        if all(entry.name != skip.name for entry in report.log):
            _line(console, f"[bold]{escape(skip.name)}[/] skipped: {escape(skip.reason)}")


def write_json(
    reports: Sequence[CycleReport], schedule: Schedule, path: Path, *, tenant_url: str, dialect: str
) -> None:
    """Write *reports* to *path* for other programs, with the job's status after them."""
    last = reports[-1] if reports else None
    content = {
        "tenantUrl": tenant_url,
        "dialect": dialect,
        "arrived": last is not None and schedule.quarantine is None and not last.escrowed,
        "status": asdict(schedule),
        "cycles": [report.to_json() for report in reports],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _summary(report: CycleReport, what: str) -> Table:
    table = _table(what)
    table.add_column("", no_wrap=True)
    for action in Action:
        style = "red" if action is Action.FAILED and report.failures else None
        table.add_column(action.value, justify="right", no_wrap=True, style=style)
    for kind, counter in report.counts.items():
        table.add_row(kind.value, *(str(counter[action]) if counter[action] else "·" for action in Action))
    return table


def _skips(skips: Sequence[Group]) -> Table:
    table = _table("What was left out on purpose")
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right")
    for title in ("why", "which"):
        table.add_column(title, overflow="fold")
    for group in skips:
        table.add_row(group.kind.value, str(group.number), escape(group.title), escape(_examples(group)))
    return table


def _show_failures(console: Console, report: CycleReport) -> None:
    """Show each sort of failure once: what it is, what the service provider said, what to do, and whom it met."""
    _line(console, "\n[bold]What failed[/]")
    for group in failures_of([report]):
        _line(console, f"  [red]{group.number} {named(group.kind, group.number)}[/] {escape(group.title)}")
        _line(console, f"    {escape(' '.join(group.detail.split()))}")
        _line(console, f"    → {escape(group.advice)}")
        _line(console, f"    {escape(_examples(group, ' · '))}")


def _examples(group: Group, between: str = "\n") -> str:
    more = ["…"] if len(group.names) > _MOST_EXAMPLES else []
    return between.join([*group.names[:_MOST_EXAMPLES], *more])


def _table(title: str) -> Table:
    # Without lines between them the columns of the summary fit 80 characters.
    return Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True
    )


def _show_stop(console: Console, what: str, error: ProvisioningError) -> None:
    _line(console, f"[red]{what}:[/] {escape(_reason(error))}")
    _line(console, f"What to do: {escape(error.advice)}")


def _line(console: Console, markup: str) -> None:
    # Never folded, so that a log has one line for one fact.
    console.print(markup, highlight=False, soft_wrap=True)


def _reason(error: ProvisioningError) -> str:
    status = f" (HTTP {error.status})" if error.status else ""
    return f"{error.code}: {error.detail}{status}"


def _verdict(report: CycleReport, what: str) -> str:
    done = f"{what} done"
    if report.failures:
        failed = sum(failure.count for failure in report.failures)
        return f"[red]{done}: {report.changes} changes, {failed} failed.[/]"
    if report.changes == 0:
        return f"[green]{done}: nothing to do.[/]"
    return f"[green]{done}: {report.changes} changes, none failed.[/]"
