"""Data of registered extensions in POST, PUT, PATCH, filters, orders and projections."""

from typing import Any

import pytest
from scim2_models import InvalidFilterException, InvalidValueException, MutabilityException, SCIMException

from scim import filters
from scim.extension_schemas import ExtensionSchema
from scim.extensions import UniqueValue, replacing, unique_values, visible, with_dormant
from scim.messages import list_request
from scim.operations import parse_patch
from scim.patch import apply_patch
from scim.projection import Projection
from scim.resources import read_resource
from scim.types import ResourceType, type_of
from tests.scim.builders import Json, add, make_body, message, remove, replace
from tests.scim.extension_builders import URN, attribute, schema, user_type

TYPE = user_type()
REQUIRED = user_type(schema(attribute("badge", required=True), attribute("color"), required=True))
OPTIONAL = user_type(schema(attribute("badge", required=True), attribute("color")))


def read(data: Any, kind: ResourceType = TYPE) -> Json:
    """The document of a user whom a client sent with this extension."""
    return read_resource(make_body(**{URN: data}), kind).document


def stored(data: Any, kind: ResourceType = TYPE) -> Any:
    """What of it is stored."""
    return read(data, kind).get(URN)


def patched(data: Any, *operations: Json, kind: ResourceType = TYPE) -> Any:
    """The extension of a user who has *data*, after a PATCH."""
    document = {"userName": "ann", **({URN: data} if data else {})}
    return apply_patch(document, parse_patch(message(*operations), kind).operations, kind).get(URN)


# Whole resources


@pytest.mark.requirement("7643-2.3.3-01")
@pytest.mark.parametrize(
    "data",
    [
        {"badge": "B-1", "color": "Red", "code": "x"},
        {"color": "red"},
        {"floor": -3},
        {"height": 1.5},
        {"since": "2026-03-01T09:30:00Z"},
        {"since": "2026-03-01T09:30:00.120456+02:00"},
        {"since": "2026-03-01T09:30:00"},
        {"trusted": False},
        {"manual": "https://x.example/m", "print": "AAEC"},
        {"print": "AAE"},
        {"tags": ["a", "b"]},
        {"pin": "1234", "hidden": "x"},
        {"desk": {"room": "1.01", "row": 3}},
        {"cars": [{"value": "W-1", "type": "work", "primary": True, "$ref": "../c"}, {"value": "W-2"}]},
    ],
)
def test_values_are_kept_as_they_came(data: Json) -> None:
    """Each type in its forms, and texts of all kinds unchanged."""
    assert stored(data) == data


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"BADGE": "B", "Desk": {"ROOM": "1"}}, {"badge": "B", "desk": {"room": "1"}}),
        ({"badge": "B", "nope": 1}, {"badge": "B"}),
        ({"trusted": "True"}, {"trusted": True}),
        ({"height": 5}, {"height": 5.0}),
        ({"badge": "B", "seen": "2026-03-01T09:30:00Z"}, {"badge": "B"}),  # read-only
        ({"badge": None, "tags": [], "desk": {}}, None),
        ({"tags": "a"}, {"tags": ["a"]}),
        ({}, None),
        (None, None),
    ],
)
def test_values_are_put_right(data: Any, kept: Any) -> None:
    """As those of the standard's attributes are."""
    assert stored(data) == kept


@pytest.mark.requirement("7643-2.3.4-01")
@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"badge": 7}, f"{URN}:badge must be a text"),
        ({"floor": 1.5}, f"{URN}:floor must be a whole number"),
        ({"floor": "1"}, f"{URN}:floor must be a number"),
        ({"floor": True}, f"{URN}:floor must be a number"),
        ({"height": "1.5"}, f"{URN}:height must be a number"),
        ({"since": "yesterday"}, f"{URN}:since must be a date and time"),
        ({"since": "2026-03-01"}, f"{URN}:since must be a date and time"),
        ({"since": "2026-02-30T00:00:00Z"}, f"{URN}:since must be a date and time"),
        ({"since": 1}, f"{URN}:since must be a text"),
        ({"trusted": "maybe"}, f"{URN}:trusted must be true or false"),
        ({"manual": 1}, f"{URN}:manual must be a text"),
        ({"print": "not base64!"}, f"{URN}:print must be base64"),
        ({"color": "blue"}, f"{URN}:color must be one of Red, Green"),
        ({"cars": [{"type": "fast"}]}, f"{URN}:cars.type must be one of work, home"),
        ({"tags": [1]}, f"{URN}:tags must be a text"),
        ({"desk": {"row": 1}}, f"{URN}:desk.room is required"),
        ({"desk": "1.01"}, f"{URN}:desk must be an object"),
        ({"badge": "x" * 1_001}, f"{URN}:badge is unique and so has at most 1000"),
        ({"tags": ["x"] * 201}, "tags takes at most 200 values"),
        ("x", f"{URN} must be an object"),
        ([{"badge": "x"}], f"{URN} must be an object"),
    ],
)
def test_values_that_are_refused(data: Any, told: str) -> None:
    """A value of another type, outside the canonical ones, or without what is required (RFC 7643 §2.2, §2.3)."""
    with pytest.raises(InvalidValueException) as refused:
        read(data)
    assert told in str(refused.value.detail)


@pytest.mark.requirement("7643-6-04")
@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (None, REQUIRED, f"{URN} is required"),
        ({"color": "x"}, REQUIRED, f"{URN}:badge is required"),
        ({"color": "x"}, OPTIONAL, f"{URN}:badge is required"),
    ],
)
def test_what_is_required(data: Any, kind: ResourceType, told: str) -> None:
    """An extension of every resource, or attributes of one that is there (RFC 7643 §6, §7)."""
    with pytest.raises(InvalidValueException) as refused:
        read(data, kind)
    assert refused.value.detail == told


def test_optional_extension_may_be_left_out() -> None:
    """Its required attributes are required of nobody without it."""
    assert stored(None, OPTIONAL) is None


def test_types_do_not_mix() -> None:
    """What one account registered is unknown in another, and to every other type."""
    assert read_resource(make_body(**{URN: {"badge": "B"}}), "User").unknown == (URN,)
    assert read_resource(make_body("Group", **{URN: {"badge": "B"}}), "Group").unknown == (URN,)
    assert type_of("User") is type_of(type_of("User"))
    assert URN not in type_of("User").extensions


# PUT

BEFORE: Json = {
    "userName": "ann",
    URN: {"badge": "B", "number": 7, "pin": "1234", "hidden": "h", "color": "Red"},
}


def test_replacing_keeps_what_a_client_cannot_send() -> None:
    """Never shown, or not to be changed; all else that is left out is cleared (RFC 7644 §3.5.1)."""
    assert replacing({"userName": "ann"}, BEFORE, TYPE)[URN] == {"number": 7, "pin": "1234", "hidden": "h"}
    replaced = replacing({"userName": "ann", URN: {"pin": "5", "number": 7}}, BEFORE, TYPE)
    assert replaced[URN] == {"number": 7, "pin": "5", "hidden": "h"}


@pytest.mark.requirement("7643-7-05", "7644-3.5.1-04", "7644-3.5.1-05")
def test_immutable_value_cannot_be_replaced() -> None:
    """It can be set while there is none (RFC 7643 §7)."""
    with pytest.raises(MutabilityException):
        replacing({"userName": "ann", URN: {"number": 8}}, BEFORE, TYPE)
    assert replacing({"userName": "ann", URN: {"number": 8}}, {"userName": "ann"}, TYPE)[URN] == {"number": 8}


# PATCH


@pytest.mark.parametrize(
    ("data", "operation", "after"),
    [
        (None, add(f"{URN}:badge", "B"), {"badge": "B"}),
        (None, add(f"{URN.upper().replace('URN:', 'urn:')}:BADGE", "B"), {"badge": "B"}),
        (None, replace(f"{URN}.badge", "B"), {"badge": "B"}),
        (None, add(URN, {"badge": "B", "floor": 1}), {"badge": "B", "floor": 1}),
        (None, add(None, {URN: {"badge": "B"}}), {"badge": "B"}),
        (None, replace(None, {f"{URN}:badge": "B"}), {"badge": "B"}),
        (None, replace(None, {f"{URN}:desk.room": "1"}), {"desk": {"room": "1"}}),
        (None, add(f"{URN}:desk", {"room": "1", "row": 2}), {"desk": {"room": "1", "row": 2}}),
        ({"desk": {"room": "1", "row": 2}}, replace(f"{URN}:desk.row", 3), {"desk": {"room": "1", "row": 3}}),
        ({"desk": {"room": "1", "row": 2}}, remove(f"{URN}:desk.row"), {"desk": {"room": "1"}}),
        ({"badge": "B"}, remove(f"{URN}:badge"), None),
        ({"badge": "B", "floor": 1}, remove(URN), None),
        ({"badge": "B", "floor": 1}, replace(f"{URN}:badge", ""), {"floor": 1}),
        ({"tags": ["a"]}, add(f"{URN}:tags", ["A", "b"]), {"tags": ["a", "b"]}),  # not caseExact
        ({"tags": ["value"]}, add(f"{URN}:tags", "value"), {"tags": ["value"]}),
        ({"tags": ["a"]}, replace(f"{URN}:tags", ["b"]), {"tags": ["b"]}),
        ({"tags": ["a"]}, remove(f"{URN}:tags"), None),
        (
            {"cars": [{"value": "W-1", "type": "work"}]},
            replace(f'{URN}:cars[type eq "work"].value', "W-2"),
            {"cars": [{"value": "W-2", "type": "work"}]},
        ),
        (
            {"cars": [{"value": "W-1", "type": "work"}, {"value": "H-1", "type": "home"}]},
            remove(f'{URN}:cars[type eq "home"]'),
            {"cars": [{"value": "W-1", "type": "work"}]},
        ),
        (
            {"cars": [{"value": "W-1", "type": "work"}]},
            add(f"{URN}:cars", [{"value": "w-1", "type": "work", "primary": True}]),
            {"cars": [{"value": "w-1", "type": "work", "primary": True}]},
        ),
        (None, add(f'{URN}:cars[type eq "work"].value', "W-1"), {"cars": [{"type": "work", "value": "W-1"}]}),
        ({"number": 7}, replace(f"{URN}:number", 7), {"number": 7}),
        (None, add(f"{URN}:number", 7), {"number": 7}),
        ({"badge": "B"}, add(None, {URN: {"seen": "2026-03-01T09:30:00Z"}}), {"badge": "B"}),  # read-only: left aside
        ({"floor": 1}, replace("floor", 2), {"floor": 2}),  # as Entra writes ``manager``
        (None, add(f"{URN}:since", "2026-03-01T09:30:00+02:00"), {"since": "2026-03-01T09:30:00+02:00"}),
    ],
)
def test_patch(data: Any, operation: Json, after: Any) -> None:
    """Paths with the URN, objects under it, and keys that begin with it."""
    assert patched(data, operation) == after


@pytest.mark.requirement("7644-3.5.2-07")
@pytest.mark.parametrize(
    ("data", "operation", "scim_type"),
    [
        (None, add(f"{URN}:nope", 1), "invalidPath"),
        (None, add(f"{URN}:floor", 1.5), "invalidValue"),
        (None, add(f"{URN}:floor", "1"), "invalidValue"),
        (None, add(f"{URN}:color", "blue"), "invalidValue"),
        (None, add(f"{URN}:print", "?"), "invalidValue"),
        (None, add(f"{URN}:since", "now"), "invalidValue"),
        (None, add(URN, {"color": "blue"}), "invalidValue"),
        (None, add(f"{URN}:desk.row", 1), "invalidValue"),
        ({"desk": {"room": "1", "row": 2}}, remove(f"{URN}:desk.room"), "invalidValue"),
        ({"number": 7}, replace(f"{URN}:number", 8), "mutability"),
        ({"number": 7}, remove(f"{URN}:number"), "mutability"),
        ({"number": 7}, remove(URN), "mutability"),
        (None, replace(f"{URN}:seen", "2026-03-01T09:30:00Z"), "mutability"),
        (None, add(f"{URN}:tags", ["x"] * 201), "invalidValue"),
        (None, add(f'{URN}:desk[room eq "1"].row', 1), "invalidPath"),
    ],
)
def test_patch_that_is_refused(data: Any, operation: Json, scim_type: str) -> None:
    """For the same reasons as whole resources, and where an immutable value would change."""
    with pytest.raises(SCIMException) as refused:
        patched(data, operation)
    assert refused.value.scim_type == scim_type


def test_many_additions_together_are_too_many() -> None:
    """Also one by one."""
    data = {"tags": [f"t{each}" for each in range(200)]}
    with pytest.raises(InvalidValueException):
        patched(data, add(f"{URN}:tags", "one more"))


def test_required_attribute_goes_with_its_extension_only() -> None:
    """Alone it cannot be removed, and nothing can be there without it."""
    assert patched({"badge": "B", "color": "x"}, remove(URN), kind=OPTIONAL) is None
    with pytest.raises(MutabilityException):
        patched({"badge": "B"}, remove(f"{URN}:badge"), kind=OPTIONAL)
    with pytest.raises(InvalidValueException):
        patched(None, add(f"{URN}:color", "x"), kind=OPTIONAL)
    with pytest.raises(InvalidValueException):
        patched({"badge": "B"}, remove(URN), kind=REQUIRED)


def test_required_extension_does_not_stop_other_changes() -> None:
    """A user from before the schema was registered can still be disabled."""
    assert apply_patch(
        {"userName": "ann"}, parse_patch(message(replace("active", False)), REQUIRED).operations, REQUIRED
    ) == {"userName": "ann", "active": False}


# Data without a schema, or with another one

OTHER = user_type(schema(attribute("badge", "integer"), attribute("color")))


def test_data_outlives_its_schema() -> None:
    """It is not shown, and survives PATCH and PUT."""
    document: Json = {"userName": "ann", URN: {"badge": "B"}}
    assert visible(document, "User") == {"userName": "ann"}
    active = parse_patch(message(replace("active", True)), "User").operations
    assert apply_patch(document, active, "User") == {**document, "active": True}
    assert replacing({"userName": "eve"}, document, "User") == {"userName": "eve", URN: {"badge": "B"}}
    assert visible(document, TYPE) == document


def test_data_of_another_type_is_not_shown() -> None:
    """Nor is it lost, until a value takes its place."""
    document: Json = {"userName": "ann", URN: {"badge": "B", "color": "x", "code": "c"}}
    assert visible(document, OTHER) == {"userName": "ann", URN: {"color": "x"}}
    color = parse_patch(message(replace(f"{URN}:color", "y")), OTHER).operations
    assert apply_patch(document, color, OTHER)[URN] == {"badge": "B", "color": "y", "code": "c"}
    badge = parse_patch(message(replace(f"{URN}:badge", 7)), OTHER).operations
    assert apply_patch(document, badge, OTHER)[URN] == {"badge": 7, "color": "x", "code": "c"}
    assert with_dormant({"userName": "ann"}, document, OTHER) == {"userName": "ann", URN: {"badge": "B", "code": "c"}}


@pytest.mark.parametrize("document", [{"userName": "ann"}, {"userName": "ann", "name": {"givenName": "A"}}])
def test_ordinary_documents_are_not_copied(document: Json) -> None:
    """What there is nothing to leave out of is given as it is."""
    assert visible(document, "User") is document


# Filters and orders

PERSON: Json = {
    "id": "1",
    "userName": "ann",
    URN: {
        "badge": "B-1",
        "code": "Xy",
        "floor": 3,
        "height": 1.5,
        "since": "2026-03-01T09:30:00+02:00",
        "trusted": True,
        "print": "AAEC",
        "tags": ["one", "Two"],
        "desk": {"room": "1.01"},
        "cars": [{"value": "W-1", "type": "work"}, {"value": "H-1", "type": "home"}],
    },
}


@pytest.mark.requirement("7644-3.4.2.2-07", "7644-3.4.2.2-15", "7644-3.4.2.2-20")
@pytest.mark.parametrize(
    ("text", "matches"),
    [
        (f'{URN}:badge eq "b-1"', True),
        (f'{URN.upper()}:BADGE eq "b-1"', True),
        (f'{URN}:code eq "xy"', False),
        (f'{URN}:code eq "Xy"', True),
        (f"{URN}:floor gt 2", True),
        (f"{URN}:floor gt 2.5", True),
        (f"{URN}:floor lt 3", False),
        (f"{URN}:height ge 1.5", True),
        (f"{URN}:height gt 1", True),
        (f"{URN}:height eq 2", False),
        (f'{URN}:since eq "2026-03-01T07:30:00Z"', True),
        (f'{URN}:since gt "2026-03-01T07:30:00Z"', False),
        (f"{URN}:trusted eq true", True),
        (f'{URN}:print eq "AAEC"', True),
        (f'{URN}:tags eq "two"', True),
        (f'{URN}:tags co "n"', True),
        (f'{URN}:desk.room sw "1"', True),
        (f'{URN}:cars eq "w-1"', True),
        (f'{URN}:cars[type eq "work" and value eq "W-1"]', True),
        (f'{URN}:cars[type eq "home" and value eq "W-1"]', False),
        (f"{URN}:color pr", False),
        (f"{URN}:badge pr", True),
        (f"not ({URN}:color pr)", True),
        ('badge eq "B-1"', True),
    ],
)
def test_filter(text: str, matches: bool) -> None:
    """By the type and the letter case that the schema declares (RFC 7644 §3.4.2.2)."""
    assert filters.matches(filters.parse(text, TYPE), PERSON, TYPE) is matches


@pytest.mark.parametrize(
    "text",
    [
        f"{URN}:nope pr",
        f'{URN}:floor eq "3"',
        f'{URN}:floor co "3"',
        f"{URN}:badge eq 3",
        f'{URN}:since eq "now"',
        f'{URN}:since co "2026"',
        f"{URN}:trusted gt true",
        f'{URN}:print gt "A"',
        f'{URN}:desk eq "1"',
        f'{URN}:desk[room eq "1"]',
        f'{URN}:pin eq "1234"',  # what is never shown is not to be guessed either
        f"{URN}:hidden pr",
        f'{URN}:desk.key sw "1"',
    ],
)
def test_filter_that_is_refused(text: str) -> None:
    """Unknown attributes, comparisons their types do not know, and questions about what is never shown."""
    with pytest.raises(InvalidFilterException):
        filters.parse(text, TYPE)


def test_filter_of_another_account() -> None:
    """The attributes of one account are unknown in another."""
    with pytest.raises(InvalidFilterException):
        filters.parse(f"{URN}:badge pr", "User")


@pytest.mark.parametrize("name", ["badge", "desk.room", "cars", "cars.value", "since"])
def test_order(name: str) -> None:
    """By any attribute that has one."""
    assert list_request({"sortby": f"{URN}:{name}"}, TYPE).sort_by is not None


@pytest.mark.parametrize("name", ["desk", "nope", "pin", "hidden"])
def test_order_that_is_refused(name: str) -> None:
    """Not by a whole complex attribute, nor by what is never shown."""
    with pytest.raises(InvalidValueException):
        list_request({"sortby": f"{URN}:{name}"}, TYPE)


# Projection

SHOWN: Json = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", URN],
    "id": "1",
    "userName": "ann",
    URN: {
        "badge": "B",
        "note": "n",
        "site": "s",
        "hidden": "h",
        "pin": "p",
        "desk": {"room": "1", "key": "k", "row": 2},
    },
}


@pytest.mark.requirement("7643-7-07")
@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        ([], [], {"badge": "B", "site": "s", "desk": {"room": "1", "row": 2}}),
        ([URN], [], {"badge": "B", "note": "n", "site": "s", "desk": {"room": "1", "row": 2}}),
        (["userName"], [], {"site": "s"}),
        ([f"{URN}:note"], [], {"note": "n", "site": "s"}),
        ([f"{URN}:hidden", f"{URN}:pin"], [], {"site": "s"}),
        ([f"{URN}:desk.room", f"{URN}:desk.key"], [], {"site": "s", "desk": {"room": "1"}}),
        ([f"{URN}:desk"], [], {"site": "s", "desk": {"room": "1", "row": 2}}),
        ([], [f"{URN}:badge", f"{URN}:site"], {"site": "s", "desk": {"room": "1", "row": 2}}),
        ([], [f"{URN}:desk.row", f"{URN}:badge"], {"site": "s", "desk": {"room": "1"}}),
        ([], [URN], {"site": "s"}),
    ],
)
def test_projection(attributes: list[str], excluded: list[str], shown: Any) -> None:
    """Always, by default, when asked for, and never: as the schema says (RFC 7643 §7)."""
    assert Projection.of(TYPE, attributes, excluded).apply(SHOWN)[URN] == shown


def test_extension_that_is_not_shown_is_not_named() -> None:
    """In schemas stands what the answer has something of (RFC 7643 §3)."""
    answer = Projection.of(TYPE).apply({**SHOWN, URN: {"hidden": "h"}})
    assert answer == {name: value for name, value in SHOWN.items() if name != URN} | {"schemas": SHOWN["schemas"][:1]}


# Uniqueness


def unique(*attributes: Json) -> tuple[ResourceType, ExtensionSchema]:
    """A type with these attributes, all of them unique."""
    declared = schema(*({**each, "uniqueness": "server"} for each in attributes))
    return user_type(declared), declared


@pytest.mark.parametrize(
    ("declared", "one", "other", "same"),
    [
        (attribute("a"), "B", "b", True),
        (attribute("a", caseExact=True), "B", "b", False),
        (attribute("a", "integer"), 1, 1, True),
        (attribute("a", "integer"), 1, 11, False),
        (attribute("a", "decimal"), 1.0, 1, True),
        (attribute("a", "dateTime"), "2026-03-01T09:30:00Z", "2026-03-01T10:30:00+01:00", True),
        (attribute("a", "dateTime"), "2026-03-01T09:30:00", "2026-03-01T09:30:00Z", True),
        (attribute("a", "reference"), "x", "X", False),
    ],
)
def test_same_value(declared: Json, one: Any, other: Any, same: bool) -> None:
    """Values are the same as their attribute compares them."""
    kind, _ = unique(declared)
    values = [unique_values({URN: {"a": each}}, kind) for each in (one, other)]
    assert all(values)
    assert (values[0] == values[1]) is same


def test_no_value_is_not_unique() -> None:
    """Many may have none; and what is not declared unique is not."""
    assert unique_values({"userName": "ann"}, TYPE) == ()
    assert unique_values({URN: {"color": "Red"}}, TYPE) == ()


def test_value_stays_held_with_its_data() -> None:
    """As long as the schema is removed nobody changes what it was about."""
    held = (UniqueValue(f"{URN}:badge", "b"),)
    assert unique_values({URN: {"badge": "B"}}, "User", held) == held
    assert unique_values({URN: {"badge": "C"}}, TYPE, held) == (UniqueValue(f"{URN}:badge", "c"),)
    assert unique_values({}, TYPE, held) == ()
