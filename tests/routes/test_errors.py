"""From what went wrong to the answer: statuses, types and headers."""

import logging

import pytest
import scim2_models
from scim2_models import SCIMException

from domain.ports import (
    RecordNotFound,
    RecordTooLarge,
    StoreError,
    StoreUnavailable,
    Taken,
    TooManyMatches,
    VersionConflict,
)
from routes.errors import answer_to
from scim.errors import (
    ERROR_SCHEMA,
    InternalError,
    LengthRequired,
    MethodNotAllowed,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)
from tests.routes.calls import REQUEST_ID, make_request


@pytest.mark.requirement("7644-3.12-02", "7644-3.12-03")
@pytest.mark.parametrize(
    ("error", "status", "scim_type"),
    [
        # the store's
        (RecordNotFound("5f"), 404, None),
        (Taken("userName"), 409, "uniqueness"),
        (VersionConflict("5f"), 409, None),
        (RecordTooLarge("70,000 characters"), 413, None),
        (TooManyMatches("10,001"), 400, "tooMany"),
        (StoreUnavailable("timeout"), 503, None),
        # the standard's, RFC 7644 §3.12 and RFC 9865 §2.1
        (scim2_models.InvalidFilterException(), 400, "invalidFilter"),
        (scim2_models.TooManyException(), 400, "tooMany"),
        (scim2_models.UniquenessException(), 409, "uniqueness"),
        (scim2_models.MutabilityException(), 400, "mutability"),
        (scim2_models.InvalidSyntaxException(), 400, "invalidSyntax"),
        (scim2_models.InvalidPathException(), 400, "invalidPath"),
        (scim2_models.NoTargetException(), 400, "noTarget"),
        (scim2_models.InvalidValueException(), 400, "invalidValue"),
        (scim2_models.SensitiveException(), 400, "sensitive"),
        (scim2_models.InvalidCursorException(), 400, "invalidCursor"),
        (scim2_models.ExpiredCursorException(), 400, "expiredCursor"),
        (scim2_models.InvalidCountException(), 400, "invalidCount"),
        (scim2_models.UnauthorizedException(), 401, None),
        (scim2_models.ForbiddenException(), 403, None),
        (scim2_models.NotFoundException(), 404, None),
        (scim2_models.PreconditionFailedException(), 412, None),
        (scim2_models.PayloadTooLargeException(), 413, None),
        # ours
        (MethodNotAllowed(("GET",)), 405, None),
        (LengthRequired(), 411, None),
        (UnsupportedMediaType(), 415, None),
        (TooManyRequests("slow down", 7), 429, None),
        (InternalError("5f"), 500, None),
        (Unavailable("later", 7), 503, None),
    ],
)
def test_error_has_its_answer(error: Exception, status: int, scim_type: str | None) -> None:
    """A status, a type where the RFC has one, and words for people."""
    answer = answer_to(error, make_request())
    body = answer.body or {}
    assert (answer.status, body.get("scimType")) == (status, scim_type)
    assert (body["schemas"], body["status"], bool(body["detail"])) == ([ERROR_SCHEMA], str(status), True)


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (scim2_models.UnauthorizedException(), {"WWW-Authenticate": 'Bearer realm="SCIM"'}),
        (MethodNotAllowed(("GET", "POST")), {"Allow": "GET, POST, OPTIONS"}),
        (TooManyRequests("slow down", 7), {"Retry-After": "7"}),
        (StoreUnavailable("timeout"), {"Retry-After": "5"}),
        (scim2_models.NotFoundException(), {}),
        (ValueError(), {}),
    ],
)
def test_error_has_its_headers(error: Exception, headers: dict[str, str]) -> None:
    """As HTTP wants them for each status (RFC 9110 §11.6.1, §15.5.6, §10.2.3)."""
    assert answer_to(error, make_request()).headers == headers


def test_taken_value_names_its_attribute() -> None:
    """So that the administrator knows which one to change."""
    assert "userName" in str(answer_to(Taken("userName"), make_request()).body)


class _Unknown(StoreError):
    """An error of a store that nobody here knows."""


@pytest.mark.requirement("7644-3.12-04")
@pytest.mark.parametrize(
    "error",
    [
        ValueError("secret text"),
        KeyError("secret text"),
        _Unknown("secret text"),
        ExceptionGroup("secret text", [OSError()]),
    ],
)
def test_failure_of_ours_tells_nothing(error: Exception) -> None:
    """500, with the id by which the log knows more, and nothing else."""
    answer = answer_to(error, make_request())
    assert answer.body == {
        "schemas": [ERROR_SCHEMA],
        "status": "500",
        "detail": f"internal error, recorded as {REQUEST_ID}",
    }


def test_failure_of_ours_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback, under the id that the client was told."""
    with caplog.at_level(logging.ERROR):
        answer_to(ValueError("what happened"), make_request())
    assert REQUEST_ID in caplog.text
    assert "ValueError: what happened" in caplog.text


@pytest.mark.parametrize("error", [RecordNotFound(), scim2_models.InvalidFilterException(), VersionConflict()])
def test_errors_of_clients_are_not_logged(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """They are everyday matters."""
    with caplog.at_level(logging.DEBUG):
        answer_to(error, make_request())
    assert caplog.text == ""


def test_known_errors_are_all_known() -> None:
    """Every error of a port has an answer of its own."""
    own = [each for each in StoreError.__subclasses__() if each.__module__ == "domain.ports"]
    answers = {each: answer_to(each("x"), make_request()).status for each in own}
    assert [each.__name__ for each, status in answers.items() if status == 500] == []


def test_scim_error_keeps_its_words() -> None:
    """Its detail was written where the error is known."""
    error = SCIMException(detail="emails: no such thing")
    assert (answer_to(error, make_request()).body or {})["detail"] == "emails: no such thing"
