"""Provisioning of groups: create, read, replace, patch and delete; members are rows, never part of the document."""

import asyncio
import dataclasses
from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import uuid4

from domain.access.admin_guard import objection_to, of_group, of_members
from domain.access.refused_acts import LastAdmin
from domain.access.signin import Caller
from domain.changes import changed_attributes, new_change
from domain.history.recording import note_skipped
from domain.identifiers import is_resource_id
from domain.model import Action, Change, GroupRecord, Kind, Member, MemberDelta
from domain.native.group_identifiers import free_identifier, identifier_for, stem
from domain.ports import RecordNotFound, Taken, VersionConflict
from domain.provisioning import membership
from domain.writing import Desk, check_precondition, write_in_turn
from scim.extensions import replacing, unique_values
from scim.json_types import JsonObject
from scim.membership import AddMembers, MemberStep, RemoveMembers, SetMembers, split_members
from scim.operations import Patch
from scim.patch import apply_patch
from scim.resources import Submitted

_TRIES = 8
"""Identifiers that are tried for a new group; another writer may take each at the same moment."""

type Objection = Callable[[MemberDelta, Sequence[str]], None]
"""Raises what speaks against a change of members; it is given what would change, and the ids that name nobody."""


async def get_group(desk: Desk, caller: Caller, group_id: str, *, members: bool) -> GroupRecord:
    """The group, with its members if they are shown.  Raises: RecordNotFound: there is none that SCIM shows."""
    if not is_resource_id(group_id):
        raise RecordNotFound
    return _shown(await desk.directory.get_group(caller.account.id, group_id, members=members))


async def create_group(desk: Desk, caller: Caller, submitted: Submitted) -> GroupRecord:
    """A new group with its members; ids that name nobody are skipped.  Raises: Taken: the displayName is in use."""
    now = desk.clock.now()
    unique = unique_values(submitted.document, caller.type(Kind.GROUP))
    group = GroupRecord(id=str(uuid4()), document=submitted.document, created=now, last_modified=now, unique=unique)
    wanted = submitted.members or ()
    kinds = await desk.directory.kinds_of(caller.account.id, wanted) if wanted else {}
    members = tuple(Member(each, kinds[each]) for each in wanted if each in kinds)
    names = (*group.document, "members") if members else tuple(group.document)
    came = MemberDelta(added=members)
    change = new_change(caller, Action.CREATE, group, now, attributes=names, members=came)
    created = await create_identified(desk, caller.account.id, group, members, change)
    await note_skipped(desk, caller, created, [each for each in wanted if each not in kinds])
    return created


async def create_identified(
    desk: Desk, account: str, group: GroupRecord, members: tuple[Member, ...], change: Change
) -> GroupRecord:
    """Store the new *group* with the identifier that its name makes, or the next one that is free in its scope.

    Raises:
        Taken: The ``displayName`` is in use.
        VersionConflict: Others took every identifier that was free a moment before.
    """
    wanted = identifier_for(group.name)
    identifier = wanted
    for _ in range(_TRIES):
        try:
            identified = dataclasses.replace(group, identifier=identifier)
            return await desk.directory.create_group(account, identified, members, change)
        except Taken as taken:
            if taken.attribute != "identifier":
                raise
        held = await desk.directory.identifiers(account, group.scope, stem(wanted))
        identifier = free_identifier(wanted, held | {identifier})
    raise VersionConflict


async def replace_group(
    desk: Desk, caller: Caller, group_id: str, submitted: Submitted, *, if_match: str | None
) -> GroupRecord:
    """The group with its attributes and its members replaced; what is left out is cleared (RFC 7644 §3.5.1).

    Raises:
        RecordNotFound, PreconditionFailedException, Taken, VersionConflict: As `check_precondition` and the store.
    """
    steps = (SetMembers(submitted.members or ()),)

    def replaced(group: GroupRecord) -> JsonObject:
        return replacing(submitted.document, group.document, caller.type(Kind.GROUP))

    return await _rewrite(desk, caller, group_id, replaced, steps, if_match)


async def patch_group(desk: Desk, caller: Caller, group_id: str, patch: Patch, *, if_match: str | None) -> GroupRecord:
    """The group with the operations applied, all or nothing.  A patch that changes nothing changes no version.

    Raises:
        RecordNotFound, PreconditionFailedException, Taken, VersionConflict: As `check_precondition` and the store.
        SCIMException: As `apply_patch` and `split_members`.
    """
    own, steps = split_members(patch.operations)

    def patched(group: GroupRecord) -> JsonObject:
        return apply_patch(group.document, own, caller.type(Kind.GROUP)) if own else group.document

    return await _rewrite(desk, caller, group_id, patched, steps, if_match)


async def change_members(
    desk: Desk, caller: Caller, group_id: str, step: AddMembers | RemoveMembers, object_to: Objection
) -> None:
    """Apply one step to the members of the group, unless *object_to* raises.

    Raises:
        RecordNotFound, VersionConflict: As the store.
    """
    await _rewrite(desk, caller, group_id, lambda group: group.document, (step,), None, object_to)


async def delete_group(desk: Desk, caller: Caller, group_id: str, *, if_match: str | None) -> None:
    """Delete the group and its memberships.  Raises: RecordNotFound, PreconditionFailedException, VersionConflict."""
    if not is_resource_id(group_id):
        raise RecordNotFound

    async def attempt() -> None:
        group, objection = await asyncio.gather(
            get_group(desk, caller, group_id, members=True),
            objection_to(desk.guard, caller.account.id, of_group(group_id)),
        )
        check_precondition(group, if_match)
        if objection is not None:
            raise objection
        change = new_change(caller, Action.DELETE, group, desk.clock.now())
        await desk.directory.delete_group(caller.account.id, group, change)

    await write_in_turn(desk, (caller.account.id, group_id), attempt)


async def _rewrite(
    desk: Desk,
    caller: Caller,
    group_id: str,
    rewritten: Callable[[GroupRecord], JsonObject],
    steps: Sequence[MemberStep],
    if_match: str | None,
    object_to: Objection | None = None,
) -> GroupRecord:
    """Read, change and write one group; nothing is written where nothing changes."""

    async def attempt() -> tuple[GroupRecord, Sequence[str]]:
        before, change_of_members, skipped = await _read(desk, caller.account.id, group_id, steps)
        check_precondition(before, if_match)
        if object_to is not None:
            object_to(change_of_members, skipped)
        document = rewritten(before)
        names = changed_attributes(before.document, document)
        if not names and not change_of_members:
            return before, skipped
        now = desk.clock.now()
        unique = unique_values(document, caller.type(Kind.GROUP), before.unique)
        after = dataclasses.replace(before, document=document, last_modified=now, unique=unique)
        named = (*names, "members") if change_of_members else names
        change = new_change(
            caller, Action.UPDATE, after, now, attributes=named, before=before.document, members=change_of_members
        )
        written = await desk.directory.replace_group(caller.account.id, before, after, change_of_members, change)
        return written, skipped

    group, skipped = await write_in_turn(desk, (caller.account.id, group_id), attempt)
    await note_skipped(desk, caller, group, skipped)
    return group


async def _read(
    desk: Desk, account: str, group_id: str, steps: Sequence[MemberStep]
) -> tuple[GroupRecord, MemberDelta, Sequence[str]]:
    """The group, what *steps* really change of its members, and the ids to skip, in as few round trips as they allow.

    Additions and removals of single ids ask about these ids only, beside reading the group: one round trip, however
    large the group.  A replacement must know the members, as they are once the group's version is known: then nobody
    can have changed them where that version is still the stored one.
    """
    if not is_resource_id(group_id):
        raise RecordNotFound
    directory = desk.directory
    if membership.needs_current(steps):
        version = (await directory.get_group(account, group_id)).version
        group = dataclasses.replace(await directory.get_group(account, group_id, members=True), version=version)
        intent = membership.fold(steps, group.members or ())
        members = frozenset(each.id for each in group.members or ())
        kinds = await directory.kinds_of(account, [each for each in intent.wanted if each not in members])
    else:
        intent = membership.fold(steps)
        group, members, kinds, objection = await asyncio.gather(
            directory.get_group(account, group_id),
            directory.members_among(account, group_id, {*intent.wanted, *intent.unwanted}),
            directory.kinds_of(account, intent.wanted),
            _objection(desk, account, group_id, intent.unwanted, intent.wanted),
        )
    _shown(group)
    changed, skipped = membership.delta(intent, group_id, members=members, kinds=kinds)
    if membership.needs_current(steps):
        came = [each.id for each in changed.added]
        objection = await _objection(desk, account, group_id, changed.removed, came)
    if objection is not None:
        raise objection
    return group, changed, skipped


async def _objection(
    desk: Desk, account: str, group_id: str, removed: Collection[str], came: Iterable[str]
) -> LastAdmin | None:
    """What speaks against the end of memberships, where any end."""
    return await objection_to(desk.guard, account, of_members(group_id, removed, came)) if removed else None


def _shown(group: GroupRecord) -> GroupRecord:
    """*group*, if SCIM shows it.  Raises: RecordNotFound: No client provisions it."""
    if group.is_native:
        raise RecordNotFound
    return group
