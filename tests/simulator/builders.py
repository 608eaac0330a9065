"""Builders of source objects: defaults here, what matters in the test."""

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from simulator.cycle import run_cycle
from simulator.directory import Directory, SourceGroup, SourceUser, directory_of
from simulator.job import Job
from simulator.mapping.apply import Mapped, map_object
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.outcome import Action, CycleReport, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.source import group_attributes, user_attributes
from simulator.state import State
from simulator.values import AppRole, Value

FIXED_NOW = datetime(2030, 1, 1, tzinfo=UTC)


def make_user(
    id: str,
    attributes: Mapping[str, Value] | None = None,
    *,
    enabled: bool = True,
    manager: str | None = None,
    **more: Value,
) -> SourceUser:
    """Return the user *id* with the UPN ``<id>@contoso.example`` unless told otherwise; ``""`` drops an attribute."""
    defaults: dict[str, Value] = {
        "userPrincipalName": f"{id}@contoso.example",
        "displayName": id.title(),
        "mailNickname": id,
    }
    present = {name: value for name, value in {**defaults, **(attributes or {}), **more}.items() if value}
    return SourceUser(id, present, account_enabled=enabled, manager_id=manager)


def make_group(id: str, *members: str, name: str | None = None, nested: tuple[str, ...] = ()) -> SourceGroup:
    return SourceGroup(id, id.title() if name is None else name, members, nested)


def make_directory(
    *objects: SourceUser | SourceGroup, assigned: Mapping[str, tuple[AppRole, ...]] | None = None
) -> Directory:
    return directory_of(
        [each for each in objects if isinstance(each, SourceUser)],
        [each for each in objects if isinstance(each, SourceGroup)],
        assigned,
    )


def mapped_user(user: SourceUser, *, creating: bool = True) -> Mapped:
    """Return what the default mappings make of *user*."""
    return map_object(DEFAULT_SCHEMA.users, user_attributes(user), now=FIXED_NOW, creating=creating, random=Random(1))


def mapped_group(group: SourceGroup) -> Mapped:
    """Return what the default mappings make of *group*."""
    return map_object(DEFAULT_SCHEMA.groups, group_attributes(group), now=FIXED_NOW, creating=True, random=Random(1))


async def cycle(
    client: ScimClient,
    source: Directory,
    state: State | None = None,
    dialect: Dialect = Dialect.LEGACY,
    *,
    now: datetime = FIXED_NOW,
    allow_deletes: bool = False,
    **job: Any,
) -> CycleReport:
    """Run one cycle, with a state of its own unless one is given; *job* is what differs from Entra's defaults."""
    kept = State() if state is None else state
    return await run_cycle(
        source, client, state=kept, job=Job(dialect, **job), now=lambda: now, allow_deletes=allow_deletes
    )


def counted(report: CycleReport, kind: Kind) -> dict[str, int]:
    """Return the counts of *kind* that are not zero."""
    return {action.value: report.counts[kind][action] for action in Action if report.counts[kind][action]}
