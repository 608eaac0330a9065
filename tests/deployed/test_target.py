"""How ``make verify`` is told what to look at."""

import pytest

from tests.deployed.target import Target, named


@pytest.mark.parametrize(
    ("url", "token", "target"),
    [
        ("https://a.example/scim/account/x/", "t", Target("https://a.example/scim/account/x", "t")),
        ("https://a.example", "", Target("https://a.example", None)),
        ("", "t", None),
    ],
)
def test_named_target(monkeypatch: pytest.MonkeyPatch, url: str, token: str, target: Target | None) -> None:
    """An address, with a token or without; no address is the service on this machine."""
    monkeypatch.setenv("ROLLCALL_URL", url)
    monkeypatch.setenv("ROLLCALL_TOKEN", token)
    assert named() == target


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://a.example/scim/account/x", "https://a.example", "/scim/account/x"),
        ("http://127.0.0.1:7071", "http://127.0.0.1:7071", "/scim/account/nobody"),
    ],
)
def test_parts_of_the_address(url: str, origin: str, path: str) -> None:
    """Where only the service is known, an account is asked for that nobody has."""
    assert (Target(url).origin, Target(url).path) == (origin, path)


def test_token_is_not_shown() -> None:
    """A failed test tells its values; the token is none of them."""
    assert "secret" not in repr(Target("https://a.example", "secret"))
