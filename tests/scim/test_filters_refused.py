"""Filters that are refused, and that no text does anything worse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import InvalidFilterException, SCIMException

from scim.filters import matches, parse
from scim.limits import Limits
from scim.models import USER_SCHEMA
from tests.scim.builders import ENTERPRISE, attempt, make_resource
from tests.scim.strategies import PROPERTY, SOUP


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName like "a"',
        'userName eq "a" or',
        'and userName eq "a"',
        'userName eq "a',
        r'userName eq "\x"',
        "userName eq 'ann'",
        "not title pr",
        "(title pr",
        "title pr)",
        "emails[]",
        'emails[type eq "work"',
        'emails[emails[type eq "x"]]',
        'emails[name.x eq "1"]',
        'emails[nope eq "1"]',
        f'emails[{USER_SCHEMA}:type eq "x"]',
        'name[givenName eq "a"]',
        'title[value eq "a"]',
        'schemas[value eq "a"]',
        'nope eq "a"',
        "nope pr",
        'name.nope eq "a"',
        'emails.value.x eq "a"',
        'user_name eq "a"',
        'urn:example:other:userName eq "a"',
        f"{ENTERPRISE} pr",
        'name eq "Ann"',
        'addresses co "x"',
        'meta eq "x"',
        "userName eq 5",
        "userName eq true",
        "userName co 5",
        "userName gt null",
        "userName co null",
        "active gt true",
        "active co true",
        "active eq 1",
        'active eq "yes"',
        'roles.primary ge "True"',
        'x509Certificates.value gt "a"',
        'meta.created eq "yesterday"',
        "meta.created gt 5",
        'meta.created co "2024"',
        'members.value eq "x"',
        'userName eq "\ud800"',
        r'userName eq "\ud800"',
        "title pr; drop",
        "userName eq \x00",
    ],
)
def test_refused(text: str) -> None:
    """What cannot be read or compared is refused as a filter, whatever is wrong (RFC 7644 §3.12)."""
    with pytest.raises(InvalidFilterException) as caught:
        parse(text, "User")
    assert caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "x" * (Limits().filter_length + 1),
        "(" * (Limits().filter_length - 1),
        "(" * 40 + "title pr",
        "not(" * 2_400,
        "not (" * 40 + "title pr" + ")" * 40,
        '\\"' * 4_000,
        '"' * 9_999,
        "eq " * 3_000,
        " or ".join(["title pr"] * (Limits().filter_terms + 1)),
    ],
)
def test_hostile(text: str) -> None:
    """Length, depth and number of comparisons are bounded."""
    with pytest.raises(InvalidFilterException):
        parse(text, "User")


def test_bounds_leave_room() -> None:
    """Filters up to the bounds are read; brackets alone cost nothing."""
    ann = make_resource(title="T")
    assert matches(parse(" or ".join(["title pr"] * Limits().filter_terms), "User"), ann, "User")
    assert matches(parse("(" * 60 + "title pr" + ")" * 60, "User"), ann, "User")
    assert not matches(parse(f'title eq "{"x" * (Limits().filter_length - 20)}"', "User"), ann, "User")


@given(SOUP | st.text(max_size=20))
@settings(PROPERTY, max_examples=200)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes anything but a filter or a SCIM error, and a filter that was read can be applied."""
    tree = attempt(lambda: parse(text, "User"))
    if isinstance(tree, SCIMException):
        assert tree.scim_type == "invalidFilter"
    else:
        assert isinstance(matches(tree, make_resource(emails=["a"]), "User"), bool)


@pytest.mark.parametrize(
    ("text", "column"), [('userName equals "ann"', 10), ("title eq a and b or", 10), ('userName like "a"', 10)]
)
def test_refusal_says_where_and_how_filters_are_written(text: str, column: int) -> None:
    """The column counts in the filter as it was sent: the first place that the grammar does not know."""
    with pytest.raises(InvalidFilterException) as refused:
        parse(text, "User")
    assert f"at column {column};" in refused.value.detail
    assert 'userName eq "ann"' in refused.value.detail
