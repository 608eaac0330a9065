"""What becomes of users and groups that left the directory or the scope: disabled, deleted later, or left alone.

Source: Microsoft Learn, "How application provisioning works" (deprovisioning), "Skip deletion of user accounts that go
out of scope", "Enable accidental deletions prevention".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator import bodies
from simulator.attempt import Attempt
from simulator.context import Cycle
from simulator.errors import RequestRefused
from simulator.mapping.apply import changes, map_soft_deleted
from simulator.mapping.model import ObjectAction
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.source import user_attributes
from simulator.state import Standing, UserLink

IN_RECYCLE_BIN = timedelta(days=30)
HELD = "StagedDelete: held by the threshold for accidental deletions"
LEFT_ALONE = "left scope; SkipOutOfScopeDeletions leaves the user alone"
GONE = "left the source, and is gone from the target already"


@dataclass(frozen=True)
class Departures:
    """The source ids that leave in this cycle: users to disable with their new standing, users and groups to delete."""

    disabled: dict[str, Standing]
    deleted: tuple[str, ...]
    groups: tuple[str, ...]


def departures_of(cycle: Cycle) -> Departures:
    """Return who leaves: users who are linked and neither managed nor left any more, and groups."""
    disabled: dict[str, Standing] = {}
    deleted: list[str] = []
    for id, link in cycle.state.users.items():
        standing = _standing(cycle, id)
        if link.target_id is None or standing is Standing.MANAGED or link.standing is Standing.LEFT_SCOPE:
            continue
        if standing is Standing.DELETED and _is_over(cycle, id, link):
            deleted.append(id)
        elif link.standing is Standing.MANAGED:
            disabled[id] = standing
    untouched = cycle.scope.untouched
    groups = [
        id
        for id in cycle.state.groups
        if id not in cycle.source.groups or (id in cycle.scope.groups and id not in untouched)
    ]
    return Departures(disabled, tuple(deleted), tuple(groups))


def number_of_deprovisionings(cycle: Cycle) -> int:
    """Return how many departures there are of which anything is to be written."""
    found = departures_of(cycle)
    disabled = sum(_left_alone(cycle, standing) is None for standing in found.disabled.values())
    deleted = len(found.deleted) if ObjectAction.DELETE in cycle.job.schema.users.actions else 0
    groups = len(found.groups) if ObjectAction.DELETE in cycle.job.schema.groups.actions else 0
    return disabled + deleted + groups


def _left_alone(cycle: Cycle, standing: Standing) -> str | None:
    """Return why nothing is written of a user who leaves with *standing*, if that is so."""
    mapping = cycle.job.schema.users
    if standing is Standing.LEFT_SCOPE and cycle.job.skip_out_of_scope_deletions:
        return LEFT_ALONE
    if ObjectAction.UPDATE not in mapping.actions:
        return "left the source; the mapping updates no objects"
    if not mapping.by_soft_delete:
        return "left the source; no mapping reads IsSoftDeleted, so nothing is done"
    return None


def _standing(cycle: Cycle, id: str) -> Standing:
    user = cycle.source.users.get(id)
    if user is None or user.soft_deleted:
        return Standing.DELETED
    return Standing.LEFT_SCOPE if id in cycle.scope.users and id not in cycle.scope.untouched else Standing.MANAGED


def _is_over(cycle: Cycle, id: str, link: UserLink) -> bool:
    """Tell whether a deleted user is deleted for good: said so, or thirty days in the recycle bin."""
    if id in cycle.source.purged:
        return True
    return bool(link.since) and cycle.now - datetime.fromisoformat(link.since) >= IN_RECYCLE_BIN


async def remove_departed(cycle: Cycle) -> None:
    """Disable and delete users, and delete groups, that left since the last cycle."""
    found = departures_of(cycle)
    for id in [id for id, link in cycle.state.users.items() if link.target_id is None]:
        if id not in cycle.source.users:
            del cycle.state.users[id]
    await cycle.each(found.disabled.items(), lambda each: _disable(cycle, *each))
    await cycle.each(found.deleted, lambda id: _delete_user(cycle, id))
    await cycle.each(found.groups, lambda id: _delete_group(cycle, id))


async def _disable(cycle: Cycle, id: str, standing: Standing) -> None:
    """Soft-delete a user who left, once; the link stays, for the user may come back."""
    link, mark = cycle.state.users[id], f"left:{standing}"
    if not cycle.is_due(Kind.USER, id, link.name, mark):
        return
    with cycle.attempt(Kind.USER, id, link.name, mark, step=Step.EXPORT) as attempt:
        attempt.target_id = str(link.target_id)
        attempt.passed(Step.SCOPING, f"the user is no longer managed: {standing}")
        if reason := _left_alone(cycle, standing):
            attempt.skip(reason)
        elif _holds(cycle, attempt) or not await _soft_delete(cycle, id, attempt):
            return
        link.standing, link.seen = standing, mark
        link.since = cycle.now.isoformat() if standing is Standing.DELETED else ""


async def _soft_delete(cycle: Cycle, id: str, attempt: Attempt) -> bool:
    """Write what ``IsSoftDeleted`` makes of the user, and return whether there still is one."""
    try:
        resource = await cycle.target.get("Users", attempt.target_id)
    except RequestRefused as error:
        if error.status != 404:
            raise
        attempt.skip(GONE)
        del cycle.state.users[id]
        return False
    await _write(cycle, id, resource, attempt)
    return True


async def _write(cycle: Cycle, id: str, resource: JsonObject, attempt: Attempt) -> None:
    mapping, user = cycle.job.schema.users, cycle.source.users.get(id)
    mapped = map_soft_deleted(mapping, user_attributes(user) if user else {}, now=cycle.now)
    differing = changes(mapping, mapped, resource)
    if differing:
        await cycle.target.patch("Users", attempt.target_id, bodies.patch(differing, cycle.job.dialect))
        attempt.done(Action.DISABLED, differing)
    else:
        attempt.unchanged()


async def _delete_user(cycle: Cycle, id: str) -> None:
    """Delete a user who is deleted in Entra for good."""
    link = cycle.state.users[id]
    if not cycle.is_due(Kind.USER, id, link.name, "purged"):
        return
    with cycle.attempt(Kind.USER, id, link.name, "purged", step=Step.EXPORT) as attempt:
        attempt.target_id = str(link.target_id)
        if ObjectAction.DELETE not in cycle.job.schema.users.actions:
            attempt.skip("deleted for good in Entra; the mapping deletes no objects")
        elif _holds(cycle, attempt):
            return
        else:
            await _delete(cycle, "Users", attempt)
        del cycle.state.users[id]


async def _delete_group(cycle: Cycle, id: str) -> None:
    link = cycle.state.groups[id]
    if not cycle.is_due(Kind.GROUP, id, link.name, "left"):
        return
    with cycle.attempt(Kind.GROUP, id, link.name, "left", step=Step.EXPORT) as attempt:
        attempt.target_id = link.target_id
        if ObjectAction.DELETE not in cycle.job.schema.groups.actions:
            attempt.skip("left the source; the mapping deletes no objects")
        elif _holds(cycle, attempt):
            return
        else:
            await _delete(cycle, "Groups", attempt)
        del cycle.state.groups[id]


async def _delete(cycle: Cycle, resource_type: str, attempt: Attempt) -> None:
    try:
        await cycle.target.delete(resource_type, attempt.target_id)
        attempt.done(Action.DELETED)
    except RequestRefused as error:
        if error.status != 404:
            raise
        attempt.skip(GONE)


def _holds(cycle: Cycle, attempt: Attempt) -> bool:
    if cycle.holds_deletes:
        attempt.hold(HELD)
    return cycle.holds_deletes
