"""Groups as administrators work with them: create, edit, delete, members, release; under the lock rules."""

import asyncio
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from domain.access.admin_guard import Loss, of_group, of_members
from domain.changes import new_change
from domain.identifiers import is_resource_id
from domain.model import Action, GroupRecord, Kind, Member, MemberDelta, Origin, Source, SsoLink, UserRecord
from domain.native.counter import Counter
from domain.native.listing import UserAsk, find_users
from domain.native.locks import GroupOperation, UserOperation, Verdict, check_group, check_user
from domain.native.places import check_place, scopes_to_leave, take_out
from domain.native.ports import Slice
from domain.native.scopes import ACCOUNT, Scope, scope_of_all_users
from domain.native.system_groups import group_of_all
from domain.ports import RecordNotFound
from domain.provisioning.groups import create_identified
from domain.refusals import Refused
from domain.writing import check_precondition, write_in_turn
from scim.models import OWN_GROUP_SCHEMA

NAME_PATTERN = r"^[A-Za-z0-9 _./-]+$"
NAME_LIMIT = 128
"""Characters of a native group's name (harness.md §4.4 G2); those of the client may have any name."""
NAME_WORDS = "letters from A to Z, digits, spaces, and any of _ . / -"


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """What is new of a group, each None where it stays; ``unlinks`` ends the link to a sign-in group."""

    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    sso_link: SsoLink | None = None
    unlinks: bool = False


@dataclass(frozen=True, slots=True)
class MembersWanted:
    """What a request wants of a group's members; with *only*, ``added`` become the members and no others."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    only: bool = False

    @property
    def operation(self) -> GroupOperation:
        if self.only:
            return GroupOperation.REPLACE_MEMBERS
        return GroupOperation.ADD_MEMBER if self.added else GroupOperation.REMOVE_MEMBER


async def get_group(counter: Counter, group_id: str) -> GroupRecord:
    """The group, whoever owns it, without its members.  Raises: RecordNotFound."""
    scope = scope_of_all_users(group_id)
    if scope is not None:
        await check_place(counter, scope)
        return group_of_all(counter.caller, scope)
    if not is_resource_id(group_id):
        raise RecordNotFound
    return await counter.desk.directory.get_group(counter.account, group_id)


async def members_of_all(counter: Counter, scope: Scope, after: str, count: int) -> Slice[UserRecord]:
    """The users in the group of all users of *scope*, in the order of their ids."""
    if scope == ACCOUNT:
        page = await find_users(counter.desk.directory, counter.account, UserAsk(), after, count)
        return Slice([each for each in page.records if isinstance(each, UserRecord)], page.next)
    part = await counter.native.users_in(counter.account, scope, after, count)
    return Slice([*(await counter.native.users(counter.account, part.items)).values()], part.next)


async def create_group(
    counter: Counter, scope: Scope, name: str, *, description: str = "", tags: tuple[str, ...] = ()
) -> GroupRecord:
    """A new native group in *scope*; others of the same name stay as they are (R21), its identifier is its own.

    Raises:
        Refused: A native group cannot have that name.
        RecordNotFound: There is no such organization or project.
    """
    _check_name(name)
    await check_place(counter, scope)
    now = counter.desk.clock.now()
    group = GroupRecord(
        str(uuid4()), {"displayName": name}, now, now, Origin.NATIVE, scope=scope, description=description, tags=tags
    )
    named = [each for each in ("displayName", "description", "tags") if each != "tags" or tags]
    change = new_change(counter.caller, Action.CREATE, group, now, attributes=tuple(named), source=Source.MANAGER)
    return await create_identified(counter.desk, counter.account, group, (), change)


async def edit_group(counter: Counter, group_id: str, edit: GroupEdit, *, if_match: str | None) -> GroupRecord:
    """The group with what is new; its identifier stays as it is.

    Raises:
        RecordNotFound, PreconditionFailedException, VersionConflict.
        Refused: As the lock rules, or a native group cannot have that name.
    """

    def edited(group: GroupRecord) -> GroupRecord:
        after = _edited(group, edit)
        for operation in _operations(group, after):
            check_group(operation, group, counter.rank)
        if after.name != group.name:
            _check_name(after.name)
        return after

    return await _rewrite(counter, group_id, edited, if_match)


async def release_group(counter: Counter, group_id: str) -> GroupRecord:
    """The group with its users, owned by the account from now on; groups are nested in SCIM groups only.

    Raises: RecordNotFound, VersionConflict, Refused, Forbidden: As the lock rules."""
    group = await _with_members(counter, group_id)
    check_group(GroupOperation.RELEASE, group, counter.rank)
    for each in group.groups or ():
        await _take_out(counter, each, group_id)

    def released(group: GroupRecord) -> GroupRecord:
        check_group(GroupOperation.RELEASE, group, counter.rank)
        return dataclasses.replace(group, origin=Origin.NATIVE)

    return await _rewrite(counter, group_id, released, None, members=True)


async def delete_group(counter: Counter, group_id: str, *, if_match: str | None) -> None:
    """Delete the group and its memberships.

    Raises:
        RecordNotFound, PreconditionFailedException, VersionConflict.
        Refused: As the lock rules, or its members are the last Account Admins.
    """

    async def attempt() -> None:
        group = await _with_members(counter, group_id)
        check_precondition(group, if_match)
        if check_group(GroupOperation.DELETE, group, counter.rank) is Verdict.NOT_LAST_ADMIN:
            await counter.desk.guard.check(counter.account, of_group(group.id))
        change = new_change(counter.caller, Action.DELETE, group, counter.desk.clock.now(), source=Source.MANAGER)
        await counter.desk.directory.delete_group(counter.account, group, change)

    await write_in_turn(counter.desk, (counter.account, group_id), attempt)


async def change_members(
    counter: Counter, group_id: str, wanted: MembersWanted, *, if_match: str | None = None
) -> GroupRecord:
    """The group with other members: all that is wanted, or nothing.

    Raises:
        RecordNotFound, PreconditionFailedException, VersionConflict.
        Refused: As the lock rules, for the group and for each user; nobody has one of the ids; a user is not in the
            group's organization or project; or the last Account Admin would go.
        NotAllowed: A member of the group may more than the caller.
    """

    async def attempt() -> GroupRecord:
        group = await get_group(counter, group_id)
        check_precondition(group, if_match)
        check_group(wanted.operation, group, counter.rank)
        delta = await _delta(counter, group, wanted)
        if not delta:
            return group
        now = counter.desk.clock.now()
        after = dataclasses.replace(group, last_modified=now)
        change = new_change(
            counter.caller, Action.UPDATE, after, now, attributes=("members",), source=Source.MANAGER, members=delta
        )
        return await counter.desk.directory.replace_group(counter.account, group, after, delta, change)

    return await write_in_turn(counter.desk, (counter.account, group_id), attempt)


async def _delta(counter: Counter, group: GroupRecord, wanted: MembersWanted) -> MemberDelta:
    """What *wanted* changes, checked for each user."""
    directory, asked = counter.desk.directory, tuple(dict.fromkeys((*wanted.added, *wanted.removed)))
    if wanted.only:
        whole = await directory.get_group(counter.account, group.id, members=True, native=group.is_native)
        members = frozenset(each.id for each in whole.members or ())
        removed = tuple(sorted(members - set(wanted.added)))
    else:
        members = await directory.members_among(counter.account, group.id, asked, native=group.is_native)
        removed = tuple(each for each in dict.fromkeys(wanted.removed) if each in members)
    added = tuple(each for each in dict.fromkeys(wanted.added) if each not in members)
    users = await counter.native.users(counter.account, (*added, *removed))
    await _check_added(counter, group, added, users)
    for each in removed:
        if each in users:
            _check_user(counter, UserOperation.REMOVE_FROM_GROUP, users[each])
    if removed:
        await counter.desk.guard.check(counter.account, of_members(group.id, removed, added))
    return MemberDelta(tuple(Member(each) for each in added), removed)


async def _check_added(
    counter: Counter, group: GroupRecord, added: Sequence[str], users: Mapping[str, UserRecord]
) -> None:
    unknown = [each for each in added if each not in users]
    if unknown:
        raise Refused("UNKNOWN_USERS", f"nobody in this account has these ids: {', '.join(unknown[:10])}")
    for each in added:
        _check_user(counter, UserOperation.ADD_TO_GROUP, users[each])
    if added:
        await counter.desk.guard.check_joining(counter.caller, {group.id})
    if group.scope == ACCOUNT:
        return
    scopes = await asyncio.gather(*(counter.native.scopes_of(counter.account, each) for each in added))
    outside = [each for each, of in zip(added, scopes, strict=True) if group.scope not in of]
    if outside:
        raise Refused(
            "USERS_NOT_IN_SCOPE",
            f"users of a group are in its {group.scope.told}; add these there first: {', '.join(outside[:10])}",
        )


def _check_user(counter: Counter, operation: UserOperation, user: UserRecord) -> None:
    """As `check_user`, with the id of whom of all those told it concerns."""
    try:
        check_user(operation, user, counter.rank)
    except Refused as refused:
        raise Refused(refused.code, f"{refused.reason} (user {user.id})") from None


async def leave_scope(counter: Counter, scope: Scope, user_id: str) -> None:
    """Take a user out of a scope, of those within it, and of all native groups there (harness.md §4.2 S3).

    The groups are left first: who asks again after a failure finds the user still in the scope.

    Raises:
        RecordNotFound: As `scopes_to_leave`.
        LastAdmin: Without the user in these groups nobody would be Account Admin any more.
    """
    left = await scopes_to_leave(counter, scope, user_id)
    user = await counter.desk.directory.get_user(counter.account, user_id, native_groups=True)
    groups = await counter.native.groups(counter.account, user.native_groups or ())
    there = [each.id for each in groups.values() if each.scope in left]
    if there:
        await counter.desk.guard.check(counter.account, Loss(frozenset({user_id}), frozenset(there)))
    for each in there:
        await _take_out(counter, each, user_id)
    await take_out(counter, scope, user_id, left)


async def _take_out(counter: Counter, group_id: str, member_id: str) -> None:
    """End one membership, whoever may end it: the member has left the scope of the group, or SCIM."""

    async def attempt() -> None:
        group = await get_group(counter, group_id)
        now = counter.desk.clock.now()
        after = dataclasses.replace(group, last_modified=now)
        delta = MemberDelta(removed=(member_id,))
        change = new_change(
            counter.caller, Action.UPDATE, after, now, attributes=("members",), source=Source.MANAGER, members=delta
        )
        await counter.desk.directory.replace_group(counter.account, group, after, delta, change)

    await write_in_turn(counter.desk, (counter.account, group_id), attempt)


def _check_name(name: str) -> None:
    if len(name) > NAME_LIMIT or not name.strip() or not re.fullmatch(NAME_PATTERN, name):
        raise Refused(
            "INVALID_NAME",
            f"the name of a native group has up to {NAME_LIMIT} characters: {NAME_WORDS}",
        )


def _edited(group: GroupRecord, edit: GroupEdit) -> GroupRecord:
    document = group.document if edit.name is None else {**group.document, "displayName": edit.name}
    link = None if edit.unlinks else edit.sso_link or group.sso_link
    return dataclasses.replace(
        group,
        document=document,
        description=group.description if edit.description is None else edit.description,
        tags=group.tags if edit.tags is None else edit.tags,
        sso_link=link,
    )


def _operations(before: GroupRecord, after: GroupRecord) -> list[GroupOperation]:
    """What was done to a group that is *after* now."""
    done = {
        GroupOperation.RENAME: before.name != after.name,
        GroupOperation.DESCRIBE: (before.description, before.tags) != (after.description, after.tags),
        GroupOperation.LINK_SSO: after.sso_link is not None and after.sso_link != before.sso_link,
        GroupOperation.UNLINK_SSO: before.sso_link is not None and after.sso_link is None,
    }
    return [operation for operation, is_so in done.items() if is_so]


def _names(before: GroupRecord, after: GroupRecord) -> tuple[str, ...]:
    """What the log calls that which differs."""
    differs = {
        "displayName": before.name != after.name,
        "description": before.description != after.description,
        "tags": before.tags != after.tags,
        "ssoLink": before.sso_link != after.sso_link,
        f"{OWN_GROUP_SCHEMA}:origin": before.origin is not after.origin,
    }
    return tuple(name for name, is_so in differs.items() if is_so)


async def _with_members(counter: Counter, group_id: str) -> GroupRecord:
    group = await get_group(counter, group_id)
    if group.origin is Origin.SYSTEM:
        return group
    whole = await counter.desk.directory.get_group(counter.account, group_id, members=True, native=group.is_native)
    return dataclasses.replace(whole, version=group.version)


async def _rewrite(
    counter: Counter,
    group_id: str,
    rewritten: Callable[[GroupRecord], GroupRecord],
    if_match: str | None,
    *,
    members: bool = False,
) -> GroupRecord:
    """Read, change and write one group; nothing is written where nothing changes."""

    async def attempt() -> GroupRecord:
        before = await (_with_members(counter, group_id) if members else get_group(counter, group_id))
        check_precondition(before, if_match)
        after = rewritten(before)
        if after == before:
            return before
        now = counter.desk.clock.now()
        after = dataclasses.replace(after, last_modified=now)
        released, names = before.is_native is not after.is_native, _names(before, after)
        nested = [each.id for each in before.members or () if each.kind is Kind.GROUP] if released else []
        change = new_change(
            counter.caller, Action.UPDATE, after, now, attributes=names, source=Source.MANAGER, before=before.document
        )
        if released:
            named = (*names, "members") if nested else names
            change = dataclasses.replace(change, attributes=named, groups=-1, native_groups=1)
        delta = MemberDelta(removed=tuple(nested))
        return await counter.desk.directory.replace_group(counter.account, before, after, delta, change)

    return await write_in_turn(counter.desk, (counter.account, group_id), attempt)
