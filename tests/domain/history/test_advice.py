"""What an administrator is told to do about each kind of failure."""

import dataclasses

import pytest

from domain.history.advice import advice
from domain.model import Action, Change, Outcome, Source
from tests.domain.builders import NOW


def failure(status: int = 0, scim_type: str = "", kind: str = "User") -> Change:
    """An entry that did not succeed."""
    return Change(
        "1", NOW, "token:1", Source.SCIM, Action.CREATE, kind, "5f", outcome=Outcome.FAILURE, status=status,
        scim_type=scim_type,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (failure(409, "uniqueness"), "has this name already"),
        (failure(400, "mutability"), "attribute mapping"),
        (failure(400, "invalidValue"), "required attribute"),
        (failure(400, "somethingNew"), "attribute mapping"),  # then by its status
        (failure(401), "Secret Token"),
        (failure(403), "permission"),
        (failure(404), "Restart provisioning"),
        (failure(409), "tries again by itself"),
        (failure(429), "slows down"),
        (failure(500), "correlation id"),
        (failure(0, kind="GroupMember"), "not provisioned"),
        (failure(418), "tries again by itself"),
    ],
)
def test_advice_fits_the_failure(change: Change, told: str) -> None:
    """By the kind of error, then by the status."""
    assert told in (advice(change) or "")


@pytest.mark.parametrize(
    ("status", "told"),
    [(0, "manager API"), (400, "manager API"), (412, "manager API"), (403, "permission"), (500, "correlation id")],
)
def test_what_an_administrator_was_refused_is_nothing_to_map_or_wait_for(status: int, told: str) -> None:
    """No client tries again, and no mapping is wrong; a sign-in that was denied has no status."""
    change = dataclasses.replace(failure(status, "USER_EXTERNALLY_MANAGED"), source=Source.MANAGER)
    text = advice(change) or ""
    assert told in text
    assert "mapping" not in text


@pytest.mark.parametrize(("kind", "told"), [("Token", "operator"), ("Notice", "test notice")])
def test_no_client_tries_again_what_the_service_or_its_operator_did(kind: str, told: str) -> None:
    """Neither a command that failed nor a notice that was given up comes again by itself."""
    text = advice(dataclasses.replace(failure(kind=kind), source=Source.SYSTEM)) or ""
    assert told in text
    assert "by itself" not in text


def test_success_needs_no_advice() -> None:
    """Nothing is to be done."""
    assert advice(Change("1", NOW, "token:1", Source.SCIM, Action.CREATE, "User", "5f")) is None
