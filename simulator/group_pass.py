"""The second pass: every changed group is matched, then created or renamed, without its members."""

from collections.abc import Collection

from simulator import bodies
from simulator.context import Cycle, surplus
from simulator.directory import SourceGroup
from simulator.errors import (
    DuplicateSourceEntries,
    InvalidAnchor,
    MembersNotExcluded,
    MissingValues,
    RequestRefused,
)
from simulator.mapping import DISPLAY_NAME, Mapped, changes, map_group, snapshot
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.state import GroupLink


async def provision_groups(cycle: Cycle) -> None:
    """Bring all groups of the source to the target, then delete those that left the source."""
    groups = list(cycle.source.groups.values())
    repeated = surplus(groups, lambda group: group.display_name, lambda group: group.id in cycle.state.groups)
    gone = [id for id in cycle.state.groups if id not in cycle.source.groups]
    cycle.holders = {link.target_id: id for id, link in cycle.state.groups.items()}
    cycle.begin(Kind.GROUP, len(groups))
    await cycle.each(groups, lambda group: _provision(cycle, group, repeated), Kind.GROUP)
    # Later than the matching, because a group with a new object id may have taken the link over.
    await cycle.each([id for id in gone if id in cycle.state.groups], lambda id: _delete(cycle, id))


async def _provision(cycle: Cycle, group: SourceGroup, repeated: Collection[str]) -> None:
    mapped = map_group(group)
    link = cycle.state.groups.get(group.id)
    if link and link.attributes == snapshot(mapped):
        cycle.report.count(Kind.GROUP, Action.UNCHANGED)
        return
    with cycle.attempt(Kind.GROUP, group.name, Step.MATCHING, id=group.id) as attempt:
        if group.id in repeated:
            raise DuplicateSourceEntries(f"another group has the displayName {group.display_name}")
        resource = await _resource(cycle, group, mapped)
        attempt.step = Step.EXPORT
        if resource is None:
            await _create(cycle, group, mapped)
        else:
            await _update(cycle, group, mapped, resource)


async def _resource(cycle: Cycle, group: SourceGroup, mapped: Mapped) -> JsonObject | None:
    link = cycle.state.groups.get(group.id)
    if link:
        return await _linked(cycle, link.target_id)
    if DISPLAY_NAME not in mapped:
        raise MissingValues("displayName is empty")
    found = await cycle.target.find("Groups", [("displayName", mapped[DISPLAY_NAME])], excludedAttributes="members")
    if found is not None:
        _check_members_excluded(found)
        # Nothing is written yet, so no attribute counts as seen to.
        cycle.state.groups[group.id] = _take_over(cycle, found["id"])
        cycle.holders[found["id"]] = group.id
    return found


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
    if group.get("members"):
        raise MembersNotExcluded(f"the group {group['id']} came with {len(group['members'])} members", status=200)


def _take_over(cycle: Cycle, target_id: str) -> GroupLink:
    """Return the link to a found group, with the members of a source group that had it and is gone.

    Raises:
        DuplicateSourceEntries: A group that is still in the source holds it.
    """
    holder = cycle.holders.get(target_id)
    if holder is None:
        return GroupLink(target_id, {}, matched=True)
    if holder in cycle.source.groups:
        raise DuplicateSourceEntries(f"{cycle.source.groups[holder].name} is linked to the same resource")
    former = cycle.state.groups.pop(holder)
    return GroupLink(target_id, {}, members=former.members, matched=former.matched)


async def _create(cycle: Cycle, group: SourceGroup, mapped: Mapped) -> None:
    target_id = await cycle.target.create("Groups", bodies.new_group(mapped))
    cycle.state.groups[group.id] = GroupLink(target_id, snapshot(mapped))
    cycle.report.count(Kind.GROUP, Action.CREATED)


async def _update(cycle: Cycle, group: SourceGroup, mapped: Mapped, resource: JsonObject) -> None:
    differing = changes(mapped, resource)
    if differing:
        await cycle.target.patch("Groups", resource["id"], bodies.patch(differing, cycle.dialect))
    cycle.state.groups[group.id].attributes = snapshot(mapped)
    cycle.report.count(Kind.GROUP, Action.UPDATED if differing else Action.UNCHANGED)


async def _delete(cycle: Cycle, group_id: str) -> None:
    link = cycle.state.groups[group_id]
    name = link.attributes.get(str(DISPLAY_NAME), group_id)
    with cycle.attempt(Kind.GROUP, name, Step.EXPORT, id=group_id):
        try:
            await cycle.target.delete("Groups", link.target_id)
            cycle.report.count(Kind.GROUP, Action.DELETED)
        except RequestRefused as error:
            if error.status != 404:
                raise
            cycle.report.skip(Kind.GROUP, name, "left the source, and is gone from the target already")
        del cycle.state.groups[group_id]
