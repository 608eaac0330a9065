"""The token endpoint: clients fetch an access token by their credentials.  RFC 6749 §4.4, RFC 7523 §2.2.

A client is named by the service account or user that its secret, a token of ours, belongs to.  With an assertion of
Entra it needs no secret.  Source: entra.md §1.4.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from domain.access.signin import Caller, NotAuthenticated
from routes.http import Request, Response
from routes.oauth_errors import JSON, NOT_CACHED, InvalidClient, InvalidRequest, UnsupportedGrantType
from routes.route import Route, Services
from scim.json_types import JsonObject

OAUTH_BASE = "oauth2/account/{account}"
MAX_BYTES = 16_384
"""An assertion has about 2,000."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST_PARAMETERS = 20


async def issue_access_token(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """An access token for the client's credentials, which are valid as long as it is."""
    credentials = _credentials(request)
    account = request.route["account"]
    exchange = services.doorkeeper.exchange_assertion if credentials.by_assertion else services.doorkeeper.exchange
    try:
        text, lifetime = await exchange(credentials.secret, account, credentials.client_id)
    except NotAuthenticated:
        raise InvalidClient("the client is unknown, or its credentials are not valid") from None
    body: JsonObject = {"access_token": text, "token_type": "Bearer", "expires_in": int(lifetime.total_seconds())}
    return Response(200, body, NOT_CACHED, JSON)


@dataclass(frozen=True, slots=True)
class _Credentials:
    """What a client authenticates by."""

    client_id: str
    secret: str = field(repr=False)
    by_assertion: bool = False


def _credentials(request: Request) -> _Credentials:
    """The credentials in the header or in the body, not in both.  RFC 6749 §2.3.1.

    Raises: InvalidRequest, InvalidClient, UnsupportedGrantType.
    """
    form = _form(request)
    if form.get("grant_type") != "client_credentials":
        if "grant_type" not in form:
            raise InvalidRequest("grant_type is missing")
        raise UnsupportedGrantType("grant_type must be client_credentials")
    found = [each for each in (_in_header(request), _in_body(form), _assertion(form)) if each is not None]
    if len(found) > 1:
        raise InvalidRequest("a client authenticates in one way at a time")
    if not found:
        raise InvalidClient("the client does not authenticate")
    return found[0]


def _form(request: Request) -> dict[str, str]:
    """The parameters of the body, each once; empty ones count as missing (RFC 6749 §3.2).  Raises: InvalidRequest."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded" or not isinstance(request.payload, bytes):
        raise InvalidRequest("send the parameters as application/x-www-form-urlencoded")
    if len(request.payload) > MAX_BYTES:
        raise InvalidRequest(f"the body has more than {MAX_BYTES} bytes")
    try:
        pairs = parse_qsl(request.payload.decode(), max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise InvalidRequest("the body cannot be read") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise InvalidRequest("a parameter is given more than once")
    return form


def _in_header(request: Request) -> _Credentials | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient("authenticate by Basic, or in the body")
    return _Credentials(unquote_plus(client_id), unquote_plus(secret))


def _in_body(form: dict[str, str]) -> _Credentials | None:
    if "client_secret" not in form:
        return None
    if "client_id" not in form:
        raise InvalidRequest("client_id is missing")
    return _Credentials(form["client_id"], form["client_secret"])


def _assertion(form: dict[str, str]) -> _Credentials | None:
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != _ASSERTION_TYPE or "client_assertion" not in form:
        raise InvalidRequest(f"client_assertion comes with the client_assertion_type {_ASSERTION_TYPE}")
    return _Credentials(form.get("client_id", ""), form["client_assertion"], by_assertion=True)


ROUTES: tuple[Route, ...] = (
    Route("oauth_token", "POST", f"{OAUTH_BASE}/token", issue_access_token, public=True, reads_form=True),
)
