"""Request targets that the recording does not show."""

import pytest

from localhost.targets import RefusedTarget, escape, read_path, unescape


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", b"/" + b"a" * (8192 - len("GET / HTTP/1.1\r\n") + 1), 414),
        ("GET", b"/?" + b"a" * 8192, 414),
        ("GET", "/é".encode(), 400),
        ("GET", b"", 400),
        ("GET", b"a/b", 400),
        ("GET", b"/%00", 400),
        ("GET", b"http://127.0.0.1/a", 400),
        ("POST", b"*", 405),
    ],
)
def test_refused_target(method: str, target: bytes, status: int) -> None:
    """The web server answers some targets itself, before any function."""
    with pytest.raises(RefusedTarget) as refusal:
        read_path(method, target)
    assert refusal.value.status == status


def test_longest_request_line() -> None:
    """A request line of exactly 8 KB, line end included, is taken."""
    target = b"/" + b"a" * (8192 - len("GET / HTTP/1.1\r\n"))
    assert read_path("GET", target) == target.decode()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a/./b/../c", "/a/c"),
        (b"/../../a", "/a"),
        (b"/a//../b", "/a/b"),
        (b"/a/%2e%2E/b?c=/../d", "/b"),
        (b"/.hidden/..a/a..", "/.hidden/..a/a.."),
        (b"/a/.", "/a/"),
        (b"/..", "/"),
        (b"/%E2%82", "/%E2%82"),
        (b"/%E2%82%AC%e2", "/€%e2"),
        (b"/%C0%AF", "/%C0%AF"),  # an overlong slash is no character
        (b"/%25%32%46", "/%2F"),
    ],
)
def test_path(target: bytes, path: str) -> None:
    """Escapes are decoded once, then dot segments go; what is no UTF-8 stays as it was."""
    assert read_path("GET", target) == path


def test_slash_of_a_query_is_decoded() -> None:
    """Only in a path does an escaped slash stay."""
    assert unescape(b"a%2Fb%2f", keep_slash=False) == "a/b/"


@pytest.mark.parametrize(
    ("path", "escaped"),
    [
        ("/a b/é", "/a%20b/%C3%A9"),
        ("/a%2Fb", "/a%2Fb"),
        ("/100%", "/100%25"),
        ("/a:b@c;d=e", "/a:b@c;d=e"),
        ("/?", "/%3F"),
    ],
)
def test_escape(path: str, escaped: str) -> None:
    """A decoded path goes into an address escaped, but for the slash that was never decoded."""
    assert escape(path) == escaped
