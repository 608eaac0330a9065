"""Which part of the host answers a request: the web server itself, the admin paths, a function, or nobody."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from localhost.admin import AdminRequest, answer_admin
from localhost.constraints import BrokenPattern
from localhost.host import Host
from localhost.http_requests import BadRequest, BodyTooLarge, Receive, Scope, make_request, read_body, read_headers
from localhost.http_responses import Answer, Unsendable, make_answer
from localhost.protos import TypedData
from localhost.routing import Match
from localhost.targets import RefusedTarget, read_path
from localhost.throttle import TooManyRequests

Body = Callable[[], Awaitable[bytes]]
"""Reads the body, if somebody has a use for it."""

_log = logging.getLogger(__name__)
_HOMEPAGE = Answer(
    HTTPStatus.OK,
    (("content-type", "text/html; charset=utf-8"),),
    b"<!doctype html>\n<title>Azure Functions</title>\n<h1>Your function app is up and running</h1>\n",
)
_NOT_FOUND = Answer(HTTPStatus.NOT_FOUND)
_FAILED = Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
_BUSY = Answer(HTTPStatus.TOO_MANY_REQUESTS, (("x-function-scaleout", "1"),))


async def answer_request(host: Host, scope: Scope, receive: Receive) -> Answer:
    """Return the answer of *host* to one ASGI request.

    Raises:
        ClientGone: There is nobody left to answer.
    """
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

    async def body() -> bytes:
        return await read_body(headers, receive, limit=host.body_limit)

    try:
        asked = AdminRequest(method, path, headers.get("host", ""), headers.get("content-type", ""), body)
        if answer := await answer_admin(asked, host.registry, host.timers.run_by_hand):
            return answer
        return await _answer_by_function(host, scope, path, headers, body)
    except BodyTooLarge:
        return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE).with_headers(host.config.custom_headers)


async def _answer_by_function(host: Host, scope: Scope, path: str, headers: dict[str, str], body: Body) -> Answer:
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
            request = make_request(scope, path=path, headers=headers, route_values=match.values, body=await body())
            answer = await _call(host, match, request, trace_parent=headers.get("traceparent", ""))
    except TooManyRequests:
        return _BUSY  # without the custom headers
    return answer.with_headers(host.config.custom_headers)


async def _call(host: Host, match: Match, request: TypedData, *, trace_parent: str) -> Answer:
    function = host.registry.entries[match.function].function
    outcome = await host.worker.call(function, request, trace_parent=trace_parent)
    if not outcome.succeeded:
        return _FAILED
    try:
        return make_answer(outcome.value)
    except Unsendable as error:
        _log.error("The answer of '%s' cannot be sent: %s", match.function, error)
        return _FAILED
