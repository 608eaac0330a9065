"""PATCH messages, read into plain operations."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import SCIMException

from scim.limits import Limits
from scim.models import OWN_USER_SCHEMA, USER_SCHEMA
from scim.operations import Operation, Patch, parse_patch
from tests.scim.builders import ENTERPRISE, PATCH_SCHEMA, Json, add, attempt, message, remove, replace
from tests.scim.strategies import BODIES, JUNK, OPERATIONS, PROPERTY, SOUP, VALUES


def plain(*operations: Any, kind: str = "User") -> list[tuple[str, str, Any]]:
    """The plain operations of one request."""
    return [(each.op, each.path, each.value) for each in parse_patch(message(*operations), kind).operations]


def refusal(body: Any, kind: str = "User") -> str:
    """The scimType with which a message is refused."""
    with pytest.raises(SCIMException) as caught:
        parse_patch(body, kind)
    assert caught.value.status == 400
    return caught.value.scim_type


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"Operations": [add("title", "x")]},
        {"schemas": [USER_SCHEMA], "Operations": [add("title", "x")]},
        {"schemas": PATCH_SCHEMA, "Operations": [add("title", "x")]},
        {"schemas": [PATCH_SCHEMA]},
        {"schemas": [PATCH_SCHEMA], "Operations": []},
        {"schemas": [PATCH_SCHEMA], "Operations": add("title", "x")},
        {"schemas": [PATCH_SCHEMA], "Operations": ["x"]},
        {"schemas": [PATCH_SCHEMA], "Operations": [None]},
        {"schemas": [PATCH_SCHEMA], "Operations": [add("title", "x")] * (Limits().patch_operations + 1)},
    ],
)
def test_no_patch_message(body: Any) -> None:
    """A body that is no PatchOp with at least one operation is a syntax error (RFC 7644 §3.5.2)."""
    assert refusal(body) == "invalidSyntax"


def test_names_of_the_message_in_any_letter_case() -> None:
    """Names and the schema of the message know no letter case (Q17)."""
    body = {"SCHEMAS": [PATCH_SCHEMA.upper()], "operations": [{"OP": "ADD", "Path": "title", "VALUE": "x"}]}
    assert parse_patch(body, "User").operations[0].value == "x"


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "move", "path": "title", "value": "x"}, "invalidValue"),
        ({"op": "", "path": "title", "value": "x"}, "invalidValue"),
        ({"op": 5, "path": "title", "value": "x"}, "invalidValue"),
        ({"path": "title", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": "title"}, "invalidValue"),
        ({"op": "replace", "path": "title"}, "invalidValue"),
        ({"op": "add"}, "invalidValue"),
        (add("title", None), "invalidValue"),
        (add(None, "x"), "invalidValue"),
        (add(None, [{"title": "x"}]), "invalidValue"),
        (replace("", None), "invalidValue"),
        (replace("userName", ""), "invalidValue"),
        (add("userName", ""), "invalidValue"),
        (add(None, {"userName": []}), "invalidValue"),
        (add(None, {USER_SCHEMA: "x"}), "invalidValue"),
        (replace(None, {"userName": None}), "invalidValue"),
        (remove(None), "noTarget"),
        (remove(""), "noTarget"),
        (remove("  "), "noTarget"),
        (remove(USER_SCHEMA, value={"title": "x"}), "noTarget"),
        ({"op": "add", "path": 5, "value": "x"}, "invalidPath"),
        (add("nope", "x"), "invalidPath"),
        (add("user_name", "x"), "invalidPath"),
        (add("name.nope", "x"), "invalidPath"),
        (add("title.value", "x"), "invalidPath"),
        (add("emails[type eq", "x"), "invalidPath"),
        (add('emails[type eq "a"].nope', "x"), "invalidPath"),
        (add('name[givenName eq "a"].familyName', "x"), "invalidPath"),
        (add('title eq "a"', "x"), "invalidPath"),
        (add("urn:example:other:title", "x"), "invalidPath"),
        (add("emails.value.x", "x"), "invalidPath"),
        (remove("nope"), "invalidPath"),
        (add('emails[nope eq "a"].value', "x"), "invalidFilter"),
        (add("emails[value eq 5].type", "x"), "invalidFilter"),
        (add("emails[primary gt true].type", "x"), "invalidFilter"),
        (add(r'emails[type eq "\ud800"].value', "x"), "invalidFilter"),
        (add("id", "x"), "mutability"),
        (add("ID", "x"), "mutability"),
        (add("meta.created", "x"), "mutability"),
        (replace("meta", {}), "mutability"),
        (remove("groups"), "mutability"),
        (add("groups", [{"value": "g"}]), "mutability"),
        (replace('groups[value eq "g"].display', "x"), "mutability"),
        (replace(f"{ENTERPRISE}:manager.displayName", "x"), "mutability"),
    ],
)
def test_refused(operation: Json, scim_type: str) -> None:
    """Each fault has the type that the standard gives it (RFC 7644 §3.5.2, §3.12)."""
    assert refusal(message(operation)) == scim_type


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (add("title", "x"), [("add", "title", "x")]),
        (add(" title ", "x"), [("add", "title", "x")]),
        ({"op": "Replace", "path": "active", "value": "False"}, [("replace", "active", False)]),
        (replace("title", None), [("remove", "title", None)]),
        (replace("title", ""), [("remove", "title", None)]),
        (replace("emails", []), [("remove", "emails", None)]),
        (replace("emails", [{"value": ""}]), [("remove", "emails", None)]),
        (replace("name", {}), [("remove", "name", None)]),
        (replace("name", {"givenName": ""}), [("remove", "name.givenName", None)]),
        (
            replace("name", [{"givenName": None, "familyName": "B"}]),
            [("replace", "name", {"familyName": "B"}), ("remove", "name.givenName", None)],
        ),
        (
            replace('emails[type eq "a"]', {"value": "v", "display": ""}),
            [("replace", 'emails[type eq "a"]', {"value": "v"}), ("remove", 'emails[type eq "a"].display', None)],
        ),
        (replace('emails[type eq "a"]', {"value": ""}), [("remove", 'emails[type eq "a"]', None)]),
        (replace("name", {"nope": 1}), []),
        (replace("manager", {"displayName": "x"}), []),
        (add("title", ""), [("remove", "title", None)]),
        (add("title", []), []),
        (add("emails", []), []),
        (add("emails", ""), []),
        (add("name", {}), []),
        (add("name", ""), [("remove", "name", None)]),
        (add("name", {"givenName": ""}), [("remove", "name.givenName", None)]),
        (add('emails[type eq "a"]', ""), []),
        (add('emails[type eq "a"].value', ""), [("remove", 'emails[type eq "a"].value', None)]),
        (
            add(None, {"title": None, "name": {"givenName": "A"}}),
            [("remove", "title", None), ("add", "name", {"givenName": "A"})],
        ),
        (add("manager", {"value": ""}), [("remove", f"{ENTERPRISE}:manager", None)]),
        (replace("emails.value", ""), [("replace", "emails.value", None)]),
        (remove("title", value="x"), [("remove", "title", None)]),
        (remove("emails", value=[{"value": "a", "primary": False}]), [("remove", "emails", [{"value": "a"}])]),
        (remove("emails", value="a"), [("remove", "emails", [{"value": "a"}])]),
        (remove("emails", value=[]), [("remove", "emails", [])]),
        (remove('emails.type eq "a"'), [("remove", 'emails[type eq "a"]', None)]),
        (add("manager", "1"), [("add", f"{ENTERPRISE}:manager", {"value": "1"})]),
        (replace("manager.value", ""), [("remove", f"{ENTERPRISE}:manager.value", None)]),
        (replace("manager", {"value": "", "$ref": "r"}), [("remove", f"{ENTERPRISE}:manager", None)]),
        (replace("schemas", [USER_SCHEMA]), []),
        (remove("schemas"), []),
        (add(USER_SCHEMA, {"title": "x"}), [("add", "title", "x")]),
        (add(None, {USER_SCHEMA.upper(): {"title": "x"}}), [("add", "title", "x")]),
        (replace(None, {USER_SCHEMA: {"name.givenName": "x", "nope": 1}}), [("replace", "name.givenName", "x")]),
        (replace(None, {USER_SCHEMA: None, "title": "x"}), [("replace", "title", "x")]),
        (add(ENTERPRISE, {"DEPARTMENT": "x", "nope": 1}), [("add", f"{ENTERPRISE}:DEPARTMENT", "x")]),
        (replace(ENTERPRISE, {}), []),
        (add(ENTERPRISE, {"manager.value": "1"}), [("add", f"{ENTERPRISE}:manager.value", "1")]),
        (replace(None, {ENTERPRISE: {"Manager.Value": ""}}), [("remove", f"{ENTERPRISE}:Manager.Value", None)]),
        (
            replace(None, {ENTERPRISE: {f"{ENTERPRISE.lower()}:department": "x", "schemas": []}}),
            [("replace", f"{ENTERPRISE.lower()}:department", "x")],
        ),
        (add(None, {"title": "x", "nickName": "y"}), [("add", "title", "x"), ("add", "nickName", "y")]),
        (add("", {"title": "x"}), [("add", "title", "x")]),
        (add(None, {'emails[type eq "a"].value': "x"}), [("add", 'emails[type eq "a"].value', "x")]),
        (replace(None, {f"{ENTERPRISE}:manager": {"value": ""}}), [("remove", f"{ENTERPRISE}:manager", None)]),
    ],
)
def test_plain_operations(operation: Json, expected: list[tuple[str, str, Any]]) -> None:
    """What was written in any dialect becomes operations with one path and a clean value."""
    assert plain(operation) == expected


def test_removal_of_an_extension_names_its_attributes() -> None:
    """A path that is the URN of an extension means all that it holds (RFC 7644 §3.5.2)."""
    paths = [path for _, path, _ in plain(remove(ENTERPRISE))]
    assert f"{ENTERPRISE}:manager" in paths
    assert plain(replace(ENTERPRISE.upper(), None)) == plain(remove(ENTERPRISE))


def test_read_only_members_of_a_value_are_left_aside() -> None:
    """Without a path what is read-only is ignored, as Okta repeats the id (Q18)."""
    value = {
        "id": "1",
        "meta": {"created": "x"},
        "meta.created": "x",
        "schemas": [],
        "groups": [{"value": "g"}],
        "groups.display": "x",
        "manager.displayName": "x",
        f"{USER_SCHEMA}:id": "1",
        OWN_USER_SCHEMA: "x",
        "title": "T",
    }
    patch = parse_patch(message(replace(None, value)), "User")
    assert [each.path for each in patch.operations] == ["title"]
    assert patch.unknown == ()


def test_unknown_names_are_told_once() -> None:
    """Names in values that no schema has are left out and told, each once and with its path."""
    operations = (
        add(None, {"foo": 1, "emails.foo": 1, "name": {"foo": 1}}),
        add("emails", [{"value": "a", "foo": 1}, {"value": "b", "foo": 1}]),
        add(ENTERPRISE, {"foo": 1, "manager": {"value": "1", "foo": 1}}),
        add(f"{ENTERPRISE}:manager", {"value": "1", "foo": 1}),
        add(None, {"foo": 2}),
    )
    assert parse_patch(message(*operations), "User").unknown == (
        "foo",
        "emails.foo",
        "name.foo",
        f"{ENTERPRISE}:foo",
        f"{ENTERPRISE}:manager.foo",
    )


def test_filter_of_an_operation() -> None:
    """An operation knows the value filter in its path."""
    (operation,) = parse_patch(message(remove('emails[type eq "a"].value')), "User").operations
    assert isinstance(operation, Operation)
    assert str(operation.filter) == 'type eq "a"'


@given(
    JUNK
    | st.lists(OPERATIONS | BODIES | JUNK, max_size=3).map(lambda operations: message(*operations))
    | st.builds(lambda path, value: message(replace(path, value)), SOUP | st.text(max_size=12), VALUES | JUNK)
    | BODIES.map(lambda value: message(add(None, value)))
)
@settings(PROPERTY, max_examples=200)
def test_any_json_is_read_or_refused(body: Any) -> None:
    """No body makes anything but operations or a SCIM error, and none is changed by reading it."""
    before = copy.deepcopy(body)
    patch = attempt(lambda: parse_patch(body, "User"))
    assert isinstance(patch, Patch) or (patch.status == 400 and patch.scim_type)
    assert body == before


@pytest.mark.parametrize("path", ["titel", "emails[", 'emails[nope eq "a"].value'])
def test_refused_path_is_told_by_its_operation(path: str) -> None:
    """Of several operations the client's author sees which one it is."""
    with pytest.raises(SCIMException, match=r"^operation 1: "):
        parse_patch(message(add("title", "x"), replace(path, "x")), "User")
