"""The local Functions host as an ASGI app around the real worker runtime."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Self

from localhost.admin import AdminRequest, answer_admin
from localhost.clock import Clock, SystemClock
from localhost.constraints import BrokenPattern
from localhost.host import Host, Setup, running_host
from localhost.http_requests import (
    BadRequest,
    BodyTooLarge,
    ClientGone,
    Receive,
    Scope,
    Send,
    make_request,
    read_body,
    read_headers,
)
from localhost.http_responses import Answer, Unsendable, make_answer, send_answer
from localhost.registry import Registry
from localhost.routing import Match
from localhost.targets import RefusedTarget, read_path
from localhost.throttle import TooManyRequests

_log = logging.getLogger(__name__)
_HOMEPAGE = Answer(
    HTTPStatus.OK,
    (("content-type", "text/html; charset=utf-8"),),
    b"<!doctype html>\n<title>Azure Functions</title>\n<h1>Your function app is up and running</h1>\n",
)
_NOT_FOUND = Answer(HTTPStatus.NOT_FOUND)
_FAILED = Answer(HTTPStatus.INTERNAL_SERVER_ERROR)


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
                answer = await _answer(self._running(), scope, receive)
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
    return LocalHost(Setup(app_dir.resolve(), settings, timers, clock or SystemClock(), timer_status))


async def _answer(host: Host, scope: Scope, receive: Receive) -> Answer:
    method: str = scope["method"].upper()
    query: bytes = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    try:
        path = read_path(method, target)
        headers = read_headers(scope)
    except RefusedTarget as refusal:
        return Answer(refusal.status, (("allow", refusal.allow),) if refusal.allow else ())
    except BadRequest:
        return Answer(HTTPStatus.BAD_REQUEST)
    if path.lower().startswith("/admin/"):
        body = await read_body(headers, receive, limit=host.body_limit)
        request = AdminRequest(method, path, headers.get("host", ""), headers.get("content-type", ""), body)
        if answer := answer_admin(request, host.registry, host.timers.run_by_hand):
            return answer
    return await _answer_by_function(host, scope, receive, path, headers)


async def _answer_by_function(host: Host, scope: Scope, receive: Receive, path: str, headers: dict[str, str]) -> Answer:
    try:
        match = host.registry.table.match(scope["method"], path)
    except BrokenPattern as error:
        _log.error("No route could be found: %s", error)
        return _FAILED.with_headers(host.config.custom_headers)
    if match is None and path == "/" and scope["method"].upper() == "GET":
        return _HOMEPAGE if host.has_homepage else Answer(HTTPStatus.NO_CONTENT)
    if match is None or host.registry.entries[match.function].disabled:
        return _NOT_FOUND.with_headers(host.config.custom_headers)
    try:
        async with host.throttle.turn():
            body = await read_body(headers, receive, limit=host.body_limit)
            answer = await _call(host, scope, match, path, headers, body)
    except TooManyRequests:
        return Answer(HTTPStatus.TOO_MANY_REQUESTS, (("x-function-scaleout", "1"),))
    except BodyTooLarge:
        answer = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return answer.with_headers(host.config.custom_headers)


async def _call(host: Host, scope: Scope, match: Match, path: str, headers: dict[str, str], body: bytes) -> Answer:
    request = make_request(scope, path=path, headers=headers, route_values=match.values, body=body)
    function = host.registry.entries[match.function].function
    outcome = await host.worker.call(function, request, trace_parent=headers.get("traceparent", ""))
    if not outcome.succeeded:
        return _FAILED
    try:
        return make_answer(outcome.value)
    except Unsendable as error:
        _log.error("The answer of '%s' cannot be sent: %s", match.function, error)
        return _FAILED
