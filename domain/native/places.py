"""Organizations and projects: open, edit, close, who is in them, and which groups from above they inherit.

A user in a project is in its organization too (harness.md §4.2 S2); who leaves a scope leaves those within it (S3).
"""

import dataclasses
import re
from collections.abc import Iterable

from domain.access.principals import Binding
from domain.access.roles import holds
from domain.changes import new_act
from domain.identifiers import is_resource_id
from domain.model import Action, Change, GroupRecord
from domain.native.counter import Counter
from domain.native.group_identifiers import is_identifier
from domain.native.locks import GroupOperation, UserOperation, check_group, check_user
from domain.native.ports import Place
from domain.native.scopes import ACCOUNT, Level, Scope, scope_of_all_users
from domain.native.system_groups import group_of_all
from domain.ports import RecordNotFound, Taken
from domain.refusals import Conflict, Refused
from domain.writing import check_precondition, write_in_turn

_AT_ONCE = 100
"""Users of a scope that are looked up together."""
_FROM_NAME = re.compile(r"[^A-Za-z0-9_]+")


async def check_place(counter: Counter, scope: Scope) -> None:
    """Raises: RecordNotFound: There is no such organization or project."""
    if scope != ACCOUNT:
        await get_place(counter, scope)


async def get_place(counter: Counter, scope: Scope) -> Place:
    """The organization or project.  Raises: RecordNotFound: also for what can be no identifier."""
    if not all(is_identifier(each) for each in (scope.org, scope.project) if each):
        raise RecordNotFound
    return await counter.native.get_place(counter.account, scope)


async def create_place(
    counter: Counter, parent: Scope, name: str, *, identifier: str | None = None, description: str = ""
) -> Place:
    """A new organization in the account, or a new project in an organization.

    Raises:
        RecordNotFound: There is no such organization.
        Refused: The identifier cannot be one.
        Conflict: There is one with this identifier.
    """
    await check_place(counter, parent)
    chosen = _FROM_NAME.sub("_", name).strip("_") if identifier is None else identifier
    if not is_identifier(chosen):
        of_name = "the name makes none, so give one; " if identifier is None else ""
        raise Refused(
            "INVALID_IDENTIFIER",
            f"{of_name}an identifier has a letter or _ first, then letters, digits, _ or $, 128 in all at most, "
            "and is no reserved word",
        )
    scope = Scope(chosen) if parent == ACCOUNT else Scope(parent.org, chosen)
    place = Place(scope, name, counter.desk.clock.now(), description)
    try:
        return await counter.native.create_place(counter.account, place, _act(counter, Action.CREATE, place))
    except Taken:
        raise Conflict("IDENTIFIER_TAKEN", f"the identifier is taken by {scope.told}") from None


async def edit_place(
    counter: Counter, scope: Scope, *, name: str | None, description: str | None, if_match: str | None
) -> Place:
    """The place under another name or description.  Raises: RecordNotFound, PreconditionFailedException."""

    async def attempt() -> Place:
        before = await get_place(counter, scope)
        check_precondition(before, if_match)
        after = dataclasses.replace(
            before,
            name=before.name if name is None else name,
            description=before.description if description is None else description,
        )
        if after == before:
            return before
        return await counter.native.replace_place(counter.account, before, after, _act(counter, Action.UPDATE, after))

    return await write_in_turn(counter.desk, (counter.account, str(scope)), attempt)


async def delete_place(counter: Counter, scope: Scope, bindings: Iterable[Binding], *, if_match: str | None) -> None:
    """Close an organization without projects, or a project; neither may have groups or users left.

    Nor may one of *bindings* be at it, or be of all its users: the role would count again in the next place of this
    identifier.

    Raises: RecordNotFound, PreconditionFailedException, Conflict: Something is left in it."""

    async def attempt() -> None:
        place = await get_place(counter, scope)
        check_precondition(place, if_match)
        left = {
            "groups": (await counter.native.groups_in(counter.account, scope, "", 1)).items,
            "users": await _has_users(counter, scope),
            "projects": (await counter.native.places_in(counter.account, scope, "", 1)).items
            if scope.level is Level.ORG
            else (),
            "role bindings": [
                each for each in bindings if holds(scope.path, each.scope) or each.principal.id == scope.all_users
            ],
        }
        if any(left.values()):
            what = ", ".join(name for name, items in left.items() if items)
            raise Conflict("NOT_EMPTY", f"{scope.told} still has {what}; remove them first")
        await counter.native.delete_place(counter.account, place, _act(counter, Action.DELETE, place))

    await write_in_turn(counter.desk, (counter.account, str(scope)), attempt)


async def _has_users(counter: Counter, scope: Scope) -> bool:
    """Whether anybody is in *scope*; who was deleted by the client meanwhile leaves it now."""
    after: str | None = ""
    while after is not None:
        found = await counter.native.users_in(counter.account, scope, after, _AT_ONCE)
        there = await counter.native.users(counter.account, found.items)
        if there:
            return True
        for gone in found.items:
            moved = _moved(counter, Action.DELETE, scope, gone)
            await counter.native.change_scopes(counter.account, gone, (), {scope}, moved)
        after = found.next
    return False


async def add_user(counter: Counter, scope: Scope, user_id: str) -> None:
    """Put a user into an organization or project, and into what it lies in.

    Raises:
        RecordNotFound, Refused.
        NotAllowed: All who are in one of them may more than the caller.
    """
    await check_place(counter, scope)
    await _check_user(counter, UserOperation.ADD_TO_SCOPE, user_id)
    wanted = {each for each in (*scope.parents, scope) if each != ACCOUNT}
    there = await counter.native.scopes_of(counter.account, user_id)
    if missing := wanted - there:
        await counter.desk.guard.check_joining(counter.caller, {each.all_users for each in missing})
        await counter.native.change_scopes(
            counter.account, user_id, missing, (), _moved(counter, Action.CREATE, scope, user_id)
        )


async def scopes_to_leave(counter: Counter, scope: Scope, user_id: str) -> frozenset[Scope]:
    """What a user leaves with a scope: it, and those within it that the user is in.

    Raises: RecordNotFound: No such place or user, or the user is not in it."""
    await check_place(counter, scope)
    await _check_user(counter, UserOperation.REMOVE_FROM_SCOPE, user_id)
    there = await counter.native.scopes_of(counter.account, user_id)
    left = frozenset(each for each in there if scope.holds(each))
    if not left:
        raise RecordNotFound
    return left


async def take_out(counter: Counter, scope: Scope, user_id: str, left: Iterable[Scope]) -> None:
    """Let a user, who is in none of the groups there any more, be in none of the scopes *left* with *scope*."""
    await counter.native.change_scopes(
        counter.account, user_id, (), left, _moved(counter, Action.DELETE, scope, user_id)
    )


async def set_inherited(counter: Counter, scope: Scope, group_id: str, *, inherits: bool) -> None:
    """Let a scope use a group that lives above it, or no longer.

    Raises:
        RecordNotFound: No such place or group.
        Refused: The group does not live above the scope, or is one of the service's own.
    """
    await check_place(counter, scope)
    group = await _get_group(counter, group_id)
    check_group(GroupOperation.INHERIT, group, counter.rank)
    if group.scope not in scope.parents:
        raise Refused("NOT_ABOVE", f"the group lives in {group.scope.told}, which {scope.told} does not lie in")
    action = Action.CREATE if inherits else Action.DELETE
    change = new_act(
        counter.caller, action, "InheritedGroup", group.id, counter.desk.clock.now(), name=f"{group.name} in {scope}"
    )
    await counter.native.change_inherited(counter.account, scope, group_id, inherits, change)


async def _get_group(counter: Counter, group_id: str) -> GroupRecord:
    if (of_all := scope_of_all_users(group_id)) is not None:
        return group_of_all(counter.caller, of_all)
    if not is_resource_id(group_id):
        raise RecordNotFound
    return await counter.desk.directory.get_group(counter.account, group_id)


async def inherited_groups(counter: Counter, scope: Scope) -> tuple[GroupRecord, ...]:
    """The groups from above that *scope* uses; those deleted meanwhile are gone.  Raises: RecordNotFound."""
    await check_place(counter, scope)
    ids = await counter.native.inherited(counter.account, scope)
    return tuple((await counter.native.groups(counter.account, ids)).values())


async def _check_user(counter: Counter, operation: UserOperation, user_id: str) -> None:
    users = await counter.native.users(counter.account, (user_id,))
    if user_id not in users:
        raise RecordNotFound
    check_user(operation, users[user_id], counter.rank)


def _act(counter: Counter, action: Action, place: Place) -> Change:
    now = counter.desk.clock.now()
    return new_act(counter.caller, action, place.scope.level.value.title(), str(place.scope), now, name=place.name)


def _moved(counter: Counter, action: Action, scope: Scope, user_id: str) -> Change:
    now = counter.desk.clock.now()
    return new_act(counter.caller, action, "ScopeMember", user_id, now, name=str(scope))
