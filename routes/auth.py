"""The bearer check that stands before every route."""

from scim2_models import ForbiddenException, UnauthorizedException

from domain.signin import Caller, Doorkeeper, NotAuthenticated
from routes.http import Request


class TokenRefused(UnauthorizedException):
    """The token opens nothing; *token_id* is empty where it never opened anything in this account."""

    def __init__(self, token_id: str) -> None:
        super().__init__(detail="the token is not valid for this account; it may have expired")
        self.token_id = token_id


class PermissionMissing(ForbiddenException):
    """The token *token_id* lacks the permissions *missing*."""

    def __init__(self, token_id: str, missing: frozenset[str]) -> None:
        super().__init__(detail=f"the token lacks the permission {', '.join(sorted(missing))}")
        self.token_id = token_id


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
        caller = await doorkeeper.caller(text.strip(), account, request.id)
    except NotAuthenticated as error:
        raise TokenRefused(error.token_id) from None
    check_permissions(caller, needed)
    return caller


def check_permissions(caller: Caller, needed: frozenset[str]) -> None:
    """Raises: PermissionMissing: The caller lacks a permission; the answer names it."""
    missing = needed - caller.permissions
    if missing:
        raise PermissionMissing(caller.token_id, missing)
