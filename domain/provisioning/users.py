"""Provisioning of users: create, read, replace, patch and delete."""

import asyncio
import dataclasses
from collections.abc import Callable
from uuid import uuid4

from scim2_models.path import AttrPath, CompareOperator, Comparison

from domain.access.admin_guard import objection_to, of_user
from domain.access.signin import Caller
from domain.changes import changed_attributes, new_change
from domain.identifiers import is_resource_id
from domain.model import Action, Kind, Origin, UnmatchedFilter, UserRecord, UserState
from domain.ports import Query, RecordNotFound, Taken
from domain.writing import Desk, check_precondition, write_in_turn
from scim.extensions import replacing, unique_values
from scim.json_types import JsonObject
from scim.models import OWN_USER_SCHEMA
from scim.operations import Patch
from scim.patch import apply_patch
from scim.resources import Submitted

_OWNER = f"{OWN_USER_SCHEMA}:origin"
"""What the log calls the attribute that changes when a client adopts a user."""


async def get_user(desk: Desk, caller: Caller, user_id: str, *, groups: bool = True) -> UserRecord:
    """The user, with the ids of its groups if they are shown.  Raises: RecordNotFound."""
    if not is_resource_id(user_id):
        raise RecordNotFound
    return await desk.directory.get_user(caller.account.id, user_id, groups=groups)


async def create_user(desk: Desk, caller: Caller, submitted: Submitted) -> UserRecord:
    """A new user, active unless the client says otherwise; one that no client owns yet is adopted (DESIGN §6 X6).

    Raises:
        Taken: The userName is that of a user of this client, or another value that must be unique is in use.
    """
    document = dict(submitted.document)
    if "active" not in submitted.named:
        document["active"] = True
    now = desk.clock.now()
    user = UserRecord(
        id=str(uuid4()),
        document=document,
        created=now,
        last_modified=now,
        state=_state(document),
        groups=(),
        unique=unique_values(document, caller.type(Kind.USER)),
    )
    change = new_change(caller, Action.CREATE, user, now, attributes=tuple(document))
    try:
        return await desk.directory.create_user(caller.account.id, user, change)
    except Taken as taken:
        owned = await _native_named(desk, caller, document) if taken.attribute == "userName" else None
        if owned is None:
            raise
    return await _rewrite(desk, caller, owned.id, lambda _: document, if_match=None, groups=True, adopts=True)


async def replace_user(
    desk: Desk, caller: Caller, user_id: str, submitted: Submitted, *, if_match: str | None, groups: bool = True
) -> UserRecord:
    """The user with all its attributes replaced; what is left out is cleared (RFC 7644 §3.5.1).

    Only ``active`` stays as it is where it is left out, so that a client that does not know of it reactivates nobody.

    Raises:
        RecordNotFound, PreconditionFailedException, Taken, VersionConflict: As `check_precondition` and the store.
        MutabilityException: An immutable attribute of a registered extension would change.
    """

    def replaced(user: UserRecord) -> JsonObject:
        kept = {"active": user.document["active"]} if "active" in user.document else {}
        document = submitted.document if "active" in submitted.named else {**submitted.document, **kept}
        return replacing(document, user.document, caller.type(Kind.USER))

    ends = submitted.document.get("active") is False
    return await _rewrite(desk, caller, user_id, replaced, if_match=if_match, groups=groups, ends=ends)


async def patch_user(
    desk: Desk, caller: Caller, user_id: str, patch: Patch, *, if_match: str | None, groups: bool = True
) -> UserRecord:
    """The user with the operations applied, all or nothing.  A patch that changes nothing changes no version.

    Raises:
        RecordNotFound, PreconditionFailedException, Taken, VersionConflict: As `check_precondition` and the store.
        SCIMException: As `apply_patch`.
    """
    creates = caller.account.settings.unmatched_filter is UnmatchedFilter.CREATE

    def patched(user: UserRecord) -> JsonObject:
        return apply_patch(user.document, patch.operations, caller.type(Kind.USER), creates_unmatched=creates)

    ends = any(each.location.name == "active" and each.value is False for each in patch.operations)
    return await _rewrite(desk, caller, user_id, patched, if_match=if_match, groups=groups, ends=ends)


async def delete_user(desk: Desk, caller: Caller, user_id: str, *, if_match: str | None) -> None:
    """Delete the user and its memberships.  Raises: RecordNotFound, PreconditionFailedException, VersionConflict."""
    if not is_resource_id(user_id):
        raise RecordNotFound

    async def attempt() -> None:
        user, _ = await asyncio.gather(
            desk.directory.get_user(caller.account.id, user_id, groups=True, native_groups=True),
            desk.guard.check(caller.account.id, of_user(user_id)),
        )
        check_precondition(user, if_match)
        change = new_change(caller, Action.DELETE, user, desk.clock.now())
        await desk.directory.delete_user(caller.account.id, user, change)

    await write_in_turn(desk, (caller.account.id, user_id), attempt)


async def _rewrite(
    desk: Desk,
    caller: Caller,
    user_id: str,
    rewritten: Callable[[UserRecord], JsonObject],
    *,
    if_match: str | None,
    groups: bool,
    adopts: bool = False,
    ends: bool = False,
) -> UserRecord:
    """Read, change and write one user; nothing is written where nothing changes.

    Who changes a user owns it from then on: one that is native becomes the client's, one that is invited has accepted
    (harness.md §4.3, §4.11).  *adopts* refuses a user that another client adopted meanwhile.  *ends* tells beforehand
    that access is to end, so that who is left to administer is looked up beside the user and costs no round trip.
    """
    if not is_resource_id(user_id):
        raise RecordNotFound

    async def attempt() -> UserRecord:
        before, objection = await asyncio.gather(
            get_user(desk, caller, user_id, groups=groups),
            objection_to(desk.guard, caller.account.id, of_user(user_id)) if ends else _no_objection(),
        )
        check_precondition(before, if_match)
        if adopts and before.origin is Origin.SCIM:
            raise Taken("userName")
        document = rewritten(before)
        names = changed_attributes(before.document, document)
        if not names and not adopts:
            return before
        if before.state is UserState.INVITED and "active" not in document:
            document = {**document, "active": True}
        if before.origin is not Origin.SCIM:
            names = (*names, _OWNER)
        now = desk.clock.now()
        after = dataclasses.replace(
            before,
            document=document,
            last_modified=now,
            origin=Origin.SCIM,
            state=_state(document),
            unique=unique_values(document, caller.type(Kind.USER), before.unique),
            invitation=None,
        )
        action = _action(before, after)
        if action is Action.DEACTIVATE and not ends:
            objection = await objection_to(desk.guard, caller.account.id, of_user(user_id))
        if action is Action.DEACTIVATE and objection is not None:
            raise objection
        change = new_change(caller, action, after, now, attributes=names, before=before.document)
        return await desk.directory.replace_user(caller.account.id, before, after, change)

    return await write_in_turn(desk, (caller.account.id, user_id), attempt)


async def _no_objection() -> None:
    """Where access is not to end."""


async def _native_named(desk: Desk, caller: Caller, document: JsonObject) -> UserRecord | None:
    """The user of this userName, if no client owns it."""
    named = Comparison(AttrPath("userName"), CompareOperator.eq, str(document["userName"]))
    page = await desk.directory.find(caller.account.id, Query(Kind.USER, filter=named, count=1))
    found = next((each for each in page.records if isinstance(each, UserRecord)), None)
    return found if found is not None and found.origin is not Origin.SCIM else None


def _state(document: JsonObject) -> UserState:
    """Access follows ``active``; a user without it has access, as nobody took it away."""
    return UserState.DEACTIVATED if document.get("active") is False else UserState.ACTIVE


def _action(before: UserRecord, after: UserRecord) -> Action:
    if before.state is after.state or before.state is UserState.INVITED:
        return Action.UPDATE
    return Action.DEACTIVATE if after.state is UserState.DEACTIVATED else Action.REACTIVATE
