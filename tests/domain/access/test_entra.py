"""Tokens that Entra issues: of the pinned tenant, for us, by its provisioning service, valid now, and truly signed."""

import dataclasses
from datetime import timedelta
from typing import Any

import jwt
import pytest

from domain.access.entra import EntraTokens, NotTrusted
from domain.access.key_ring import KeyRing, KeysUnavailable
from tests.domain.builders import NOW, StoppedClock
from tests.identity_provider import OTHER_TENANT, SUBJECT, TENANT, TRUST, IdentityProvider, key


class Checks:
    """The checks of one process, over an identity provider and a stopped clock."""

    def __init__(self) -> None:
        self.provider = IdentityProvider()
        self.clock = StoppedClock()
        self.tokens = EntraTokens(KeyRing(self.provider, self.clock), self.clock)

    async def passes(self, text: str, **trust: Any) -> bool:
        try:
            await self.tokens.check(text, dataclasses.replace(TRUST, **trust))
        except NotTrusted:
            return False
        return True

    async def passes_assertion(self, text: str, **trust: Any) -> bool:
        try:
            await self.tokens.check_assertion(text, dataclasses.replace(TRUST, **trust))
        except NotTrusted:
            return False
        return True


@pytest.fixture
def checks() -> Checks:
    return Checks()


def at(**later: float) -> int:
    return int((NOW + timedelta(**later)).timestamp())


async def test_token_of_the_tenant_passes(checks: Checks) -> None:
    """Of version 1 and of version 2, whose application is in ``azp``."""
    assert await checks.passes(checks.provider.token())
    second: dict[str, Any] = {
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "appid": None,
        "azp": TRUST.app_ids[0],
    }
    assert await checks.passes(checks.provider.token(**second))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": f"https://sts.windows.net/{OTHER_TENANT}/"},
        {"iss": f"https://sts.windows.net/{OTHER_TENANT}/", "tid": OTHER_TENANT},  # a whole other tenant
        {"tid": OTHER_TENANT},
        {"iss": f"https://sts.windows.net/{TENANT}"},  # without its slash
        {"iss": f"http://sts.windows.net/{TENANT}/"},
        {"iss": "https://evil.example/"},
        {"iss": None},
        {"tid": None},
        {"tid": {"a": 1}},
        {"aud": "00000003-0000-0000-c000-000000000000"},
        {"aud": None},
        {"aud": ["8adf8e6e-67b2-4cf2-a259-e3dc5476c621", "other"]},
        {"appid": "11111111-0000-0000-c000-000000000000"},
        {"appid": None},
        {"exp": None},
        {"exp": at(seconds=-60)},
        {"exp": 0},
        {"exp": "never"},
        {"exp": 1e300},
        {"exp": True},
        {"nbf": at(seconds=61)},
        {"iat": at(seconds=61)},
        {"nbf": {}},
    ],
)
async def test_other_claims_are_refused(checks: Checks, claims: dict[str, Any]) -> None:
    """Without asking for keys, as no signature makes them right."""
    assert not await checks.passes(checks.provider.token(**claims))
    assert checks.provider.asked == 0


@pytest.mark.parametrize("claims", [{"exp": at(seconds=-59)}, {"nbf": at(seconds=60)}, {"nbf": None, "iat": None}])
async def test_clocks_may_differ_by_a_minute(checks: Checks, claims: dict[str, Any]) -> None:
    """Either way; what is not said is not checked."""
    assert await checks.passes(checks.provider.token(**claims))


async def test_token_expires(checks: Checks) -> None:
    """By our clock."""
    token = checks.provider.token(exp=at(minutes=5))
    assert await checks.passes(token)
    checks.clock.move(minutes=6)
    assert not await checks.passes(token)


async def test_other_signatures_are_refused(checks: Checks) -> None:
    """Another key under a known name, a key that is not published, none, and our own public key as a secret."""
    provider = checks.provider
    provider.published = ["first", "second"]
    assert not await checks.passes(provider.token(by="stranger", kid="first"))
    assert not await checks.passes(provider.token(by="first", kid="second"))
    assert not await checks.passes(provider.token(by="stranger"))
    assert not await checks.passes(provider.token(algorithm="none"))
    assert not await checks.passes(provider.token(algorithm="HS256"))
    assert not await checks.passes(provider.token(algorithm="RS512"))
    assert not await checks.passes(provider.token(algorithm="PS256"))
    assert await checks.passes(provider.token(by="second"))


async def test_changed_token_is_refused(checks: Checks) -> None:
    """Each of its three parts counts."""
    token = checks.provider.token()
    header, payload, signature = token.split(".")
    forged = jwt.utils.base64url_encode(b'{"alg":"RS256"}').decode()
    for text in (
        f"{forged}.{payload}.{signature}",  # it names no key
        f"{header}.{payload[:-2]}AA.{signature}",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f".{payload}.{signature}",
        "a.b.c",
        "..",
        "",
        "x" * 9_000,
        f"{token}é",
    ):
        assert not await checks.passes(text)


async def test_keys_in_the_token_are_not_looked_at(checks: Checks) -> None:
    """Neither by value nor by address, whatever the header says."""
    claims = jwt.decode(checks.provider.token(), options={"verify_signature": False})
    for extra in (
        {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/certificate"},
        {"crit": ["exp"]},
    ):
        headers = {"kid": "first", **extra}
        forged = jwt.encode(claims, key("stranger"), algorithm="RS256", headers=headers)
        assert not await checks.passes(forged)


async def test_audience_and_application_are_chosen(checks: Checks) -> None:
    """A gallery application has its own."""
    own = checks.provider.token(aud="own", appid="mine")
    assert await checks.passes(own, audiences=("own",), app_ids=("mine",))
    assert not await checks.passes(own, audiences=("own",))
    assert not await checks.passes(own, app_ids=("mine",))


async def test_provider_that_is_away_makes_no_token_wrong(checks: Checks) -> None:
    """The caller is told to come back."""
    checks.provider.away = True
    with pytest.raises(KeysUnavailable):
        await checks.passes(checks.provider.token())


# Assertions


async def test_assertion_of_the_trusted_principal_passes(checks: Checks) -> None:
    """By its object id."""
    assert await checks.passes_assertion(checks.provider.assertion())
    assert await checks.passes_assertion(checks.provider.assertion(oid=None))


@pytest.mark.parametrize(
    "claims",
    [
        {"oid": "another"},
        {"oid": None, "sub": None},
        {"oid": "another", "sub": SUBJECT},
        {"aud": TRUST.audiences[0]},
        {"tid": OTHER_TENANT},
        {"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"},
        {"exp": at(seconds=-61)},
    ],
)
async def test_other_assertions_are_refused(checks: Checks, claims: dict[str, Any]) -> None:
    """The same rules hold, and the subject is pinned besides."""
    assert not await checks.passes_assertion(checks.provider.assertion(**claims))


async def test_assertions_are_taken_where_that_is_chosen(checks: Checks) -> None:
    """Without a subject nobody is trusted; a token is no assertion, and an assertion no token."""
    assert not await checks.passes_assertion(checks.provider.assertion(oid="", sub=""), client_subject="")
    assert not await checks.passes_assertion(checks.provider.token())
    assert not await checks.passes(checks.provider.assertion())
