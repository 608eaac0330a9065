"""Operations on members, as steps on a set of ids."""

from typing import Any

import pytest
from scim2_models import InvalidValueException, SCIMException

from scim.filters import compile_filter, parse
from scim.membership import AddMembers, MemberStep, RemoveMatching, RemoveMembers, SetMembers, split_members
from scim.models import GROUP_SCHEMA
from scim.operations import parse_patch
from tests.scim.builders import Json, add, message, remove, replace


def steps(*operations: Json) -> tuple[MemberStep, ...]:
    """The steps on members that the operations of one request make."""
    return split_members(parse_patch(message(*operations), "Group").operations)[1]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        # entra.md §3.3, in its order
        (
            {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "1"}, {"$ref": None, "value": "2"}]},
            AddMembers(("1", "2")),
        ),
        ({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "1"}]}, RemoveMembers(("1",))),
        ({"op": "Remove", "path": "members", "value": [{"value": "1"}]}, RemoveMembers(("1",))),
        (add("members", [{"value": "1"}]), AddMembers(("1",))),
        (remove('members[value eq "1"]'), RemoveMembers(("1",))),
        (replace("members", [{"value": "1"}, {"value": "2"}]), SetMembers(("1", "2"))),
        ({"name": "addMember", **add("members", [{"displayName": "X", "value": "1"}])}, AddMembers(("1",))),
        (add("members", "string id 1"), AddMembers(("string id 1",))),
        (remove("members"), SetMembers(())),
        # other spellings
        (remove("members", value=None), SetMembers(())),
        (remove("members", value=[]), RemoveMembers(())),
        (remove("members", value="1"), RemoveMembers(("1",))),
        (remove("members", value={"value": "1"}), RemoveMembers(("1",))),
        (remove("MEMBERS", value=[{"Value": "1"}]), RemoveMembers(("1",))),
        (remove('members[VALUE EQ "1"]', value=[{"value": "2"}]), RemoveMembers(("1",))),
        (remove('members[value eq "1" or value eq "2"]'), RemoveMembers(("1", "2"))),
        (remove(f'{GROUP_SCHEMA}:members[value eq "1"]'), RemoveMembers(("1",))),
        (remove('members.value eq "1"'), RemoveMembers(("1",))),
        (add("members", {"value": "1"}), AddMembers(("1",))),
        (add("members", ["1", "2", "1"]), AddMembers(("1", "2"))),
        (add("members", []), None),
        (add(None, {"members": [{"value": "1"}]}), AddMembers(("1",))),
        # Okta
        (replace(None, {"id": "g-1", "members": [{"value": "1", "display": "x"}]}), SetMembers(("1",))),
        (replace(None, {"members": []}), SetMembers(())),
        (replace("members", []), SetMembers(())),
        (replace("members", None), SetMembers(())),
    ],
)
def test_step(operation: Json, expected: MemberStep | None) -> None:
    """Every way to write a change of members is one step."""
    assert steps(operation) == (() if expected is None else (expected,))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ('type eq "User"', {"1", "2"}),
        ('value eq "1" and type eq "User"', {"1"}),
        ('value eq "1" or type eq "Group"', {"1", "3"}),
        ('not (value eq "1")', {"2", "3"}),
        ('value ne "1"', {"2", "3"}),
        ("value pr", {"1", "2", "3"}),
        ('value sw "x"', set()),
    ],
)
def test_removal_by_another_filter(text: str, gone: set[str]) -> None:
    """A filter that names no single ids is kept, and selects among the members."""
    (step,) = steps(remove(f"members[{text}]"))
    assert isinstance(step, RemoveMatching)
    selects = compile_filter(step.filter, "Group")
    members = {"1": "User", "2": "User", "3": "Group"}
    assert {id for id, kind in members.items() if selects({"members": [{"value": id, "type": kind}]})} == gone


def test_kept_filter_is_a_whole_filter() -> None:
    """The filter that is kept can be written and read."""
    (step,) = steps(remove('members[type eq "User"]'))
    assert isinstance(step, RemoveMatching)
    assert parse(str(step.filter), "Group") == step.filter


def test_order_is_kept() -> None:
    """Okta batches removals and additions; a member removed first and then added is one (RFC 7644 §3.5.2)."""
    batch = [remove('members[value eq "1"]'), remove('members[value eq "2"]')]
    assert steps(*batch, add("members", [{"value": "4"}, {"value": "2"}])) == (
        RemoveMembers(("1",)),
        RemoveMembers(("2",)),
        AddMembers(("4", "2")),
    )


def test_own_attributes_are_apart() -> None:
    """Operations on the group's own attributes stay operations."""
    patch = parse_patch(message(replace(None, {"displayName": "N", "members": ["1"]}), remove("externalId")), "Group")
    own, changes = split_members(patch.operations)
    assert [each.path for each in own] == ["displayName", "externalId"]
    assert changes == (SetMembers(("1",)),)


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        (replace('members[value eq "1"].value', "2"), "mutability"),  # RFC 7643 §4.2
        (remove('members[value eq "1"].type'), "mutability"),
        (remove("members.value"), "mutability"),
        (add("members.value", "1"), "mutability"),
        (replace('members[value eq "1"]', {"value": "2"}), "invalidPath"),
        (add('members[value eq "1"]', {"value": "2"}), "invalidPath"),
        (remove("members[]"), "invalidPath"),
        (remove("members[value eq 5]"), "invalidFilter"),
        (remove('members[display eq "x"]'), "invalidFilter"),
        (remove('members[value eq "1"'), "invalidPath"),
        (add("members", None), "invalidValue"),
        (add("members", [5]), "invalidValue"),
        (add("members", [{"value": 5}]), "invalidValue"),
    ],
)
def test_refused(operation: Json, scim_type: str) -> None:
    """A member is added or removed, never changed in place."""
    with pytest.raises(SCIMException) as caught:
        steps(operation)
    assert caught.value.scim_type == scim_type


@pytest.mark.parametrize(
    "value",
    [[{"display": "x"}], [{"value": ""}], [None], [{"value": "1"}, {}], [{"$ref": "https://x.example/Users/1"}]],
)
@pytest.mark.parametrize("op", [add, replace, lambda path, value: remove(path, value=value)])
def test_member_without_an_id(op: Any, value: Any) -> None:
    """Members that name nobody are refused: a replacement by them would empty the group."""
    with pytest.raises(InvalidValueException):
        steps(op("members", value))


def test_thousands_of_operations() -> None:
    """A removal of many members, one operation each, is read (entra.md §3.3)."""
    assert len(steps(*(remove(f'members[value eq "{each}"]') for each in range(2_000)))) == 2_000
