"""Changes: what is written down of each write."""

import secrets
from collections.abc import Iterator
from datetime import datetime

from domain.model import Action, Change, Kind, Origin, Record, Source
from domain.signin import Caller
from scim.json_types import JsonObject


def change_id(moment: datetime) -> str:
    """A new id that sorts by *moment*: 12 hexadecimal digits of milliseconds, then 16 random ones."""
    return f"{int(moment.timestamp() * 1000):012x}{secrets.token_hex(8)}"


def new_change(
    caller: Caller,
    action: Action,
    record: Record,
    now: datetime,
    *,
    attributes: tuple[str, ...] = (),
    source: Source = Source.SCIM,
) -> Change:
    """The change that *caller* makes to *record*, as it is afterwards (before, for a deletion)."""
    step = {Action.CREATE: 1, Action.DELETE: -1}.get(action, 0)
    external_id = record.document.get("externalId")
    return Change(
        id=change_id(now),
        time=now,
        actor=f"token:{caller.token_id}",
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
        resource_name=_name(record),
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
        actor=f"token:{caller.token_id}",
        source=source,
        action=action,
        kind=kind,
        resource_id=resource_id,
        attributes=attributes,
        correlation_id=caller.request_id,
        resource_name=name,
    )


def _name(record: Record) -> str:
    """What people call the resource."""
    name = record.document.get("userName" if record.kind is Kind.USER else "displayName")
    return name if isinstance(name, str) else ""


def changed_attributes(before: JsonObject, after: JsonObject) -> tuple[str, ...]:
    """The names of the attributes that differ, those of extensions with their URN."""
    return tuple(_differences(before, after))


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
