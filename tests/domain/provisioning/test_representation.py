"""A record as the resource that clients see."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.model import GroupRecord, Kind, Member, Membership, Record, UserRecord
from domain.provisioning.representation import etag, resource, timestamp
from scim.json_types import JsonObject
from scim.models import ENTERPRISE_SCHEMA, GROUP_SCHEMA, OWN_GROUP_SCHEMA, OWN_USER_SCHEMA, USER_SCHEMA
from scim.projection import Projection
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


def test_version_covers_members_and_groups() -> None:
    """They change while the stored version stays: where a user is deleted, or a group adds it."""
    one, two = Member("5f"), Member("61", Kind.GROUP)
    assert etag(_group((one, two))) == etag(_group((two, one))) != etag(_group((one,)))
    assert etag(_group(())) == etag(_group(None)) != etag(_group((one,)))
    assert etag(_user(groups=("60", "62"))) == etag(_user(groups=("62", "60"))) != etag(_user(groups=("60",)))
    assert etag(_user(groups=())) == etag(_user()) != etag(_user(groups=("60",)))
    shown: Any = resource(_group((one,)))
    assert shown["meta"]["version"] == etag(_group((one,)))


def test_membership_shows_both_sides() -> None:
    """With where they are; it was last changed when it began."""
    shown = resource(Membership("60", Member("61", Kind.GROUP), NOW), _BASE)
    assert shown["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:GroupMember"]
    assert shown["group"] == {"value": "60", "$ref": f"{_BASE}/Groups/60"}
    assert shown["member"] == {"value": "61", "$ref": f"{_BASE}/Groups/61", "type": "Group"}
    assert shown["meta"] == {
        "resourceType": "GroupMember",
        "created": "2026-03-01T09:30:00.120Z",
        "lastModified": "2026-03-01T09:30:00.120Z",
        "location": f"{_BASE}/GroupMembers/60.61",
        "version": weak_etag(NOW.isoformat()),
    }


@pytest.mark.parametrize("record", [_group(()), _group(None), _user(groups=()), _user()])
def test_nothing_is_not_shown(record: GroupRecord | UserRecord) -> None:
    """An empty list is the same as none (RFC 7643 §2.5), and what was not read is not claimed."""
    assert not {"members", "groups"} & resource(record).keys()


@pytest.mark.parametrize(
    ("record", "urn", "known"),
    [
        (_user(), OWN_USER_SCHEMA, {"origin": "scim", "state": "active"}),
        (_group(None), OWN_GROUP_SCHEMA, {"origin": "scim", "scope": "account"}),
    ],
)
def test_what_we_know_of_it(record: Record, urn: str, known: JsonObject) -> None:
    """Stands in an extension of ours, which is named only where it is shown."""
    whole = resource(record)
    assert whole[urn] == known
    assert urn not in whole["schemas"]  # type: ignore[operator]
    assert urn not in Projection.of(record.kind).apply(whole)
    asked = Projection.of(record.kind, [urn]).apply(whole)
    assert asked[urn] == known
    assert urn in asked["schemas"]  # type: ignore[operator]
