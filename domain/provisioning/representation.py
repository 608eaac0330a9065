"""A record as the SCIM resource that clients see."""

from datetime import UTC, datetime

from domain.model import GroupRecord, Member, Membership, Record, Resource, UserRecord, UserState
from scim.extensions import visible
from scim.json_types import JsonObject, JsonValue
from scim.models import OWN_GROUP_SCHEMA, OWN_USER_SCHEMA
from scim.types import schemas_of, type_of
from scim.versions import weak_etag


def timestamp(moment: datetime) -> str:
    """*moment* as a SCIM dateTime in UTC with milliseconds, e.g. ``2026-03-01T09:30:00.120Z``.  RFC 7643 §2.3.5."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag(record: Resource) -> str:
    """The entity tag of what is shown of *record*: its version, and a group's members or a user's groups if read.

    Neither is written to the resource itself: a user that is deleted leaves its groups without a new version of them.
    """
    match record:
        case GroupRecord(members=members) if members:
            return weak_etag(record.version, (each.id for each in members))
        case UserRecord(groups=groups) if groups:
            return weak_etag(record.version, groups)
    return weak_etag(record.version)


def resource(record: Resource, base_url: str = "", kind: str = "", *, own: bool = True) -> JsonObject:
    """The whole resource, with ``meta`` and what was read of members or groups; *base_url* begins its locations.

    *kind* is its type as the account sees it; data of extensions that the type does not have is left out.  *own* says
    whether our own extension is there.
    """
    endpoint = f"{base_url}/{record.kind}s"
    meta: JsonObject = {
        "resourceType": str(record.kind),
        "created": timestamp(record.created),
        "lastModified": timestamp(record.last_modified),
        "location": f"{endpoint}/{record.id}",
        "version": etag(record),
    }
    if isinstance(record, Membership):
        return {"schemas": schemas_of(record.kind, {}), "id": record.id, **_sides(record, base_url), "meta": meta}
    shape = type_of(kind or record.kind)
    document = visible(record.document, shape)
    if isinstance(record, UserRecord) and record.state is UserState.INVITED:
        document = {**document, "active": False}  # nothing is said of it until somebody decides
    return {
        "schemas": schemas_of(shape, document),
        "id": record.id,
        **document,
        **(_own_extension(record) if own else {}),
        **_relations(record, base_url),
        "meta": meta,
    }


def _own_extension(record: Record) -> JsonObject:
    """What we know of the resource; its schema says that it is shown where it is asked for."""
    match record:
        case UserRecord(origin=origin, state=state):
            return {OWN_USER_SCHEMA: {"origin": origin.value, "state": state.value}}
        case GroupRecord(origin=origin, identifier=identifier, scope=scope):
            named: JsonObject = {"identifier": identifier} if identifier else {}
            return {OWN_GROUP_SCHEMA: {**named, "origin": origin.value, "scope": str(scope)}}


def _sides(membership: Membership, base_url: str) -> JsonObject:
    """The group and the member of a membership."""
    group, member = membership.group_id, membership.member
    return {
        "group": {"value": group, "$ref": f"{base_url}/Groups/{group}"},
        "member": _reference(member, base_url),
    }


def _reference(member: Member, base_url: str) -> JsonObject:
    return {"value": member.id, "$ref": f"{base_url}/{member.kind}s/{member.id}", "type": member.kind.value}


def _relations(record: Record, base_url: str) -> JsonObject:
    """``members`` of a group or ``groups`` of a user; an empty list counts as absent (RFC 7643 §2.5)."""
    related: list[JsonValue]
    match record:
        case GroupRecord(members=members) if members:
            related = [_reference(each, base_url) for each in members]
            return {"members": related}
        case UserRecord(groups=groups) if groups:
            related = [{"value": each, "$ref": f"{base_url}/Groups/{each}", "type": "direct"} for each in groups]
            return {"groups": related}
    return {}
