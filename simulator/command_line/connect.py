"""``test-connection``: what the portal's button does."""

import asyncio

import typer
from rich.console import Console

from simulator.command_line.options import ALL_FINE, NO_START, TenantUrl, Timeout, Token, Wire
from simulator.connection import check_connection
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import Schema
from simulator.report.terminal import show_connection


def try_connection(tenant_url: TenantUrl, token: Token, timeout: Timeout = 30.0) -> None:
    """Test Connection: exit code 0 if provisioning could start, 2 if not."""
    passed = asyncio.run(connect(Wire(tenant_url, token, timeout), Console()))
    raise typer.Exit(ALL_FINE if passed else NO_START)


async def connect(wire: Wire, console: Console, schema: Schema = DEFAULT_SCHEMA) -> bool:
    """Run Test Connection, show it, and return whether it passed."""
    async with wire.open() as client:
        report = await check_connection(client, schema)
    show_connection(console, report)
    return report.failure is None
