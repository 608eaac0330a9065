"""Mappings of every kind are applied when they are to be, and compared with what the target has."""

from random import Random
from typing import Any

import pytest

from simulator.errors import MappingFailed
from simulator.mapping.apply import changes, map_object, map_soft_deleted, match_clauses
from simulator.mapping.model import AttributeMapping, FlowBehavior, FlowType, ObjectMapping
from simulator.paths import parse_path
from simulator.protocol import JsonObject
from simulator.values import AppRole, Roles, Value
from tests.simulator.builders import FIXED_NOW

ADMIN, READER = AppRole("r1", "Admin", "Administrator"), AppRole("r2", "Reader", "Reader")


def row(path: str, expression: str, **more: Any) -> AttributeMapping:
    return AttributeMapping(parse_path(path), expression, **more)


def mapping_of(*rows: AttributeMapping) -> ObjectMapping:
    return ObjectMapping("User", "User", rows)


def mapped(mapping: ObjectMapping, attributes: dict[str, Value], *, creating: bool = True) -> dict[str, Any]:
    found = map_object(mapping, attributes, now=FIXED_NOW, creating=creating, random=Random(1))
    return {str(target): value for target, value in found.items()}


@pytest.mark.parametrize(
    ("mapping", "attributes", "created", "updated"),
    [
        (row("title", "[jobTitle]"), {"jobTitle": "Boss"}, "Boss", "Boss"),
        (row("title", '"fixed"'), {}, "fixed", "fixed"),
        (row("title", "[absent]"), {}, None, None),
        (row("title", "[absent]", default_value="new here"), {}, "new here", None),
        (row("title", "[jobTitle]", default_value="new here"), {"jobTitle": "Boss"}, "Boss", "Boss"),
        (row("title", "[jobTitle]", flow_type=FlowType.OBJECT_ADD_ONLY), {"jobTitle": "Boss"}, "Boss", None),
        (row("title", "[number]"), {"number": 7}, "7", "7"),
        (row("title", "[several]"), {"several": ("a", "b")}, ("a", "b"), ("a", "b")),
        (row('emails[type eq "other"].value', "[several]"), {"several": ("a", "b")}, "a", "a"),
        (row("active", '"true"', is_boolean=True), {}, True, True),
        (row("manager", "[manager]"), {"manager": "m"}, None, None),
        (row("title", 'IgnoreFlowIfNullOrEmpty("")'), {}, None, None),
    ],
)
def test_mapping_applies(
    mapping: AttributeMapping, attributes: dict[str, Value], created: object, updated: object
) -> None:
    """Direct, constant, with a default, on creation only, multi-valued, boolean; references wait for their pass."""
    path = str(mapping.target)
    assert mapped(mapping_of(mapping), attributes).get(path) == created
    assert mapped(mapping_of(mapping), attributes, creating=False).get(path) == updated


def test_expression_that_fails_fails_the_object() -> None:
    """The failure names the target attribute and the reason."""
    with pytest.raises(MappingFailed, match="title: a side of a comparison is empty"):
        mapped(mapping_of(row("title", 'IIF([country]="NO", "a", "b")')), {})


def test_matching_attributes_are_tried_in_their_order() -> None:
    """The lowest precedence comes first, and attributes without a value are left out."""
    mapping = mapping_of(
        row("userName", "[upn]", matching_priority=2),
        row('emails[type eq "work"].value', "[mail]", matching_priority=1),
        row("externalId", "[absent]", matching_priority=3),
        row("title", "[upn]"),
    )
    found = map_object(mapping, {"upn": "a", "mail": "b"}, now=FIXED_NOW, creating=True, random=Random(1))
    assert match_clauses(mapping, found) == [('emails[type eq "work"].value', "b"), ("userName", "a")]


def test_leaving_scope_changes_what_reads_is_soft_deleted() -> None:
    """Only such mappings are worked out, since nothing else of the object may be known."""
    mapping = mapping_of(
        row("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', is_boolean=True),
        row("title", "[jobTitle]"),
    )
    found = map_soft_deleted(mapping, {}, now=FIXED_NOW)
    assert {str(target): value for target, value in found.items()} == {"active": False}


@pytest.mark.parametrize(
    ("mapping", "attributes", "resource", "written"),
    [
        (row("title", "[x]"), {"x": "a"}, {"title": "a"}, None),
        (row("title", "[x]"), {"x": "a"}, {"title": "A"}, ("a", True)),
        (row("title", "[x]"), {"x": "a"}, {"title": ""}, ("a", False)),
        (row("title", "[x]", flow_behavior=FlowBehavior.ALWAYS), {"x": "a"}, {"title": "a"}, ("a", True)),
        (row("active", "[x]", is_boolean=True), {"x": "False"}, {"active": False}, None),
        (row("active", "[x]", is_boolean=True), {"x": "False"}, {"active": "false"}, None),
        (row("active", "[x]", is_boolean=True), {"x": "False"}, {"active": True}, (False, True)),
        (row("tags", "[x]"), {"x": ("a", "b")}, {"tags": ["b", "a"]}, None),
        (row("tags", "[x]"), {"x": ("a", "b")}, {"tags": ["b"]}, (("a", "b"), True)),
        (row("tags", "[x]"), {"x": ("a",)}, {"tags": ["a", "b"]}, (("a",), True)),
        (row("tags", "[x]", flow_type=FlowType.MULTI_VALUE_ADD_ONLY), {"x": ("a",)}, {"tags": ["a", "b"]}, None),
        (
            row("tags", "[x]", flow_type=FlowType.MULTI_VALUE_ADD_ONLY),
            {"x": ("a", "c")},
            {"tags": ["a", "b"]},
            (("c",), False),
        ),
    ],
)
def test_difference(
    mapping: AttributeMapping, attributes: dict[str, Value], resource: JsonObject, written: tuple[object, bool] | None
) -> None:
    """What differs is written, with what decides between Add and Replace; what is equal is not, unless always."""
    found = changes(mapping_of(mapping), _mapped(mapping, attributes), resource)
    assert [(change.value, change.had_value) for change in found] == ([written] if written else [])


def _mapped(mapping: AttributeMapping, attributes: dict[str, Value]) -> Any:
    return map_object(mapping_of(mapping), attributes, now=FIXED_NOW, creating=False, random=Random(1))


@pytest.mark.parametrize(
    ("function", "present", "written"),
    [
        ("SingleAppRoleAssignment", [], (ADMIN,)),
        ("SingleAppRoleAssignment", ["Admin", "Old"], None),
        ("AppRoleAssignmentsComplex", ["Admin"], (ADMIN, READER)),
        ("AppRoleAssignmentsComplex", ["Admin", "Reader", "Old"], None),
        ("AssertiveAppRoleAssignmentsComplex", ["Admin", "Reader", "Old"], (ADMIN, READER)),
        ("AssertiveAppRoleAssignmentsComplex", ["Reader", "Admin"], None),
    ],
)
def test_roles(function: str, present: list[str], written: tuple[AppRole, ...] | None) -> None:
    """Two of the functions only ever add roles; the assertive one also takes away."""
    mapping = row("roles", f"{function}([appRoleAssignments])")
    attributes: dict[str, Value] = {"appRoleAssignments": (ADMIN, READER)}
    resource = {"roles": [{"value": value} for value in present]}
    found = changes(mapping_of(mapping), _mapped(mapping, attributes), resource)
    assert [change.value for change in found] == ([Roles(function, written)] if written else [])
