"""The first pass: every changed user in scope is matched, then created, updated or skipped."""

from collections.abc import Collection
from dataclasses import dataclass

from simulator import bodies
from simulator.attempt import Attempt
from simulator.context import Cycle, surplus
from simulator.directory import SourceUser
from simulator.errors import DuplicateSourceEntries, InvalidAnchor, MissingValues, RequestRefused
from simulator.mapping.apply import Change, Mapped, changes, match_clauses
from simulator.mapping.model import ACTIVE, MANAGER_VALUE, ObjectAction
from simulator.outcome import Action, Kind, Step
from simulator.protocol import JsonObject
from simulator.scoping.scope import NOT_ASSIGNED
from simulator.source import Attributes, mark_of, user_attributes
from simulator.state import Standing, UserLink

DISABLED = "disabled in Entra, not created"


@dataclass(frozen=True)
class _Subject:
    """One user at work: the source object, its attributes, and the mark that tells one version from another."""

    user: SourceUser
    attributes: Attributes
    mark: str


async def provision_users(cycle: Cycle) -> None:
    """Bring all users in scope to the target."""
    present = [user for user in cycle.source.users.values() if not user.soft_deleted]
    users = [user for user in present if user.id not in cycle.scope.users]
    repeated = surplus(users, lambda user: _sign_in_name(cycle, user), lambda user: user.id in cycle.state.users)
    cycle.hold_links(Kind.USER)
    cycle.begin(Kind.USER, len(present))
    for user in present:
        if reason := cycle.scope.users.get(user.id):
            _leave_out(cycle, user, reason)
            cycle.advance(Kind.USER)
    await cycle.each(users, lambda user: provision_user(cycle, user, repeated), Kind.USER)


def _sign_in_name(cycle: Cycle, user: SourceUser) -> str | None:
    """Return the value of the first matching attribute if it is mapped directly; only then it is known beforehand."""
    first = next(iter(cycle.job.schema.users.matching), None)
    attributes = user_attributes(user)
    name = next(iter(first.reads), "") if first and len(first.reads) == 1 and first.expression.startswith("[") else ""
    value = attributes.get(name)
    return value if isinstance(value, str) else None


def _leave_out(cycle: Cycle, user: SourceUser, reason: str) -> None:
    """Report a user who is out of scope and was never in it, once."""
    link = cycle.state.users.get(user.id)
    if link is None or (link.target_id is None and link.seen != reason):
        cycle.state.users[user.id] = UserLink(None, reason, user.name)
        if reason == NOT_ASSIGNED:
            # Entra does not even read who is not assigned.
            cycle.report.skip(Kind.USER, user.name, reason)
        else:
            cycle.leave_out(Kind.USER, user.id, user.name, reason)


async def provision_user(cycle: Cycle, user: SourceUser, repeated: Collection[str] = ()) -> None:
    """Bring one user to the target if something changed since it was last seen to."""
    attributes = user_attributes(user, cycle.scope.roles.get(user.id, ()))
    subject = _Subject(user, attributes, mark_of(attributes))
    link = cycle.state.users.get(user.id)
    if link and link.standing is Standing.MANAGED and link.seen == subject.mark:
        cycle.unchanged(Kind.USER)
        return
    if not cycle.is_due(Kind.USER, user.id, user.name, subject.mark):
        return
    with cycle.attempt(Kind.USER, user.id, user.name, subject.mark) as attempt:
        attempt.imported()
        attempt.passed(Step.SCOPING, "the user is in scope", Active=str(user.account_enabled))
        await _export(cycle, subject, attempt, repeated)


async def _export(cycle: Cycle, subject: _Subject, attempt: Attempt, repeated: Collection[str]) -> None:
    user, mapping = subject.user, cycle.job.schema.users
    if user.id in repeated:
        raise DuplicateSourceEntries(f"another user has the userName {_sign_in_name(cycle, user)}")
    resource = await _resource(cycle, subject, attempt)
    attempt.goes_to(Step.EXPORT)
    if resource is not None:
        await _update(cycle, subject, resource, attempt)
    elif subject.attributes["IsSoftDeleted"]:
        _skip(cycle, subject, attempt, DISABLED)
    elif ObjectAction.ADD not in mapping.actions:
        _skip(cycle, subject, attempt, "the mapping creates no objects")
    else:
        await _create(cycle, subject, attempt)


def _mapped(cycle: Cycle, subject: _Subject, *, creating: bool) -> Mapped:
    return cycle.mapped(cycle.job.schema.users, subject.attributes, creating=creating)


async def _resource(cycle: Cycle, subject: _Subject, attempt: Attempt) -> JsonObject | None:
    """Return the resource of the user: by the cached id once linked, else by the first matching attribute that hits."""
    link = cycle.state.users.get(subject.user.id)
    if link and link.target_id:
        found = await _linked(cycle, link.target_id)
        attempt.passed(Step.MATCHING, "read by the id that is linked", id=link.target_id)
        return found
    clauses = match_clauses(cycle.job.schema.users, _mapped(cycle, subject, creating=True))
    if not clauses:
        raise MissingValues("every matching attribute is empty")
    for path, value in clauses:
        found_by_value = await cycle.target.find("Users", [(path, value)])
        if found_by_value is not None:
            attempt.passed(Step.MATCHING, f"found by {path}", id=found_by_value["id"])
            _link(cycle, subject.user, found_by_value["id"])
            return found_by_value
    attempt.passed(Step.MATCHING, f"not found by {', '.join(path for path, _ in clauses)}")
    return None


def _link(cycle: Cycle, user: SourceUser, target_id: str) -> None:
    # Nothing is written yet, so the user does not count as seen to.
    manager = _take_over(cycle, target_id)
    cycle.state.users[user.id] = UserLink(target_id, name=user.name, manager=manager)
    cycle.holders[target_id] = user.id


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
        DuplicateSourceEntries: A user who is still managed holds it.
    """
    holder = cycle.holders.get(target_id)
    if holder is None:
        return None
    former = cycle.source.users.get(holder)
    if former is not None and not former.soft_deleted and holder not in cycle.scope.users:
        raise DuplicateSourceEntries(f"{former.name} is linked to the same resource")
    return cycle.state.users.pop(holder).manager


async def _create(cycle: Cycle, subject: _Subject, attempt: Attempt) -> None:
    mapped = _mapped(cycle, subject, creating=True)
    attempt.target_id = await cycle.target.create("Users", bodies.new_user(mapped))
    cycle.state.users[subject.user.id] = UserLink(attempt.target_id, subject.mark, subject.user.name)
    cycle.holders[attempt.target_id] = subject.user.id
    cycle.read_managers[subject.user.id] = None
    attempt.done(Action.CREATED, (Change(target, value, had_value=False) for target, value in mapped.items()))


async def _update(cycle: Cycle, subject: _Subject, resource: JsonObject, attempt: Attempt) -> None:
    link = cycle.state.users[subject.user.id]
    attempt.target_id = resource["id"]
    manager = MANAGER_VALUE.read(resource)
    cycle.read_managers[subject.user.id] = str(manager) if manager is not None else None
    mapping = cycle.job.schema.users
    differing = changes(mapping, _mapped(cycle, subject, creating=False), resource)
    if differing and ObjectAction.UPDATE not in mapping.actions:
        _skip(cycle, subject, attempt, "the mapping updates no objects")
        return
    if differing:
        await cycle.target.patch("Users", resource["id"], bodies.patch(differing, cycle.job.dialect))
    link.seen, link.name, link.standing, link.since = subject.mark, subject.user.name, Standing.MANAGED, ""
    disabled = any(change.target == ACTIVE and change.value is False for change in differing)
    if differing:
        attempt.done(Action.DISABLED if disabled else Action.UPDATED, differing)
    else:
        attempt.unchanged()


def _skip(cycle: Cycle, subject: _Subject, attempt: Attempt, reason: str) -> None:
    attempt.skip(reason)
    link = cycle.state.users.setdefault(subject.user.id, UserLink(None))
    link.seen, link.name = subject.mark, subject.user.name
