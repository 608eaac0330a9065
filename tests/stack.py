"""The whole service for tests: in this process over Azurite, or as a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.pipeline import PipelineRequest, PipelineResponse

import wiring
from devstack import service as devstack
from devstack.azurite import Azurite
from devstack.service import ROOT, open_stores, settings_of
from domain.model import UnmatchedFilter
from localhost.app import LocalHost, create_app
from routes.route import SCIM_BASE
from storage.client import make_tables
from tests.storage.pipeline import RoundTripCounter
from wiring import Settings, Stores

PUBLIC_URL = "https://rollcall.example"
"""Where clients reach the service that runs in this process."""
SCIM_JSON = "application/scim+json"

LISTENING = re.compile(r"Listening on (http://127\.0\.0\.1:\d+)")
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """The function app in the local host, in this process, and the stores that it works with."""

    app: LocalHost
    stores: Stores
    trips: "Trips"

    @property
    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app)


class Trips(RoundTripCounter):
    """Counts round trips to the storage within ``counted``; elsewhere it stands aside."""

    _counts = False

    @contextmanager
    def counted(self) -> Iterator[None]:
        self.reset()
        self._counts = True
        try:
            yield
        finally:
            self._counts = False

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        return await (super().send(request) if self._counts else self.next.send(request))


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account of its own: base URL, token, and a client that knows both; paths begin with ``/``."""

    account: str
    url: str
    token: str
    client: httpx.AsyncClient

    async def create(self, kind: str, **attributes: Any) -> dict[str, Any]:
        """A new resource, as the service answered."""
        answer = await self.client.post(f"/{kind}s", json=attributes)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created


@dataclass(frozen=True, slots=True)
class Served:
    """A tenant of a service that listens on a port."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command of ours at work: its process and what it printed until it was ready."""

    process: subprocess.Popen[str]
    printed: str

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and what it printed since it was ready; output must not be more than a pipe holds."""
        self.process.send_signal(by)
        rest, _ = self.process.communicate(timeout=_READY_SECONDS)
        return self.process.returncode, rest


@asynccontextmanager
async def open_service(azurite: Azurite) -> AsyncIterator[Service]:
    """The real function app in the real worker runtime over *azurite*; timers run by hand only.

    A process can do this once at a time.
    """
    made: list[Stores] = []
    make_stores, trips = wiring.make_stores, Trips()

    def make_and_keep(settings: Settings) -> Stores:
        made.append(make_stores(settings))
        return made[-1]

    settings = settings_of(azurite, port=0) | {"PUBLIC_BASE_URL": PUBLIC_URL}
    async with create_app(ROOT, settings=settings, timers=False).running() as app:
        await wiring.close_services()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "make_stores", make_and_keep)
            patch.setattr(wiring, "make_tables", partial(make_tables, policies=[trips]))
            wiring.services()
        try:
            await made[0].tables.create_if_missing()
            yield Service(app, made[0], trips)
        finally:
            await wiring.close_services()


@asynccontextmanager
async def open_tenant(service: Service, unmatched: UnmatchedFilter = UnmatchedFilter.CREATE) -> AsyncIterator[Tenant]:
    """A new account of *service*."""
    new = await devstack.new_tenant(service.stores, "Test", unmatched=unmatched)
    url = f"{PUBLIC_URL}/{SCIM_BASE.format(account=new.account)}"
    headers = {"Authorization": f"Bearer {new.token}", "Accept": SCIM_JSON, "Content-Type": SCIM_JSON}
    async with httpx.AsyncClient(transport=service.transport, base_url=url, headers=headers) as client:
        yield Tenant(new.account, url, new.token, client)


@asynccontextmanager
async def new_tenant(azurite: Azurite) -> AsyncIterator[devstack.Tenant]:
    """A new account in *azurite*, for services in other processes."""
    async with open_stores(azurite) as stores:
        yield await devstack.new_tenant(stores, "Test")


@contextmanager
def running(
    *module: str,
    until: str | re.Pattern[str] | None,
    command: Sequence[str] = (),
    folder: Path = ROOT,
    log: Path | None = None,
    settings: Mapping[str, str] | None = None,
    **environment: str,
) -> Iterator[Command]:
    """A command as a process in a group of its own, from when it prints *until*; it is killed if not ended.

    Args:
        module: A Python module and its arguments.
        until: A line that it prints once it is ready; None does not wait.
        command: A whole command line, instead of a module.
        folder: Where it runs, and where its modules are.
        log: Where its standard error goes; to ours without it.
        settings: What it finds in the environment beside what we have.
        environment: The same.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _STEERING}
    with ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603  our own command
            command or [sys.executable, "-m", *module],
            cwd=folder,
            env=inherited | dict(settings or {}) | environment,
            stdout=subprocess.PIPE,
            stderr=None if log is None else stack.enter_context(log.open("w")),
            text=True,
            start_new_session=True,
        )
        try:
            yield Command(process, "" if until is None else _wait_for(process, until))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


_STEERING = frozenset(
    {
        "DIRECTORY",
        "MAKEFLAGS",
        "PORT",
        "PUBLIC_BASE_URL",
        "PYTHONPATH",
        "ROLLCALL_RUN_DIR",
        "SCIM_STORAGE",
        "SCIM_TOKEN",
    }
)


def _wait_for(process: subprocess.Popen[str], until: str | re.Pattern[str]) -> str:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if re.search(until, line):
            return printed
    raise AssertionError(f"the command ended before it was ready:\n{printed}")


@contextmanager
def running_service(azurite: Azurite, folder: Path) -> Iterator[str]:
    """The service over *azurite* as a process of its own; gives its address.  *folder* takes its log."""
    settings = settings_of(azurite, port=0)
    arguments = ("localhost", "--port", "0", "--no-timers", "--settings", str(folder / "none.json"))
    with running(*arguments, until=LISTENING, log=folder / "service.log", settings=settings) as command:
        found = LISTENING.search(command.printed)
        assert found is not None
        yield found[1]


def read_ready_file(folder: Path) -> dict[str, Any]:
    """What ``make serve`` wrote into *folder*."""
    ready: dict[str, Any] = json.loads((folder / "ready.json").read_text("utf-8"))
    return ready


def children(process_id: int) -> list[int]:
    """The processes that *process_id* started and that run."""
    return [child for child, parent, state in _processes() if parent == process_id and state[0] != "Z"]


def wait_until_gone(process_ids: Iterable[int], *, seconds: float = 20.0) -> bool:
    """Whether these processes end within *seconds*; one that only waits for its parent to look has ended."""
    deadline, waited_for = time.monotonic() + seconds, set(process_ids)
    while time.monotonic() < deadline:
        if not any(process in waited_for and state[0] != "Z" for process, _, state in _processes()):
            return True
        time.sleep(0.05)
    return False


def _processes() -> Iterator[tuple[int, int, str]]:
    """All processes: id, parent's id, state."""
    listing = subprocess.run(["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)  # noqa: S607
    for line in listing.stdout.splitlines():
        process, parent, state = line.split()
        yield int(process), int(parent), state
