"""The second pass: every changed group in scope is matched, then created or renamed, without its members."""

from collections.abc import Collection

from simulator import bodies
from simulator.attempt import Attempt
from simulator.context import Cycle, surplus
from simulator.directory import SourceGroup
from simulator.errors import (
    DuplicateSourceEntries,
    InvalidAnchor,
    MembersNotExcluded,
    MissingValues,
    RequestRefused,
)
from simulator.mapping.apply import Change, Mapped, changes, match_clauses
from simulator.mapping.model import ObjectAction
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.scoping.scope import GROUP_NOT_ASSIGNED
from simulator.source import group_attributes, mark_of
from simulator.state import GroupLink


async def provision_groups(cycle: Cycle) -> None:
    """Bring all groups in scope to the target."""
    groups = [group for group in cycle.source.groups.values() if group.id not in cycle.scope.groups]
    repeated = surplus(groups, lambda group: group.display_name, lambda group: group.id in cycle.state.groups)
    cycle.hold_links(Kind.GROUP)
    cycle.begin(Kind.GROUP, len(cycle.source.groups))
    for id, reason in cycle.scope.groups.items():
        if cycle.report.initial and id not in cycle.state.groups:
            _leave_out(cycle, cycle.source.groups[id], reason)
        cycle.advance(Kind.GROUP)
    await cycle.each(groups, lambda group: provision_group(cycle, group, repeated), Kind.GROUP)


def _leave_out(cycle: Cycle, group: SourceGroup, reason: str) -> None:
    """Report a group that is out of scope; Entra does not even read one that is not assigned."""
    if reason == GROUP_NOT_ASSIGNED:
        cycle.report.skip(Kind.GROUP, group.name, reason)
    else:
        cycle.leave_out(Kind.GROUP, group.id, group.name, reason)


async def provision_group(cycle: Cycle, group: SourceGroup, repeated: Collection[str] = ()) -> None:
    """Bring one group to the target if something changed since it was last seen to."""
    mark = mark_of(group_attributes(group))
    link = cycle.state.groups.get(group.id)
    if link and link.seen == mark:
        cycle.unchanged(Kind.GROUP)
        return
    if not cycle.is_due(Kind.GROUP, group.id, group.name, mark):
        return
    with cycle.attempt(Kind.GROUP, group.id, group.name, mark) as attempt:
        attempt.imported()
        attempt.passed(Step.SCOPING, "the group is in scope")
        if group.id in repeated:
            raise DuplicateSourceEntries(f"another group has the displayName {group.display_name}")
        resource = await _resource(cycle, group, attempt)
        attempt.goes_to(Step.EXPORT)
        if resource is not None:
            await _update(cycle, group, mark, resource, attempt)
        elif ObjectAction.ADD in cycle.job.schema.groups.actions:
            await _create(cycle, group, mark, attempt)
        else:
            attempt.skip("the mapping creates no objects")


def _mapped(cycle: Cycle, group: SourceGroup, *, creating: bool) -> Mapped:
    return cycle.mapped(cycle.job.schema.groups, group_attributes(group), creating=creating)


async def _resource(cycle: Cycle, group: SourceGroup, attempt: Attempt) -> JsonObject | None:
    link = cycle.state.groups.get(group.id)
    if link:
        linked = await _linked(cycle, link.target_id)
        attempt.passed(Step.MATCHING, "read by the id that is linked", id=link.target_id)
        return linked
    clauses = match_clauses(cycle.job.schema.groups, _mapped(cycle, group, creating=True))
    if not clauses:
        raise MissingValues("every matching attribute is empty")
    for path, value in clauses:
        found = await cycle.target.find("Groups", [(path, value)], excludedAttributes="members")
        if found is not None:
            _check_members_excluded(found)
            attempt.passed(Step.MATCHING, f"found by {path}", id=found["id"])
            # Nothing is written yet, so the group does not count as seen to.
            cycle.state.groups[group.id] = _take_over(cycle, found["id"])
            cycle.holders[found["id"]] = group.id
            return found
    attempt.passed(Step.MATCHING, f"not found by {', '.join(path for path, _ in clauses)}")
    return None


async def _linked(cycle: Cycle, target_id: str) -> JsonObject:
    try:
        found = await cycle.target.get("Groups", target_id, excludedAttributes="members")
    except RequestRefused as error:
        if error.status == 404:
            raise InvalidAnchor(f"the linked group {target_id} is gone: {error.detail}", status=404) from error
        raise
    _check_members_excluded(found)
    return found


def _check_members_excluded(group: JsonObject) -> None:
    if members := group.get("members"):
        number = len(members) if isinstance(members, list) else "something for"
        raise MembersNotExcluded(f"the group {group['id']} came with {number} members", status=200)


def _take_over(cycle: Cycle, target_id: str) -> GroupLink:
    """Return the link to a found group, with the members of a source group that had it and is gone.

    Raises:
        DuplicateSourceEntries: A group that is still in scope holds it.
    """
    holder = cycle.holders.get(target_id)
    if holder is None:
        return GroupLink(target_id, matched=True)
    if holder in cycle.source.groups and holder not in cycle.scope.groups:
        raise DuplicateSourceEntries(f"{cycle.source.groups[holder].name} is linked to the same resource")
    former = cycle.state.groups.pop(holder)
    return GroupLink(target_id, members=former.members, matched=former.matched)


async def _create(cycle: Cycle, group: SourceGroup, mark: str, attempt: Attempt) -> None:
    mapped = _mapped(cycle, group, creating=True)
    body = bodies.new_group(mapped, microsoft_schema=cycle.job.microsoft_schema)
    attempt.target_id = await cycle.target.create("Groups", body)
    cycle.state.groups[group.id] = GroupLink(attempt.target_id, mark, group.name)
    attempt.done(Action.CREATED, (Change(target, value, had_value=False) for target, value in mapped.items()))


async def _update(cycle: Cycle, group: SourceGroup, mark: str, resource: JsonObject, attempt: Attempt) -> None:
    attempt.target_id = resource["id"]
    mapping = cycle.job.schema.groups
    differing = changes(mapping, _mapped(cycle, group, creating=False), resource)
    link = cycle.state.groups[group.id]
    if differing and ObjectAction.UPDATE not in mapping.actions:
        attempt.skip("the mapping updates no objects")
    elif differing:
        await cycle.target.patch("Groups", resource["id"], bodies.patch(differing, cycle.job.dialect))
        attempt.done(Action.UPDATED, differing)
    else:
        attempt.unchanged()
    link.seen, link.name = mark, group.name
