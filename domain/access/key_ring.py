"""The signing keys of Entra tenants, remembered and renewed: a flood of wrong tokens asks for them no more often."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from domain.ports import Clock, StoreUnavailable

if TYPE_CHECKING:
    from jwt import PyJWK

_log = logging.getLogger(__name__)

FRESH_FOR = timedelta(hours=1)
"""Then the keys are fetched anew, so that a withdrawn one is not trusted much longer."""
USED_FOR = timedelta(hours=24)
"""How long keys serve while no new ones can be had."""
AGAIN_AFTER = timedelta(minutes=5)
"""How soon an unknown key makes us look for new ones: Entra publishes a key long before it signs by it."""
FAILED_FOR = timedelta(seconds=30)
"""How long nobody tries again after a failure."""

_TENANTS = 1_000


class KeysUnavailable(StoreUnavailable):
    """The keys of a tenant cannot be had now."""


class UnknownKey(Exception):
    """The tenant has no such key."""


class KeySets(Protocol):
    """Where the keys of tenants are published."""

    async def fetch(self, tenant: str) -> Sequence[Mapping[str, Any]]:
        """The keys of *tenant* as JSON Web Keys.  Raises: KeysUnavailable."""


@dataclass(slots=True)
class _Tenant:
    """What is remembered of one: its keys, when they were fetched, and when a fetch was last tried."""

    keys: dict[str, "PyJWK"] = field(default_factory=dict)
    fetched: datetime | None = None
    tried: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class KeyRing:
    """The keys of all tenants that were asked for; one in a process."""

    source: KeySets
    clock: Clock
    _tenants: OrderedDict[str, _Tenant] = field(default_factory=OrderedDict)

    async def key(self, tenant: str, kid: str) -> "PyJWK":
        """The key of that id.

        Raises:
            UnknownKey: The tenant has none, as far as was asked lately.
            KeysUnavailable: There are no keys to look among.
        """
        known = self._tenants.setdefault(tenant, _Tenant())
        self._tenants.move_to_end(tenant)
        if len(self._tenants) > _TENANTS:
            self._tenants.popitem(last=False)
        if self._is_due(known, kid):
            async with known.turn:
                if self._is_due(known, kid):  # else another fetched them meanwhile
                    await self._renew(tenant, known)
        if known.fetched is None or self.clock.now() - known.fetched >= USED_FOR:
            raise KeysUnavailable("the keys of the tenant")
        try:
            return known.keys[kid]
        except KeyError:
            raise UnknownKey(kid) from None

    def _is_due(self, known: _Tenant, kid: str) -> bool:
        now = self.clock.now()
        if known.tried is not None and now - known.tried < FAILED_FOR:
            return False
        if known.fetched is None or now - known.fetched >= FRESH_FOR:
            return True
        return kid not in known.keys and now - known.fetched >= AGAIN_AFTER

    async def _renew(self, tenant: str, known: _Tenant) -> None:
        known.tried = self.clock.now()
        try:
            found = await self.source.fetch(tenant)
        except KeysUnavailable as error:
            _log.warning("the keys of tenant %s cannot be fetched: %s", tenant, error)
            return
        known.keys = dict(_usable(found))
        known.fetched = self.clock.now()


def _usable(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, "PyJWK"]]:
    """The RSA keys for signatures by their ids; others are passed over."""
    from jwt import PyJWK
    from jwt.exceptions import InvalidKeyError, PyJWKError

    keys = []
    for each in found:
        if each.get("kty") != "RSA" or each.get("use", "sig") != "sig" or not isinstance(each.get("kid"), str):
            continue
        try:
            keys.append((each["kid"], PyJWK(dict(each), algorithm="RS256")))
        except (PyJWKError, InvalidKeyError, ValueError, TypeError):
            _log.warning("a key of the tenant cannot be read")
    return keys
