"""POST to addresses that administrators gave: no private networks, no redirects, no long answers."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from domain.notifying.delivery import DeliveryFailed

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

_SECONDS = 15.0
_GONE = 410


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts to others; *allow_private* lets them be on this machine and in private networks, for development."""

    allow_private: bool = False

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, which is a success.

        Raises:
            DeliveryFailed: No answer, another one, or an address that nothing is sent to; final where the receiver says
                that it is gone for good.
        """
        import aiohttp  # what only receives need not load it

        self._check(url)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        connector = aiohttp.TCPConnector(resolver=self._resolver(), limit=8)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session,
                session.post(url, data=content, headers=dict(headers), allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryFailed(f"no answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise DeliveryFailed(f"the receiver answered {status}", final=status == _GONE)
        return status

    def _check(self, url: str) -> None:
        """Refuse an address that names a private network itself; names are checked when they are looked up."""
        try:
            address = ipaddress.ip_address(urlsplit(url).hostname or "")
        except ValueError:
            return
        if not self.allow_private and not address.is_global:
            raise DeliveryFailed("the address is in a private network; OUTBOUND_ALLOW_PRIVATE allows that", final=True)

    def _resolver(self) -> "AbstractResolver":
        from aiohttp.resolver import ThreadedResolver

        allow_private = self.allow_private

        class PublicResolver(ThreadedResolver):
            """Finds public addresses only: a name may lead elsewhere each time it is looked up."""

            async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
                found = await super().resolve(host, port, family)
                if not allow_private and not all(ipaddress.ip_address(each["host"]).is_global for each in found):
                    raise OSError("private network")
                return found

        return PublicResolver()
