"""The first pass: every changed user is matched, then created, updated, disabled or skipped."""

from collections.abc import Collection

from simulator import bodies
from simulator.context import Cycle, surplus
from simulator.directory import SourceUser
from simulator.errors import DuplicateSourceEntries, InvalidAnchor, MissingValues, RequestRefused
from simulator.mapping import ACTIVE, MANAGER_VALUE, USER_NAME, Mapped, changes, map_user, snapshot
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.state import UserLink


async def provision_users(cycle: Cycle) -> None:
    """Bring all users of the source to the target, then disable those that left the source."""
    users = list(cycle.source.users.values())
    repeated = surplus(users, lambda user: map_user(user).get(USER_NAME), lambda user: user.id in cycle.state.users)
    gone = [id for id in cycle.state.users if id not in cycle.source.users]
    cycle.holders = {link.target_id: id for id, link in cycle.state.users.items() if link.target_id}
    cycle.begin(Kind.USER, len(users))
    await cycle.each(users, lambda user: _provision(cycle, user, repeated), Kind.USER)
    # Later than the matching, because a user with a new object id may have taken the link over.
    await cycle.each([id for id in gone if id in cycle.state.users], lambda id: _disable(cycle, id))


async def _provision(cycle: Cycle, user: SourceUser, repeated: Collection[str]) -> None:
    mapped = map_user(user)
    link = cycle.state.users.get(user.id)
    if link and link.attributes == snapshot(mapped):
        cycle.report.count(Kind.USER, Action.UNCHANGED)
        return
    with cycle.attempt(Kind.USER, user.name, Step.MATCHING, id=user.id) as attempt:
        if user.id in repeated:
            raise DuplicateSourceEntries(f"another user has the userName {mapped[USER_NAME]}")
        resource = await _resource(cycle, user, mapped)
        attempt.step = Step.EXPORT
        if resource is not None:
            await _update(cycle, user, mapped, resource)
        elif user.account_enabled:
            await _create(cycle, user, mapped)
        else:
            cycle.report.skip(Kind.USER, user.name, "disabled in Entra, not created")
            cycle.state.users[user.id] = UserLink(None, snapshot(mapped))


async def _resource(cycle: Cycle, user: SourceUser, mapped: Mapped) -> JsonObject | None:
    """Return the resource of *user*: by the cached id once linked, else by the matching attribute."""
    link = cycle.state.users.get(user.id)
    if link and link.target_id:
        return await _linked(cycle, link.target_id)
    if USER_NAME not in mapped:
        raise MissingValues("userPrincipalName is empty")
    found = await cycle.target.find("Users", [("userName", mapped[USER_NAME])])
    if found is not None:
        # Nothing is written yet, so no attribute counts as seen to.
        cycle.state.users[user.id] = UserLink(found["id"], {}, manager=_take_over(cycle, found["id"]))
        cycle.holders[found["id"]] = user.id
    return found


async def _linked(cycle: Cycle, target_id: str) -> JsonObject:
    try:
        return await cycle.target.get("Users", target_id)
    except RequestRefused as error:
        if error.status == 404:
            raise InvalidAnchor(f"the linked user {target_id} is gone: {error.detail}", status=404) from error
        raise


def _take_over(cycle: Cycle, target_id: str) -> str | None:
    """Free *target_id* of a user who left the source, and return the manager last written for it.

    Raises:
        DuplicateSourceEntries: A user who is still in the source holds it.
    """
    holder = cycle.holders.get(target_id)
    if holder is None:
        return None
    if holder in cycle.source.users:
        raise DuplicateSourceEntries(f"{cycle.source.users[holder].name} is linked to the same resource")
    return cycle.state.users.pop(holder).manager


async def _create(cycle: Cycle, user: SourceUser, mapped: Mapped) -> None:
    target_id = await cycle.target.create("Users", bodies.new_user(mapped))
    cycle.state.users[user.id] = UserLink(target_id, snapshot(mapped))
    cycle.read_managers[user.id] = None
    cycle.report.count(Kind.USER, Action.CREATED)


async def _update(cycle: Cycle, user: SourceUser, mapped: Mapped, resource: JsonObject) -> None:
    link = cycle.state.users[user.id]
    manager = MANAGER_VALUE.read(resource)
    cycle.read_managers[user.id] = str(manager) if manager is not None else None
    differing = changes(mapped, resource)
    if differing:
        await cycle.target.patch("Users", resource["id"], bodies.patch(differing, cycle.dialect))
    link.attributes = snapshot(mapped)
    disabled = any(change.target == ACTIVE and change.value == "False" for change in differing)
    action = Action.DISABLED if disabled else Action.UPDATED if differing else Action.UNCHANGED
    cycle.report.count(Kind.USER, action)


async def _disable(cycle: Cycle, user_id: str) -> None:
    """Soft-delete a user who left the source, once; the link stays, for the user may come back."""
    link = cycle.state.users[user_id]
    name = link.attributes.get(str(USER_NAME), user_id)
    if link.target_id is None:
        del cycle.state.users[user_id]
        return
    if link.attributes.get(str(ACTIVE)) == "False":
        return
    with cycle.attempt(Kind.USER, name, Step.EXPORT, id=user_id):
        try:
            await cycle.target.patch("Users", link.target_id, bodies.disable(cycle.dialect))
        except RequestRefused as error:
            if error.status != 404:
                raise
            cycle.report.skip(Kind.USER, name, "left the source, and is gone from the target already")
            del cycle.state.users[user_id]
            return
        link.attributes[str(ACTIVE)] = "False"
        cycle.report.count(Kind.USER, Action.DISABLED)
