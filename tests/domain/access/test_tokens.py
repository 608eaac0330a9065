"""Bearer tokens: issued, read, checked."""

import re
from datetime import timedelta

import pytest

from domain.access import tokens
from tests.domain.builders import NOW

_ISSUED = tokens.issue("acme", "for Entra", now=NOW)
_TEXT = _ISSUED.text


def test_token_reads_back() -> None:
    """The text names its account and its token, and is the token's."""
    shown = tokens.read(_TEXT)
    assert shown is not None
    assert (shown.account, shown.id, shown.is_of(_ISSUED.token)) == ("acme", _ISSUED.token.id, True)


@pytest.mark.requirement("7644-7.4-01")
def test_token_has_the_form_that_scanners_know() -> None:
    """Prefix, account, a letter and 16 hexadecimal digits, 43 characters of secret and 8 of checksum."""
    assert re.fullmatch(r"rc\.acme\.s[0-9a-f]{16}\.[A-Za-z0-9_-]{43}[0-9a-f]{8}", _TEXT)


def test_secret_is_kept_nowhere() -> None:
    """What is stored has only its hash, and neither is shown where an object is printed."""
    secret = _TEXT.rpartition(".")[2][:43]
    assert secret not in f"{_ISSUED.token}{_ISSUED}{tokens.read(_TEXT)}"
    assert _ISSUED.token.secret_hash not in f"{_ISSUED}"


def test_token_carries_what_was_asked() -> None:
    """Its name, no narrower permissions than its owner's, and a lifetime of 30 days."""
    token = _ISSUED.token
    assert (token.name, token.permissions) == ("for Entra", None)
    assert (token.created, token.expires) == (NOW, NOW + timedelta(days=30))


def test_tokens_differ() -> None:
    """Neither id nor secret repeats."""
    assert not tokens.read(_TEXT).is_of(tokens.issue("acme", "for Entra", now=NOW).token)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "rc.acme",
        _TEXT[:-1],  # cut
        f"{_TEXT}0",
        f" {_TEXT}",
        f"{_TEXT}\n",
        _TEXT.replace("rc.", "rx.", 1),
        _TEXT.replace("acme", "acmf", 1),  # the checksum covers the account
        _TEXT.replace("acme", "a", 1),
        _TEXT.replace("acme", "-acme", 1),
        _TEXT.upper(),
        _TEXT[:-8] + ("00000000" if _TEXT[-8:] != "00000000" else "00000001"),
        _TEXT.replace("acme", "ácme", 1),
        "rc.acme.\ud800",
    ],
    ids=lambda _: "text",
)
def test_malformed_token_is_none(text: str) -> None:
    """Anything that we did not issue, letter by letter, is no token."""
    assert tokens.read(text) is None


@pytest.mark.requirement("7644-7.4-01")
@pytest.mark.parametrize(
    ("lifetime", "passed", "valid"),
    [
        (timedelta(days=1), timedelta(0), True),
        (timedelta(days=1), timedelta(hours=23, minutes=59, seconds=59), True),
        (timedelta(days=1), timedelta(days=1), False),  # valid before, not at, the moment
        (timedelta(days=1), timedelta(days=2), False),
        (None, timedelta(days=36_500), True),
    ],
)
def test_token_expires(lifetime: timedelta | None, passed: timedelta, valid: bool) -> None:
    """A token is valid for its lifetime; without one it never expires."""
    token = tokens.issue("acme", "x", now=NOW, lifetime=lifetime).token
    assert tokens.is_valid(token, NOW + passed) is valid
