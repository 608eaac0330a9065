"""The default mappings turn source objects into what is to stand in the target."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bodies import new_user
from simulator.mapping import ACTIVE, USER_MAPPINGS, USER_NAME, Direct, changes, map_user, sign_in_name
from simulator.paths import TargetPath
from simulator.protocol import ENTERPRISE_URN
from tests.simulator.builders import make_user

EMAIL = TargetPath("emails", "value", type="work")
SOURCES = [mapping.source.name for mapping in USER_MAPPINGS if isinstance(mapping.source, Direct)]
RESOURCE = {
    "userName": "ada@contoso.example",
    "active": True,
    "displayName": "Ada",
    "externalId": "ada",
    "emails": [{"type": "home", "value": "h@x.example"}, {"type": "Work", "value": "ada@contoso.example"}],
    ENTERPRISE_URN: {"department": "R&D"},
}


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
    assert map_user(make_user("x", attributes)).get(TargetPath("name", "formatted")) == expected


def test_active_is_the_string_of_the_expression() -> None:
    """``Switch`` gives strings, not booleans."""
    assert map_user(make_user("x", enabled=False))[ACTIVE] == "False"


def test_equal_resource_has_no_changes() -> None:
    """A boolean equals its string, and an element is found by its type in any letter case."""
    mapped = map_user(make_user("ada", mail="ada@contoso.example", department="R&D"))
    assert changes(mapped, RESOURCE) == ()


def test_empty_source_clears_nothing() -> None:
    """An attribute that the source lost is left alone."""
    assert changes(map_user(make_user("ada", displayName="")), RESOURCE) == ()


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
        str(change.target): change.had_value for change in changes(map_user(make_user("ada", attributes)), RESOURCE)
    }
    assert found[path] is had_value


@pytest.mark.parametrize("shape", [None, "text", [], [None], {"value": "x"}, [{"type": "work"}], [{"value": ""}]])
def test_value_of_another_shape_counts_as_empty(shape: Any) -> None:
    """A service provider's odd shape is a difference, never a crash."""
    assert EMAIL.read({"emails": shape}) is None
    assert TargetPath("department", urn=ENTERPRISE_URN).read({ENTERPRISE_URN: shape}) is None


def test_first_mapping_is_the_matching_attribute() -> None:
    """Users are matched by userName."""
    assert next(iter(map_user(make_user("x")))) == USER_NAME


@given(st.dictionaries(st.sampled_from(SOURCES), st.text(min_size=1)))
def test_created_user_has_no_changes(attributes: dict[str, str]) -> None:
    """What a creation body holds is read back as equal, whatever the attributes are."""
    mapped = map_user(make_user("x", attributes))
    assert changes(mapped, new_user(mapped)) == ()
