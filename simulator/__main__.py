"""The command line: ``python -m simulator provision`` and ``python -m simulator test-connection``."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from simulator import state as memory
from simulator.connection import check_connection
from simulator.cycle import run_cycle
from simulator.directory import DirectoryError
from simulator.folder import read_directory
from simulator.job import Job
from simulator.outcome import CycleReport
from simulator.protocol import FEATURE_FLAG, Dialect
from simulator.report import progress_on, show_connection, show_cycle, write_json
from simulator.scim_client import ScimClient
from simulator.state import State, StateError

ALL_FINE, SOME_FAILED, NO_START = 0, 1, 2

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

TenantUrl = Annotated[str, typer.Option(help="SCIM base URL, as in Entra's admin credentials.", show_default=False)]
Token = Annotated[str, typer.Option(envvar="SCIM_TOKEN", help="Secret token, without the word Bearer.")]
Timeout = Annotated[float, typer.Option(help="Seconds to wait for one answer.", min=0.1)]


@app.command("test-connection")
def connect(tenant_url: TenantUrl, token: Token, timeout: Timeout = 30.0) -> None:
    """Test Connection: exit code 0 if provisioning could start, 2 if not."""
    passed = asyncio.run(_connect(_client(tenant_url, token, 1, timeout), Console()))
    raise typer.Exit(ALL_FINE if passed else NO_START)


@app.command()
def provision(
    tenant_url: TenantUrl,
    token: Token,
    directory: Annotated[Path, typer.Option(help="Folder of portal CSV exports or Graph JSON.", show_default=False)],
    dialect: Annotated[
        Dialect | None, typer.Option(help=f"Default: flag if the tenant URL has {FEATURE_FLAG}, else legacy.")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="File that remembers links between cycles.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Forget the state: run an initial cycle.")] = False,
    concurrency: Annotated[int, typer.Option(help="Requests at a time.", min=1)] = 8,
    timeout: Timeout = 30.0,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file, too.")] = None,
) -> None:
    """Run Test Connection and one provisioning cycle: exit code 0 all fine, 1 some objects failed, 2 no start."""
    console = Console()
    chosen = dialect or (Dialect.FLAG if FEATURE_FLAG.lower() in tenant_url.lower() else Dialect.LEGACY)
    client = _client(tenant_url, token, concurrency, timeout)
    try:
        source = read_directory(directory)
        kept = State() if state is None or restart else memory.load(state)
    except (DirectoryError, StateError) as error:
        console.print(escape(str(error)), style="red", highlight=False)
        raise typer.Exit(NO_START) from error
    if kept.tenant_url not in ("", client.tenant_url):
        console.print("The state file is of another tenant URL: starting with an initial cycle.")
        kept = State()
    console.print(f"{len(source.users)} users and {len(source.groups)} groups, dialect {chosen}", highlight=False)

    def keep() -> None:
        # A cycle that never began (Test Connection failed) must not write over what another one left.
        if state is not None and kept.tenant_url == client.tenant_url:
            memory.save(kept, state)

    job = Job(chosen, concurrency=concurrency)
    cycle = partial(run_cycle, source, client, job=job, state=kept, save=keep)
    try:
        report = asyncio.run(_provision(client, console, cycle))
    finally:
        keep()
    if report is None:
        raise typer.Exit(NO_START)
    show_cycle(console, report)
    if json is not None:
        write_json(report, json)
    raise typer.Exit(ALL_FINE if report.succeeded else SOME_FAILED)


def _client(tenant_url: str, token: str, concurrency: int, timeout_seconds: float) -> ScimClient:
    return ScimClient(tenant_url, token, concurrency=concurrency, timeout_seconds=timeout_seconds)


async def _connect(client: ScimClient, console: Console) -> bool:
    async with client:
        report = await check_connection(client)
    show_connection(console, report)
    return report.failure is None


async def _provision(
    client: ScimClient, console: Console, cycle: Callable[..., Awaitable[CycleReport]]
) -> CycleReport | None:
    """Return the report of one cycle, or ``None`` if Test Connection failed."""
    async with client:
        connection = await check_connection(client)
        show_connection(console, connection)
        if connection.failure is not None:
            return None
        with progress_on(console) as on_progress:
            return await cycle(on_progress=on_progress)


if __name__ == "__main__":
    app()
