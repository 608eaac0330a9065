"""What is to be done about a refused request follows from the request."""

from typing import Any

import pytest

from simulator.validation.advice import Exchange, advice_on


def advised(method: str, status: int, *operations: dict[str, Any]) -> str:
    return advice_on(
        Exchange(method, "https://x.example/scim/Users", "/Users", {"Operations": list(operations)}, status, "")
    )


@pytest.mark.parametrize(
    ("method", "status", "words"),
    [
        ("GET", 401, "Check the token"),
        ("PATCH", 500, "log"),
        ("GET", 404, "empty ListResponse"),
        ("POST", 201, "409"),
        ("POST", 409, "another seed"),
        ("POST", 403, "the right to read and write"),
        ("PUT", 405, "this method"),
        ("POST", 429, "25 requests a second"),
        ("DELETE", 400, "as it is sent"),
        ("PATCH", 400, "as it is sent"),
    ],
)
def test_by_method_and_status(method: str, status: int, words: str) -> None:
    """A rejected token, a fault of the service provider, and each method have words of their own."""
    assert words in advised(method, status)


def test_refused_form_is_named() -> None:
    """What is unusual in the request is the first suspect."""
    assert "booleans as text" in advised("PATCH", 400, {"op": "replace", "path": "active", "value": "False"})
