"""The errors of the protocol: those of scim2-models, and what HTTP needs besides.

SCIMException                    status  scimType   RFC 7644 §3.12
+- (the library's own)           400–501            one class for each scimType
+- MethodNotAllowed              405                the path is ours, the method is not for it
+- NotAcceptable                 406                the client takes no JSON in the answer
+- LengthRequired                411                a body came in chunks, which the host drops
+- UnsupportedMediaType          415                the body is no JSON
+- InternalError                 500                ours; says only by which id the log knows it
+- RetryLater                                       with the seconds to wait
   +- TooManyRequests            429                the caller sends faster than it may
   +- Unavailable                503                the storage does not answer
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError
from scim2_models import InvalidValueException, SCIMException

from scim.json_types import JsonObject

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class MethodNotAllowed(SCIMException):
    """The path is ours, but the method is not for it."""

    status = 405

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(detail=f"this path takes {', '.join(allowed)}")
        self.allowed = allowed


class NotAcceptable(SCIMException):
    """The client takes no answer that is JSON."""

    status = 406
    _default_detail = "answers are application/scim+json, which the Accept header of the request rules out"


class LengthRequired(SCIMException):
    """A body was announced in chunks; Azure Functions forwards only bodies with a Content-Length."""

    status = 411
    _default_detail = "send the body with a Content-Length header, not in chunks"


class UnsupportedMediaType(SCIMException):
    """The body is of another type than JSON."""

    status = 415
    _default_detail = "send the body as application/scim+json"


class InternalError(SCIMException):
    """Something of ours failed; the log knows more by *correlation_id*."""

    status = 500

    def __init__(self, correlation_id: str) -> None:
        super().__init__(detail=f"internal error, recorded as {correlation_id}")


class RetryLater(SCIMException):
    """The same request will succeed later; ``retry_after`` is in seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail=detail)
        self.retry_after = retry_after


class TooManyRequests(RetryLater):
    """The caller sends faster than it may."""

    status = 429


class Unavailable(RetryLater):
    """The storage does not answer."""

    status = 503


def error_body(error: SCIMException) -> JsonObject:
    """The message that tells *error*; ``status`` is a text (RFC 7644 §3.12)."""
    body: JsonObject = {"schemas": [ERROR_SCHEMA], "status": str(error.status), "detail": error.detail}
    if error.scim_type:
        body["scimType"] = error.scim_type
    return body


def from_validation(error: ValidationError) -> SCIMException:
    """What a model found wrong, in the names and in the words that clients use."""
    return InvalidValueException(detail="; ".join(islice(_problems(error), 5)))


_WORDS = {
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "model_type": "must be an object",
    "list_type": "must be a list",
}


def _problems(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False, include_input=False):
        where = ".".join(_spelled(part) for part in each["loc"])
        yield f"{where} {_WORDS.get(each['type'], 'does not fit')}".strip()


def _spelled(part: Any) -> str:
    """A part of a location as JSON spells it: ``user_name`` is ``userName``."""
    head, *tail = str(part).split("_")
    return head + "".join(each.title() for each in tail)
