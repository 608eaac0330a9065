"""What a function returned goes out as the real host sends it, or not at all."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from localhost.http_responses import Answer, Unsendable, make_answer, send_answer
from localhost.protos import (
    NullableBool,
    NullableDouble,
    NullableString,
    NullableTimestamp,
    RpcHttp,
    RpcHttpCookie,
    Timestamp,
    TypedData,
)


def returned(status: int = 200, *, body: bytes = b"", cookies: object = None, **headers: str) -> TypedData:
    named = {name.replace("__", " ").replace("_", "-"): value for name, value in headers.items()}
    return TypedData(http=RpcHttp(status_code=str(status), headers=named, cookies=cookies, body=TypedData(bytes=body)))


def make_cookie(**changes: object) -> RpcHttpCookie:
    nothing = dict.fromkeys(("domain", "path", "expires", "secure", "http_only", "max_age"))
    return RpcHttpCookie(**{"name": "a", "value": "1", "same_site": 0, **nothing, **changes})


async def sent(answer: Answer, method: str = "GET") -> tuple[dict[bytes, bytes], bytes]:
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    await send_answer(send, answer, method=method)
    start, body = messages
    assert start["status"] == answer.status
    return dict(start["headers"]), body["body"]


def test_of_a_repeated_header_the_last_one_wins() -> None:
    """The worker hands over both spellings, and the host keeps one."""
    assert make_answer(returned(X_A="1", x_a="2")).headers == (("x-a", "2"),)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_body_where_none_may_be(status: int) -> None:
    """A body with a status that has none cannot be written, and an empty one can."""
    with pytest.raises(Unsendable):
        make_answer(returned(status, body=b"x"))
    assert make_answer(returned(status)).status == status


@pytest.mark.parametrize(
    "value",
    [
        returned(X_Name="Zoë"),
        returned(X_Name="a\r\nSet-Cookie: b=1"),
        returned(X__Name="a"),
        returned(Content_Length="5", body=b"abc"),
        returned(100),
        TypedData(string='{"body": "x"}'),
        TypedData(json="{}"),
        None,
    ],
)
def test_unsendable(value: TypedData | None) -> None:
    """What no web server writes, or what the host would read in its own way, becomes a 500."""
    with pytest.raises(Unsendable):
        make_answer(value)


def test_text() -> None:
    """A returned text goes out as plain text."""
    answer = make_answer(TypedData(string="hello"))
    assert answer == Answer(200, (("content-type", "text/plain; charset=utf-8"),), b"hello")


@pytest.mark.parametrize(
    ("cookie", "text"),
    [
        (make_cookie(value="1 2;é"), "a=1%202%3B%C3%A9"),
        (
            make_cookie(
                domain=NullableString(value="d.example"),
                path=NullableString(value="/"),
                expires=NullableTimestamp(value=Timestamp(seconds=0)),
                max_age=NullableDouble(value=60.0),
                secure=NullableBool(value=True),
                http_only=NullableBool(value=True),
                same_site=RpcHttpCookie.SameSite.Strict,
            ),
            "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60; domain=d.example; path=/; secure; "
            "samesite=strict; httponly",
        ),
        (make_cookie(path=NullableString(value=""), secure=NullableBool(value=False)), "a=1"),
    ],
)
def test_cookie(cookie: RpcHttpCookie, text: str) -> None:
    """Every cookie becomes a header of its own, written as ASP.NET writes it."""
    assert make_answer(returned(cookies=[cookie, cookie])).headers == (("set-cookie", text), ("set-cookie", text))


def test_custom_headers() -> None:
    """A header that the function set wins over host.json."""
    answer = Answer(200, (("cache-control", "private"),)).with_headers({"Cache-Control": "no-store", "X-A": "1"})
    assert answer.headers == (("cache-control", "private"), ("x-a", "1"))


async def test_body_has_no_announced_length() -> None:
    """A body goes out chunked, and an empty one with a length of 0."""
    assert await sent(Answer(200, body=b"abc")) == ({}, b"abc")
    assert await sent(Answer(200)) == ({b"content-length": b"0"}, b"")
    assert await sent(Answer(204)) == ({}, b"")


async def test_head_gets_no_body() -> None:
    """The body of an answer to HEAD is discarded."""
    assert await sent(Answer(200, (("x-a", "1"),), b"abc"), "HEAD") == ({b"x-a": b"1"}, b"")
