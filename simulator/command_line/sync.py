"""``sync``: one provisioning cycle, or many."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from simulator import state as memory
from simulator.clock import Clock, SystemClock, VirtualClock
from simulator.command_line import options as o
from simulator.command_line.checks import writable
from simulator.command_line.connect import connect
from simulator.directory import Directory, DirectoryError
from simulator.faults import FaultRates
from simulator.folder import Source
from simulator.job import DELETE_THRESHOLD, Job
from simulator.mapping.model import Schema
from simulator.outcome import CycleReport
from simulator.report.graph_log import write_log
from simulator.report.page import write_page
from simulator.report.terminal import progress_on, show_cycle, show_schedule, show_status, write_json
from simulator.schedule import run_cycles
from simulator.state import ResetScope, State, StateError


class ScopeChoice(StrEnum):
    """Who is to be provisioned."""

    ASSIGNED = "assigned"
    ALL = "all"


class Restart(StrEnum):
    """What a restart forgets, as one types it."""

    FULL = "full"
    WATERMARK = "watermark"
    ESCROWS = "escrows"
    QUARANTINE = "quarantine"


_RESETS = {
    Restart.FULL: ResetScope.FULL,
    Restart.WATERMARK: ResetScope.WATERMARK,
    Restart.ESCROWS: ResetScope.ESCROWS,
    Restart.QUARANTINE: ResetScope.QUARANTINE,
}


@dataclass(frozen=True)
class _Run:
    """Everything that the cycles need."""

    wire: o.Wire
    source: Source
    job: Job
    state: State
    save: Callable[[], None]
    clock: Clock
    cycles: int
    interval: timedelta
    allow_deletes: bool


@dataclass(frozen=True)
class _Outputs:
    """The files to write the reports to."""

    json: Path | None
    log: Path | None
    html: Path | None


def _fault(what: str) -> Any:
    """Return an option that is a share of all requests."""
    return typer.Option(metavar="SHARE", help=f"{what}, from 0 to 1.", min=0, max=1, rich_help_panel=o.FAULTS)


def sync(
    tenant_url: o.TenantUrl,
    token: o.Token,
    directory: o.Folder,
    dialect: o.DialectOption = None,
    state: o.StateFile = None,
    schema: o.SchemaFile = None,
    scope: Annotated[
        ScopeChoice | None,
        typer.Option(help="Default: assigned if the folder tells who is, else all.", rich_help_panel=o.JOB),
    ] = None,
    restart: Annotated[
        list[Restart] | None,
        typer.Option(
            metavar="WHAT",
            help="Forget some of the state first: full, watermark, escrows or quarantine; repeatable.",
            rich_help_panel=o.JOB,
        ),
    ] = None,
    delete_threshold: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Hold so many deprovisionings in one cycle; 0 holds none.",
            min=0,
            rich_help_panel=o.JOB,
        ),
    ] = DELETE_THRESHOLD,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Let held deprovisionings through.", rich_help_panel=o.JOB)
    ] = False,
    skip_out_of_scope_deletions: Annotated[
        bool,
        typer.Option(
            "--skip-out-of-scope-deletions", help="Leave users alone who leave the scope.", rich_help_panel=o.JOB
        ),
    ] = False,
    plain_groups: Annotated[
        bool,
        typer.Option("--plain-groups", help="Create groups without Microsoft's own schema URN.", rich_help_panel=o.JOB),
    ] = False,
    cycles: Annotated[
        int, typer.Option(metavar="N", help="How many cycles to run.", min=1, rich_help_panel=o.TIME)
    ] = 1,
    interval: Annotated[
        float, typer.Option(metavar="MINUTES", help="Time between cycles.", min=0, rich_help_panel=o.TIME)
    ] = 40.0,
    virtual_clock: Annotated[
        bool,
        typer.Option("--virtual-clock", help="Do not wait: let time pass at once.", rich_help_panel=o.TIME),
    ] = False,
    concurrency: o.Concurrency = 8,
    rate: o.Rate = None,
    timeout: o.Timeout = 30.0,
    lose_requests: Annotated[float, _fault("Requests to lose")] = 0.0,
    lose_answers: Annotated[float, _fault("Answers to lose")] = 0.0,
    late_answers: Annotated[float, _fault("Answers that come too late")] = 0.0,
    seed: Annotated[
        int,
        typer.Option(metavar="N", help="Seed of everything that is left to chance.", rich_help_panel=o.FAULTS),
    ] = 0,
    json: o.JsonFile = None,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the provisioning log here, as Graph gives it.",
            callback=writable,
            rich_help_panel=o.REPORTS,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a page for people here.", callback=writable, rich_help_panel=o.REPORTS
        ),
    ] = None,
) -> None:
    """Run Test Connection and cycles: exit code 0 all arrived, 1 something is in escrow or stopped, 2 no start."""
    console = Console()
    source, at_first, mappings, kept = o.read_inputs(console, directory, schema, state)
    faults = FaultRates(lose_requests, lose_answers, late_answers)
    if faults.total > 1:
        raise o.refuse(console, "The shares of requests with a fault add up to more than 1.")
    wire = o.Wire(tenant_url, token, timeout, concurrency, rate, faults, seed)
    job = Job(
        o.dialect_of(tenant_url, dialect),
        mappings,
        assigned_only=_assigned_only(scope, at_first),
        skip_out_of_scope_deletions=skip_out_of_scope_deletions,
        delete_threshold=delete_threshold or None,
        concurrency=concurrency,
        seed=seed,
        microsoft_schema=not plain_groups,
    )
    kept = _prepared(console, wire, kept, restart or ())
    run = _Run(
        wire,
        source,
        job,
        kept,
        lambda: memory.save(kept, state) if state is not None else None,
        VirtualClock(_start(kept)) if virtual_clock else SystemClock(),
        cycles,
        timedelta(minutes=interval),
        allow_deletes,
    )
    _announce(console, at_first, job, mappings)
    try:
        reports = asyncio.run(_sync(run, console))
    except (DirectoryError, StateError) as error:
        raise o.refuse(console, str(error)) from error
    if reports is None:
        # A report of an earlier run must not be taken for one of this run.
        _write([], run, _Outputs(json, None, None))
        raise typer.Exit(o.NO_START)
    _write(reports, run, _Outputs(json, log, html))
    raise typer.Exit(o.ALL_FINE if _arrived(reports, kept) else o.SOME_FAILED)


def _assigned_only(scope: ScopeChoice | None, directory: Directory) -> bool:
    return directory.assignments is not None if scope is None else scope is ScopeChoice.ASSIGNED


def _prepared(console: Console, wire: o.Wire, kept: State, restart: list[Restart] | tuple[()]) -> State:
    if kept.tenant_url not in ("", o.plain(wire.tenant_url)):
        console.print("The state file is of another tenant URL: starting with an initial cycle.")
        return State()
    kept.restart(_RESETS[each] for each in restart)
    return kept


def _start(kept: State) -> datetime:
    """Return where the virtual clock begins: now, or after the last cycle if that was moved ahead."""
    now = datetime.now(UTC)
    return max(now, datetime.fromisoformat(kept.schedule.next_run)) if kept.schedule.next_run else now


def _announce(console: Console, directory: Directory, job: Job, schema: Schema) -> None:
    who = "assigned only" if job.assigned_only else "all"
    mapped = len(schema.users.attributes) + len(schema.groups.attributes)
    console.print(
        f"{len(directory.users)} users and {len(directory.groups)} groups, scope {who}, {mapped} mappings, "
        f"dialect {job.dialect}",
        highlight=False,
    )


async def _sync(run: _Run, console: Console) -> list[CycleReport] | None:
    """Return the reports of all cycles, or ``None`` if Test Connection failed."""
    # Without the faults, which are for the cycles.
    calm = o.Wire(run.wire.tenant_url, run.wire.token, run.wire.timeout_seconds)
    if not await connect(calm, console, run.job.schema):
        return None
    # A state that cannot be written is better known before anything is done than after.
    run.save()
    reports: list[CycleReport] = []
    async with run.wire.open() as client:
        shows = run.cycles == 1 or console.is_terminal
        with progress_on(console) if shows else nullcontext(lambda _: None) as on_progress:
            cycles = run_cycles(
                run.source,
                client,
                job=run.job,
                state=run.state,
                clock=run.clock,
                number=run.cycles,
                on_progress=on_progress,
                save=run.save,
                interval=run.interval,
                allow_deletes=run.allow_deletes,
            )
            async for report in cycles:
                reports.append(report)
                if run.cycles > 1:
                    show_schedule(console, report, len(reports), run.cycles)
    if reports:
        show_cycle(console, reports[-1])
    show_status(console, run.state.schedule)
    return reports


def _arrived(reports: list[CycleReport], state: State) -> bool:
    return bool(reports) and state.schedule.quarantine is None and not reports[-1].escrowed


def _write(reports: list[CycleReport], run: _Run, outputs: _Outputs) -> None:
    url = o.plain(run.wire.tenant_url)
    if outputs.json is not None:
        write_json(reports, run.state.schedule, outputs.json, tenant_url=url, dialect=run.job.dialect)
    if outputs.log is not None:
        write_log(reports, outputs.log, tenant_url=url)
    if outputs.html is not None and reports:
        write_page(
            reports,
            outputs.html,
            tenant_url=url,
            dialect=run.job.dialect,
            made=run.clock.now(),
            schedule=run.state.schedule,
        )
