"""What a query of the base URL asks for."""

from typing import Any

import pytest
from scim2_models import InvalidFilterException, InvalidValueException

from scim.root_search import root_request


def _kinds(**parameters: Any) -> list[str]:
    return [part.kind for part in root_request(parameters).parts]


def test_everything_is_asked_for() -> None:
    """Users first, then groups, without a filter."""
    asked = root_request({})
    assert [(part.kind, part.filter) for part in asked.parts] == [("User", None), ("Group", None)]
    assert (asked.whole.start_index, asked.whole.count, asked.whole.cursor, asked.merged) == (1, 100, None, False)


def test_filter_narrows_the_kinds() -> None:
    """What cannot match is not asked."""
    assert _kinds(filter='meta.resourceType eq "Group"') == ["Group"]
    assert _kinds(filter="userName pr") == ["User"]
    assert _kinds(filter='meta.resourceType eq "Device"') == []


@pytest.mark.parametrize(
    ("sort_by", "order", "kinds", "merged"),
    [
        ("displayName", "ascending", ["User", "Group"], True),
        ("displayName", "descending", ["User", "Group"], True),
        ("userName", "ascending", ["User", "Group"], False),
        ("userName", "descending", ["Group", "User"], False),
        ("members.value", "ascending", ["Group", "User"], False),
        ("members.value", "descending", ["User", "Group"], False),
    ],
)
def test_kind_without_the_attribute_has_no_value(sort_by: str, order: str, kinds: list[str], merged: bool) -> None:
    """It stands last, and first where descending (RFC 7644 §3.4.2.3)."""
    asked = root_request({"sortby": sort_by, "sortorder": order})
    assert ([part.kind for part in asked.parts], asked.merged) == (kinds, merged)


def test_one_kind_needs_no_merging() -> None:
    """Where the filter leaves one kind, its own order is that of the list."""
    assert root_request({"sortby": "displayName", "filter": "userName pr"}).merged is False


def test_each_kind_has_its_projection() -> None:
    """A name that a kind does not have shows nothing of it."""
    asked = root_request({"attributes": ["userName", "members"]})
    assert asked.projections["User"].shows("userName")
    assert not asked.projections["Group"].shows("displayName")
    assert asked.projections["Group"].shows("members")


@pytest.mark.parametrize("sort_by", ["nothing", "name", "meta", 5, "a b"])
def test_order_that_nothing_has_is_refused(sort_by: Any) -> None:
    """As in the list of one kind."""
    with pytest.raises(InvalidValueException):
        root_request({"sortby": sort_by})


@pytest.mark.parametrize("given", [{"filter": 5}, {"startindex": "x"}, {"cursor": 5}, {"attributes": 5}])
def test_parameter_of_another_type_is_refused(given: dict[str, Any]) -> None:
    """As in the list of one kind."""
    with pytest.raises(InvalidValueException):
        root_request(given)


def test_attribute_of_no_kind_is_refused() -> None:
    """It is a mistake, and no empty list."""
    with pytest.raises(InvalidFilterException):
        root_request({"filter": "nothing pr"})
