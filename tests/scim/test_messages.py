"""What a list asks for, and the list that answers."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import InvalidSyntaxException, SCIMException

from scim.limits import Limits
from scim.messages import (
    DEFAULT_PAGE_SIZE,
    LIST_SCHEMA,
    SEARCH_SCHEMA,
    ListRequest,
    list_request,
    list_response,
    projection_of,
    search_parameters,
)
from tests.scim.builders import ENTERPRISE, Json, attempt, make_resource
from tests.scim.strategies import JUNK, PROPERTY, SOUP


def asked(**parameters: Any) -> ListRequest:
    """What query parameters ask for."""
    return list_request({name.lower(): value for name, value in parameters.items()}, "User")


def test_nothing_asked() -> None:
    """Without parameters it is the first page of everything."""
    request = asked()
    assert (request.start_index, request.count, request.cursor) == (1, DEFAULT_PAGE_SIZE, None)
    assert (request.filter, request.sort_by, request.descending) == (None, None, False)
    assert not request.projection


@pytest.mark.requirement("7644-3.4.2.4-01", "7644-3.4.2.4-03", "7644-3.4.2.4-05")
@pytest.mark.parametrize(
    ("parameters", "start_index", "count"),
    [
        ({"startIndex": "3", "count": "20"}, 3, 20),
        ({"startIndex": 3, "count": 20}, 3, 20),
        ({"startIndex": "0"}, 1, DEFAULT_PAGE_SIZE),  # below 1 is 1 (RFC 7644 §3.4.2.4)
        ({"startIndex": "-7"}, 1, DEFAULT_PAGE_SIZE),
        ({"count": "0"}, 1, 0),
        ({"count": "-5"}, 1, 0),
        ({"count": "+5"}, 1, 5),
        ({"count": "99999"}, 1, Limits().page_size),
        ({"startIndex": "", "count": None}, 1, DEFAULT_PAGE_SIZE),
        ({"startIndex": "1", "count": "100", "foo": "bar"}, 1, 100),
    ],
)
def test_pages_by_index(parameters: Json, start_index: int, count: int) -> None:
    """startIndex counts from 1, and count has a lower and an upper bound; what is unknown is ignored."""
    request = asked(**parameters)
    assert (request.start_index, request.count) == (start_index, count)


@pytest.mark.requirement("7644-3.4.2.4-08")
@pytest.mark.parametrize("value", ["ten", "1.5", 1.5, True, "1_0", "٣", "9" * 5_000, [], {}, "0x1"])
@pytest.mark.parametrize("name", ["startIndex", "count"])
def test_number_that_is_none(name: str, value: Any) -> None:
    """A number that is none is refused by its name; in a walk by cursor as invalidCount (RFC 9865 §2)."""
    with pytest.raises(SCIMException) as caught:
        asked(**{name: value})
    assert (caught.value.scim_type, caught.value.detail) == ("invalidValue", f"{name} must be a whole number")
    if name == "count":
        with pytest.raises(SCIMException) as caught:
            asked(count=value, cursor="")
        assert caught.value.scim_type == "invalidCount"


def test_pages_by_cursor() -> None:
    """An empty cursor asks for the first page of a walk."""
    assert asked(cursor="").cursor == ""
    assert asked(cursor="abc", count="7").count == 7


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("userName", (None, "userName", None)),
        ("EMAILS", (None, "emails", "value")),
        ("name.familyName", (None, "name", "familyName")),
        ("meta.created", (None, "meta", "created")),
        (f"{ENTERPRISE}:department", (ENTERPRISE, "department", None)),
        ("manager", (ENTERPRISE, "manager", "value")),
    ],
)
def test_sort_by(sort_by: str, expected: tuple[str | None, str, str | None]) -> None:
    """A list is sorted by an attribute, a complex one by its value (RFC 7644 §3.4.2.3)."""
    location = asked(sortBy=sort_by).sort_by
    assert location is not None
    assert (location.extension, location.name, location.sub) == expected


@pytest.mark.parametrize("sort_by", ["nope", "name", "addresses", "meta", 'emails[type eq "a"]', "a b", 5, ENTERPRISE])
def test_sort_by_what_has_no_order(sort_by: Any) -> None:
    """What is no attribute, or has parts without an order, is refused."""
    with pytest.raises(SCIMException) as caught:
        asked(sortBy=sort_by)
    assert caught.value.scim_type == "invalidValue"


@pytest.mark.parametrize(
    ("order", "descending"), [("descending", True), ("Descending", True), ("ascending", False), ("", False), (5, False)]
)
def test_sort_order(order: Any, descending: bool) -> None:
    """The order is ascending unless told otherwise."""
    assert asked(sortBy="title", sortOrder=order).descending is descending


@pytest.mark.parametrize("names", ["userName,emails", " userName , emails ,", ["userName", "emails"]])
def test_projection_of_parameters(names: Any) -> None:
    """Names come as a list or with commas between them."""
    shown = projection_of({"attributes": names}, "User").apply(make_resource(emails=["a"], title="T"))
    assert shown.keys() == {"schemas", "id", "userName", "emails"}


@pytest.mark.parametrize(
    "parameters",
    [{"filter": 5}, {"cursor": 5}, {"attributes": 5}, {"attributes": ["a", 5]}, {"excludedAttributes": {"a": 1}}],
)
def test_parameters_of_other_types(parameters: Json) -> None:
    """In a search the members have types, and the one that has another is named."""
    with pytest.raises(SCIMException) as caught:
        asked(**parameters)
    assert caught.value.scim_type == "invalidValue"
    assert next(iter(parameters)) in caught.value.detail


def test_filter_of_a_list() -> None:
    """The filter is read, and kept as it came to recognise the same walk."""
    request = asked(filter='USERNAME eq "a"')
    assert (str(request.filter), request.filter_text) == ('USERNAME eq "a"', 'USERNAME eq "a"')
    with pytest.raises(SCIMException) as caught:
        asked(filter="nope pr")
    assert caught.value.scim_type == "invalidFilter"


def test_search_request() -> None:
    """A SearchRequest asks what a query asks, by names in any letter case (RFC 7644 §3.4.3)."""
    body = {
        "schemas": [SEARCH_SCHEMA.upper()],
        "STARTINDEX": 3,
        "Count": 7,
        "attributes": ["userName"],
        "filter": "id pr",
    }
    request = list_request(search_parameters(body), "User")
    assert (request.start_index, request.count, request.filter_text) == (3, 7, "id pr")
    assert request.projection


@pytest.mark.requirement("7644-3.4.3-02")
@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"schemas": []}, {"schemas": SEARCH_SCHEMA}, {"schemas": [LIST_SCHEMA]}]
)
def test_no_search_request(body: Any) -> None:
    """A body that is no such message is a syntax error."""
    with pytest.raises(InvalidSyntaxException):
        search_parameters(body)


def test_list_response() -> None:
    """A list tells its numbers as numbers, and only what applies to its way of paging."""
    assert list_response([{"id": "1"}], total=9, start_index=3) == {
        "schemas": [LIST_SCHEMA],
        "totalResults": 9,
        "startIndex": 3,
        "itemsPerPage": 1,
        "Resources": [{"id": "1"}],
    }
    assert list_response([], total=None, next_cursor="c") == {
        "schemas": [LIST_SCHEMA],
        "itemsPerPage": 0,
        "nextCursor": "c",
        "Resources": [],
    }


PARAMETERS = st.sampled_from(["filter", "sortby", "sortorder", "startindex", "count", "cursor", "attributes", "other"])


@given(st.dictionaries(PARAMETERS, SOUP | JUNK))
@settings(PROPERTY, max_examples=200)
def test_any_parameters_are_read_or_refused(parameters: Json) -> None:
    """No parameters make anything but a request or a SCIM error."""
    request = attempt(lambda: list_request(parameters, "User"))
    if isinstance(request, SCIMException):
        assert request.status == 400
        assert request.scim_type
    else:
        assert 0 <= request.count <= Limits().page_size
        assert request.start_index >= 1
