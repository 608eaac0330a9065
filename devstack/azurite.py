"""Azurite, which stands in for Azure Table Storage; only its table service is started."""

import asyncio
import contextlib
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = Path(__file__).parent.parent / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key of the development account: published, and the same everywhere."""
_TRIES = 5
_READY_SECONDS = 30.0
_STOP_SECONDS = 15.0


class NoAzurite(Exception):
    """Azurite cannot be started; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def connection_string(self) -> str:
        endpoint = f"http://127.0.0.1:{self.port}/devstoreaccount1"
        return f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={_KEY};TableEndpoint={endpoint}"


@asynccontextmanager
async def running_azurite(*, location: Path | None = None, port: int = 0) -> AsyncIterator[Azurite]:
    """Azurite for the length of the block, on *port* or, where that is taken or 0, on a free one.

    Args:
        location: The folder that keeps its data; in memory only where None.

    Raises:
        NoAzurite: There is no Node.js, Azurite is not installed, or it does not come up.
    """
    azurite = await _start(location, port)
    try:
        yield azurite
    finally:
        await _stop(azurite.process)


async def _start(location: Path | None, port: int) -> Azurite:
    node = shutil.which("node")
    if node is None:
        raise NoAzurite("install Node.js 18 or later: https://nodejs.org")
    if not _PROGRAM.exists():
        raise NoAzurite("Azurite is not installed; run: make install")
    for _ in range(_TRIES):
        chosen = free_port(port)
        process = await asyncio.create_subprocess_exec(
            node,
            str(_PROGRAM),
            *("--tableHost", "127.0.0.1", "--tablePort", str(chosen), "--silent", "--disableTelemetry"),
            *(("--inMemoryPersistence",) if location is None else ("--location", str(location))),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; we stop it in order
        )
        if await _is_ready(process, chosen):
            return Azurite(chosen, process)
        port = 0
    raise NoAzurite(f"Azurite does not come up; try it by hand: node {_PROGRAM}")


def free_port(wanted: int = 0) -> int:
    """*wanted* if it is free on the loopback address, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


async def _is_ready(process: asyncio.subprocess.Process, port: int) -> bool:
    """Whether Azurite answers on *port*; false as soon as it has ended, as it does where the port is taken."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _READY_SECONDS
    while loop.time() < deadline and process.returncode is None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return process.returncode is None
        await asyncio.sleep(0.05)
    await _stop(process)
    return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Stop by SIGINT: only then Azurite writes what it holds (azure.md §6.1)."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
