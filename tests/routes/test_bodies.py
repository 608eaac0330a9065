"""Bodies: how large, how deep, and of which type they may be."""

from collections.abc import Callable
from typing import Any

import pytest
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException

from routes.bodies import read_json
from scim.errors import LengthRequired, UnsupportedMediaType
from scim.limits import Limits


def _text_of(size: int) -> bytes:
    """A JSON text of *size* bytes."""
    return b'"' + b"x" * (size - 2) + b'"'


def _lists(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _objects(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"userName": "ann"}', {"userName": "ann"}),
        (b" \r\n\t[] ", []),
        (b'"a"', "a"),
        (b"null", None),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),  # as PowerShell and .NET write files in UTF-8
        ('{"displayName": "Zoë 名前 🙂"}'.encode(), {"displayName": "Zoë 名前 🙂"}),
        (b'{"a": "\\ud83d\\ude42"}', {"a": "🙂"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),  # the last one counts, as in most readers (RFC 8259 §4)
    ],
)
def test_json_is_read(body: bytes, value: Any) -> None:
    """What it means for a resource is for others to say."""
    assert read_json(body, {}) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"}",
        b'{"a": 1,}',
        b"{'a': 1}",
        b"{a: 1}",
        b'{"a": 1} {"b": 2}',
        b"<user/>",
        b"userName=ann",
        b"NaN",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 01}',
        b'{"a": "\\ud800"}',  # half of a surrogate pair
        b'{"a": "\\udc00\\ud800"}',
        b'{"a": "\xff"}',
        "é".encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\n"}',
        b'{"a": "\x00"}',
        b"// no\n{}",
    ],
)
def test_malformed_body_is_refused(body: bytes) -> None:
    """As invalidSyntax, saying so (RFC 7644 §3.12)."""
    with pytest.raises(InvalidSyntaxException, match="body"):
        read_json(body, {})


def test_size_is_limited() -> None:
    """1 MiB is taken, one byte more is not, whatever is in it."""
    assert len(read_json(_text_of(Limits().body_bytes), {})) == Limits().body_bytes - 2
    for body in (_text_of(Limits().body_bytes + 1), b"{" * (Limits().body_bytes + 1)):
        with pytest.raises(PayloadTooLargeException, match=str(Limits().body_bytes)):
            read_json(body, {})


@pytest.mark.parametrize("nested", [_lists, _objects])
def test_depth_is_limited(nested: Callable[[int], bytes]) -> None:
    """64 objects or lists within each other are read, and no more."""
    assert read_json(nested(Limits().depth), {})
    for depth in (Limits().depth + 1, Limits().depth + 2, 1_000, 100_000):
        with pytest.raises(InvalidSyntaxException):
            read_json(nested(depth), {})


def test_depth_counts_the_deepest() -> None:
    """Wherever it is among many shallow values."""
    wide = b'{"a": [1, 2, {}], "b": %s, "c": []}'
    assert read_json(wide % _lists(Limits().depth - 1), {})
    with pytest.raises(InvalidSyntaxException, match="deeper than 64"):
        read_json(wide % _lists(Limits().depth), {})


@pytest.mark.parametrize(
    "media_type",
    [
        "application/scim+json",
        "application/json",
        "Application/SCIM+JSON",
        "application/scim+json; charset=utf-8",
        "application/json;charset=UTF-8",
        " application/json ",
        "",
    ],
)
def test_json_types_are_taken(media_type: str) -> None:
    """SCIM's own, the general one (RFC 7644 §3.8), and none."""
    assert read_json(b"{}", {"content-type": media_type}) == {}


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"],
)
def test_other_types_are_refused(media_type: str) -> None:
    """With 415, also where the body would read as JSON."""
    with pytest.raises(UnsupportedMediaType):
        read_json(b"{}", {"content-type": media_type})


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, InvalidSyntaxException),
        ({"content-length": "0"}, InvalidSyntaxException),
        ({"transfer-encoding": "chunked"}, LengthRequired),
        ({"transfer-encoding": "gzip, Chunked"}, LengthRequired),
    ],
)
def test_missing_body_is_told_from_a_lost_one(headers: dict[str, str], error: type[SCIMException]) -> None:
    """The host drops bodies that come in chunks, so the client must be told to send their length."""
    with pytest.raises(error):
        read_json(b"", headers)
