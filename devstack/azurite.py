"""Azurite, which stands in for Azure Table Storage; only its table service is started."""

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = Path(__file__).parent.parent / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"
_LOADED_FIRST = tuple(Path(__file__).parent / each for each in ("end_with_parent.cjs", "find_rows_by_key.cjs"))
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
    process: subprocess.Popen[bytes]

    @property
    def connection_string(self) -> str:
        endpoint = f"http://127.0.0.1:{self.port}/devstoreaccount1"
        return f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={_KEY};TableEndpoint={endpoint}"


@contextmanager
def running_azurite(*, location: Path | None = None, port: int = 0) -> Iterator[Azurite]:
    """Azurite for the length of the block, on *port* or, where that is taken or 0, on a free one.

    It ends with this process, however that ends.

    Args:
        location: The folder that keeps its data; in memory only where None.
        port: Where it listens.

    Raises:
        NoAzurite: There is no Node.js, Azurite is not installed, or it does not come up.
    """
    node = shutil.which("node")
    if node is None:
        raise NoAzurite("install Node.js 20 or later, which runs Azurite: https://nodejs.org")
    if not _PROGRAM.exists():
        raise NoAzurite("Azurite is not installed; run: make install")
    for _ in range(_TRIES):
        azurite = Azurite(chosen := free_port(port), _launch(node, chosen, location))
        try:
            if _is_ready(azurite.process):
                yield azurite
                return
        finally:
            _stop(azurite.process)
        port = 0  # somebody else was quicker
    raise NoAzurite(f"Azurite does not come up; see what it says: node '{_PROGRAM}'")


def free_port(wanted: int = 0) -> int:
    """*wanted* if it is free on the loopback address, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _launch(node: str, port: int, location: Path | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  the program that package-lock.json pins
        [
            node,
            *(f"--require={each}" for each in _LOADED_FIRST),
            str(_PROGRAM),
            *("--tableHost", "127.0.0.1", "--tablePort", str(port), "--silent", "--disableTelemetry"),
            *(("--inMemoryPersistence",) if location is None else ("--location", str(location))),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us; we stop it in order
    )


def _is_ready(process: subprocess.Popen[bytes]) -> bool:
    """Whether Azurite says that it listens; false when it ends instead, as it does where the port is taken.

    That something answers on the port would not do: it may be another Azurite that was quicker.
    """
    assert process.stdout is not None  # noqa: S101  piped, as `_launch` says
    limit = threading.Timer(_READY_SECONDS, process.kill)
    limit.start()
    try:
        return any(b"successfully started" in line for line in process.stdout)
    finally:
        limit.cancel()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop by SIGINT: only then Azurite writes what it holds."""
    with process:  # closes the pipe and waits
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
