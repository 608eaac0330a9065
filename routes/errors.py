"""From what went wrong to the answer that says so: the one place where errors get their status."""

import logging

from scim2_models import (
    ConflictException,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
    TooManyException,
    UniquenessException,
)

from domain.ports import (
    RecordNotFound,
    RecordTooLarge,
    StoreUnavailable,
    Taken,
    TooManyMatches,
    VersionConflict,
)
from routes.http import Request, Response
from scim.errors import InternalError, MethodNotAllowed, RetryLater, Unavailable, error_body

_log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 5


def answer_to(error: Exception, request: Request) -> Response:
    """The answer to a request that ended in *error*; what is no error of the protocol is logged and told as 500."""
    known = _as_scim(error)
    if known is None:
        _log.error("request %s failed", request.id, exc_info=error)
        known = InternalError(request.id)
    return Response(known.status, error_body(known), _headers(known))


def _as_scim(error: Exception) -> SCIMException | None:
    match error:
        case SCIMException():
            return error
        case RecordNotFound():
            return NotFoundException(detail="no such resource in this account")
        case Taken(attribute=attribute):
            return UniquenessException(detail=f"another resource has this {attribute}")
        case VersionConflict():
            return ConflictException(detail="others changed the resource at the same time; try again")
        case RecordTooLarge():
            return PayloadTooLargeException(detail=f"the resource is too large to be stored: {error}")
        case TooManyMatches():
            return TooManyException(detail="too many resources match to sort them; narrow the filter")
        case StoreUnavailable():
            _log.warning("the storage does not answer: %s", error)
            return Unavailable("the storage does not answer; try again", _RETRY_AFTER_SECONDS)
    return None


def _headers(error: SCIMException) -> dict[str, str]:
    match error:
        case SCIMException(status=401):
            return {"WWW-Authenticate": 'Bearer realm="SCIM"'}
        case MethodNotAllowed(allowed=allowed):
            return {"Allow": ", ".join((*allowed, "OPTIONS"))}
        case RetryLater(retry_after=seconds):
            return {"Retry-After": str(seconds)}
    return {}
