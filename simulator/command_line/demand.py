"""``on-demand``: one user or group at once."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from simulator import state as memory
from simulator.command_line import options as o
from simulator.directory import DirectoryError
from simulator.job import Job
from simulator.on_demand import NotOnDemand, provision_on_demand
from simulator.outcome import CycleReport
from simulator.report.terminal import show_steps
from simulator.state import StateError


def on_demand(
    tenant_url: o.TenantUrl,
    token: o.Token,
    directory: o.Folder,
    subject: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="User or group, by object id, sign-in name or display name.", rich_help_panel=o.JOB
        ),
    ],
    member: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A member to add to the group; up to five.", rich_help_panel=o.JOB),
    ] = None,
    state: o.StateFile = None,
    schema: o.SchemaFile = None,
    assigned_only: Annotated[
        bool, typer.Option("--assigned-only", help="As with --scope assigned.", rich_help_panel=o.JOB)
    ] = False,
    timeout: o.Timeout = 30.0,
) -> None:
    """Provision one user or group and show every step: exit code 0 done or skipped, 1 failed, 2 no start."""
    console = Console()
    folder, _, mappings, kept = o.read_inputs(console, directory, schema, state)
    if kept.tenant_url not in ("", o.plain(tenant_url)):
        raise o.refuse(console, f"{state}: is of another tenant URL, {kept.tenant_url}")
    try:
        source = folder.at(min(kept.deltas, folder.number_of_deltas))
    except DirectoryError as error:
        raise o.refuse(console, str(error)) from error
    job = Job(schema=mappings, assigned_only=assigned_only)

    def save() -> None:
        if state is not None:
            memory.save(kept, state)

    async def provision() -> CycleReport:
        async with o.Wire(tenant_url, token, timeout).open() as client:
            return await provision_on_demand(source, client, subject, members=member or (), state=kept, job=job)

    try:
        # A state that cannot be written is better known before anything is done than after.
        save()
        report = asyncio.run(provision())
        save()
    except (NotOnDemand, StateError) as error:
        raise o.refuse(console, str(error)) from error
    show_steps(console, report)
    if report.quarantine is not None:
        raise typer.Exit(o.NO_START)
    raise typer.Exit(o.ALL_FINE if report.succeeded else o.SOME_FAILED)
