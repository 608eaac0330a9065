"""Access tokens: given for an hour, sealed, and bound to what they were given for."""

import dataclasses
import re
from datetime import timedelta

import pytest

from domain.access import access_tokens, tokens
from domain.access.principals import Token
from domain.model import EntraTrust
from tests.domain.builders import NOW, OTHER_SEAL_KEY, make_account
from tests.identity_provider import OTHER_TENANT, TRUST

_TOKEN = tokens.issue("acme", "x", now=NOW).token
_ACCOUNT = make_account()
_TEXT, _LIFETIME = access_tokens.issue(_ACCOUNT, _TOKEN, NOW)


@pytest.mark.parametrize(("basis", "told"), [(_TOKEN, _TOKEN.id), (TRUST, "e")], ids=["token", "entra"])
def test_access_token_reads_back(basis: Token | EntraTrust, told: str) -> None:
    """With the account, what it was given for, and its end in whole seconds."""
    shown = access_tokens.read(access_tokens.issue(_ACCOUNT, basis, NOW)[0])
    assert shown is not None
    assert (shown.account, shown.id) == ("acme", told)
    assert shown.expires == (NOW + timedelta(hours=1)).replace(microsecond=0)
    assert shown.is_of(_ACCOUNT, basis)


def test_access_token_has_a_form_that_scanners_know() -> None:
    """And nothing secret beside the seal."""
    assert re.fullmatch(r"ra\.acme\.s[0-9a-f]{16}\.[0-9a-f]{8}\.[A-Za-z0-9_-]{43}[0-9a-f]{8}", _TEXT)
    assert _TEXT.split(".")[4][:43] not in repr(access_tokens.read(_TEXT))


@pytest.mark.parametrize(
    ("fields", "lives"),
    [
        ({"expires": None}, timedelta(hours=1)),
        ({"expires": NOW + timedelta(minutes=5)}, timedelta(minutes=5)),
        ({"retires": NOW + timedelta(minutes=2)}, timedelta(minutes=2)),
    ],
)
def test_access_token_ends_with_its_token(fields: dict[str, object], lives: timedelta) -> None:
    """At the latest after an hour."""
    token = dataclasses.replace(_TOKEN, **fields)  # type: ignore[arg-type]
    assert timedelta() <= lives - access_tokens.issue(_ACCOUNT, token, NOW)[1] < timedelta(seconds=1)


def test_seal_is_of_one_account_and_one_basis() -> None:
    """Another key, another token, another trust: another seal."""
    shown = access_tokens.read(_TEXT)
    by_trust = access_tokens.read(access_tokens.issue(_ACCOUNT, TRUST, NOW)[0])
    assert shown is not None
    assert by_trust is not None
    assert not shown.is_of(make_account(seal_key=OTHER_SEAL_KEY), _TOKEN)
    assert not shown.is_of(make_account("other"), _TOKEN)
    assert not shown.is_of(_ACCOUNT, dataclasses.replace(_TOKEN, secret_hash="0" * 64))
    assert not shown.is_of(_ACCOUNT, TRUST)
    assert not by_trust.is_of(_ACCOUNT, dataclasses.replace(TRUST, tenant=OTHER_TENANT))
    assert not dataclasses.replace(shown, expires=shown.expires + timedelta(seconds=1)).is_of(_ACCOUNT, _TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        _TEXT[:-1],
        f"{_TEXT}0",
        _TEXT.replace("ra.", "rc.", 1),
        _TEXT.replace("acme", "acmf", 1),
        tokens.issue("acme", "x", now=NOW).text,
        "ra.acme.e.ffffffffff." + "A" * 43 + "00000000",
    ],
    ids=lambda _: "text",
)
def test_malformed_access_token_is_none(text: str) -> None:
    """Anything that we did not give, letter by letter."""
    assert access_tokens.read(text) is None
