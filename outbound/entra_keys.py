"""The signing keys of Entra tenants, as their OpenID metadata tells.  OpenID Connect Discovery 1.0 §4, RFC 7517."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from domain.access.key_ring import KeysUnavailable

if TYPE_CHECKING:
    from aiohttp import ClientSession

AUTHORITY = "https://login.microsoftonline.com"
"""Where the tenants of Entra's public cloud are."""

_SECONDS = 5.0
_MAX_BYTES = 262_144
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class HttpKeySets:
    """Fulfils `domain.access.key_ring.KeySets` over HTTPS; keys come from the host of *authority* only."""

    def __init__(self, authority: str = AUTHORITY) -> None:
        self._authority = authority.rstrip("/")

    async def fetch(self, tenant: str) -> Sequence[Mapping[str, Any]]:
        if not _TENANT.fullmatch(tenant):
            raise KeysUnavailable("no id of a tenant")
        from aiohttp import ClientError, ClientSession, ClientTimeout  # late: most processes ask for no keys

        try:
            async with ClientSession(timeout=ClientTimeout(total=_SECONDS)) as session:
                metadata = await _json(session, f"{self._authority}/{tenant}/.well-known/openid-configuration")
                found = await _json(session, self._checked(metadata.get("jwks_uri")))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise KeysUnavailable(type(error).__name__) from error
        keys = found.get("keys")
        if not isinstance(keys, list):
            raise KeysUnavailable("no list of keys")
        return [each for each in keys if isinstance(each, dict)]

    def _checked(self, address: Any) -> str:
        """The address of the keys, if it is on the host that we asked.  Raises: KeysUnavailable."""
        ours, theirs = urlsplit(self._authority), urlsplit(str(address))
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            raise KeysUnavailable("keys on another host")
        return str(address)


async def _json(session: "ClientSession", address: str) -> Mapping[str, Any]:
    """The JSON object there.  Raises: KeysUnavailable, ValueError: Something else is."""
    async with session.get(address, allow_redirects=False) as answer:
        if answer.status != 200:
            raise KeysUnavailable(f"status {answer.status}")
        body = await answer.content.read(_MAX_BYTES + 1)
        while len(body) <= _MAX_BYTES and (more := await answer.content.read(_MAX_BYTES + 1 - len(body))):
            body += more
    if len(body) > _MAX_BYTES:
        raise KeysUnavailable("too much")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise KeysUnavailable("no object")
    return found
