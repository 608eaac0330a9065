"""What one filter over several kinds asks of each."""

import pytest
from scim2_models import InvalidFilterException

from scim.filters import matches, parse_tree
from scim.restriction import parse_for, restrict

_KINDS = ("User", "Group")


@pytest.mark.parametrize(
    ("text", "users", "groups"),
    [
        ('userName eq "ann"', 'userName eq "ann"', False),
        ("userName pr", "userName pr", False),
        ("not (userName pr)", "not (userName pr)", True),
        ('userName ne "ann"', 'userName ne "ann"', True),  # what has no value is not this value
        ("userName eq null", "userName eq null", True),
        ("userName ne null", "userName ne null", False),
        ('userName gt "a"', 'userName gt "a"', False),
        ('emails[type eq "work"]', 'emails[type eq "work"]', False),
        ('members[value eq "x"]', False, 'members[value eq "x"]'),
        ('displayName eq "x"', 'displayName eq "x"', 'displayName eq "x"'),
        ('userName pr or displayName eq "x"', 'userName pr or displayName eq "x"', 'displayName eq "x"'),
        ('userName pr and displayName eq "x"', 'userName pr and displayName eq "x"', False),
        ('userName pr or (members pr and id eq "1")', "userName pr", 'members pr and id eq "1"'),
        ('meta.resourceType eq "Group"', False, True),
        ('META.RESOURCETYPE EQ "Group"', False, True),
        ('meta.resourceType ne "Group"', True, False),
        ('meta.resourceType sw "Gr" and externalId eq "x"', False, 'externalId eq "x"'),
        ('not (meta.resourceType eq "User") or title pr', "title pr", True),
        ('meta.resourceType eq "Device"', False, False),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"', None, False),
    ],
)
def test_filter_is_restricted(text: str, users: str | bool | None, groups: str | bool | None) -> None:
    """A comparison that is decided by the kind alone is gone, with all that follows from it."""
    restricted = parse_for(text, _KINDS)
    for kind, wanted in zip(_KINDS, (users, groups), strict=True):
        if wanted is not None:
            found = restricted[kind]
            assert (found if isinstance(found, bool) else str(found)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        'nothing eq "x"',
        'displayName eq "x" or nothing pr',
        'name.nothing eq "x"',
        'emails[nothing eq "x"]',
        "active gt true",  # of the kind that has it
        'userName pr and active eq "perhaps"',
        "userName eq",
        "meta.resourceType eq 5",
    ],
)
def test_filter_that_fits_no_kind_is_refused(text: str) -> None:
    """An attribute that no kind has is a mistake, and so is a comparison that its kind refuses."""
    with pytest.raises(InvalidFilterException):
        parse_for(text, _KINDS)


@pytest.mark.parametrize("text", ["title pr", 'title eq "CEO"', "title eq null", 'title ne "CEO"', "title ne null"])
def test_missing_attribute_is_as_an_unassigned_one(text: str) -> None:
    """A group, which has no title, is found exactly where a user without one is (RFC 7644 §3.4.2.1)."""
    assert restrict(parse_tree(text), "Group") is matches(parse_tree(text), {"userName": "ann"}, "User")
