"""Problem details: every error below the manager API is one, whoever raises it."""

import pytest
from scim2_models import InvalidCursorException, PreconditionFailedException, UniquenessException

from domain.ports import RecordNotFound, RecordTooLarge, StoreUnavailable, Taken, TooManyMatches, VersionConflict
from domain.refusals import Conflict, Forbidden, Refused
from routes.problems import InvalidRequest, Problem, answer_to, speaks_problems
from scim.errors import MethodNotAllowed, NotAcceptable, TooManyRequests, UnsupportedMediaType
from tests.routes.calls import PUBLIC_URL, REQUEST_ID, Api, make_request

_REQUEST = make_request("GET", "/manager/account/acme")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("GROUP_EXTERNALLY_MANAGED", "owned by Entra"), 400, "GROUP_EXTERNALLY_MANAGED"),
        (Forbidden("ACCOUNT_ADMIN_NEEDED", "ask one"), 403, "ACCOUNT_ADMIN_NEEDED"),
        (Conflict("IDENTIFIER_TAKEN", "another has it"), 409, "IDENTIFIER_TAKEN"),
        (InvalidRequest(Problem("is missing", "/name")), 400, "INVALID_REQUEST"),
        (RecordNotFound(), 404, "NOT_FOUND"),
        (Taken("userName"), 409, "TAKEN"),
        (UniquenessException(detail="x"), 409, "TAKEN"),
        (VersionConflict(), 409, "CONFLICT"),
        (PreconditionFailedException(), 412, "VERSION_CONFLICT"),
        (RecordTooLarge("x"), 413, "TOO_LARGE"),
        (TooManyMatches(), 400, "TOO_MANY_MATCHES"),
        (InvalidCursorException(detail="x"), 400, "INVALID_CURSOR"),
        (UnsupportedMediaType(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (NotAcceptable(), 406, "NOT_ACCEPTABLE"),
        (StoreUnavailable("x"), 503, "UNAVAILABLE"),
        (RuntimeError("secret"), 500, "INTERNAL_ERROR"),
    ],
)
def test_error_is_told(error: Exception, status: int, code: str) -> None:
    """With a status, a code for programs, a reason for people, and the id that the logs know."""
    answer = answer_to(error, _REQUEST)
    body = answer.body or {}
    assert (answer.status, answer.media_type) == (status, "application/problem+json")
    assert (body["status"], body["code"], body["correlationId"]) == (status, code, REQUEST_ID)
    assert body["type"] == f"urn:rollcall:problem:{code.lower().replace('_', '-')}"
    assert "secret" not in str(body["detail"])
    assert "scim+json" not in str(body["detail"])


def test_misfits_are_listed() -> None:
    """Each with a pointer into the body, or the name of the parameter."""
    error = InvalidRequest(Problem("is missing", "/name"), Problem("too large", "limit", in_query=True))
    body = answer_to(error, _REQUEST).body or {}
    assert body["errors"] == [
        {"detail": "is missing", "pointer": "/name"},
        {"detail": "too large", "parameter": "limit"},
    ]


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (MethodNotAllowed(("GET",)), {"Allow": "GET, OPTIONS"}),
        (TooManyRequests("slower", 7), {"Retry-After": "7"}),
    ],
)
def test_headers_stay(error: Exception, header: dict[str, str]) -> None:
    """What a client needs to go on stands in headers, as elsewhere."""
    assert answer_to(error, _REQUEST).headers == header


@pytest.mark.parametrize(
    ("path", "speaks"),
    [
        ("/manager/account/acme", True),
        ("/Manager", True),
        ("manager/x", True),
        ("/managers/account/acme", False),
        ("/scim/account/manager", False),
        ("/", False),
    ],
)
def test_manager_paths_speak_problems(path: str, speaks: bool) -> None:
    """All below ``manager/``, and no others."""
    assert speaks_problems(path) is speaks


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("DELETE", "", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_fallback_tells_problems(api: Api, method: str, path: str, status: int, code: str) -> None:
    """Where no route answers, too."""
    answer = await api.manage(method, path)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("account", ["other", "nobody", "a%2Fb"])
async def test_foreign_account_is_closed(api: Api, account: str) -> None:
    """A token opens its own account only, and the answer tells nothing of others."""
    answer = await api.manage("GET", "", account=account)
    assert (answer.status, answer.code) == (401, "NOT_AUTHENTICATED")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic x"}, {"authorization": "Bearer nonsense"}])
async def test_stranger_is_refused(api: Api, headers: dict[str, str]) -> None:
    """Without a token of the account, as a problem."""
    answer = await api.send("GET", f"{PUBLIC_URL}/manager/account/acme", b"", headers)
    assert (answer.status, answer.code) == (401, "NOT_AUTHENTICATED")


async def test_permission_is_asked(api: Api) -> None:
    """The answer names the one that lacks."""
    answer = await api.manage("GET", "", token=await api.issue(permissions=frozenset()))
    assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert "core_user_view" in answer.json["detail"]


async def test_answer_must_be_accepted(api: Api) -> None:
    """A client that takes no JSON is told so."""
    answer = await api.manage("GET", "", accept="text/html")
    assert (answer.status, answer.code) == (406, "NOT_ACCEPTABLE")
