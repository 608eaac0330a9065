"""Builders of records and changes; they carry defaults, a test states what matters."""

import dataclasses
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.model import Action, Change, GroupRecord, Kind, Member, Origin, Record, Source, UserRecord
from domain.ports import Query
from scim.filters import parse

NOW = datetime(2026, 3, 1, 9, 30, 0, 120_456, tzinfo=UTC)


def make_user(user_name: str = "", *, created: datetime = NOW, **document: Any) -> UserRecord:
    user_id = str(uuid4())
    whole = {"userName": user_name or f"user-{user_id[:8]}@example.com", "active": True, **document}
    return UserRecord(user_id, whole, created, created)


def make_group(name: str = "", *, origin: Origin = Origin.SCIM, **document: Any) -> GroupRecord:
    group_id = str(uuid4())
    return GroupRecord(group_id, {"displayName": name or f"Group {group_id[:8]}", **document}, NOW, NOW, origin)


def changed[R: Record](record: R, **attributes: Any) -> R:
    """*record* with some attributes of its document replaced, those that are None removed."""
    document = {name: value for name, value in {**record.document, **attributes}.items() if value is not None}
    return dataclasses.replace(record, document=document, last_modified=record.last_modified + timedelta(minutes=1))


def change(record: Record, action: Action = Action.UPDATE, *, at: datetime | None = None) -> Change:
    """A change of *record*, with the deltas of its action."""
    moment = at or datetime.now(UTC)
    step = {Action.CREATE: 1, Action.DELETE: -1}.get(action, 0)
    return Change(
        id=f"{int(moment.timestamp() * 1000):012x}{secrets.token_hex(8)}",
        time=moment,
        actor="token:1",
        source=Source.SCIM,
        action=action,
        kind=record.kind,
        resource_id=record.id,
        users=step if record.kind is Kind.USER else 0,
        groups=step if record.kind is Kind.GROUP else 0,
    )


def creation(record: Record) -> Change:
    return change(record, Action.CREATE)


def deletion(record: Record) -> Change:
    return change(record, Action.DELETE)


def members(*records: Record) -> tuple[Member, ...]:
    """The members that *records* would be, in the order of their ids."""
    return tuple(sorted((Member(each.id, each.kind) for each in records), key=lambda member: member.id))


def query(text: str | None = None, kind: Kind = Kind.USER, **options: Any) -> Query:
    """A query with the filter *text*."""
    return Query(kind, filter=None if text is None else parse(text, kind.value), **options)
