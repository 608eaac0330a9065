"""The signing keys of tenants: remembered, renewed, and never asked for more often than is good."""

import asyncio
from typing import Any

import pytest

from domain.access import key_ring
from domain.access.key_ring import KeyRing, KeysUnavailable, UnknownKey
from tests.domain.builders import StoppedClock
from tests.identity_provider import OTHER_TENANT, TENANT, IdentityProvider


class Ring:
    """A ring over an identity provider, under a stopped clock."""

    def __init__(self) -> None:
        self.provider = IdentityProvider()
        self.clock = StoppedClock()
        self.ring = KeyRing(self.provider, self.clock)

    async def has(self, kid: str, tenant: str = TENANT) -> bool | None:
        """Whether the tenant has the key; None where nobody can tell."""
        try:
            await self.ring.key(tenant, kid)
        except UnknownKey:
            return False
        except KeysUnavailable:
            return None
        return True


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.mark.parametrize(("minutes", "asked"), [(0, 1), (59, 1), (60, 2)])
async def test_keys_are_remembered_for_an_hour(ring: Ring, minutes: int, asked: int) -> None:
    """Then they are fetched anew."""
    assert await ring.has("first")
    ring.clock.move(minutes=minutes)
    assert (await ring.has("first"), ring.provider.asked) == (True, asked)


async def test_many_at_once_ask_once(ring: Ring) -> None:
    """The others wait for the one."""
    assert await asyncio.gather(*(ring.has("first") for _ in range(20))) == [True] * 20
    assert ring.provider.asked == 1


async def test_new_key_is_found(ring: Ring) -> None:
    """As soon as asking again is allowed, though the old ones are fresh."""
    assert await ring.has("first")
    ring.provider.published = ["first", "second"]
    assert await ring.has("second") is False
    ring.clock.move(minutes=5)
    assert (await ring.has("second"), await ring.has("first")) == (True, True)


async def test_withdrawn_key_ends_within_the_hour(ring: Ring) -> None:
    """Nobody signs by it any more."""
    assert await ring.has("first")
    ring.provider.published = ["second"]
    ring.clock.move(minutes=60)
    assert await ring.has("first") is False


async def test_flood_of_unknown_keys_asks_seldom(ring: Ring) -> None:
    """Once in five minutes, however many there are."""
    for number in range(500):
        assert await ring.has(f"unknown-{number}") is False
        ring.clock.move(seconds=1)
    assert ring.provider.asked == 2


async def test_failure_is_remembered_for_a_while(ring: Ring) -> None:
    """Nobody waits for a provider that is away; then one tries again."""
    ring.provider.away = True
    for _ in range(10):
        assert await ring.has("first") is None
    assert ring.provider.asked == 1
    ring.provider.away = False
    ring.clock.move(seconds=30)
    assert (await ring.has("first"), ring.provider.asked) == (True, 2)


@pytest.mark.parametrize(("hours", "known"), [(23, True), (24, None)])
async def test_keys_serve_while_the_provider_is_away(ring: Ring, hours: int, known: bool | None) -> None:
    """For a day at most."""
    assert await ring.has("first")
    ring.provider.away = True
    ring.clock.move(hours=hours)
    assert await ring.has("first") is known


async def test_tenants_are_apart(ring: Ring) -> None:
    """What one has says nothing of the other."""
    assert await ring.has("first")
    ring.provider.published = ["second"]
    assert (await ring.has("first", OTHER_TENANT), await ring.has("first")) == (False, True)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"kty": "oct", "kid": "odd", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "odd", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "odd", "n": "AQAB"},
        {"kty": "RSA", "kid": "odd", "n": 1, "e": []},
        {"kty": "RSA", "kid": 5},
        {"kty": "RSA", "kid": "odd", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ],
)
async def test_odd_keys_are_passed_over(ring: Ring, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]) -> None:
    """The good one beside them serves."""
    keys = [odd, *ring.provider.keys()]
    monkeypatch.setattr(ring.provider, "keys", lambda: keys)
    assert (await ring.has("first"), await ring.has("odd")) == (True, False)


async def test_memory_of_tenants_is_bounded(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was not asked for longest is forgotten."""
    monkeypatch.setattr(key_ring, "_TENANTS", 2)
    for tenant in ("a", "b", "a", "c", "a"):
        await ring.has("first", tenant)
    assert ring.provider.asked == 3
    await ring.has("first", "b")
    assert ring.provider.asked == 4
