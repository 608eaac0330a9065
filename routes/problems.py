"""Errors of the manager API: problem details, ``application/problem+json``.  RFC 9457.

``type`` is a URN made from ``code``; ``code`` is for programs and never changes, ``detail`` is for people.  A body or a
query that does not fit lists what is wrong under ``errors``, each with a JSON pointer or the name of a parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from scim2_models import SCIMException

from domain.refusals import Refusal
from routes import errors
from routes.http import Request, Response
from scim.json_types import JsonObject

MEDIA_TYPE = "application/problem+json"
_BASES = ("manager", "operator")

_CODES = {
    400: "BAD_REQUEST",
    401: "NOT_AUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    409: "CONFLICT",
    411: "LENGTH_REQUIRED",
    412: "VERSION_CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "UNAVAILABLE",
}
_CODES_OF_SCIM = {
    "uniqueness": "TAKEN",
    "invalidCursor": "INVALID_CURSOR",
    "expiredCursor": "EXPIRED_CURSOR",
    "invalidSyntax": "INVALID_JSON",
    "tooMany": "TOO_MANY_MATCHES",
}
_DETAILS = {
    406: "answers are application/json, which the Accept header of the request rules out",
    412: "the resource changed since the version that If-Match names; read it again",
    415: "send the body as application/json",
}
"""What the manager API says otherwise than SCIM."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request; *where* is a JSON pointer into the body, or the name of a query parameter."""

    detail: str
    where: str
    in_query: bool = False

    def told(self) -> JsonObject:
        """As a member of ``errors``."""
        return {"detail": self.detail, "parameter" if self.in_query else "pointer": self.where}


class InvalidRequest(Exception):
    """The body or the query does not fit what the route takes."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.where or 'the body'}: {each.detail}" for each in problems))
        self.problems: Sequence[Problem] = problems


def speaks_problems(path: str) -> bool:
    """Whether errors at *path* are problem details: everywhere below the manager API and the operator's."""
    return path.strip("/").partition("/")[0].lower() in _BASES


def answer_to(error: Exception, request: Request) -> Response:
    """The problem that tells *error*; what is no error of a request is logged, and told by its correlation id."""
    match error:
        case InvalidRequest(problems=problems):
            return _answer(400, "INVALID_REQUEST", str(error), request, problems)
        case Refusal():
            return _answer(error.status, error.code, error.reason, request)
    known = errors.known(error, request)
    answer = _answer(known.status, _code(known), _DETAILS.get(known.status, known.detail or ""), request)
    return Response(answer.status, answer.body, errors.headers_of(known), answer.media_type)


def _code(error: SCIMException) -> str:
    return _CODES_OF_SCIM.get(error.scim_type or "", _CODES.get(error.status, "REFUSED"))


def _answer(status: int, code: str, detail: str, request: Request, misfits: Sequence[Problem] = ()) -> Response:
    body: JsonObject = {
        "type": f"urn:rollcall:problem:{code.lower().replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "correlationId": request.id,
    }
    if misfits:
        body["errors"] = [each.told() for each in misfits]
    return Response(status, body, media_type=MEDIA_TYPE)
