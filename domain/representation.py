"""A record as the SCIM resource that clients see."""

from datetime import UTC, datetime

from domain.model import GroupRecord, Record, UserRecord
from scim.json_types import JsonObject, JsonValue
from scim.models import schemas_of
from scim.versions import weak_etag


def timestamp(moment: datetime) -> str:
    """*moment* as a SCIM dateTime in UTC with milliseconds, e.g. ``2026-03-01T09:30:00.120Z``.  RFC 7643 §2.3.5."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def resource(record: Record, base_url: str = "") -> JsonObject:
    """The whole resource, with ``meta`` and what was read of members or groups; *base_url* begins its locations."""
    endpoint = f"{base_url}/{record.kind}s"
    meta: JsonObject = {
        "resourceType": record.kind.value,
        "created": timestamp(record.created),
        "lastModified": timestamp(record.last_modified),
        "location": f"{endpoint}/{record.id}",
        "version": weak_etag(record.version),
    }
    return {
        "schemas": schemas_of(record.kind, record.document),
        "id": record.id,
        **record.document,
        **_relations(record, base_url),
        "meta": meta,
    }


def _relations(record: Record, base_url: str) -> JsonObject:
    """``members`` of a group or ``groups`` of a user; an empty list counts as absent (RFC 7643 §2.5)."""
    related: list[JsonValue]
    match record:
        case GroupRecord(members=members) if members:
            related = [
                {"value": each.id, "$ref": f"{base_url}/{each.kind}s/{each.id}", "type": each.kind.value}
                for each in members
            ]
            return {"members": related}
        case UserRecord(groups=groups) if groups:
            related = [{"value": each, "$ref": f"{base_url}/Groups/{each}", "type": "direct"} for each in groups]
            return {"groups": related}
    return {}
