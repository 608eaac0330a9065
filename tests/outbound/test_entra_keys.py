"""Keys fetched over HTTP from an identity provider on this machine."""

from typing import Any

import pytest

from domain.access.entra import EntraTokens
from domain.access.key_ring import KeyRing, KeysUnavailable
from outbound.entra_keys import HttpKeySets
from tests.domain.builders import StoppedClock
from tests.identity_provider import TENANT, TRUST, IdentityProvider


async def test_keys_are_fetched_and_fit() -> None:
    """From where the metadata of the tenant says; a token signed by one of them passes."""
    provider, clock = IdentityProvider(["first", "second"]), StoppedClock()
    async with provider.served() as url:
        keys = await HttpKeySets(f"{url}/").fetch(TENANT)
        await EntraTokens(KeyRing(HttpKeySets(url), clock), clock).check(provider.token(by="second"), TRUST)
    assert [each["kid"] for each in keys] == ["first", "second"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"jwks_uri": "https://evil.example/keys"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 5},
        {"jwks_uri": None},
    ],
)
async def test_keys_come_from_the_host_that_was_asked(metadata: dict[str, Any]) -> None:
    """Whatever its metadata say."""
    async with IdentityProvider().served(metadata) as url:
        with pytest.raises(KeysUnavailable):
            await HttpKeySets(url).fetch(TENANT)


@pytest.mark.parametrize("tenant", ["", "common", "../x", TENANT.upper(), f"{TENANT}/x"])
async def test_tenant_is_an_id(tenant: str) -> None:
    """Nothing else becomes part of an address."""
    provider = IdentityProvider()
    async with provider.served() as url:
        with pytest.raises(KeysUnavailable):
            await HttpKeySets(url).fetch(tenant)
    assert provider.asked == 0


async def test_provider_that_fails_has_no_keys() -> None:
    """With an error, with too much, or not there."""
    provider = IdentityProvider()
    async with provider.served() as url:
        provider.away = True
        with pytest.raises(KeysUnavailable, match="503"):
            await HttpKeySets(url).fetch(TENANT)
        provider.away, provider.published = False, ["first"] * 1_000
        with pytest.raises(KeysUnavailable, match="too much"):
            await HttpKeySets(url).fetch(TENANT)
    with pytest.raises(KeysUnavailable):
        await HttpKeySets(url).fetch(TENANT)
