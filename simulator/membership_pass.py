"""The last pass: members, added and removed in batches once users and groups exist."""

from dataclasses import dataclass
from itertools import batched

from simulator import bodies
from simulator.context import Cycle
from simulator.directory import SourceGroup
from simulator.errors import RequestRefused
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.state import GroupLink

# Entra's batch size is not documented; what it sends holds several members.
MEMBERS_IN_ONE_PATCH = 100


@dataclass(frozen=True)
class _Plan:
    """What one group's members call for, as source ids; all of ``add`` and ``remove`` have a resource."""

    group: SourceGroup
    link: GroupLink
    add: tuple[str, ...]
    remove: tuple[str, ...]


async def provision_memberships(cycle: Cycle) -> None:
    """Add and remove the members that changed since they were last seen to.

    A removed member who left the source altogether stays: a disabled user keeps memberships, and coming back does not
    bring them back. Members of a group that existed before are first looked up, so that none is added twice.
    """
    plans = [
        _plan(cycle, group, link)
        for group in cycle.source.groups.values()
        if (link := cycle.state.groups.get(group.id))
    ]
    cycle.begin(Kind.MEMBERSHIP, sum(len(plan.add) + len(plan.remove) for plan in plans))
    await cycle.each(plans, lambda plan: _provision(cycle, plan))


def _plan(cycle: Cycle, group: SourceGroup, link: GroupLink) -> _Plan:
    seen = set(link.members)
    new = [id for id in group.members if id not in seen]
    cycle.report.count(Kind.MEMBERSHIP, Action.UNCHANGED, len(group.members) - len(new))
    if cycle.report.initial:
        for nested in group.nested_groups:
            name = cycle.source.groups[nested].name if nested in cycle.source.groups else nested
            cycle.report.skip(Kind.MEMBERSHIP, f"{group.name} ← {name}", "nested groups are not provisioned")
    for id in new:
        if cycle.target_of(id) is None:
            _skip(cycle, group, link, id)
    kept = set(group.members)
    removed = [id for id in link.members if id not in kept and id in cycle.source.users]
    link.members = [id for id in link.members if id not in removed or cycle.target_of(id)]
    return _Plan(
        group,
        link,
        add=tuple(id for id in new if cycle.target_of(id)),
        remove=tuple(id for id in removed if cycle.target_of(id)),
    )


def _skip(cycle: Cycle, group: SourceGroup, link: GroupLink, id: str) -> None:
    """Leave a member out who is not in the target: tried again next time only if it is in escrow, as in Entra."""
    name = cycle.source.users[id].name if id in cycle.source.users else id
    if id in cycle.escrowed:
        reason = "the member failed in this cycle, next cycle tries again"
    else:
        reason = "the member is disabled or out of scope"
        link.members.append(id)
    cycle.report.skip(Kind.MEMBERSHIP, f"{group.name} ← {name}", reason)


async def _provision(cycle: Cycle, plan: _Plan) -> None:
    missing = await _missing(cycle, plan) if plan.link.matched else list(plan.add)
    complete = True
    for batch in batched(missing, MEMBERS_IN_ONE_PATCH, strict=False):
        body = bodies.add_members(_targets(cycle, batch), cycle.dialect)
        complete &= await _export(cycle, plan, batch, body, Action.CREATED)
    for batch in batched(plan.remove, MEMBERS_IN_ONE_PATCH, strict=False):
        body = bodies.remove_members(_targets(cycle, batch), cycle.dialect)
        complete &= await _export(cycle, plan, batch, body, Action.DELETED)
    plan.link.matched = plan.link.matched and not complete


async def _missing(cycle: Cycle, plan: _Plan) -> list[str]:
    """Return which members to add are not in the group yet, by the documented query for each of them."""
    missing: set[str] = set(plan.add)

    async def look_up(id: str) -> None:
        clauses = [("id", plan.link.target_id), ("members", str(cycle.target_of(id)))]
        try:
            found = await cycle.target.find("Groups", clauses, attributes="id")
        except RequestRefused:
            # Not every service provider knows this query; adding an existing member succeeds silently.
            return
        if found is not None:
            missing.discard(id)
            plan.link.members.append(id)
            cycle.report.count(Kind.MEMBERSHIP, Action.UNCHANGED)
            cycle.advance(Kind.MEMBERSHIP)

    await cycle.each(plan.add, look_up)
    return [id for id in plan.add if id in missing]


async def _export(cycle: Cycle, plan: _Plan, batch: tuple[str, ...], body: JsonObject, action: Action) -> bool:
    """Send one batch and return whether it succeeded."""
    done = False
    with cycle.attempt(Kind.MEMBERSHIP, plan.group.name, Step.REFERENCES, number=len(batch)):
        await cycle.target.patch("Groups", plan.link.target_id, body)
        cycle.report.count(Kind.MEMBERSHIP, action, len(batch))
        if action is Action.CREATED:
            plan.link.members.extend(batch)
        else:
            plan.link.members = [id for id in plan.link.members if id not in batch]
        done = True
    cycle.advance(Kind.MEMBERSHIP, len(batch))
    return done


def _targets(cycle: Cycle, ids: tuple[str, ...]) -> list[str]:
    return [str(cycle.target_of(id)) for id in ids]
