"""The local Functions host as an ASGI app around the real worker runtime."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

from localhost.clock import Clock, SystemClock
from localhost.dispatch import answer_request
from localhost.host import Host, Setup, running_host
from localhost.http_requests import ClientGone, Receive, Scope, Send
from localhost.http_responses import send_answer
from localhost.registry import Registry


class LocalHost:
    """An ASGI app; it runs from lifespan start to lifespan end, or for the block of ``running``."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._host: Host | None = None

    @property
    def registry(self) -> Registry:
        """The functions of the app, once it runs."""
        return self._running().registry

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Start the app, keep it for the block, and stop it.

        Raises:
            BadSettings: A settings file is wrong.
            AppNotLoaded: The code of the app is wrong.
            HostDoesNotStart: A route of the app is wrong.
        """
        async with running_host(self._setup) as self._host:
            try:
                yield self
            finally:
                self._host = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one HTTP request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await answer_request(self._running(), scope, receive)
            except ClientGone:
                return
            await send_answer(send, answer, method=scope["method"].upper())

    def _running(self) -> Host:
        if self._host is None:
            raise RuntimeError("the host is not running: use `async with app.running()`, or a server with lifespan")
        return self._host

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as life:
            await receive()
            try:
                await life.enter_async_context(self.running())
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    app_dir: Path,
    *,
    settings: Mapping[str, str] | None = None,
    timers: bool = True,
    clock: Clock | None = None,
    timer_status: Path | None = None,
) -> LocalHost:
    """Return the host of the function app in *app_dir*; nothing is loaded before it runs.

    Args:
        app_dir: Holds ``function_app.py`` and ``host.json``; one folder a process.
        settings: App settings, put into the environment over what is there while the app runs.
            ``None`` reads ``local.settings.json``, and there what the environment has already wins.
        timers: Whether timers follow their schedules; by hand they run in any case.
        clock: Where timers get their time from, if not from the machine.
        timer_status: Folder that keeps when timers ran; without it a restart knows of no missed run.
    """
    # the app's folder becomes the working directory, so relative paths are settled before
    status = None if timer_status is None else timer_status.resolve()
    return LocalHost(Setup(app_dir.resolve(), settings, timers, clock or SystemClock(), status))
