"""Tokens that Entra issues: whether one is of the tenant that an account trusts.  entra.md §1.4, RFC 7519, RFC 7523.

Every custom app of every tenant shares one audience, so a signature and ``aud`` alone would let any tenant in: the
tenant is pinned by ``iss`` and ``tid``, the caller by ``appid`` or by its object id.  What can be told wrong without
the keys is refused before they are asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access.key_ring import KeyRing, UnknownKey
from domain.model import EntraTrust
from domain.ports import Clock

LONGEST_TOKEN = 8_192
"""Characters; Entra's have about 1,500."""
CLOCK_SKEW = timedelta(seconds=60)

_ALGORITHM = "RS256"
_CLAIMS = ("aud", "exp", "iss", "tid")


class NotTrusted(Exception):
    """The token is none that the account trusts; the text is for our log, never for the caller."""


@dataclass(frozen=True, slots=True)
class EntraTokens:
    """Checks tokens by the keys of their tenants; one in a process."""

    keys: KeyRing
    clock: Clock

    async def check(self, text: str, trust: EntraTrust) -> None:
        """Pass for a token that the provisioning service of the trusted tenant carries.

        Raises:
            NotTrusted: Anything else.
            KeysUnavailable: Its signature cannot be checked now.
        """

        def check_claims(claims: Mapping[str, Any]) -> None:
            self._check_claims(claims, trust.tenant, trust.audiences)
            if claims.get("appid", claims.get("azp")) not in trust.app_ids:
                raise NotTrusted("another application")

        await self._check(text, trust.tenant, check_claims)

    async def check_assertion(self, text: str, trust: EntraTrust) -> None:
        """Pass for an assertion by which the trusted principal may fetch a token.  RFC 7523 §3.

        Raises: NotTrusted, KeysUnavailable: As `check`.
        """
        if not trust.client_subject:
            raise NotTrusted("the account takes no assertions")

        def check_claims(claims: Mapping[str, Any]) -> None:
            self._check_claims(claims, trust.tenant, trust.client_audiences)
            if claims.get("oid", claims.get("sub")) != trust.client_subject:
                raise NotTrusted("another subject")

        await self._check(text, trust.tenant, check_claims)

    async def _check(self, text: str, tenant: str, check_claims: Callable[[Mapping[str, Any]], None]) -> None:
        """Pass for a token that a key of *tenant* signed, and whose claims pass *check_claims*."""
        import jwt  # late, as most processes see no such token: 0.05 s of a cold start

        if len(text) > LONGEST_TOKEN:
            raise NotTrusted("too long")
        try:
            header = jwt.get_unverified_header(text)
            claimed = jwt.decode(text, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise NotTrusted("no JWT") from None
        if header.get("alg") != _ALGORITHM or not isinstance(header.get("kid"), str) or "crit" in header:
            raise NotTrusted("another algorithm, or no key named")
        check_claims(claimed)
        try:
            key = await self.keys.key(tenant, header["kid"])
            signed: Mapping[str, Any] = jwt.decode(
                text,
                key,
                algorithms=[_ALGORITHM],  # the audience and, by our own clock, the times are checked below
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnknownKey):
            raise NotTrusted("another key") from None
        check_claims(signed)

    def _check_claims(self, claims: Mapping[str, Any], tenant: str, audiences: tuple[str, ...]) -> None:
        """Pass for claims of *tenant*, for one of *audiences*, that are valid now."""
        if any(claims.get(each) is None for each in _CLAIMS):
            raise NotTrusted("a claim is missing")
        if claims["tid"] != tenant or claims["iss"] not in issuers(tenant):
            raise NotTrusted("another tenant")
        if claims["aud"] not in audiences:
            raise NotTrusted("another audience")
        now = self.clock.now()
        if now >= _moment(claims["exp"]) + CLOCK_SKEW:
            raise NotTrusted("expired")
        if any(now < _moment(claims[each]) - CLOCK_SKEW for each in ("nbf", "iat") if each in claims):
            raise NotTrusted("not valid yet")


def issuers(tenant: str) -> tuple[str, str]:
    """What ``iss`` of a tenant's tokens is: of version 1, and of version 2."""
    return f"https://sts.windows.net/{tenant}/", f"https://login.microsoftonline.com/{tenant}/v2.0"


def _moment(value: Any) -> datetime:
    """A NumericDate.  Raises: NotTrusted: It is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotTrusted("a time that is none")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotTrusted("a time that is none") from None
