"""A function app behind the host, over HTTP: what handlers see and what clients get."""

import json
import re
from typing import Any

import pytest

from tests.localhost.sample import SAMPLE_APP, Sample


def raw(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((line + b" HTTP/1.1", b"Host: h", b"Connection: close", *headers, b"", body))


def body_of(response: Any) -> Any:
    return json.loads(response.body)


def test_request(sample: Sample) -> None:
    """Method, address, headers, query, route values and body arrive in the real host's shape."""
    sent = sample.client.request(
        "PATCH",
        "/echo/a%20b/c%2Fd?Filter=x+y&empty=&n=1&N=2",
        content=b'{"a": 1}',
        headers=[("X-Twice", "1"), ("x-twice", "2"), ("Content-Type", "application/scim+json")],
    )
    seen = sent.json()
    assert (seen["method"], seen["body"], seen["function"]) == ("PATCH", '{"a": 1}', "echo")
    assert seen["query"] == {"Filter": "x y", "n": "1,2"}
    assert seen["route"] == {"rest": "a b/c%2Fd"}
    assert seen["url"] == f"http://127.0.0.1:{sample.port}/echo/a%20b/c%2Fd?Filter=x+y&empty=&n=1&N=2"
    assert seen["headers"]["x-twice"] == "1,2"
    assert all(name == name.lower() for name in seen["headers"])


def test_trace(sample: Sample) -> None:
    """The trace of the client goes on in the function, and there is one without it."""
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert sample.get("/echo/a", headers={"traceparent": given}).json()["trace"] == given
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", sample.get("/echo/a").json()["trace"])


def test_empty_catch_all_is_absent(sample: Sample) -> None:
    """A catch-all that found nothing is no route value."""
    assert sample.get("/echo").json()["route"] == {}


def test_chunked_body_arrives_empty(sample: Sample) -> None:
    """A body without a length is dropped without an error."""
    assert sample.post("/echo/a", content=iter([b"abc", b"def"])).json()["length"] == 0


def test_body_limit(sample: Sample) -> None:
    """A body of the greatest length arrives, a longer one gets 413 and an empty body."""
    assert sample.post("/echo/a", content=b"x" * 1000).json()["length"] == 1000
    refused = sample.post("/echo/a", content=b"x" * 1001)
    assert (refused.status_code, refused.content, refused.headers["cache-control"]) == (413, b"", "no-store")


@pytest.mark.parametrize(
    ("line", "status", "rest"),
    [
        (b"get /echo/a", 200, "a"),
        (b"BREW /echo/pot", 200, "pot"),
        (b"GET /echo/a#frag", 200, "a#frag"),
        (b"GET /echo/a\\b", 200, "a\\b"),
        (b"GET /echo/a%zz", 200, "a%zz"),
        (b"GET /echo/[x]|~", 200, "[x]|~"),
        (b"GET /echo/a/../b", 200, "b"),
        (b"GET /echo//a", 404, None),
        (b"GET /echo/a%00b", 400, None),
        (b"GET *", 405, None),
        (b"GET http://example.test/echo/a", 400, None),
        (b"GET /echo/" + b"a" * 8300, 414, None),
    ],
)
def test_request_line(sample: Sample, line: bytes, status: int, rest: str | None) -> None:
    """Odd request lines reach the host as they were sent."""
    response = sample.exchange(raw(line))
    assert response.status == status
    assert rest is None or body_of(response)["route"] == {"rest": rest}


def test_header_that_is_no_utf8(sample: Sample) -> None:
    """A header that cannot be decoded gets 400."""
    assert sample.exchange(raw(b"GET /echo/a", b"X-Name: \xff")).status == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("POST", "/items/5"), ("GET", "/items/x"), ("GET", "/switched/off")]
)
def test_not_found(sample: Sample, method: str, path: str) -> None:
    """Unknown paths, methods not listed, failed constraints and disabled functions get an empty 404."""
    response = sample.client.request(method, path)
    assert (response.status_code, response.content) == (404, b"")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_plain_answer(sample: Sample) -> None:
    """An answer without a type is text, goes out chunked, and has the headers of host.json."""
    response = sample.get("/items/5")
    assert (response.status_code, response.text) == (200, "5")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["cache-control"] == "no-store"
    assert "server" not in response.headers


def test_head(sample: Sample) -> None:
    """HEAD reaches the function that lists it, and its body is discarded."""
    response = sample.client.head("/items/5")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/status/204", 204, b""),
        ("/status/204/x", 500, b""),
        ("/status/304/x", 500, b""),
        ("/status/201", 201, b""),
        ("/status/409/x", 409, b"x"),
        ("/returns/none", 500, b""),
        ("/returns/dict", 500, b""),
        ("/returns/text?text=hello", 200, b"hello"),
        ("/returns/text?text={}", 500, b""),
        ("/headers/bad", 500, b""),
        ("/sync", 200, b"from a thread"),
        ("/broken/1", 500, b""),
    ],
)
def test_answer(sample: Sample, path: str, status: int, body: bytes) -> None:
    """What cannot be sent, or was no answer at all, becomes 500 with an empty body and the custom headers."""
    response = sample.get(path)
    assert (response.status_code, response.content) == (status, body)
    assert response.headers["x-content-type-options"] == "nosniff"


def test_exception(sample: Sample) -> None:
    """An exception in a handler is a 500 with an empty body; message and stack are in the log only."""
    response = sample.get("/raises")
    assert (response.status_code, response.content) == (500, b"")
    assert "Executed 'Functions.raises' (Failed, Id=" in sample.log
    assert "LookupError: said in the log only\nTraceback (most recent call last):" in sample.log


def test_log_line(sample: Sample) -> None:
    """One line a call tells function, outcome, invocation and duration."""
    invocation = sample.get("/echo/a").json()["invocation"]
    lines = [line for line in sample.log.splitlines() if invocation in line]
    assert len(lines) == 1
    assert re.search(rf"Executed 'Functions\.echo' \(Succeeded, Id={invocation}, Duration=\d+ms\)$", lines[0])


def test_repeated_header(sample: Sample) -> None:
    """Of a repeated header the last one wins, and a type without charset stays so."""
    response = sample.get("/headers/repeated")
    assert response.headers.get_list("x-twice") == ["second"]
    assert response.headers["content-type"] == "application/scim+json"


def test_cookies(sample: Sample) -> None:
    """Only Set-Cookie may repeat."""
    assert sample.get("/headers/cookies").headers.get_list("set-cookie") == [
        "a=1%202; max-age=60; path=/; samesite=lax; httponly",
        "b=2; domain=rollcall.example; secure",
    ]


def test_own_header_wins(sample: Sample) -> None:
    """A custom header of host.json does not replace the function's own."""
    assert sample.get("/headers/own").headers.get_list("cache-control") == ["private"]


def test_homepage(sample: Sample) -> None:
    """GET / without a function shows a page; other methods get 404."""
    response = sample.get("/")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert sample.post("/").status_code == 404


def test_surroundings(sample: Sample) -> None:
    """The app runs in its own folder, with the local settings in its environment."""
    seen = sample.get("/runs").json()
    assert (seen["folder"], seen["setting"]) == (str(SAMPLE_APP), "from the file")
