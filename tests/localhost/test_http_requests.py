"""ASGI requests take the shape that the worker gets from the real host."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from localhost.http_requests import (
    BadRequest,
    BodyTooLarge,
    ClientGone,
    Receive,
    make_request,
    read_body,
    read_headers,
)


def make_scope(*, query: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()) -> dict[str, Any]:
    return {"method": "get", "scheme": "http", "query_string": query, "headers": headers}


def receiving(*messages: MutableMapping[str, Any]) -> Receive:
    left = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        return left.pop(0)

    return receive


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "1,2"}),
        (b"filter=&count", {}),
        (b"a=&a=1&a=", {"a": "1"}),
        (b"Filter=x&filter=y", {"Filter": "x,y"}),
        (b"q=a+b%2Bc%26d", {"q": "a b+c&d"}),
        (b"q=%2F&%71=z", {"q": "/,z"}),
        (b"q=a=b&&", {"q": "a=b"}),
        (b"q=%C3%A9%FF", {"q": "é%FF"}),
        (b"=x", {"": "x"}),
    ],
)
def test_query(query: bytes, parameters: dict[str, str]) -> None:
    """Empty values are dropped, repeated names joined, and names keep the case of their first spelling."""
    request = make_request(make_scope(query=query), path="/", headers={}, route_values={}, body=b"")
    assert request.http.query == parameters


def test_headers() -> None:
    """Names are lower case, and repeated headers are joined by a comma."""
    headers = ((b"Accept", b"a"), (b"X-Name", "Zoë".encode()), (b"ACCEPT", b"b"))
    assert read_headers(make_scope(headers=headers)) == {"accept": "a,b", "x-name": "Zoë"}


def test_header_that_is_no_utf8() -> None:
    """The web server refuses a header that it cannot decode."""
    with pytest.raises(BadRequest):
        read_headers(make_scope(headers=((b"x-name", b"\xff"),)))


def test_address() -> None:
    """The address is escaped again from the decoded path, with the query as it was sent."""
    request = make_request(
        make_scope(query=b"a=%C3%A9"), path="/Users/a b", headers={"host": "h:1"}, route_values={"id": "a b"}, body=b"x"
    ).http
    assert (request.method, request.url) == ("GET", "http://h:1/Users/a%20b?a=%C3%A9")
    assert (request.params, request.body.bytes) == ({"id": "a b"}, b"x")


async def test_body_in_pieces() -> None:
    """A body with a length is read to its end."""
    receive = receiving(
        {"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}
    )
    assert await read_body({"content-length": "3"}, receive, limit=3) == b"abc"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-length": "0"},
        {"transfer-encoding": "chunked"},
        {"transfer-encoding": "chunked", "content-length": "3"},
    ],
)
async def test_body_without_length_is_not_read(headers: dict[str, str]) -> None:
    """A chunked body arrives empty."""
    assert await read_body(headers, receiving(), limit=3) == b""


async def test_body_too_large() -> None:
    """A longer body than the limit is refused unread."""
    with pytest.raises(BodyTooLarge):
        await read_body({"content-length": "4"}, receiving(), limit=3)


async def test_client_that_leaves() -> None:
    """A body that breaks off reaches no function."""
    with pytest.raises(ClientGone):
        await read_body({"content-length": "3"}, receiving({"type": "http.disconnect"}), limit=3)
