"""The third pass: managers, which can be written only once both users exist."""

from simulator import bodies
from simulator.context import MANAGER_FAILED, Cycle
from simulator.directory import SourceUser
from simulator.mapping.apply import Change
from simulator.mapping.model import MANAGER, MANAGER_VALUE
from simulator.outcome import Action, Kind, Step
from simulator.state import Standing, UserLink

OUT_OF_SCOPE = "the manager is disabled or out of scope"


async def provision_managers(cycle: Cycle) -> None:
    """Write the manager of every user whose manager changed.

    A manager who was removed in the source is left in the target: empty values are not sent.
    """
    if cycle.job.schema.users.reference is None:
        cycle.begin(Kind.MANAGER, 0)
        return
    managed: list[tuple[SourceUser, UserLink, str]] = []
    for user in cycle.source.users.values():
        link = cycle.state.users.get(user.id)
        if link is None or link.standing is not Standing.MANAGED or user.soft_deleted:
            continue
        if user.manager_id is None:
            link.manager = None
        elif link.target_id:
            managed.append((user, link, user.manager_id))
    cycle.begin(Kind.MANAGER, len(managed))
    await cycle.each(managed, lambda each: _provision(cycle, *each), Kind.MANAGER)


async def provision_manager(cycle: Cycle, user: SourceUser) -> None:
    """Write the manager of one user, if there is one to write."""
    link = cycle.state.users.get(user.id)
    if link and link.target_id and user.manager_id and cycle.job.schema.users.reference:
        await _provision(cycle, user, link, user.manager_id)


async def _provision(cycle: Cycle, user: SourceUser, link: UserLink, manager_id: str) -> None:
    if link.manager == manager_id:
        cycle.unchanged(Kind.MANAGER)
        return
    wanted = cycle.target_of(manager_id)
    if wanted is None:
        _skip(cycle, user, link, manager_id)
        return
    if not cycle.is_due(Kind.MANAGER, user.id, user.name, manager_id):
        return
    with cycle.attempt(Kind.MANAGER, user.id, user.name, manager_id, step=Step.REFERENCES) as attempt:
        attempt.target_id = str(link.target_id)
        current = await _current(cycle, user, attempt.target_id)
        attempt.passed(Step.REFERENCES, "the manager is in the target", id=wanted)
        if current == wanted:
            attempt.unchanged()
        else:
            body = bodies.set_manager(wanted, cycle.job.dialect, had_value=current is not None)
            await cycle.target.patch("Users", attempt.target_id, body)
            attempt.done(Action.UPDATED, [Change(MANAGER, wanted, current is not None, current)])
        link.manager = manager_id


def _skip(cycle: Cycle, user: SourceUser, link: UserLink, manager_id: str) -> None:
    """Leave a manager out who is not in the target: tried again next time only if it is in escrow, as in Entra."""
    if cycle.in_escrow(Kind.USER, manager_id):
        cycle.report.skip(Kind.MANAGER, user.name, MANAGER_FAILED)
        return
    cycle.report.skip(Kind.MANAGER, user.name, OUT_OF_SCOPE)
    link.manager = manager_id


async def _current(cycle: Cycle, user: SourceUser, target_id: str) -> str | None:
    if user.id not in cycle.read_managers:
        manager = MANAGER_VALUE.read(await cycle.target.get("Users", target_id))
        cycle.read_managers[user.id] = str(manager) if manager is not None else None
    return cycle.read_managers[user.id]
