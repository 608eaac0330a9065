"""Changes: what is written down of each write."""

import secrets
from collections.abc import Iterator
from datetime import datetime

from domain.access.signin import Caller
from domain.model import Action, Change, Kind, MemberDelta, Origin, Record, Source, ValueChange
from scim.json_types import JsonObject, JsonValue

_TOLD_MEMBERS = 100
"""Members that an entry tells as having come, and as many as having left."""
_SECRET = frozenset({"password"})
"""Attributes whose values no log tells, whatever the account allows."""


def change_id(moment: datetime) -> str:
    """A new id that sorts by *moment*: 12 hexadecimal digits of milliseconds, then 16 random ones."""
    return f"{change_position(moment)}{secrets.token_hex(8)}"


def change_position(moment: datetime) -> str:
    """Where *moment* is among the ids of changes: those made earlier sort before it."""
    return f"{int(moment.timestamp() * 1000):012x}"


def new_change(
    caller: Caller,
    action: Action,
    record: Record,
    now: datetime,
    *,
    attributes: tuple[str, ...] = (),
    source: Source = Source.SCIM,
    before: JsonObject | None = None,
    members: MemberDelta | None = None,
) -> Change:
    """The change that *caller* makes to *record*, as it is afterwards (before, for a deletion).

    *before* is the document as it was, and *members* is what changed of a group's; where the account allows it the log
    tells the values of *attributes*, and the ids of members that left as old and of those that came as new.
    """
    step = {Action.CREATE: 1, Action.DELETE: -1}.get(action, 0)
    external_id = record.document.get("externalId")
    return Change(
        id=change_id(now),
        time=now,
        actor=caller.actor,
        source=source,
        action=action,
        kind=record.kind,
        resource_id=record.id,
        external_id=external_id if isinstance(external_id, str) else None,
        attributes=attributes,
        correlation_id=caller.request_id,
        users=step if record.kind is Kind.USER else 0,
        groups=step if record.kind is Kind.GROUP and record.origin is Origin.SCIM else 0,
        native_groups=step if record.kind is Kind.GROUP and record.origin is not Origin.SCIM else 0,
        resource_name=name_of(record),
        values=_values(record, before, members, attributes, action) if caller.account.settings.log_values else (),
    )


def new_act(
    caller: Caller,
    action: Action,
    kind: str,
    resource_id: str,
    now: datetime,
    *,
    name: str = "",
    attributes: tuple[str, ...] = (),
    source: Source = Source.MANAGER,
) -> Change:
    """An administrative act of *caller*, such as the issue of a token, for `DirectoryStore.record`."""
    return Change(
        id=change_id(now),
        time=now,
        actor=caller.actor,
        source=source,
        action=action,
        kind=kind,
        resource_id=resource_id,
        attributes=attributes,
        correlation_id=caller.request_id,
        resource_name=name,
        address=caller.address,
    )


def _values(
    record: Record, before: JsonObject | None, members: MemberDelta | None, names: tuple[str, ...], action: Action
) -> tuple[ValueChange, ...]:
    """What is known of the values: of a new resource all, of a changed one those whose old ones are known too."""
    known: tuple[ValueChange, ...] = ()
    if action is Action.CREATE or (before is not None and action is not Action.DELETE):
        known = changed_values(before or {}, record.document, names)
    if not members:
        return known
    left: list[JsonValue] = [*members.removed[:_TOLD_MEMBERS]]
    came: list[JsonValue] = [each.id for each in members.added[:_TOLD_MEMBERS]]
    return (*known, ValueChange("members", left or None, came or None))


def name_of(record: Record) -> str:
    """What people call the resource."""
    name = record.document.get("userName" if record.kind is Kind.USER else "displayName")
    return name if isinstance(name, str) else ""


def changed_attributes(before: JsonObject, after: JsonObject) -> tuple[str, ...]:
    """The names of the attributes that differ, those of extensions with their URN."""
    return tuple(_differences(before, after))


def changed_values(before: JsonObject, after: JsonObject, attributes: tuple[str, ...]) -> tuple[ValueChange, ...]:
    """What the *attributes*, named as by `changed_attributes`, were and are; members and secrets are left out."""
    changes = (ValueChange(each, _value(before, each), _value(after, each)) for each in attributes)
    return tuple(each for each in changes if each.old != each.new and each.attribute not in _SECRET)


def _value(document: JsonObject, attribute: str) -> JsonValue:
    """The value of an attribute; that of an extension is named with its URN."""
    if ":" not in attribute or attribute in document:
        return document.get(attribute)
    urn, _, member = attribute.rpartition(":")
    extension = document.get(urn)
    return extension.get(member) if isinstance(extension, dict) else None


def _differences(before: JsonObject, after: JsonObject) -> Iterator[str]:
    for name in before | after:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if ":" not in name:
            yield name
            continue
        old, new = (each if isinstance(each, dict) else {} for each in (old, new))
        yield from (f"{name}:{member}" for member in old | new if old.get(member) != new.get(member))
