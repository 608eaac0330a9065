"""Locations in filters."""

import pytest

from scim.filters import parse
from scim.locations import below
from tests.scim.builders import ENTERPRISE

_BASE = "https://rollcall.example/scim/account/acme"


@pytest.mark.parametrize(
    ("kind", "asked", "evaluated"),
    [
        ("User", f'meta.location eq "{_BASE}/Users/1"', 'meta.location eq "/Users/1"'),
        ("User", f'META.Location sw "{_BASE}"', 'META.Location sw ""'),
        (
            "User",
            f'not (title pr and meta.location ne "{_BASE}/Users/1")',
            'not (title pr and meta.location ne "/Users/1")',
        ),
        ("User", f'groups.$ref eq "{_BASE}/Groups/1"', 'groups.$ref eq "/Groups/1"'),
        ("Group", f'members[$ref eq "{_BASE}/Users/1"]', 'members[$ref eq "/Users/1"]'),
        ("GroupMember", f'group.$ref eq "{_BASE}/Groups/1"', 'group.$ref eq "/Groups/1"'),
        ("User", 'meta.location eq "https://other.example/Users/1"', None),
        ("User", 'meta.location co "/Users/1"', None),
        ("User", f'profileUrl eq "{_BASE}/Users/1"', None),
        ("User", f'{ENTERPRISE}:manager.$ref eq "{_BASE}/Users/1"', None),
        ("User", 'emails[type eq "work"] or active eq true or title eq null', None),
    ],
)
def test_our_locations_are_asked_without_the_base_url(kind: str, asked: str, evaluated: str | None) -> None:
    """What we serve is stored without it; what clients sent is compared as they sent it."""
    assert below(parse(asked, kind), _BASE) == parse(evaluated or asked, kind)
