"""What is to be done about a refused request follows from the request."""

from typing import Any

import pytest

from simulator.protocol import ENTERPRISE_URN
from simulator.validation.advice import Exchange, advice_on

MANAGER = f"{ENTERPRISE_URN}:manager"


def advised(method: str, status: int, *operations: dict[str, Any]) -> str:
    return advice_on(Exchange(method, "https://x.example/scim/Users", {"Operations": list(operations)}, status, ""))


@pytest.mark.parametrize(
    ("method", "status", "words"),
    [
        ("GET", 401, "Check the token"),
        ("PATCH", 500, "log"),
        ("GET", 404, "empty ListResponse"),
        ("POST", 201, "409"),
        ("POST", 400, "free text"),
        ("DELETE", 400, "as it is sent"),
        ("PATCH", 400, "operations as they are sent"),
    ],
)
def test_by_method_and_status(method: str, status: int, words: str) -> None:
    """A rejected token, a fault of the service provider, and each method have words of their own."""
    assert words in advised(method, status)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "add", "path": MANAGER, "value": "7"}, "bare text"),
        ({"op": "add", "path": 'emails[type eq "work"].value', "value": "a"}, "make that element"),
        ({"op": "replace", "path": "active", "value": "False"}, "booleans as text"),
        ({"op": "remove", "path": "members", "value": [{"value": "7"}]}, "removal of those alone"),
        ({"op": "replace", "value": {"name.givenName": "a"}}, "names with dots"),
        ({"op": "replace", "path": "title", "value": None}, "null as the removal"),
        ({"op": "Replace", "path": "title", "value": "a"}, "any letter case"),
    ],
)
def test_by_the_form_of_operations(operation: dict[str, Any], words: str) -> None:
    """Each form that service providers stumble over is named."""
    assert words in advised("PATCH", 400, operation)


def test_plain_forms_are_not_blamed() -> None:
    """What every service provider takes is not among the suspects, and each suspect is named once."""
    plain = {"op": "replace", "path": "title", "value": "a"}
    assert advised("PATCH", 400, plain) == "Take the operations as they are sent."
    text = {"op": "replace", "path": "active", "value": "True"}
    assert advised("PATCH", 400, plain, text, text) == "Take booleans as text."
