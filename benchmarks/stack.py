"""What is measured: Azurite with a seeded directory, our handlers in this process, and our service beside it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from azure.data.tables.aio import TableClient

from benchmarks.handlers import Handlers
from benchmarks.operations import Axis, Ground
from benchmarks.over_http import HttpClient, http_client
from benchmarks.processes import running_server
from benchmarks.recorder import Recorder
from benchmarks.rounds import RequestLog
from benchmarks.seed import seed_tables
from devstack.azurite import Azurite, free_port, running_azurite
from devstack.service import ROOT, Tenant, new_tenant, open_stores, settings_of, tenant_url
from domain.access.rates import Rates
from domain.access.signin import Doorkeeper
from domain.history.logbook import Logbook
from domain.maintenance import run_maintenance
from domain.writing import Desk
from routes.route import Services
from storage.client import Table, make_tables
from storage.directory import TableDirectory
from storage.ledger import TableLedger
from storage.log import TableLog
from storage.native import TableNative
from storage.sso import TableSso
from wiring import Settings, Stores, SystemClock, make_announcing, make_office

NOWHERE = "http://benchmark.invalid"
"""The public address of handlers that nobody reaches over the network."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One seeded directory.

    ``handlers`` go through ``recorder`` and ``log`` to the storage; ``bare`` is the same client without them.
    """

    azurite: Azurite
    tenant: Tenant
    ground: Ground
    handlers: Handlers
    recorder: Recorder
    log: RequestLog
    bare: TableClient


@dataclass(frozen=True, slots=True)
class Service:
    """Our service in a process of its own, as ``make serve`` runs it."""

    pid: int
    client: HttpClient


@asynccontextmanager
async def running_stack(axis: Axis, size: int) -> AsyncIterator[Stack]:
    """A new Azurite with a directory of *size*, so that no size bears the rows of another."""
    with running_azurite() as azurite:
        async with open_stores(azurite) as stores:
            tenant = await new_tenant(stores, "Benchmark")
            ground = await seed_tables(stores.tables.directory, tenant.account, axis, size)
            async with _observed(azurite) as (table, recorder, log, bare):
                handlers = Handlers(_services(table, stores), tenant.account, tenant.token)
                yield Stack(azurite, tenant, ground, handlers, recorder, log, bare)


@asynccontextmanager
async def running_service(stack: Stack) -> AsyncIterator[Service]:
    """Our service over the storage of *stack*."""
    port = free_port()
    url = tenant_url(port, stack.tenant.account)
    environment = os.environ | settings_of(stack.azurite, port)
    command = [sys.executable, "-m", "localhost", "--port", str(port), "--no-timers", "--settings", _no_settings()]
    ready = f"{url}/ServiceProviderConfig"
    async with (
        running_server(command, ready, stack.tenant.token, environment=environment, folder=ROOT) as process,
        http_client(url, stack.tenant.token) as client,
    ):
        yield Service(process.pid, client)


@asynccontextmanager
async def _observed(azurite: Azurite) -> AsyncIterator[tuple[Table, Recorder, RequestLog, TableClient]]:
    """The directory's table with a recorder around its client and a log in the pipeline, and a second, bare client."""
    log = RequestLog()
    watched = make_tables(connection_string=azurite.connection_string, policies=[log])
    plain = make_tables(connection_string=azurite.connection_string, policies=[RequestLog()])
    recorder = Recorder(watched.directory._client)  # the recorder stands exactly where the client stands
    try:
        yield Table(recorder.as_client()), recorder, log, plain.directory._client
    finally:
        await watched.close()
        await plain.close()


def _services(table: Table, stores: Stores) -> Services:
    """As `wiring.services` makes them, over a table that is watched."""
    clock, directory = SystemClock(), TableDirectory(table)

    async def maintain() -> None:
        await run_maintenance(stores.accounts, (), clock)

    return Services(
        desk=Desk(directory, clock),
        native=TableNative(table),
        logbook=Logbook(TableLog(table, table), TableLedger(table)),
        sso=TableSso(table),
        announcing=make_announcing(stores, Settings(public_url=NOWHERE)),
        doorkeeper=Doorkeeper(stores.policies, clock),
        public_url=NOWHERE,
        office=make_office(stores, clock),
        reach_storage=stores.tables.reach,
        maintain=maintain,  # type: ignore[arg-type]  # nobody calls it here
        rates=Rates(clock),
    )


def _no_settings() -> str:
    """A settings file that does not exist: all settings are in the environment."""
    return str(Path(os.devnull).with_name("no-settings-file"))
