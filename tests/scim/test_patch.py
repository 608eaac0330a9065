"""PATCH of documents: RFC 7644 §3.5.2, and what clients send beyond it."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import InvalidSyntaxException, MutabilityException, NoTargetException, SCIMException

from scim.dialects import MAX_VALUES
from scim.operations import parse_patch
from scim.patch import MAX_OPERATIONS, apply_patch
from tests.scim.builders import (
    ENTERPRISE,
    Json,
    add,
    attempt,
    make_document,
    patched,
    remove,
    replace,
    samples,
)
from tests.scim.strategies import ATTRIBUTES, OPERATIONS, PROPERTY

WORK = {"value": "w@x.example", "type": "work", "primary": True}
HOME = {"value": "h@x.example", "type": "home"}
NAME = {"familyName": "B", "givenName": "A"}


def make_ann(**attributes: Any) -> Json:
    """A user with two e-mail addresses, a name and a title."""
    return make_document(**{"emails": [WORK, HOME], "name": NAME, "title": "T", "active": True, **attributes})


@pytest.mark.parametrize("sample", samples("*/patch_*.json"))
def test_recorded_patch(sample: Json) -> None:
    """A recorded PATCH leads from the recorded document to the one the client reads back."""
    patch = parse_patch(sample["request"], sample["kind"])
    assert apply_patch(sample["before"], patch.operations, sample["kind"]) == sample["after"]


@pytest.mark.requirement("7644-3.5.2.1-03", "7644-3.5.2.1-04", "7644-3.5.2.1-05", "7644-3.5.2.1-06")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (add("nickName", "N"), {"nickName": "N"}),
        (add("title", "U"), {"title": "U"}),
        (add("name", {"middleName": "M"}), {"name": {**NAME, "middleName": "M"}}),
        (add("name.middleName", "M"), {"name": {**NAME, "middleName": "M"}}),
        (add("emails", [{"value": "n"}]), {"emails": [WORK, HOME, {"value": "n"}]}),
        (add("emails", {"value": "n"}), {"emails": [WORK, HOME, {"value": "n"}]}),
        (add('emails[type eq "home"].display', "D"), {"emails": [WORK, {**HOME, "display": "D"}]}),
        (add('emails[type eq "home"]', {"display": "D"}), {"emails": [WORK, {**HOME, "display": "D"}]}),
        (add("emails[value pr].display", "D"), {"emails": [{**WORK, "display": "D"}, {**HOME, "display": "D"}]}),
        (add(None, {"title": "U", "name": {"middleName": "M"}}), {"title": "U", "name": {**NAME, "middleName": "M"}}),
        (add(f"{ENTERPRISE}:department", "D"), {ENTERPRISE: {"department": "D"}}),
        (add(ENTERPRISE, {"division": "N"}), {ENTERPRISE: {"division": "N"}}),
        (add("title", ""), {"title": None}),
        (add("name", {"givenName": "", "middleName": "M"}), {"name": {"familyName": "B", "middleName": "M"}}),
    ],
)
def test_add(operation: Json, expected: Json) -> None:
    """add sets what is single, merges what is complex, and appends to a list (RFC 7644 §3.5.2.1)."""
    assert patched(make_ann(), operation) == make_ann(**expected)


@pytest.mark.requirement("7643-2.4-05", "7644-3.5.2.1-07")
@pytest.mark.parametrize(
    "value",
    [
        HOME,
        WORK,
        {"value": WORK["value"], "type": "work"},
        {"value": HOME["value"], "type": "home", "primary": None},
    ],
)
def test_add_what_is_there(value: Json) -> None:
    """An element that is there by type and value is not doubled (RFC 7643 §2.4, RFC 7644 §3.5.2.1)."""
    assert patched(make_ann(), add("emails", [value])) == make_ann()


def test_add_more_of_what_is_there() -> None:
    """What an addition tells beside type and value is changed in the element that is there, among new ones."""
    value = [{"value": HOME["value"], "type": "HOME", "primary": "True", "display": "D"}, {"value": "n", "type": "x"}]
    assert patched(make_ann(), add("emails", value))["emails"] == [
        {**WORK, "primary": False},
        {"value": HOME["value"], "type": "HOME", "primary": True, "display": "D"},
        {"value": "n", "type": "x"},
    ]


def test_add_the_same_value_of_another_type() -> None:
    """The same value under another type, or under none, is another element."""
    value = [{"value": HOME["value"], "type": "other"}, {"value": HOME["value"]}]
    assert len(patched(make_ann(), add("emails", value))["emails"]) == 4
    assert patched(make_document(emails=[{"value": "a"}]), add("emails", ["a"]))["emails"] == [{"value": "a"}]


def test_add_a_certificate_that_differs_in_letter_case() -> None:
    """Where letter case matters, values that differ in it are two."""
    document = make_document(x509Certificates=[{"value": "QUJD"}])
    assert len(patched(document, add("x509Certificates", [{"value": "qujd"}]))["x509Certificates"]) == 2


@pytest.mark.requirement("7644-3.5.2.2-02", "7644-3.5.2.2-03", "7644-3.5.2.2-04")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (remove("title"), {"title": None}),
        (remove("active"), {"active": None}),
        (remove("name.givenName"), {"name": {"familyName": "B"}}),
        (remove("name"), {"name": None}),
        (remove("emails"), {"emails": None}),
        (remove('emails[type eq "work"]'), {"emails": [HOME]}),
        (remove("emails[value pr]"), {"emails": None}),
        (remove('emails[type eq "work"].primary'), {"emails": [{**WORK, "primary": None}, HOME]}),
        (remove('emails[type eq "work" and value sw "h"]'), {}),
        (remove('emails[type eq "other"]'), {}),  # Q26
        (remove('emails[type eq "other"].value'), {}),
        (remove("nickName"), {}),
        (remove("name.middleName"), {}),
        (remove(ENTERPRISE), {}),
        (remove("emails", value=[{"value": "W@x.example"}]), {"emails": [HOME]}),
        (remove("emails", value=[{"value": "h@x.example", "primary": False}]), {"emails": [WORK]}),
        (remove("emails", value=[{"value": "h@x.example", "type": "work"}]), {}),
        (remove("emails", value=[{"nope": "x"}]), {}),
    ],
)
def test_remove(operation: Json, expected: Json) -> None:
    """remove unassigns; with a filter it takes what matches, and what matches nothing is no error (§3.5.2.2)."""
    assert patched(make_ann(), operation) == make_ann(**expected)


def test_remove_sub_attribute_of_all() -> None:
    """A sub-attribute without a filter is removed from every element."""
    assert patched(make_ann(), remove("emails.type"))["emails"] == [
        {"value": "w@x.example", "primary": True},
        {"value": "h@x.example"},
    ]


@pytest.mark.requirement("7644-3.5.2.2-06")
@pytest.mark.parametrize(("kind", "path"), [("User", "userName"), ("User", "USERNAME"), ("Group", "displayName")])
def test_remove_what_is_required(kind: str, path: str) -> None:
    """A required attribute cannot be removed (RFC 7644 §3.5.2.2)."""
    with pytest.raises(MutabilityException):
        patched(make_document(kind), remove(path), kind=kind)


@pytest.mark.requirement("7644-3.5.2.3-02", "7644-3.5.2.3-03", "7644-3.5.2.3-05", "7644-3.5.2.3-06")
@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (replace("title", "U"), {"title": "U"}),
        (replace("nickName", "N"), {"nickName": "N"}),
        (replace("name", {"familyName": "C"}), {"name": {**NAME, "familyName": "C"}}),
        (replace("name", {"familyName": ""}), {"name": {"givenName": "A"}}),
        (replace("name", {"familyName": None, "givenName": None}), {"name": None}),
        (replace("name.familyName", "C"), {"name": {**NAME, "familyName": "C"}}),
        (replace("name.familyName", ""), {"name": {"givenName": "A"}}),
        (replace("emails", [{"value": "n"}]), {"emails": [{"value": "n"}]}),
        (replace('emails[type eq "home"].value', "n"), {"emails": [WORK, {**HOME, "value": "n"}]}),
        (replace('emails[type eq "home"]', {"value": "n"}), {"emails": [WORK, {**HOME, "value": "n"}]}),
        (
            replace('emails[type eq "home"]', {"type": "x", "display": "D"}),
            {"emails": [WORK, {**HOME, "type": "x", "display": "D"}]},
        ),
        (replace('emails[type eq "work"]', {"primary": ""}), {"emails": [{**WORK, "primary": None}, HOME]}),
        (replace('emails[type eq "home"]', ""), {"emails": [WORK]}),
        (replace("emails.value", "n"), {"emails": [{**WORK, "value": "n"}, HOME]}),
        (replace("emails.display", "D"), {"emails": [{**WORK, "display": "D"}, HOME]}),
        (replace("emails.primary", ""), {"emails": [{**WORK, "primary": None}, HOME]}),
        (replace("emails.display", ""), {}),
        (replace("emails.primary", False), {"emails": [{**WORK, "primary": False}, HOME]}),
        (replace("phoneNumbers.value", "5"), {"phoneNumbers": [{"value": "5"}]}),
        (replace("phoneNumbers.value", ""), {}),
        (replace(None, {"title": "U", "nickName": None}), {"title": "U"}),
        (replace("password", "secret"), {}),
    ],
)
def test_replace(operation: Json, expected: Json) -> None:
    """replace sets what is single, merges what is complex, exchanges lists, changes what filters select (§3.5.2.3)."""
    assert patched(make_ann(), operation) == make_ann(**expected)


@pytest.mark.requirement("7644-3.5.2.1-09", "7644-3.5.2.3-07")
@pytest.mark.parametrize("op", [add, replace])
@pytest.mark.parametrize(
    ("path", "value", "element"),
    [
        ('emails[type eq "other"].value', "o", {"type": "other", "value": "o"}),
        ('emails[type eq "other"]', {"value": "o"}, {"type": "other", "value": "o"}),
        ('emails[type eq "other" and display eq "D"].value', "o", {"type": "other", "display": "D", "value": "o"}),
        (
            'emails[type eq "other" and primary eq "false"].value',
            "o",
            {"type": "other", "primary": False, "value": "o"},
        ),
        ('emails.type eq "other"', {"value": "o"}, {"type": "other", "value": "o"}),
    ],
)
def test_filter_without_a_match(op: Any, path: str, value: Any, element: Json) -> None:
    """Q7: equalities that select nothing make the element; by the letter of the RFC they are noTarget (§3.5.2.3)."""
    assert patched(make_ann(), op(path, value))["emails"] == [WORK, HOME, element]
    with pytest.raises(NoTargetException):
        patched(make_ann(), op(path, value), creates_unmatched=False)


@pytest.mark.parametrize(
    "path",
    [
        'emails[type eq "a" or type eq "b"].value',
        'emails[type sw "x"].value',
        "emails[not (type pr)].value",
        'emails[type ne "work" and type ne "home"].value',
        "photos[value pr].display",
    ],
)
def test_filter_that_describes_no_element(path: str) -> None:
    """A filter of anything but equalities describes nothing that could be made."""
    with pytest.raises(NoTargetException):
        patched(make_ann(), replace(path, "x"))


@pytest.mark.requirement("7643-2.4-03")
@pytest.mark.parametrize(
    ("chosen", "others"),
    [
        ("primary eq false", [WORK]),
        ('primary eq "False"', [WORK]),
        ("primary ne true", [WORK]),
        ("not (primary ne false)", [WORK]),
        ('primary eq false and type eq "home"', [WORK]),
        ('PRIMARY eq false or type eq "work"', []),
        ("primary ne false", [HOME]),
        ("not (primary eq false)", [HOME]),
        ("primary eq true", [HOME]),
        ("primary pr", [HOME]),
    ],
)
def test_a_missing_primary_is_false(chosen: str, others: list[Json]) -> None:
    """Value filters of paths select as those of queries do: what does not say primary is not (RFC 7643 §2.4)."""
    assert patched(make_ann(), remove(f"emails[{chosen}]")) == make_ann(emails=others)


def test_element_of_no_primary() -> None:
    """A part of the elements that are not primary is set; where there is none, one is made that says so."""
    operation = replace("emails[primary eq false].display", "D")
    assert patched(make_ann(), operation)["emails"] == [WORK, {**HOME, "display": "D"}]
    assert patched(make_ann(emails=[WORK]), operation)["emails"] == [WORK, {"primary": False, "display": "D"}]


@pytest.mark.requirement("7644-3.5.2-11")
@pytest.mark.parametrize(
    ("operation", "primaries"),
    [
        (add("emails", [{"value": "n", "primary": True}]), [False, None, True]),
        (
            add("emails", [{"value": "n", "primary": "True"}, {"value": "m", "primary": True}]),
            [False, None, True, False],
        ),
        (add("emails", [{"value": "n"}]), [True, None, None]),
        (replace('emails[type eq "home"].primary', True), [False, True]),
        (replace('emails[type eq "home"].primary', "True"), [False, True]),
        (replace('emails[type eq "home"]', {"primary": True}), [False, True]),
        (replace('emails[type eq "work"].primary', False), [False, None]),
        (replace('emails[type eq "new"].primary', True), [False, None, True]),
        (replace("emails.primary", True), [True, None]),
    ],
)
def test_primary_moves(operation: Json, primaries: list[bool | None]) -> None:
    """An element made primary takes that from the one that was (RFC 7644 §3.5.2)."""
    assert [each.get("primary") for each in patched(make_ann(), operation)["emails"]] == primaries


def test_the_last_part_of_the_preferred_element() -> None:
    """An element whose only part is emptied is gone, and the others stay."""
    document = make_document(emails=[{"value": "a"}, {"value": "b"}])
    once = patched(document, replace("emails.value", ""))
    assert once["emails"] == [{"value": "b"}]
    assert "emails" not in patched(once, replace(None, {"emails.value": None}))


def test_primary_of_several_at_once() -> None:
    """One operation cannot make several elements primary; one that was already gives way."""
    assert primaries(patched(make_ann(), replace("emails[value pr].primary", True))) == [1]
    with pytest.raises(SCIMException) as caught:
        patched(make_document(emails=["a", "b"]), replace("emails[value pr].primary", True))
    assert caught.value.scim_type == "invalidValue"


@pytest.mark.requirement("7644-3.5.2.1-08")
@pytest.mark.parametrize(
    "operation",
    [
        replace("title", "T"),
        add("title", "T"),
        replace("name", {"givenName": "A"}),
        replace("emails", [WORK, HOME]),
        replace('emails[type eq "work"].primary', True),
        replace("active", "True"),
        add("nickName", ""),
        add("emails", []),
        remove("nickName"),
        replace("nickName", None),
        add(None, {}),
    ],
)
def test_change_of_nothing(operation: Json) -> None:
    """Q25: what changes nothing gives an equal document."""
    assert patched(make_ann(), operation) == make_ann()


@pytest.mark.requirement("7644-3.5.2-10")
def test_operations_see_those_before() -> None:
    """Operations are applied in their order, each to the result of the one before (RFC 7644 §3.5.2)."""
    operations = (
        remove("emails"),
        add('emails[type eq "other"].value', "o"),
        replace('emails[value eq "o"].display', "D"),
        remove('emails[display eq "D"].type'),
    )
    assert patched(make_ann(), *operations)["emails"] == [{"value": "o", "display": "D"}]


@pytest.mark.requirement("7644-3.5.2-12")
@pytest.mark.parametrize("failing", [remove("userName"), replace('emails[type sw "x"].value', "v")])
def test_all_or_nothing(failing: Json) -> None:
    """A request one of whose operations fails changes nothing (RFC 7644 §3.5.2)."""
    document = make_ann()
    with pytest.raises(SCIMException):
        patched(document, replace("title", "U"), add("emails", ["n"]), failing)
    assert document == make_ann()


def test_number_of_values_is_bounded() -> None:
    """A list grows no longer than each operation can go through, by one operation or by several."""
    many = [str(each) for each in range(MAX_VALUES)]
    assert len(patched(make_document(), add("emails", many))["emails"]) == MAX_VALUES
    for operations in ([add("emails", [*many, "x"])], [add("emails", many), add("emails", ["x"])]):
        with pytest.raises(SCIMException) as caught:
            patched(make_document(), *operations)
        assert caught.value.detail == f"emails takes at most {MAX_VALUES} values, not {MAX_VALUES + 1}"


def test_number_of_operations_is_bounded() -> None:
    """A request cannot keep us busy with thousands of changes of one resource."""
    with pytest.raises(InvalidSyntaxException):
        patched(make_document(), *[replace("title", "x")] * (MAX_OPERATIONS + 1))


def test_patch_of_a_group() -> None:
    """A group's own attributes are patched like any."""
    document = make_document("Group", externalId="e")
    assert patched(document, replace("displayName", "N"), remove("externalId"), kind="Group") == {"displayName": "N"}


def primaries(document: Json) -> list[int]:
    """How many primary elements each list has."""
    lists = [value for value in document.values() if isinstance(value, list)]
    return [sum(each.get("primary") is True for each in elements) for elements in lists]


@given(ATTRIBUTES, st.lists(OPERATIONS, min_size=1, max_size=4), st.booleans())
@settings(PROPERTY, max_examples=200)
def test_any_patch(attributes: Json, operations: list[Json], creates_unmatched: bool) -> None:
    """A PATCH changes no document but its copy, never fails halfway, and gives only what a client could have sent."""
    document = make_document(**attributes)
    before = copy.deepcopy(document)
    after = attempt(lambda: patched(document, *operations, creates_unmatched=creates_unmatched))
    if isinstance(after, SCIMException):
        assert after.status == 400
        assert after.scim_type
    else:
        assert make_document(**after) == after
        assert max(primaries(after), default=0) <= 1
        one_by_one = document
        for each in operations:
            one_by_one = patched(one_by_one, each, creates_unmatched=creates_unmatched)
        assert one_by_one == after
    assert document == before
