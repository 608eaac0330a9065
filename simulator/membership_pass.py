"""The last pass: members, added and removed in batches once users and groups exist."""

import hashlib
from dataclasses import dataclass
from itertools import batched

from simulator import bodies
from simulator.context import MEMBER_FAILED, Cycle
from simulator.directory import SourceGroup
from simulator.errors import ProvisioningError, Quarantine
from simulator.outcome import Action, Kind, Modified, Step
from simulator.protocol import JsonObject
from simulator.state import GroupLink

NESTED = "nested groups are not provisioned"
OUT_OF_SCOPE = "the member is disabled or out of scope"


@dataclass(frozen=True)
class _Plan:
    """What one group's members call for, as source ids; all of ``add`` and ``remove`` have a resource.

    After one that is not ``whole`` there may be more to do.
    """

    group: SourceGroup
    link: GroupLink
    add: tuple[str, ...]
    remove: tuple[str, ...]
    whole: bool = True

    @property
    def mark(self) -> str:
        """Return a text that is another one as soon as the plan is."""
        return hashlib.blake2b(repr((self.add, self.remove)).encode(), digest_size=9).hexdigest()


async def provision_memberships(cycle: Cycle) -> None:
    """Add and remove the members that changed since they were last seen to.

    A removed member who left the source altogether stays: a disabled user keeps memberships, and coming back does not
    bring them back. Members of a group that existed before are first looked up, so that none is added twice.
    """
    mapped = cycle.job.schema.groups.reference is not None
    plans = [
        _plan(cycle, group, link)
        for group in cycle.source.groups.values()
        if mapped and group.id not in cycle.scope.groups and (link := cycle.state.groups.get(group.id))
    ]
    cycle.begin(Kind.MEMBERSHIP, sum(len(plan.add) + len(plan.remove) for plan in plans))
    await cycle.each(plans, lambda plan: provision_members(cycle, plan))


def plan_of(cycle: Cycle, group: SourceGroup, add: tuple[str, ...]) -> _Plan:
    """Return the plan that adds some chosen members only, as provision on demand does."""
    targets = tuple(id for id in add if cycle.target_of(id))
    return _Plan(group, cycle.state.groups[group.id], targets, (), whole=False)


def _plan(cycle: Cycle, group: SourceGroup, link: GroupLink) -> _Plan:
    seen = set() if link.matched else {*link.members, *link.skipped}
    new = [id for id in group.members if id not in seen]
    cycle.unchanged(Kind.MEMBERSHIP, len(group.members) - len(new))
    if cycle.report.initial:
        for nested in group.nested_groups:
            name = cycle.source.groups[nested].name if nested in cycle.source.groups else nested
            cycle.report.skip(Kind.MEMBERSHIP, f"{group.name} ← {name}", NESTED)
    for id in new:
        if cycle.target_of(id) is None:
            _skip(cycle, group, link, id)
    kept = set(group.members)
    link.skipped = [id for id in link.skipped if id in kept]
    return _Plan(
        group,
        link,
        add=tuple(id for id in new if cycle.target_of(id)),
        remove=tuple(id for id in link.members if id not in kept and id in cycle.source.users and _linked(cycle, id)),
    )


def _linked(cycle: Cycle, id: str) -> str | None:
    """Return the resource of a user, also of one who left scope and so is not managed any more."""
    link = cycle.state.users.get(id)
    return link.target_id if link else None


def _skip(cycle: Cycle, group: SourceGroup, link: GroupLink, id: str) -> None:
    """Leave a member out who is not in the target: tried again next time only if it is in escrow, as in Entra."""
    name = cycle.source.users[id].name if id in cycle.source.users else id
    if cycle.in_escrow(Kind.USER, id):
        reason = MEMBER_FAILED
    else:
        reason = OUT_OF_SCOPE
        link.skipped.append(id)
    cycle.report.skip(Kind.MEMBERSHIP, f"{group.name} ← {name}", reason)


async def provision_members(cycle: Cycle, plan: _Plan) -> None:
    """Carry one group's plan out, batch by batch; one batch that fails does not stop the others."""
    if not (plan.add or plan.remove):
        plan.link.matched &= not plan.whole
        return
    if not cycle.is_due(Kind.MEMBERSHIP, plan.group.id, plan.group.name, plan.mark):
        return
    missing = await _missing(cycle, plan) if plan.link.matched else list(plan.add)
    complete = True
    for batch in batched(missing, cycle.job.members_per_patch, strict=False):
        body = bodies.add_members(_targets(cycle, batch), cycle.job.dialect)
        complete &= await _export(cycle, plan, batch, body, Action.CREATED)
    for batch in batched(plan.remove, cycle.job.members_per_patch, strict=False):
        body = bodies.remove_members(_targets(cycle, batch), cycle.job.dialect)
        complete &= await _export(cycle, plan, batch, body, Action.DELETED)
    if complete and plan.whole:
        plan.link.matched = False
        cycle.settle(Kind.MEMBERSHIP, plan.group.id)


async def _missing(cycle: Cycle, plan: _Plan) -> list[str]:
    """Return which members to add are not in the group yet, by the documented query for each of them."""
    missing: set[str] = set(plan.add)

    async def look_up(id: str) -> None:
        clauses = [("id", plan.link.target_id), ("members", str(cycle.target_of(id)))]
        try:
            found = await cycle.target.find("Groups", clauses, attributes="id")
        except Quarantine:
            raise
        except ProvisioningError:
            # Not every service provider knows this query; adding an existing member succeeds silently.
            return
        if found is not None:
            missing.discard(id)
            _remember(plan.link, [id])
            cycle.unchanged(Kind.MEMBERSHIP)
            cycle.advance(Kind.MEMBERSHIP)

    await cycle.each(plan.add, look_up)
    return [id for id in plan.add if id in missing]


async def _export(cycle: Cycle, plan: _Plan, batch: tuple[str, ...], body: JsonObject, action: Action) -> bool:
    """Send one batch and return whether it succeeded."""
    done, group = False, plan.group
    with cycle.attempt(
        Kind.MEMBERSHIP, group.id, group.name, plan.mark, step=Step.REFERENCES, part=len(batch)
    ) as attempt:
        attempt.target_id = plan.link.target_id
        attempt.passed(
            Step.REFERENCES, f"{len(batch)} {'member is' if len(batch) == 1 else 'members are'} in the target"
        )
        await cycle.target.patch("Groups", plan.link.target_id, body)
        attempt.done(action)
        ids = _targets(cycle, batch)
        if action is Action.CREATED:
            attempt.modified = (Modified("members", None, ids),)
            _remember(plan.link, batch)
        else:
            attempt.modified = (Modified("members", ids, None),)
            gone = set(batch)
            plan.link.members = [id for id in plan.link.members if id not in gone]
        done = True
    cycle.advance(Kind.MEMBERSHIP, len(batch))
    return done


def _remember(link: GroupLink, ids: tuple[str, ...] | list[str]) -> None:
    known = set(link.members)
    link.members.extend(id for id in ids if id not in known)


def _targets(cycle: Cycle, ids: tuple[str, ...]) -> list[str]:
    return [str(_linked(cycle, id)) for id in ids]
