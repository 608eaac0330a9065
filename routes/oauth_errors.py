"""Errors of the token endpoint.  RFC 6749 §5.2.

OAuthError
+- InvalidRequest          400  invalid_request
+- InvalidClient           401  invalid_client
+- UnsupportedGrantType    400  unsupported_grant_type
"""

from typing import ClassVar

from scim2_models import SCIMException

from routes import errors
from routes.http import Request, Response

_BASE = "oauth2"
JSON = "application/json"
NOT_CACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749 §5.1."""


class OAuthError(Exception):
    """The token endpoint refuses; the text is for people."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid_request"


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed, or the client authenticates in two ways."""


class InvalidClient(OAuthError):
    """The credentials open nothing; why is never told."""

    status = 401
    code = "invalid_client"


class UnsupportedGrantType(OAuthError):
    """Clients get tokens by their credentials only."""

    code = "unsupported_grant_type"


def speaks_oauth(path: str) -> bool:
    """Whether errors at *path* are those of OAuth."""
    return path.strip("/").partition("/")[0].lower() == _BASE


def answer_to(error: Exception, request: Request) -> Response:
    """The answer that tells *error*; what is no error of a request is logged, and told by its correlation id."""
    if isinstance(error, OAuthError):
        headers = {"WWW-Authenticate": 'Basic realm="token"'} if error.status == 401 else {}
        return _answer(error.status, error.code, str(error), headers)
    known = errors.known(error, request)
    return _answer(known.status, _code(known), known.detail or "", errors.headers_of(known))


def _code(error: SCIMException) -> str:
    return {429: "temporarily_unavailable", 503: "temporarily_unavailable"}.get(
        error.status, "server_error" if error.status >= 500 else "invalid_request"
    )


def _answer(status: int, code: str, detail: str, headers: dict[str, str]) -> Response:
    return Response(status, {"error": code, "error_description": detail}, NOT_CACHED | headers, JSON)
