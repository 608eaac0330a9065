"""Error messages, and that they speak the language of clients."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from scim2_models import InvalidFilterException, NotFoundException, SCIMException, UniquenessException

from scim.errors import (
    ERROR_SCHEMA,
    InternalError,
    LengthRequired,
    MethodNotAllowed,
    NotAcceptable,
    RetryLater,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
    error_body,
    from_validation,
)
from scim.resources import read_resource
from tests.scim.builders import ENTERPRISE, Json, add, make_body, make_document, patched, remove, replace

PROGRAMMERS_WORDS = ("pydantic", "errors.", "Input should", "http", "str_", "instance of", "_name", "None", "Traceback")


@pytest.mark.requirement("7644-3.12-01", "7644-3.12-02")
@pytest.mark.parametrize(
    ("error", "status", "scim_type"),
    [
        (InvalidFilterException(detail="d"), "400", "invalidFilter"),
        (UniquenessException(detail="d"), "409", "uniqueness"),
        (NotFoundException(detail="d"), "404", None),
        (MethodNotAllowed(("GET", "POST")), "405", None),
        (NotAcceptable(), "406", None),
        (LengthRequired(), "411", None),
        (UnsupportedMediaType(), "415", None),
        (TooManyRequests("slower", 7), "429", None),
        (InternalError("c-1"), "500", None),
        (Unavailable("storage", 3), "503", None),
    ],
)
def test_error_body(error: SCIMException, status: str, scim_type: str | None) -> None:
    """An error message has its status as a text, and a scimType where the RFC defines one (RFC 7644 §3.12)."""
    body = error_body(error)
    assert (body["schemas"], body["status"], body.get("scimType")) == ([ERROR_SCHEMA], status, scim_type)
    assert body["detail"]


def test_details_help() -> None:
    """An error tells what would be right, and an internal one only by which id the log knows it."""
    assert error_body(MethodNotAllowed(("GET", "POST")))["detail"] == "this path takes GET, POST"
    assert error_body(InternalError("c-1"))["detail"] == "internal error, recorded as c-1"


def test_retry_later_says_when() -> None:
    """Both errors that pass by themselves know the seconds to wait."""
    waits: list[RetryLater] = [TooManyRequests("slower", 7), Unavailable("storage", 3)]
    assert [each.retry_after for each in waits] == [7, 3]


class _Nested(BaseModel):
    given_name: str


class _Model(BaseModel):
    user_name: str
    is_active: bool
    name: _Nested
    tags: list[str]
    size: int


def test_validation_is_told_in_json_names() -> None:
    """What pydantic says of Python names and types is told in JSON names and plain words."""
    wrong: Json = {"user_name": 5, "is_active": [], "name": {"given_name": 5}, "tags": "x", "size": "x"}
    with pytest.raises(ValidationError) as caught:
        _Model.model_validate(wrong)
    error = from_validation(caught.value)
    assert error.scim_type == "invalidValue"
    assert error.detail == (
        "userName must be a text; isActive must be true or false; name.givenName must be a text; "
        "tags must be a list; size does not fit"
    )


WRONG_VALUES: list[tuple[str, Any, str]] = [
    ("title", 5, "title must be a text"),
    ("title", {"a": 1}, "title must be a text"),
    ("title", ["x", "y"], "title takes one value, not 2"),
    ("active", "maybe", "active must be true or false"),
    ("active", 1, "active must be true or false"),
    ("name", "x", "name must be an object"),
    ("name", {"givenName": 5}, "name.givenName must be a text"),
    ("emails", [5], "emails must be an object"),
    ("emails", [["x"]], "emails must be an object"),
    ("emails", [{"value": 5}], "emails.value must be a text"),
    ("emails", [{"value": "a", "primary": "maybe"}], "emails.primary must be true or false"),
    ("profileUrl", 5, "profileUrl must be a text"),
    ("externalId", 5, "externalId must be a text"),
    ("x509Certificates", [{"value": 5}], "x509Certificates.value must be a text"),
    (ENTERPRISE, "x", f"{ENTERPRISE} must be an object"),
    (ENTERPRISE, {"manager": {"value": 5}}, f"{ENTERPRISE}:manager.value must be a text"),
    (ENTERPRISE, {"department": 5}, f"{ENTERPRISE}:department must be a text"),
]


@pytest.mark.parametrize(("name", "value", "detail"), WRONG_VALUES)
def test_wrong_value_in_a_body(name: str, value: Any, detail: str) -> None:
    """A value of another type is refused with the name of its attribute."""
    with pytest.raises(SCIMException) as caught:
        read_resource(make_body(**{name: value}), "User")
    assert (caught.value.scim_type, caught.value.detail) == ("invalidValue", detail)


@pytest.mark.parametrize("op", [add, replace])
@pytest.mark.parametrize(("name", "value", "detail"), WRONG_VALUES)
def test_wrong_value_in_an_operation(op: Any, name: str, value: Any, detail: str) -> None:
    """In a PATCH it is refused in the same words, with a path and without."""
    for operation in (op(name, value), op(None, {name: value})):
        with pytest.raises(SCIMException) as caught:
            patched(make_document(), operation)
        assert (caught.value.scim_type, caught.value.detail) == ("invalidValue", detail)


@pytest.mark.parametrize(
    ("path", "value", "detail"),
    [
        ("name.givenName", 5, "name.givenName must be a text"),
        ('emails[type eq "work"].value', 5, "emails.value must be a text"),
        ('emails[type eq "work"].primary', "x", "emails.primary must be true or false"),
        ('addresses[type eq "work"]', "x", "addresses must be an object"),
        (f"{ENTERPRISE}:manager.value", 5, f"{ENTERPRISE}:manager.value must be a text"),
    ],
)
def test_wrong_value_at_a_path(path: str, value: Any, detail: str) -> None:
    """The name is whole also where the path leads into an attribute."""
    with pytest.raises(SCIMException) as caught:
        patched(make_document(), add(path, value))
    assert (caught.value.scim_type, caught.value.detail) == ("invalidValue", detail)


@pytest.mark.requirement("7644-3.12-04")
@pytest.mark.parametrize(
    "operation",
    [
        add("nope", "x"),
        add("emails[type eq", "x"),
        add('emails[type gt "a"].value', ["x", "y"]),
        replace('emails[value eq "z"].type', {"a": 1}),
        replace('emails[type sw "z"].value', "x"),
        remove("userName"),
        remove(None),
        replace("userName", None),
        add("id", "x"),
        add("emails", None),
        add('emails[type eq "a"]', {"type": "b", "value": "x"}),
        replace("emails[value pr].primary", True),
    ],
)
def test_details_are_for_clients(operation: Json) -> None:
    """No detail has a link, a Python name or a class in it."""
    document = make_document(emails=[{"value": "a", "type": "x"}, {"value": "b", "type": "y"}])
    with pytest.raises(SCIMException) as caught:
        patched(document, operation)
    assert caught.value.status == 400
    assert caught.value.scim_type
    assert not [word for word in PROGRAMMERS_WORDS if word in caught.value.detail]
