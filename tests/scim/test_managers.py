"""Every shape in which clients set and remove a manager by PATCH (entra.md §4.4)."""

import pytest

from tests.scim.builders import ENTERPRISE, Json, add, make_document, patched, remove, replace

MANAGER = f"{ENTERPRISE}:manager"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": MANAGER, "value": "271"},
        {"op": "add", "path": MANAGER, "value": "271"},
        {"op": "Add", "path": "manager", "value": [{"$ref": None, "value": "271"}]},
        add(MANAGER, {"value": "271"}),
        replace(MANAGER, {"value": "271"}),
        replace(f"{MANAGER}.value", "271"),
        replace("manager.value", "271"),
        replace(None, {MANAGER: "271"}),
        replace(None, {f"{MANAGER}.value": "271"}),
        replace(None, {ENTERPRISE: {"manager": {"value": "271"}}}),
        replace(ENTERPRISE, {"manager": "271"}),
        replace(MANAGER, {"value": "271", "displayName": "Boss"}),
    ],
)
@pytest.mark.parametrize("before", [{}, {ENTERPRISE: {"manager": {"value": "1"}}}])
def test_manager_shapes(before: Json, operation: Json) -> None:
    """U11, U12: every shape of a manager sets the value, whoever it was before (entra.md §4.4)."""
    after = patched(make_document(**before), operation)
    assert after == make_document(**{ENTERPRISE: {"manager": {"value": "271"}}})


def test_manager_with_a_reference() -> None:
    """A reference that a client sends is kept."""
    manager = {"value": "271", "$ref": "https://x.example/Users/271"}
    assert patched(make_document(), add("manager", [manager]))[ENTERPRISE] == {"manager": manager}


@pytest.mark.parametrize(
    ("operation", "manager"),
    [
        (replace(MANAGER, "2"), {"value": "2"}),
        (replace(MANAGER, {"value": "2"}), {"value": "2"}),
        (add("manager", [{"$ref": None, "value": "2"}]), {"value": "2"}),
        (replace("manager.value", "2"), {"value": "2"}),
        (replace(None, {ENTERPRISE: {"manager": {"value": "2"}}}), {"value": "2"}),
        (replace(MANAGER, {"value": "2", "$ref": "../Users/2"}), {"value": "2", "$ref": "../Users/2"}),
        (replace(MANAGER, "1"), {"value": "1", "$ref": "../Users/1"}),
        (replace("manager.$ref", "../v2/Users/1"), {"value": "1", "$ref": "../v2/Users/1"}),
        (replace("manager.value", ""), None),
        (remove("manager.value"), None),
    ],
)
def test_reference_to_the_manager_before(operation: Json, manager: Json | None) -> None:
    """The URI of the old manager does not stay with the new one, nor alone (RFC 7643 §2.4)."""
    before = {"department": "D", "manager": {"value": "1", "$ref": "../Users/1"}}
    after = {"department": "D", "manager": manager}
    assert patched(make_document(**{ENTERPRISE: before}), operation) == make_document(**{ENTERPRISE: after})
    alone = patched(make_document(**{ENTERPRISE: {"manager": before["manager"]}}), operation)
    assert alone == make_document(**{ENTERPRISE: {"manager": manager}})


@pytest.mark.parametrize(
    "operation",
    [
        replace(MANAGER, {"value": ""}),
        replace(MANAGER, {"value": None}),
        replace(MANAGER, {"value": "", "$ref": "https://x.example/Users/1"}),
        replace(MANAGER, ""),
        replace(MANAGER, None),
        replace(MANAGER, []),
        replace(MANAGER, [{"value": ""}]),
        replace(f"{MANAGER}.value", ""),
        remove(MANAGER),
        remove(MANAGER, value={"value": "1"}),
        remove("manager"),
        remove(f"{MANAGER}.value"),
        replace(None, {MANAGER: ""}),
        replace(None, {ENTERPRISE: {"manager": {"value": ""}}}),
        remove(ENTERPRISE),
    ],
)
def test_manager_is_removed(operation: Json) -> None:
    """U13: every way to remove a manager leaves none, nor an empty extension (entra.md §4.4)."""
    assert patched(make_document(**{ENTERPRISE: {"manager": {"value": "1"}}}), operation) == make_document()


def test_manager_without_a_new_value_stays() -> None:
    """An object that tells nothing to keep changes nothing."""
    document = make_document(**{ENTERPRISE: {"manager": {"value": "1"}}})
    assert patched(document, replace(MANAGER, {"displayName": "x"})) == document
    assert patched(document, replace(MANAGER, {"nope": "x"})) == document
