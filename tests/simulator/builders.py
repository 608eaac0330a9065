"""Builders of source objects: defaults here, what matters in the test."""

from collections.abc import Mapping
from datetime import UTC, datetime

from simulator.cycle import run_cycle
from simulator.directory import Directory, SourceGroup, SourceUser, directory_of
from simulator.outcome import Action, CycleReport, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State

FIXED_NOW = datetime(2030, 1, 1, tzinfo=UTC)


def make_user(
    id: str,
    attributes: Mapping[str, str] | None = None,
    *,
    enabled: bool = True,
    manager: str | None = None,
    **more: str,
) -> SourceUser:
    """Return the user *id* with the UPN ``<id>@contoso.example`` unless told otherwise; ``""`` drops an attribute."""
    defaults = {"userPrincipalName": f"{id}@contoso.example", "displayName": id.title(), "mailNickname": id}
    present = {name: value for name, value in {**defaults, **(attributes or {}), **more}.items() if value}
    return SourceUser(id, present, account_enabled=enabled, manager_id=manager)


def make_group(id: str, *members: str, name: str | None = None, nested: tuple[str, ...] = ()) -> SourceGroup:
    return SourceGroup(id, id.title() if name is None else name, members, nested)


def make_directory(*objects: SourceUser | SourceGroup) -> Directory:
    return directory_of(
        [each for each in objects if isinstance(each, SourceUser)],
        [each for each in objects if isinstance(each, SourceGroup)],
    )


async def cycle(
    client: ScimClient, source: Directory, state: State | None = None, dialect: Dialect = Dialect.LEGACY
) -> CycleReport:
    """Run one cycle, with a state of its own unless one is given."""
    return await run_cycle(
        source, client, dialect=dialect, state=State() if state is None else state, now=lambda: FIXED_NOW
    )


def counted(report: CycleReport, kind: Kind) -> dict[str, int]:
    """Return the counts of *kind* that are not zero."""
    return {action.value: report.counts[kind][action] for action in Action if report.counts[kind][action]}
