"""The check that stands before every route: who calls, how fast, and whether they may."""

import ipaddress
from collections.abc import Mapping
from math import ceil
from typing import Protocol

from scim2_models import ForbiddenException, UnauthorizedException

from domain.access.rates import Rates
from domain.access.signin import Caller, Doorkeeper, NotAuthenticated
from routes.http import Request
from scim.errors import TooManyRequests


class Door(Protocol):
    """What of the services is needed here."""

    @property
    def doorkeeper(self) -> Doorkeeper: ...

    @property
    def rates(self) -> Rates: ...


async def admit(door: Door, request: Request, account: str, needed: frozenset[str] = frozenset()) -> Caller:
    """The caller, who sends no faster than it may and has the permissions *needed* on *account*.

    Raises:
        UnauthorizedException, ForbiddenException: As `authenticate`.
        TooManyRequests: The token, or its account, sends faster than it may.
    """
    caller = await authenticate(door.doorkeeper, request, account)
    check_rate(door.rates.admit(caller))
    check_permissions(caller, needed)
    return caller


def check_rate(wait: float) -> None:
    """Raises: TooManyRequests: The caller has to wait for so many seconds."""
    if wait:
        raise TooManyRequests(f"too many requests; send the next one in {ceil(wait)} s", ceil(wait))


class TokenRefused(UnauthorizedException):
    """The token opens nothing; *actor* is how the log names it, empty where it never opened anything here."""

    def __init__(self, token_id: str) -> None:
        super().__init__(detail="the token is not valid for this account; it may have expired")
        self.actor = f"token:{token_id}" if token_id else ""


class PermissionMissing(ForbiddenException):
    """The caller, whom the log names *actor*, lacks the permissions *missing*."""

    def __init__(self, actor: str, missing: frozenset[str]) -> None:
        super().__init__(detail=f"the token lacks the permission {', '.join(sorted(missing))}")
        self.actor = actor


async def authenticate(
    doorkeeper: Doorkeeper, request: Request, account: str, needed: frozenset[str] = frozenset()
) -> Caller:
    """The caller, who has the permissions *needed* on *account*.

    Raises:
        UnauthorizedException: No bearer token, or none that opens *account*.
        PermissionMissing: The token lacks a permission; the answer names it.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise UnauthorizedException(detail="send a token of this account as Authorization: Bearer <token>")
    try:
        caller = await doorkeeper.caller(text.strip(), account, request.id, address_class(request.headers))
    except NotAuthenticated as error:
        raise TokenRefused(error.token_id) from None
    check_permissions(caller, needed)
    return caller


def check_permissions(caller: Caller, needed: frozenset[str], scope: str = "") -> None:
    """Raises: PermissionMissing: The caller lacks a permission at *scope*; the answer names it."""
    missing = needed - caller.permissions_at(scope)
    if missing:
        raise PermissionMissing(caller.actor, missing)


def address_class(headers: Mapping[str, str]) -> str:
    """Whether a request came from a ``public`` or ``private`` address, or from this machine; "" where nobody says."""
    address = _address(headers)
    if address is None:
        return ""
    if address.is_loopback:
        return "local"
    return "public" if address.is_global else "private"


def network_of(headers: Mapping[str, str]) -> str:
    """The address that a request came from, of IPv6 the /64 that one subscriber has; "" where nobody says.

    To count by, and never to be written down.
    """
    address = _address(headers)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return "" if address is None else str(address)


def _address(headers: Mapping[str, str]) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The last entry counts: the front end of Azure appends it, those before are what the client claims."""
    last = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if last.startswith("["):
        host = last[1:].partition("]")[0]
    else:
        host = last if last.count(":") > 1 else last.partition(":")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
