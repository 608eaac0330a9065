"""Plans: which look-ups or which condition a filter becomes."""

from datetime import UTC, datetime

import pytest

from domain.model import Kind
from scim.filters import parse
from storage.client import Where
from storage.odata import ById, ByName, ByPrefix, LookUps, plan

ID = "0b4e0f2c-9b1e-4c5a-8f65-0d2f4a1c7e11"
DAY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "look_ups"),
    [
        (f'id eq "{ID}"', (ById(ID),)),
        (f'ID EQ "{ID}" and active eq true', (ById(ID),)),
        ('id eq "no id"', ()),
        ('userName eq "Ann"', (ByName("un:ann"),)),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "Ann"', (ByName("un:ann"),)),
        ('userName eq "a/b"', (ByName("un:a!002fb"),)),
        ('externalId eq "Ann"', (ByPrefix("ux:Ann:"),)),
        ('externalId eq "a" and userName eq "Ann"', (ByName("un:ann"),)),
        ('emails eq "A@b"', (ByPrefix("ue:a@b:", 3),)),
        ('emails[type eq "work" and value eq "A@b"]', (ByPrefix("ue:a@b:", 3),)),
        ('userName eq "a" or externalId eq "b"', (ByName("un:a"), ByPrefix("ux:b:"))),
        ('(userName eq "a" or userName eq "A") and title pr', (ByName("un:a"),)),
        (f'groups.value eq "{ID}"', (ByPrefix(f"m:{ID}:", 5, ID),)),
        ('userName eq "a" or title pr', None),
        ('not (userName eq "a")', None),
        ('userName ne "a"', None),
        ('emails[not (value eq "a")]', None),
        ('emails[type eq "work" or value eq "a"]', None),
        ('userName eq ""', None),
        ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "a"', None),
    ],
)
def test_user_filters_find_look_ups(text: str, look_ups: LookUps | None) -> None:
    """The cheapest of the terms that must all hold; those of all branches where one is enough."""
    assert plan(parse(text, "User"), Kind.USER).look_ups == look_ups


@pytest.mark.parametrize(
    ("text", "look_ups"),
    [
        ('displayName eq "Team"', (ByName("gn:team"),)),
        ('externalId eq "T"', (ByPrefix("gx:T:"),)),
        (f'members eq "{ID}"', (ByPrefix(f"um:{ID}:", 4, ID),)),
        (f'members[value eq "{ID}"] and displayName eq "Team"', (ByName("gn:team"),)),
        ('members.value eq "no id"', ()),
    ],
)
def test_group_filters_find_look_ups(text: str, look_ups: LookUps) -> None:
    """Groups are known by name, externalId and members."""
    assert plan(parse(text, "Group"), Kind.GROUP).look_ups == look_ups


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('displayName eq "Ann"', Where("displayName eq @v0", {"v0": "ann"})),
        ('displayName sw "An"', Where("displayName ge @v0 and displayName lt @v1", {"v0": "an", "v1": "ao"})),
        ('not (externalId sw "E")', Where("not ( externalId ge @v0 and externalId lt @v1 )", {"v0": "E", "v1": "F"})),
        ("name.familyName pr", Where("familyName gt @v0", {"v0": ""})),
        ('displayName co "n"', Where("displayName gt @v0", {"v0": ""})),
        ("active eq false", Where("active eq @v0", {"v0": False})),
        ('meta.created ge "2026-01-05T01:00:00+01:00"', Where("created ge @v0", {"v0": DAY})),
        ('title pr and displayName ne "a"', Where("( displayName ne @v0 )", {"v0": "a"})),
        ('title pr or displayName ne "a"', Where()),
        ('not (displayName lt "a")', Where()),
        ("not (active eq false)", Where()),
        ('meta.created ge "2026-01-05"', Where()),
        ('meta.created ge "0001-01-01T00:00:00Z"', Where()),
        (r'displayName eq "\u0000"', Where()),
        ('displayName eq "\U0001f600"', Where()),
        (f'displayName eq "{"x" * 300}"', Where()),
        ('displayName sw "a~"', Where("displayName gt @v0", {"v0": ""})),
        (" and ".join(f'displayName gt "{"é" * 100}{number}"' for number in range(8)), Where()),
        (" or ".join(f'displayName eq "{number}"' for number in range(11)), Where()),
    ],
)
def test_filters_become_conditions(text: str, where: Where) -> None:
    """What the service can check of them, and nothing where that is uncertain."""
    assert plan(parse(text, "User"), Kind.USER).where == where


def test_no_filter_no_condition() -> None:
    """A list of all is a scan without a condition."""
    assert plan(None, Kind.USER).where == Where()
