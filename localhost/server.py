"""Serves the host on a port of this machine, until a signal ends it."""

import asyncio
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from localhost.app import LocalHost

_KEEP_ALIVE = 130  # seconds, as the real host's web server
_GRACE = 5  # seconds that requests have to finish at the end
_BACKLOG = 2048


class CannotListen(Exception):
    """The address is not one of this machine alone, or the port is taken."""


async def serve(
    app: LocalHost, *, host: str = "127.0.0.1", port: int = 0, on_ready: Callable[[int], None] | None = None
) -> None:
    """Run *app* and serve it on *host* and *port* (0: a free one) until SIGINT or SIGTERM.

    *on_ready* is told the port once requests are answered.

    Raises:
        CannotListen: Before anything is loaded.
        BadSettings: As ``LocalHost.running``, and so are the next two.
        AppNotLoaded: The code of the app is wrong.
        HostDoesNotStart: A route of the app is wrong.
    """
    with _listening_socket(host, port) as listener:
        server = _Server(_config(app), on_ready or (lambda _port: None))
        with _ended_by_signals(server):
            async with app.running():
                await server.serve(sockets=[listener])


def _config(app: LocalHost) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",  # the app runs already, so that what stops it is raised to the caller
        http="h11",  # takes any method and target, as the real host does; httptools does not
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )


class _Server(uvicorn.Server):
    """Tells when it is ready, and leaves signals to ``_ended_by_signals``, so that the process can exit with 0."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._on_ready(sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        """Finish requests and stop; at once when asked a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True


@contextmanager
def _ended_by_signals(server: _Server) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.end)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _listening_socket(host: str, port: int) -> socket.socket:
    address = _loopback_address(host)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # only on a socket of this protocol does asyncio switch the delay of small packets off
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((str(address), port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(f"port {port} of {host} cannot be used: {error.strerror}") from error
    return listener


def _loopback_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise CannotListen(f"'{host}' is no address; use 127.0.0.1, ::1 or localhost") from error
    if not address.is_loopback:
        raise CannotListen(f"{host} can be reached from other machines; this host checks no keys, so use 127.0.0.1")
    return address
