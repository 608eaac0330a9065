"""Records as rows: the row of a user or group, the rows that lead to it, and the row of a change."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from domain.model import (
    Action,
    Change,
    GroupRecord,
    Invitation,
    Kind,
    Member,
    Membership,
    Origin,
    Outcome,
    Record,
    Source,
    SsoLink,
    UserRecord,
    UserState,
    ValueChange,
)
from domain.native.scopes import ACCOUNT, read_scope
from domain.ports import RecordTooLarge
from scim.comparison import fold
from scim.extensions import UniqueValue
from scim.json_types import JsonObject
from storage import keys
from storage.client import Entity, etag_of
from storage.limits import MAX_STRING

MAX_COLUMN = 512
"""UTF-16 units of a value kept in a column to filter on: more than any literal that is compared with it."""
MAX_REASON = 1_000
"""UTF-16 units of the reason of a refusal that are kept."""
MAX_EMAILS = 40
"""Different addresses of one user, each a row: a change of all of them must fit into one transaction."""

_STORABLE = {0: "\x01"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""What no property holds, as something with the same order against every literal that is compared with columns."""

_INVITATION, _SSO_LINK = TypeAdapter(Invitation), TypeAdapter(SsoLink)

DOCUMENT = ("doc", *(f"doc{number}" for number in range(1, 40)))

# The row of a resource


def to_entity(record: Record, change_id: str, *, pending: str = "") -> Entity:
    """The row of a user or group; *change_id* tells which change wrote it, *pending* which one is unfinished.

    Raises:
        RecordTooLarge: The document is longer than a row.
    """
    document = record.document
    entity: Entity = {
        "RowKey": keys.resource(record.kind, record.id),
        "displayName": column(document.get("displayName")),
        "externalId": column(document.get("externalId"), case_exact=True),
        "origin": record.origin.value,
        "created": record.created,
        "lastModified": record.last_modified,
        "change": change_id,
    }
    if isinstance(record, UserRecord):
        entity |= {
            "userName": column(document.get("userName")),
            "familyName": column(_sub(document.get("name"), "familyName")),
            "email": column(next(iter(email_values(document)), None)),
            "active": document.get("active") is True,
            "state": record.state.value,
        }
        if record.locked:
            entity["locked"] = True
        if record.invitation is not None:
            entity["invitation"] = _INVITATION.dump_json(record.invitation).decode()
    else:
        entity |= {"pending": pending, "identifier": record.identifier, "scope": str(record.scope)}
        entity |= _described(record)
    if record.unique:
        entity["unique"] = _dump([[each.attribute, each.value] for each in record.unique])
    return entity | _split(_dump(document))


def to_record(entity: Entity) -> Record:
    """The record that the row of a user or group holds, without its relations."""
    prefix, _, resource_id = entity["RowKey"].partition(":")
    etag = etag_of(entity)
    document = _load("".join(entity[name] for name in DOCUMENT if name in entity))
    created, last_modified = moment(entity["created"]), moment(entity["lastModified"])
    origin = Origin(entity["origin"])
    unique = tuple(UniqueValue(*each) for each in _load(entity["unique"])) if "unique" in entity else ()
    if f"{prefix}:" == keys.RESOURCE[Kind.USER]:
        state = UserState(entity["state"])
        invitation = _INVITATION.validate_json(entity["invitation"]) if "invitation" in entity else None
        return UserRecord(
            resource_id,
            document,
            created,
            last_modified,
            origin,
            state,
            etag,
            unique=unique,
            locked=entity.get("locked", False),
            invitation=invitation,
        )
    return GroupRecord(
        resource_id,
        document,
        created,
        last_modified,
        origin,
        version(etag, entity["pending"]),
        unique=unique,
        identifier=entity.get("identifier", ""),
        scope=read_scope(entity.get("scope", str(ACCOUNT))),
        description=entity.get("description", ""),
        tags=tuple(_load(entity["tags"])) if "tags" in entity else (),
        sso_link=_SSO_LINK.validate_json(entity["ssoLink"]) if "ssoLink" in entity else None,
    )


def _described(group: GroupRecord) -> Entity:
    """What administrators wrote on a group, as far as they did."""
    described: Entity = {}
    if group.description:
        described["description"] = group.description
    if group.tags:
        described["tags"] = _dump(list(group.tags))
    if group.sso_link is not None:
        described["ssoLink"] = _SSO_LINK.dump_json(group.sso_link).decode()
    return described


def version(etag: str, pending: str) -> str:
    """A group's version: its row's ETag, and the change that is not finished yet, if any."""
    return f"{etag} {pending}" if pending else etag


def split_version(text: str) -> tuple[str, str]:
    """ETag and unfinished change of a version; the latter is mostly empty."""
    etag, _, pending = text.partition(" ")
    return etag, pending


def column(value: Any, *, case_exact: bool = False) -> str:
    """A value in the form that it is compared in, cut to what a comparison needs; "" where there is none."""
    if not isinstance(value, str):
        return ""
    return keys.cut(fold(value, case_exact=case_exact), MAX_COLUMN).translate(_STORABLE)


def email_values(document: JsonObject) -> list[str]:
    """The different e-mail addresses of a user, the primary one first."""
    emails = document.get("emails")
    elements = [each for each in emails if isinstance(each, dict)] if isinstance(emails, list) else []
    elements.sort(key=lambda each: each.get("primary") is not True)
    return list(dict.fromkeys(value for each in elements if isinstance(value := each.get("value"), str) and value))


def _sub(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def moment(value: datetime) -> datetime:
    """A plain datetime: the library's own carries the service's text along."""
    return datetime(
        value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, tzinfo=UTC
    )


def _dump(document: Any) -> str:
    try:
        return orjson.dumps(document).decode()
    except TypeError:  # half a surrogate pair, or an integer beyond 64 bits
        return json.dumps(document)


def _load(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _split(text: str) -> Entity:
    """*text* as properties of at most 32,768 UTF-16 units each."""
    parts: Entity = {}
    rest = text
    for name in DOCUMENT:
        part = keys.cut(rest, MAX_STRING)
        parts[name] = part
        rest = rest[len(part) :]
        if not rest:
            return parts
    raise RecordTooLarge("the document is longer than a row")


# The rows that lead to it


def index_rows(record: Record) -> dict[str, str]:
    """The rows that lead to a record, by row key; the value names the attribute that is unique in it, or is empty.

    Raises:
        RecordTooLarge: More different e-mail addresses than `MAX_EMAILS`.
    """
    rows: dict[str, str] = {}
    for attribute, value in _names(record):
        rows[keys.name(record.kind, value)] = attribute
    rows |= {keys.unique(record.kind, each.attribute, each.value): each.attribute for each in record.unique}
    external_id = record.document.get("externalId")
    if isinstance(external_id, str) and external_id:
        rows[f"{keys.external_ids(record.kind, external_id)}{record.id}"] = ""
    if isinstance(record, UserRecord):
        addresses = dict.fromkeys(keys.emails(value) for value in email_values(record.document))
        if len(addresses) > MAX_EMAILS:
            raise RecordTooLarge(f"{len(addresses)} e-mail addresses, at most {MAX_EMAILS} can be looked up")
        rows |= {f"{prefix}{record.id}": "" for prefix in addresses}
        if record.invitation is not None:
            rows[f"{keys.invited(record.invitation.expires)}{record.id}"] = ""
    elif record.identifier:
        rows[f"{keys.identifiers(str(record.scope))}{record.identifier}"] = "identifier"
    return rows


def _names(record: Record) -> Iterable[tuple[str, str]]:
    """The attribute that names a record uniquely in its account, with its value; native groups have none."""
    attribute = "userName" if record.kind is Kind.USER else "displayName"
    value = record.document.get(attribute)
    if isinstance(value, str) and (record.kind is Kind.USER or record.origin is Origin.SCIM):
        yield attribute, value


def index_entity(row_key: str, record_id: str, unique: str = "") -> Entity:
    """A row that leads to a record; *unique* names the attribute that is unique in it."""
    return {"RowKey": row_key, "id": record_id} | ({"attribute": unique} if ":" in unique else {})


# Memberships and changes


def membership_entities(
    group_id: str, member: Member, change_id: str, *, native: bool = False
) -> tuple[Entity, Entity]:
    """The two rows of a membership: from the group to the member, and back, each with the change that began it."""
    said = {"change": change_id} if member.kind is Kind.USER else {"change": change_id, "kind": member.kind.value}
    return (
        {"RowKey": f"{keys.members(group_id, native=native)}{member.id}", **said},
        {"RowKey": f"{keys.member_of(member.id, native=native)}{group_id}", **said},
    )


def to_member(entity: Entity) -> Member:
    """The member that a row of a group's members stands for."""
    return Member(keys.last_part(entity["RowKey"]), _member_kind(entity))


def _member_kind(entity: Entity) -> Kind:
    """Said of nested groups only, so that thousands of users are read without looking a kind up for each."""
    said = entity.get("kind")
    return Kind.USER if said is None else Kind(said)


def to_membership(entity: Entity) -> Membership:
    """The membership that a row of either direction stands for; it began when its change was made."""
    direction, first, second = entity["RowKey"].split(":")
    by_group = f"{direction}:" in (keys.MEMBER, keys.NATIVE_MEMBER)
    group_id, member_id = (first, second) if by_group else (second, first)
    member = Member(member_id, _member_kind(entity))
    return Membership(group_id, member, keys.moment_of(entity["change"]))


def change_entity(change: Change) -> Entity:
    """The row of a change; the deltas are always there, so that they can be asked for."""
    told = {
        "name": keys.cut(change.resource_name, MAX_COLUMN).translate(_STORABLE),
        "scimType": change.scim_type,
        "reason": keys.cut(change.reason, MAX_REASON).translate(_STORABLE),
        "status": change.status,
        "nativeGroups": change.native_groups,
        "values": _dump_values(change.values),
        "address": change.address,
    }
    return {
        "RowKey": keys.change(change.id),
        "time": change.time,
        "actor": change.actor,
        "source": change.source.value,
        "action": change.action.value,
        "kind": str(change.kind),
        "resource": keys.cut(change.resource_id, MAX_COLUMN).translate(_STORABLE),
        "externalId": keys.cut(change.external_id or "", MAX_STRING).translate(_STORABLE),
        "attributes": keys.cut(" ".join(change.attributes), MAX_STRING),
        "correlation": change.correlation_id,
        "users": change.users,
        "groups": change.groups,
        "outcome": change.outcome.value,
        "count": change.count,
        **{name: value for name, value in told.items() if value},
    }


def _dump_values(values: Iterable[ValueChange]) -> str:
    """As many of *values* as fit into a property; "" where there are none."""
    kept: list[str] = []
    room = MAX_STRING - 2
    for each in values:
        text = _dump([each.attribute, each.old, each.new])
        room -= keys.utf16_units(text) + 1
        if room < 0:
            break
        kept.append(text)
    return f"[{','.join(kept)}]" if kept else ""


def to_change(entity: Entity) -> Change:
    """The change that a row holds."""
    return Change(
        id=entity["RowKey"].removeprefix(keys.CHANGE),
        time=moment(entity["time"]),
        actor=entity["actor"],
        source=Source(entity["source"]),
        action=Action(entity["action"]),
        kind=entity["kind"],
        resource_id=entity["resource"],
        external_id=entity["externalId"] or None,
        attributes=tuple(entity["attributes"].split()),
        correlation_id=entity["correlation"],
        users=entity["users"],
        groups=entity["groups"],
        resource_name=entity.get("name", ""),
        outcome=Outcome(entity["outcome"]),
        status=entity.get("status", 0),
        scim_type=entity.get("scimType", ""),
        reason=entity.get("reason", ""),
        count=entity["count"],
        native_groups=entity.get("nativeGroups", 0),
        values=tuple(ValueChange(*each) for each in _load(entity["values"])) if "values" in entity else (),
        address=entity.get("address", ""),
    )
