"""``replay``: a provisioning log sent again."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulator.command_line import options as o
from simulator.command_line.connect import connect
from simulator.outcome import CycleReport
from simulator.recorded import LogError, load
from simulator.replay import replay as send_again
from simulator.report.terminal import progress_on, show_cycle


def replay(
    log: Annotated[Path, typer.Argument(help="Log as Graph gives it, or as sync --log writes it.")],
    tenant_url: o.TenantUrl,
    token: o.Token,
    dialect: o.DialectOption = None,
    rate: o.Rate = None,
    timeout: o.Timeout = 30.0,
) -> None:
    """Send the changes of a provisioning log again, in order: exit code 0 all done, 1 some failed, 2 no start."""
    console = Console()
    try:
        rows = load(log)
    except LogError as error:
        raise o.refuse(console, str(error)) from error
    wire = o.Wire(tenant_url, token, timeout, 1, rate)
    if not asyncio.run(connect(wire, console)):
        raise typer.Exit(o.NO_START)

    async def send() -> CycleReport:
        async with wire.open() as client:
            with progress_on(console) as on_progress:
                chosen = o.dialect_of(tenant_url, dialect)
                return await send_again(rows, client, dialect=chosen, on_progress=on_progress)

    report = asyncio.run(send())
    show_cycle(console, report, "Replay")
    raise typer.Exit(o.ALL_FINE if report.succeeded else o.SOME_FAILED)
