"""An ASGI request → the request object that the worker is given, shaped as the real host shapes it."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from localhost.protos import RpcHttp, TypedData
from localhost.targets import escape, unescape

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_DIGITS = re.compile(r"[0-9]+")


class BadRequest(Exception):
    """A header is not UTF-8; the web server answers 400."""


class BodyTooLarge(Exception):
    """The body is longer than the host takes; it answers 413."""


class ClientGone(Exception):
    """The client closed the connection before its body was complete."""


def read_headers(scope: Scope) -> dict[str, str]:
    """Return the headers with lower-case names; repeated ones are joined by a comma.

    Raises:
        BadRequest: A value is not UTF-8.
    """
    try:
        return _joined((name.decode("ascii").lower(), value.decode("utf-8")) for name, value in scope["headers"])
    except UnicodeDecodeError as error:
        raise BadRequest from error


async def read_body(headers: Mapping[str, str], receive: Receive, *, limit: int) -> bytes:
    """Return the body if its length is announced; a chunked one is not read, and so is empty.

    Args:
        headers: As ``read_headers`` gives them.
        receive: The ASGI callable.
        limit: Bytes.

    Raises:
        BodyTooLarge: Nothing of it has been read.
        ClientGone: It ended early.
    """
    announced = headers.get("content-length", "")
    if "transfer-encoding" in headers or not _DIGITS.fullmatch(announced) or int(announced) == 0:
        return b""
    if int(announced) > limit:
        raise BodyTooLarge
    pieces: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
    raise ClientGone


def make_request(
    scope: Scope, *, path: str, headers: dict[str, str], route_values: dict[str, str], body: bytes
) -> TypedData:
    """Return the worker's view of a request.

    Args:
        scope: For method, scheme and query.
        path: Decoded, without dot segments.
        headers: As ``read_headers`` gives them.
        route_values: What the route made of the path.
        body: As ``read_body`` gives it.
    """
    query: bytes = scope["query_string"]
    address = f"{scope['scheme']}://{headers.get('host', '')}{escape(path)}"
    return TypedData(
        http=RpcHttp(
            method=scope["method"].upper(),
            url=f"{address}?{query.decode('latin-1')}" if query else address,
            headers=headers,
            params=route_values,
            query=_read_query(query),
            body=TypedData(bytes=body),
        )
    )


def _read_query(query: bytes) -> dict[str, str]:
    """Return the parameters, without empty ones; a name in other case is the same, in its first spelling."""
    spellings: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for pair in query.replace(b"+", b" ").split(b"&"):
        name, _, value = (unescape(part, keep_slash=False) for part in pair.partition(b"="))
        if value:
            pairs.append((spellings.setdefault(name.lower(), name), value))
    return _joined(pairs)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
