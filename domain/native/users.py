"""Users as administrators work with them: invite, accept, edit, lock, remove, release; under the lock rules."""

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from scim2_models.path import AttrPath, CompareOperator, Comparison

from domain.access.admin_guard import of_user
from domain.changes import changed_attributes, new_act, new_change
from domain.identifiers import is_resource_id
from domain.model import Action, Kind, Origin, Source, UserRecord, UserState
from domain.native import invitations
from domain.native.counter import Counter
from domain.native.locks import UserOperation, Verdict, check_user
from domain.ports import Query, RecordNotFound, Taken, VersionConflict
from domain.writing import check_precondition, write_in_turn
from scim.json_types import JsonObject
from scim.models import OWN_USER_SCHEMA


class InviteOutcome(StrEnum):
    """What became of an invitation."""

    INVITED = "invited"
    RESENT = "resent"
    ALREADY_ADDED = "alreadyAdded"


@dataclass(frozen=True, slots=True)
class Invited:
    """The user, what became of the invitation, and its code where one was sent."""

    user: UserRecord
    outcome: InviteOutcome
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UserEdit:
    """New names, each None where it stays; an e-mail address is told apart only to be refused."""

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None


async def get_user(counter: Counter, user_id: str) -> UserRecord:
    """The user, with its groups of both kinds.  Raises: RecordNotFound."""
    if not is_resource_id(user_id):
        raise RecordNotFound
    return await counter.desk.directory.get_user(counter.account, user_id, groups=True, native_groups=True)


async def invite_user(counter: Counter, email: str, name: str) -> Invited:
    """A new user who is invited, or who is already; a second invitation replaces the first.

    Args:
        email: Trimmed and in lower case: how the user is found by SCIM, and signs in.

    Raises:
        Refused: There is such a user, deactivated.
        VersionConflict: Others invited and removed the user at the same moment.
    """
    now = counter.desk.clock.now()
    sent = invitations.send(counter.actor, now)
    document: JsonObject = {
        "userName": email,
        "displayName": name or email,
        "emails": [{"value": email, "type": "work", "primary": True}],
    }
    user = UserRecord(
        str(uuid4()), document, now, now, Origin.NATIVE, UserState.INVITED, groups=(), invitation=sent.invitation
    )
    change = new_change(counter.caller, Action.CREATE, user, now, attributes=tuple(document), source=Source.MANAGER)
    try:
        created = await counter.desk.directory.create_user(counter.account, user, change)
    except Taken:
        return await _invite_again(counter, email)
    return Invited(created, InviteOutcome.INVITED, sent.code)


async def _invite_again(counter: Counter, email: str) -> Invited:
    named = Comparison(AttrPath("userName"), CompareOperator.eq, email)
    query = Query(Kind.USER, filter=named, count=1, wants_groups=True)
    page = await counter.desk.directory.find(counter.account, query)
    found = next((each for each in page.records if isinstance(each, UserRecord)), None)
    if found is None:
        raise VersionConflict
    check_user(UserOperation.INVITE, found, counter.rank)
    if found.state is UserState.INVITED:
        return await resend_invitation(counter, found.id)
    return Invited(found, InviteOutcome.ALREADY_ADDED)


async def resend_invitation(counter: Counter, user_id: str) -> Invited:
    """The user with a new invitation.  Raises: RecordNotFound, Refused: The user is not invited."""
    codes: list[str] = []

    def resent(user: UserRecord) -> UserRecord:
        check_user(UserOperation.ACCEPT, user, counter.rank)
        sent = invitations.send(counter.actor, counter.desk.clock.now())
        codes.append(sent.code)
        return dataclasses.replace(user, invitation=sent.invitation)

    user = await _rewrite(counter, user_id, resent, told=("invitation",))
    return Invited(user, InviteOutcome.RESENT, codes[-1])


async def accept_invitation(counter: Counter, user_id: str, code: str) -> UserRecord:
    """The user, active from now on.  Raises: RecordNotFound, Refused: Not invited, wrong code, or expired."""

    def accepted(user: UserRecord) -> UserRecord:
        check_user(UserOperation.ACCEPT, user, counter.rank)
        assert user.invitation is not None  # noqa: S101  who is invited has one
        invitations.check(user.invitation, code, counter.desk.clock.now())
        document = {**user.document, "active": True}
        return dataclasses.replace(user, document=document, state=UserState.ACTIVE, invitation=None)

    return await _rewrite(counter, user_id, accepted, told=("invitation",))


async def edit_user(counter: Counter, user_id: str, edit: UserEdit, *, if_match: str | None) -> UserRecord:
    """The user with new names.  Raises: RecordNotFound, PreconditionFailedException, Refused: As the lock rules."""

    def edited(user: UserRecord) -> UserRecord:
        if edit.email is not None and edit.email != str(user.document.get("userName", "")).lower():
            check_user(UserOperation.EDIT_EMAIL, user, counter.rank)
        document = _with_names(user.document, edit)
        if document != user.document:
            check_user(UserOperation.EDIT_NAME, user, counter.rank)
        return dataclasses.replace(user, document=document)

    return await _rewrite(counter, user_id, edited, if_match=if_match)


async def set_locked(counter: Counter, user_id: str, *, locked: bool) -> UserRecord:
    """The user, kept out or let in again.

    Raises: RecordNotFound, Refused: As the lock rules, or the last Account Admin would be kept out."""

    def turned(user: UserRecord) -> UserRecord:
        check_user(UserOperation.UNLOCK, user, counter.rank)
        return dataclasses.replace(user, locked=locked)

    return await _rewrite(counter, user_id, turned, told=("locked",), ends_access=locked)


async def release_user(counter: Counter, user_id: str) -> UserRecord:
    """The user, owned by the account from now on; the client adopts it again if it still provisions it.

    Raises: RecordNotFound, Refused, Forbidden: As the lock rules."""

    def released(user: UserRecord) -> UserRecord:
        check_user(UserOperation.RELEASE, user, counter.rank)
        return dataclasses.replace(user, origin=Origin.NATIVE)

    return await _rewrite(counter, user_id, released, told=(f"{OWN_USER_SCHEMA}:origin",))


async def remove_user(counter: Counter, user_id: str, *, if_match: str | None, source: Source = Source.MANAGER) -> None:
    """Delete the user, with its memberships and its places in organizations and projects.

    Raises:
        RecordNotFound, PreconditionFailedException, VersionConflict.
        Refused: As the lock rules, or the user is the last Account Admin.
    """

    async def attempt() -> None:
        user = await get_user(counter, user_id)
        check_precondition(user, if_match)
        if check_user(UserOperation.DELETE, user, counter.rank) is Verdict.NOT_LAST_ADMIN:
            await counter.desk.guard.check(counter.account, of_user(user.id))
        scopes = await counter.native.scopes_of(counter.account, user.id)
        change = new_change(counter.caller, Action.DELETE, user, counter.desk.clock.now(), source=source)
        await counter.desk.directory.delete_user(counter.account, user, change)
        if scopes:
            left = new_act(
                counter.caller, Action.DELETE, "ScopeMember", user.id, change.time, name=change.resource_name
            )
            await counter.native.change_scopes(counter.account, user.id, (), scopes, left)

    await write_in_turn(counter.desk, (counter.account, user_id), attempt)


async def _rewrite(
    counter: Counter,
    user_id: str,
    rewritten: Callable[[UserRecord], UserRecord],
    *,
    if_match: str | None = None,
    told: tuple[str, ...] = (),
    ends_access: bool = False,
) -> UserRecord:
    """Read, change and write one user; nothing is written where nothing changes.  *told* goes into the log."""

    async def attempt() -> UserRecord:
        before = await get_user(counter, user_id)
        check_precondition(before, if_match)
        after = rewritten(before)
        if after == before:
            return before
        if ends_access:
            await counter.desk.guard.check(counter.account, of_user(user_id))
        now = counter.desk.clock.now()
        after = dataclasses.replace(after, last_modified=now)
        names = (*changed_attributes(before.document, after.document), *told)
        change = new_change(
            counter.caller, Action.UPDATE, after, now, attributes=names, source=Source.MANAGER, before=before.document
        )
        return await counter.desk.directory.replace_user(counter.account, before, after, change)

    write: Callable[[], Awaitable[UserRecord]] = attempt
    return await write_in_turn(counter.desk, (counter.account, user_id), write)


def _with_names(document: JsonObject, edit: UserEdit) -> JsonObject:
    """*document* with what *edit* names; an empty text clears, but a user is never without a name (U2)."""
    name = document.get("name")
    parts: JsonObject = dict(name) if isinstance(name, dict) else {}
    for attribute, value in (("givenName", edit.given_name), ("familyName", edit.family_name)):
        if value is not None:
            parts[attribute] = value
    whole: JsonObject = {**document, "name": {each: value for each, value in parts.items() if value}}
    if edit.name is not None:
        whole["displayName"] = edit.name or whole["userName"]
    return {each: value for each, value in whole.items() if value or isinstance(value, bool)}
