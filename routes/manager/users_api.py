"""Users in the manager API: list and search, invite, accept, edit, lock, release, remove."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from domain.access.signin import Caller
from domain.model import Invitation, UserRecord
from domain.native import users as native_users
from domain.native.counter import Counter
from domain.native.invitations import EMAIL_PATTERN
from domain.native.listing import UserAsk, find_users
from domain.native.locks import UserStanding, standing_of_user
from domain.native.users import InviteOutcome, UserEdit
from routes.http import Request, Response
from routes.manager.common import (
    MANAGER_BASE,
    Body,
    PageAsk,
    PageView,
    Shape,
    View,
    Walk,
    answer_versioned,
    manager_url,
    read_body,
    read_query,
    unless_known,
)
from routes.manager.scoped import counter_of, printable
from routes.route import Route, Services

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True),
    Field(max_length=254),
    Shape(EMAIL_PATTERN, "must be an e-mail address"),
]
UserName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256), AfterValidator(printable)]


class InvitationView(View):
    """An invitation; `code` is shown only in the answer that sent it, and opens it until `codeExpires`."""

    sent: datetime
    expires: datetime
    code_expires: datetime
    code: str | None = None


class UserView(View):
    """A user; `groupManaged` and `directAssigned` are so only of users of the identity provider."""

    id: str
    email: str
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    external_id: str | None = None
    origin: str
    state: str
    locked: bool
    group_managed: bool
    direct_assigned: bool
    created: datetime
    last_modified: datetime
    invitation: InvitationView | None = None
    native_groups: list[str] | None = None
    scim_groups: list[str] | None = None


class UsersAsk(PageAsk):
    """Which users: those who are deactivated only where asked for."""

    search: Annotated[str, Field(max_length=200, description="A part of name or e-mail address.")] = ""
    state: Annotated[Literal["", "invited", "active", "deactivated", "all"], Field(description="")] = ""
    origin: Annotated[Literal["", "scim", "native"], Field(description="")] = ""


class InviteUser(Body):
    """Whom to invite."""

    email: Email
    name: UserName = ""


class AcceptInvitation(Body):
    """The code that was sent."""

    code: Annotated[str, Field(min_length=1, max_length=200)]


class EditUser(Body):
    """New names; what is left out stays, an empty text clears; without `name` the e-mail address is the name."""

    name: UserName | None = None
    given_name: UserName | None = None
    family_name: UserName | None = None
    email: Email | None = None


class InvitedView(View):
    """A user, and what became of the invitation."""

    outcome: InviteOutcome
    user: UserView


async def list_users(services: Services, caller: Caller, request: Request) -> Response:
    """List or search users, in the order of their ids; those deactivated only where asked for."""
    ask = read_query(UsersAsk, request)
    walk = Walk.of(services, caller, request, ask)
    wanted = UserAsk(ask.search, ask.state, ask.origin)
    page = await find_users(services.desk.directory, caller.account.id, wanted, walk.after, ask.limit)
    users = [_view(each) for each in page.records if isinstance(each, UserRecord)]
    return walk.page(users, page.next, page.total)


async def invite_user(services: Services, caller: Caller, request: Request) -> Response:
    """Invite somebody by e-mail address; who is invited already gets a new code, who is there stays as is."""
    body = read_body(InviteUser, request)
    invited = await native_users.invite_user(counter_of(services, caller), body.email, body.name)
    view = InvitedView(outcome=invited.outcome, user=_view(invited.user, invited.code))
    is_new = invited.outcome is InviteOutcome.INVITED
    location = manager_url(services, caller, "users", invited.user.id) if is_new else None
    return answer_versioned(view, invited.user.version, location=location)


async def get_user(services: Services, caller: Caller, request: Request) -> Response:
    """Read a user, with the ids of its groups."""
    user = await native_users.get_user(counter_of(services, caller), request.route["id"])
    return unless_known(_whole(user), user.version, request)


async def edit_user(services: Services, caller: Caller, request: Request) -> Response:
    """Change the names of a native user."""
    body = read_body(EditUser, request)
    edit = UserEdit(body.name, body.given_name, body.family_name, body.email)
    user = await native_users.edit_user(
        counter_of(services, caller), request.route["id"], edit, if_match=request.if_match
    )
    return answer_versioned(_whole(user), user.version)


async def remove_user(services: Services, caller: Caller, request: Request) -> Response:
    """Remove a native user from the account, or revoke an invitation."""
    await native_users.remove_user(counter_of(services, caller), request.route["id"], if_match=request.if_match)
    services.doorkeeper.forget_user(caller.account.id, request.route["id"])
    return Response(204)


async def accept_invitation(services: Services, caller: Caller, request: Request) -> Response:
    """Accept an invitation for the user who showed its code."""
    body = read_body(AcceptInvitation, request)
    user = await native_users.accept_invitation(counter_of(services, caller), request.route["id"], body.code)
    return answer_versioned(_whole(user), user.version)


async def resend_invitation(services: Services, caller: Caller, request: Request) -> Response:
    """Send an invitation again, with a new code."""
    invited = await native_users.resend_invitation(counter_of(services, caller), request.route["id"])
    view = InvitedView(outcome=invited.outcome, user=_view(invited.user, invited.code))
    return answer_versioned(view, invited.user.version)


async def lock_user(services: Services, caller: Caller, request: Request) -> Response:
    """Keep an active user out, say after too many failed sign-ins."""
    return await _turn(services, caller, request, locked=True)


async def unlock_user(services: Services, caller: Caller, request: Request) -> Response:
    """Let a locked user in again."""
    return await _turn(services, caller, request, locked=False)


async def release_user(services: Services, caller: Caller, request: Request) -> Response:
    """Release a user from SCIM: the account owns it then; takes an Account Admin."""
    user = await native_users.release_user(counter_of(services, caller), request.route["id"])
    return answer_versioned(_whole(user), user.version)


async def _turn(services: Services, caller: Caller, request: Request, *, locked: bool) -> Response:
    counter: Counter = counter_of(services, caller)
    user = await native_users.set_locked(counter, request.route["id"], locked=locked)
    services.doorkeeper.forget_user(caller.account.id, user.id)
    return answer_versioned(_whole(user), user.version)


def _view(user: UserRecord, code: str | None = None) -> UserView:
    standing = standing_of_user(user)
    in_groups = bool(user.groups) and user.origin.value == "scim"
    return UserView(
        id=user.id,
        email=_text(user, "userName") or "",
        name=_text(user, "displayName"),
        given_name=_text(user, "name", "givenName"),
        family_name=_text(user, "name", "familyName"),
        external_id=_text(user, "externalId"),
        origin=user.origin.value,
        state=user.state.value,
        locked=user.locked,
        group_managed=in_groups,
        direct_assigned=standing is UserStanding.DIRECT,
        created=user.created,
        last_modified=user.last_modified,
        invitation=None if user.invitation is None else _invitation(user.invitation, code),
    )


def _whole(user: UserRecord) -> UserView:
    groups = {"native_groups": list(user.native_groups or ()), "scim_groups": list(user.groups or ())}
    return _view(user).model_copy(update=groups)


def _invitation(invitation: Invitation, code: str | None) -> InvitationView:
    return InvitationView(
        sent=invitation.sent, expires=invitation.expires, code_expires=invitation.code_expires, code=code
    )


def _text(user: UserRecord, name: str, part: str = "") -> str | None:
    value = user.document.get(name)
    if part:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


_SEE, _CHANGE, _INVITE = (frozenset({f"core_user_{each}"}) for each in ("view", "manage", "invite"))
_USERS, _USER = f"{MANAGER_BASE}/users", f"{MANAGER_BASE}/users/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("manager_users_list", "GET", _USERS, list_users, _SEE, asks=UsersAsk, gives=PageView[UserView]),
    Route("manager_users_invite", "POST", _USERS, invite_user, _INVITE, True, takes=InviteUser, gives=InvitedView),
    Route("manager_users_get", "GET", _USER, get_user, _SEE, gives=UserView),
    Route("manager_users_edit", "PATCH", _USER, edit_user, _CHANGE, True, takes=EditUser, gives=UserView),
    Route("manager_users_remove", "DELETE", _USER, remove_user, _CHANGE),
    Route(
        "manager_users_accept",
        "POST",
        f"{_USER}/accept",
        accept_invitation,
        _INVITE,
        True,
        takes=AcceptInvitation,
        gives=UserView,
    ),
    Route("manager_users_resend", "POST", f"{_USER}/resend", resend_invitation, _INVITE, gives=InvitedView),
    Route("manager_users_lock", "POST", f"{_USER}/lock", lock_user, _CHANGE, gives=UserView),
    Route("manager_users_unlock", "POST", f"{_USER}/unlock", unlock_user, _CHANGE, gives=UserView),
    Route("manager_users_release", "POST", f"{_USER}/release", release_user, _CHANGE, gives=UserView),
)
