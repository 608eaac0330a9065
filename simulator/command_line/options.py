"""The options that several commands share, and what is made from them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from simulator import state as memory
from simulator.command_line.checks import scim_url, secret, writable
from simulator.directory import Directory, DirectoryError
from simulator.faults import FaultRates, FaultyTransport
from simulator.folder import Source, open_source
from simulator.mapping import graph_schema
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.graph_schema import SchemaError
from simulator.mapping.model import Schema
from simulator.protocol import FEATURE_FLAG, Dialect
from simulator.scim_client import ScimClient
from simulator.state import State, StateError

ALL_FINE, SOME_FAILED, NO_START = 0, 1, 2

CONNECTION, JOB, TIME, FAULTS, REPORTS = "Connection", "Job", "Time", "Faults on our side", "Reports"

TenantUrl = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="SCIM base URL, as in Entra's admin credentials.",
        show_default=False,
        callback=scim_url,
        rich_help_panel=CONNECTION,
    ),
]
Token = Annotated[
    str,
    typer.Option(
        metavar="SECRET",
        envvar="SCIM_TOKEN",
        help="Secret token, without the word Bearer.",
        callback=secret,
        rich_help_panel=CONNECTION,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", help="How long to wait for one answer.", min=0.1, rich_help_panel=CONNECTION),
]
Concurrency = Annotated[int, typer.Option(metavar="N", help="Requests at a time.", min=1, rich_help_panel=CONNECTION)]
Rate = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Requests a second at most; without it as fast as it goes.",
        min=0.1,
        rich_help_panel=CONNECTION,
    ),
]
Folder = Annotated[
    Path,
    typer.Option(metavar="FOLDER", help="Portal CSV exports or Graph JSON.", show_default=False, rich_help_panel=JOB),
]
DialectOption = Annotated[
    Dialect | None,
    typer.Option(help=f"Default: flag if the tenant URL has {FEATURE_FLAG}, else legacy.", rich_help_panel=JOB),
]
StateFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Remembers links between cycles.", callback=writable, rich_help_panel=JOB),
]
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="Synchronization schema, as Graph gives it; else the default mappings.",
        rich_help_panel=JOB,
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write the report here, for programs.", callback=writable, rich_help_panel=REPORTS
    ),
]


@dataclass(frozen=True)
class Wire:
    """How requests go out: where to, how fast, and what is lost on the way."""

    tenant_url: str
    token: str
    timeout_seconds: float = 30.0
    concurrency: int = 8
    rate: float | None = None
    faults: FaultRates = field(default_factory=FaultRates)
    seed: int = 0

    def open(self) -> ScimClient:
        """Return a client; the faults begin only when it is told to, so that Test Connection is spared."""
        return ScimClient(
            self.tenant_url,
            self.token,
            concurrency=self.concurrency,
            timeout_seconds=self.timeout_seconds,
            rate=self.rate,
            transport=FaultyTransport(make_transport(self.concurrency), self.faults, self.seed),
        )


def make_transport(concurrency: int) -> httpx.AsyncBaseTransport:
    """Return what carries requests: real connections, as many as requests at a time."""
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    return httpx.AsyncHTTPTransport(limits=limits)


def dialect_of(tenant_url: str, chosen: Dialect | None) -> Dialect:
    """Return the *chosen* dialect, or the one that the tenant URL asks for."""
    return chosen or (Dialect.FLAG if FEATURE_FLAG.lower() in tenant_url.lower() else Dialect.LEGACY)


def plain(tenant_url: str) -> str:
    """Return *tenant_url* without a feature flag, as a state names where it belongs."""
    return tenant_url.partition("?")[0].rstrip("/")


def read_inputs(
    console: Console, folder: Path, schema: Path | None, state: Path | None
) -> tuple[Source, Directory, Schema, State]:
    """Return source, directory as it was at first, mappings and state from their files.

    Raises:
        typer.Exit: One of them cannot be used; what is wrong was said.
    """
    try:
        source = open_source(folder)
        mappings = DEFAULT_SCHEMA if schema is None else graph_schema.load(schema)
        return source, source.at(0), mappings, State() if state is None else memory.load(state)
    except (DirectoryError, SchemaError, StateError) as error:
        raise refuse(console, str(error)) from error


def refuse(console: Console, why: str) -> typer.Exit:
    """Say why there is no start, and return the exit to raise."""
    console.print(escape(why), style="red", highlight=False, soft_wrap=True)
    return typer.Exit(NO_START)
