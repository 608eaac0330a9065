"""Provision on demand: one user, or one group with up to five members, at once and beside the cycles.

Source: Microsoft Learn, "Provision on demand in Microsoft Entra ID". The feature flag is not applied, roles are not
supported, and a user who was soft-deleted before is not restored.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from simulator.connection import check_connection
from simulator.context import Cycle
from simulator.directory import Directory, SourceUser
from simulator.errors import ProvisioningError
from simulator.group_pass import provision_group
from simulator.job import Job
from simulator.manager_pass import provision_manager
from simulator.mapping.model import ObjectMapping
from simulator.membership_pass import plan_of, provision_members
from simulator.outcome import CycleReport, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.scoping.scope import scope_of
from simulator.state import GroupLink, Standing, State, UserLink
from simulator.user_pass import provision_user

MOST_MEMBERS = 5
NOT_RESTORED = "was soft-deleted by the job before; provision on demand does not restore"

NOT_LINKED = "the job has not provisioned the member: not yet, or it is disabled or out of scope"


class NotOnDemand(Exception):
    """What was asked for cannot be provisioned on demand; the message says why."""


async def provision_on_demand(
    source: Directory,
    target: ScimClient,
    subject: str,
    *,
    members: Sequence[str] = (),
    state: State,
    job: Job | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CycleReport:
    """Provision the user or group *subject*, and of a group *members*, and return what was done.

    Users and groups are named by object id, sign-in name or display name. Test Connection comes first; it stops
    everything by the report's ``quarantine``, while the job's own schedule is left alone.

    Raises:
        NotOnDemand: There is no such object, there are more than five members, or one is no direct member of the group.
    """
    id, chosen = find(source, subject), [find(source, each) for each in members]
    _check_members(source, id, chosen)
    job = job or Job()
    job = replace(
        job,
        dialect=Dialect.LEGACY,
        schema=replace(job.schema, users=_without_roles(job.schema.users)),
    )
    report = CycleReport(initial=False, began=now())
    report.quarantine = (await check_connection(target, job.schema)).failure
    if report.quarantine is not None:
        return report
    scope = scope_of(source, job.schema, assigned_only=job.assigned_only)
    state.tenant_url = target.tenant_url
    cycle = Cycle(source, target, job, state, scope, report, now(), lambda _: None, lambda: None, on_demand=True)
    cycle.hold_links()
    try:
        await _provision(cycle, id, chosen)
    except ProvisioningError as error:
        report.quarantine = error
    report.requests = target.requests
    return report


def find(source: Directory, name: str) -> str:
    """Return the object id that *name* means.

    Raises:
        NotOnDemand: It means no object, or several.
    """
    if name in source.users or name in source.groups:
        return name
    users = [id for id, user in source.users.items() if user.name.casefold() == name.casefold()]
    groups = [id for id, group in source.groups.items() if group.name.casefold() == name.casefold()]
    found = users + groups
    if not found:
        raise NotOnDemand(f"no user or group of the directory is named {name!r}")
    if len(found) > 1:
        raise NotOnDemand(f"{len(found)} objects of the directory are named {name!r}; give the id of one")
    return found[0]


def _check_members(source: Directory, id: str, chosen: Sequence[str]) -> None:
    if len(chosen) > MOST_MEMBERS:
        raise NotOnDemand(f"{len(chosen)} members; provision on demand takes at most {MOST_MEMBERS}")
    group = source.groups.get(id)
    if chosen and group is None:
        raise NotOnDemand(f"{source.users[id].name} is no group, and has no members")
    for each in chosen:
        if group is not None and each not in group.members:
            raise NotOnDemand(
                f"{(source.users.get(each) or source.groups[each]).name} is no direct member of {group.name}"
            )


def _without_roles(mapping: ObjectMapping) -> ObjectMapping:
    rows = tuple(each for each in mapping.attributes if "appRoleAssignments" not in each.reads)
    return replace(mapping, attributes=rows)


async def _provision(cycle: Cycle, id: str, members: Sequence[str]) -> None:
    user, group = cycle.source.users.get(id), cycle.source.groups.get(id)
    if user is not None:
        await _provision_user(cycle, user)
    elif group is not None and (reason := cycle.scope.groups.get(id)):
        cycle.leave_out(Kind.GROUP, group.id, group.name, reason)
    elif group is not None:
        _forget_mark(cycle.state.groups.get(id))
        await provision_group(cycle, group)
        _forget_mark(cycle.state.groups.get(id))
        if id in cycle.state.groups:
            cycle.begin(Kind.MEMBERSHIP, len(members))
            for each in members:
                if cycle.target_of(each) is None:
                    cycle.report.skip(Kind.MEMBERSHIP, f"{group.name} ← {_name(cycle.source, each)}", NOT_LINKED)
            await provision_members(cycle, plan_of(cycle, group, tuple(members)))


def _name(source: Directory, id: str) -> str:
    return source.users[id].name if id in source.users else source.groups[id].name


async def _provision_user(cycle: Cycle, user: SourceUser) -> None:
    link = cycle.state.users.get(user.id)
    reason = cycle.scope.users.get(user.id)
    if link is not None and link.standing is not Standing.MANAGED:
        reason = reason or NOT_RESTORED
    if reason:
        cycle.leave_out(Kind.USER, user.id, user.name, reason)
        return
    _forget_mark(link)
    await provision_user(cycle, user)
    _forget_mark(cycle.state.users.get(user.id))
    cycle.begin(Kind.MANAGER, 1)
    await provision_manager(cycle, user)


def _forget_mark(link: UserLink | GroupLink | None) -> None:
    """Have the object looked at even if nothing changed: on demand, and by the next cycle, which does all the rest."""
    if link is not None:
        link.seen = ""
