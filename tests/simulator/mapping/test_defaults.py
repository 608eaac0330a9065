"""The default mappings turn source objects into what is to stand in the target."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bodies import new_user
from simulator.mapping.apply import Change, Mapped, changes
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import ACTIVE, USER_NAME, SourceType
from simulator.paths import TargetPath, parse_path
from simulator.protocol import ENTERPRISE_URN, JsonObject
from simulator.source import sign_in_name
from tests.simulator.builders import make_user, mapped_user

EMAIL = parse_path('emails[type eq "work"].value')
SOURCES = [
    next(iter(each.reads))
    for each in DEFAULT_SCHEMA.users.attributes
    if each.source_type is SourceType.ATTRIBUTE and not each.is_reference
]
RESOURCE = {
    "userName": "ada@contoso.example",
    "active": True,
    "displayName": "Ada",
    "externalId": "ada",
    "emails": [{"type": "home", "value": "h@x.example"}, {"type": "Work", "value": "ada@contoso.example"}],
    ENTERPRISE_URN: {"department": "R&D"},
}


def differences(mapped: Mapped, resource: JsonObject) -> tuple[Change, ...]:
    return changes(DEFAULT_SCHEMA.users, mapped, resource)


@pytest.mark.parametrize(
    ("principal_name", "expected"),
    [
        ("ada@contoso.example", "ada@contoso.example"),
        ("jan.novak_fabrikam.example#EXT#@contoso.onmicrosoft.com", "jan.novak@fabrikam.example"),
        ("li_na_fabrikam.example#EXT#@contoso.onmicrosoft.com", "li_na@fabrikam.example"),
        ("dana.o'malley_northwind.example#ext#@contoso.example", "dana.o'malley@northwind.example"),
        ("#EXT#@contoso.example", "#EXT#@contoso.example"),
    ],
)
def test_guest_is_matched_by_own_address(principal_name: str, expected: str) -> None:
    """``#EXT#@tenant`` is stripped and the last underscore is the at sign again."""
    assert sign_in_name(principal_name) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"givenName": "太郎", "surname": "山田"}, "太郎 山田"),
        ({"givenName": "Sukarno"}, "Sukarno"),
        ({}, None),
    ],
)
def test_formatted_name_joins_what_there_is(attributes: dict[str, str], expected: str | None) -> None:
    """``Join`` leaves out empty parts."""
    assert mapped_user(make_user("x", attributes)).get(parse_path("name.formatted")) == expected


def test_active_follows_the_source() -> None:
    """``Switch`` gives strings, which the boolean target makes booleans; the dialect decides how they are written."""
    assert mapped_user(make_user("x", enabled=False))[ACTIVE] is False


def test_equal_resource_has_no_changes() -> None:
    """A boolean equals its string, and an element is found by its type in any letter case."""
    mapped = mapped_user(make_user("ada", mail="ada@contoso.example", department="R&D"))
    assert differences(mapped, RESOURCE) == ()


def test_empty_source_clears_nothing() -> None:
    """An attribute that the source lost is left alone."""
    assert differences(mapped_user(make_user("ada", displayName="")), RESOURCE) == ()


@pytest.mark.parametrize(
    ("attributes", "path", "had_value"),
    [
        ({"mail": "new@contoso.example"}, 'emails[type eq "work"].value', True),
        ({"mobile": "+47 1"}, 'phoneNumbers[type eq "mobile"].value', False),
        ({"department": "Sales"}, f"{ENTERPRISE_URN}:department", True),
        ({"employeeId": "7"}, f"{ENTERPRISE_URN}:employeeNumber", False),
        ({"givenName": "Ada", "displayName": "Ada"}, "name.givenName", False),
    ],
)
def test_difference_knows_whether_there_was_a_value(attributes: dict[str, str], path: str, had_value: bool) -> None:
    """Add and Replace are told apart by what the target had."""
    found = {
        str(change.target): change.had_value
        for change in differences(mapped_user(make_user("ada", attributes)), RESOURCE)
    }
    assert found[path] is had_value


@pytest.mark.parametrize("shape", [None, "text", [], [None], {"value": "x"}, [{"type": "work"}], [{"value": ""}]])
def test_value_of_another_shape_counts_as_empty(shape: Any) -> None:
    """A service provider's odd shape is a difference, never a crash."""
    assert EMAIL.read({"emails": shape}) is None
    assert TargetPath("department", urn=ENTERPRISE_URN).read({ENTERPRISE_URN: shape}) is None


def test_first_mapping_is_the_matching_attribute() -> None:
    """Users are matched by userName."""
    assert next(iter(mapped_user(make_user("x")))) == USER_NAME


@given(st.dictionaries(st.sampled_from(SOURCES), st.text(min_size=1)))
def test_created_user_has_no_changes(attributes: dict[str, str]) -> None:
    """What a creation body holds is read back as equal, whatever the attributes are."""
    mapped = mapped_user(make_user("x", attributes))
    assert differences(mapped, new_user(mapped)) == ()
