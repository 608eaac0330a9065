"""From what went wrong to the answer that says so: the one place where errors get their status."""

import logging

from scim2_models import (
    ConflictException,
    InvalidValueException,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
    TooManyException,
    UniquenessException,
)

from domain.access.key_ring import KeysUnavailable
from domain.ports import (
    RecordNotFound,
    RecordTooLarge,
    StoreUnavailable,
    Taken,
    TooManyMatches,
    VersionConflict,
)
from domain.refusals import Refusal
from routes.http import Request, Response
from scim.errors import InternalError, MethodNotAllowed, RetryLater, Unavailable, error_body

_log = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 5


def answer_to(error: Exception, request: Request) -> Response:
    """The answer to a request that ended in *error*; what is no error of the protocol is logged and told as 500."""
    found = known(error, request)
    return Response(found.status, error_body(found), headers_of(found))


def known(error: Exception, request: Request) -> SCIMException:
    """The error of the protocol that *error* is; another one is logged, and is a failure of ours."""
    found = _as_scim(error)
    if found is None:
        _log.error("request %s failed", request.id, exc_info=error)
        return InternalError(request.id)
    return found


def _as_scim(error: Exception) -> SCIMException | None:
    match error:
        case SCIMException():
            return error
        case Refusal(reason=reason):  # of our own rules SCIM meets one: the last Account Admin stays
            return InvalidValueException(detail=reason)
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
        case KeysUnavailable():
            return Unavailable("the keys of the identity provider cannot be had; try again", _RETRY_AFTER_SECONDS)
        case StoreUnavailable():
            _log.warning("the storage does not answer: %s", error)
            return Unavailable("the storage does not answer; try again", _RETRY_AFTER_SECONDS)
    return None


def headers_of(error: SCIMException) -> dict[str, str]:
    """The headers that the answer to *error* has besides."""
    match error:
        case SCIMException(status=401):
            return {"WWW-Authenticate": 'Bearer realm="SCIM"'}
        case MethodNotAllowed(allowed=allowed):
            return {"Allow": ", ".join((*allowed, "OPTIONS"))}
        case RetryLater(retry_after=seconds):
            return {"Retry-After": str(seconds)}
    return {}
