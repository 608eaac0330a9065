"""A record as the resource that clients see."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.model import GroupRecord, Kind, Member, UserRecord
from domain.representation import resource, timestamp
from scim.json_types import JsonObject
from scim.models import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from scim.versions import weak_etag
from tests.domain.builders import NOW

_BASE = "https://rollcall.example/scim/account/acme"


def _user(groups: tuple[str, ...] | None = None, document: JsonObject | None = None) -> UserRecord:
    whole = {"userName": "ann", **(document or {})}
    return UserRecord("5f", whole, NOW, NOW + timedelta(days=1), version="v1", groups=groups)


def _group(members: tuple[Member, ...] | None) -> GroupRecord:
    return GroupRecord("60", {"displayName": "Finance"}, NOW, NOW, version="v1", members=members)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-03-01T09:30:00.120Z"),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00.000Z"),
        (datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-02-28T23:00:00.000Z"),
    ],
)
def test_timestamp_is_in_utc(moment: datetime, text: str) -> None:
    """With milliseconds, whatever zone it is given in (RFC 7643 §2.3.5)."""
    assert timestamp(moment) == text


def test_meta_says_what_and_where() -> None:
    """Type, times, location below the given base, and the version that the ETag has."""
    assert resource(_user(), _BASE)["meta"] == {
        "resourceType": "User",
        "created": "2026-03-01T09:30:00.120Z",
        "lastModified": "2026-03-02T09:30:00.120Z",
        "location": f"{_BASE}/Users/5f",
        "version": weak_etag("v1"),
    }


@pytest.mark.parametrize(
    ("document", "schemas"),
    [({}, [USER_SCHEMA]), ({ENTERPRISE_SCHEMA: {"department": "Tax"}}, [USER_SCHEMA, ENTERPRISE_SCHEMA])],
)
def test_schemas_are_those_with_data(document: JsonObject, schemas: list[str]) -> None:
    """An extension is named where the resource has it (RFC 7643 §3)."""
    assert resource(_user(document=document))["schemas"] == schemas


def test_user_shows_its_groups() -> None:
    """By id, with where they are."""
    assert resource(_user(groups=("60",)), _BASE)["groups"] == [
        {"value": "60", "$ref": f"{_BASE}/Groups/60", "type": "direct"}
    ]


def test_group_shows_its_members() -> None:
    """Users and nested groups; ``display`` is never added."""
    shown = resource(_group((Member("5f"), Member("61", Kind.GROUP))), _BASE)
    assert shown["schemas"] == [GROUP_SCHEMA]
    assert shown["members"] == [
        {"value": "5f", "$ref": f"{_BASE}/Users/5f", "type": "User"},
        {"value": "61", "$ref": f"{_BASE}/Groups/61", "type": "Group"},
    ]


@pytest.mark.parametrize("record", [_group(()), _group(None), _user(groups=()), _user()])
def test_nothing_is_not_shown(record: GroupRecord | UserRecord) -> None:
    """An empty list is the same as none (RFC 7643 §2.5), and what was not read is not claimed."""
    assert not {"members", "groups"} & resource(record).keys()
