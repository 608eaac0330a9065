"""User groups in the manager API, at the account, an organization or a project: what they are, and who is in them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from domain.access.signin import Caller
from domain.model import GroupRecord, Origin, SsoLink
from domain.native import groups as native_groups
from domain.native.groups import NAME_LIMIT, NAME_PATTERN, NAME_WORDS, GroupEdit, MembersWanted
from domain.native.places import check_place
from domain.native.system_groups import group_of_all
from domain.ports import MembershipQuery
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
from routes.manager.scoped import ScopeView, counter_of, printable, scope_of, view_scope
from routes.route import Route, Services

MAX_MEMBERS = 1_000
"""Users of one request."""
_READ_AT_ONCE = 500
"""Groups that one request looks through for a search."""

GroupName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LIMIT),
    Shape(NAME_PATTERN, f"must be made of {NAME_WORDS}"),
]
Description = Annotated[str, Field(max_length=1024), AfterValidator(printable)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), AfterValidator(printable)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=128)]
UserIds = Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=MAX_MEMBERS)]


class SsoLinkBody(Body):
    """A group of a sign-in provider."""

    provider: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(printable)]
    group_id: Annotated[str, Field(min_length=1, max_length=256), AfterValidator(printable)]
    group_name: Annotated[str, Field(min_length=1, max_length=256), AfterValidator(printable)]


class SsoLinkView(View):
    """The group of a sign-in provider whose members become this group's when they sign in."""

    provider: str
    group_id: str
    group_name: str


class GroupView(View):
    """A group; `identifier` never changes."""

    id: str
    identifier: str
    name: str
    scope: ScopeView
    origin: str
    description: str
    tags: list[str]
    created: datetime
    last_modified: datetime
    sso_link: SsoLinkView | None = None
    external_id: str | None = None


class GroupsAsk(PageAsk):
    """Which groups of the scope; a page that is searched may hold fewer than the limit though more follow."""

    search: Annotated[str, Field(max_length=200, description="A part of name or identifier.")] = ""
    origin: Annotated[Literal["", "scim", "native", "system"], Field(description="")] = ""


class CreateGroup(Body):
    """A new native group."""

    name: GroupName
    description: Description = ""
    tags: Tags = ()


class EditGroup(Body):
    """What is new; what is left out stays, and a null link ends it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)] | None = None
    description: Description | None = None
    tags: Tags | None = None
    sso_link: SsoLinkBody | None = None


class MembersBody(Body):
    """Users by their ids."""

    users: UserIds


class MemberView(View):
    """A member, and since when."""

    id: str
    since: datetime


async def list_groups(services: Services, caller: Caller, request: Request) -> Response:
    """List or search the groups of a scope: that of all its users first, the others in the order of identifiers."""
    ask = read_query(GroupsAsk, request)
    walk, scope, counter = Walk.of(services, caller, request, ask), scope_of(request), counter_of(services, caller)
    await check_place(counter, scope)
    own = [] if walk.after else [group_of_all(caller, scope)]
    found = [each for each in own if _fits(each, ask)]
    after: str | None = walk.after
    looked_at = 0
    while after is not None and len(found) < ask.limit and looked_at < _READ_AT_ONCE:
        part = await services.native.groups_in(caller.account.id, scope, after, ask.limit - len(found))
        looked_at += max(1, len(part.items))
        found += [each for each in part.items if _fits(each, ask)]
        after = part.next
    return walk.page([view_group(each) for each in found], after)


async def create_group(services: Services, caller: Caller, request: Request) -> Response:
    """Create a native group in a scope."""
    body, scope = read_body(CreateGroup, request), scope_of(request)
    group = await native_groups.create_group(
        counter_of(services, caller), scope, body.name, description=body.description, tags=body.tags
    )
    return answer_versioned(
        view_group(group), group.version, location=manager_url(services, caller, "groups", group.id)
    )


async def get_group(services: Services, caller: Caller, request: Request) -> Response:
    """Read a group, whoever owns it."""
    group = await native_groups.get_group(counter_of(services, caller), request.route["id"])
    return unless_known(view_group(group), group.version, request)


async def edit_group(services: Services, caller: Caller, request: Request) -> Response:
    """Rename, describe or tag a group, or link it to a group of a sign-in provider."""
    body = read_body(EditGroup, request)
    link = None if body.sso_link is None else SsoLink(**body.sso_link.model_dump())
    unlinks = "sso_link" in body.model_fields_set and link is None
    edit = GroupEdit(body.name, body.description, body.tags, link, unlinks)
    group = await native_groups.edit_group(
        counter_of(services, caller), request.route["id"], edit, if_match=request.if_match
    )
    return answer_versioned(view_group(group), group.version)


async def delete_group(services: Services, caller: Caller, request: Request) -> Response:
    """Delete a native group; its members stay in the account."""
    await native_groups.delete_group(counter_of(services, caller), request.route["id"], if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    return Response(204)


async def release_group(services: Services, caller: Caller, request: Request) -> Response:
    """Release a group from SCIM with its members: the account owns it then; takes an Account Admin."""
    group = await native_groups.release_group(counter_of(services, caller), request.route["id"])
    return answer_versioned(view_group(group), group.version)


async def list_members(services: Services, caller: Caller, request: Request) -> Response:
    """List the members of a group, in the order of their ids."""
    ask = read_query(PageAsk, request)
    walk = Walk.of(services, caller, request, ask)
    counter = counter_of(services, caller)
    group = await native_groups.get_group(counter, request.route["id"])
    if group.origin is Origin.SYSTEM:
        part = await native_groups.members_of_all(counter, group.scope, walk.after, ask.limit)
        return walk.page([MemberView(id=each.id, since=each.created) for each in part.items], part.next)
    query = MembershipQuery(group=group.id, count=ask.limit, after=walk.after, native=group.is_native)
    page = await services.desk.directory.find_memberships(caller.account.id, query)
    return walk.page([MemberView(id=each.member.id, since=each.created) for each in page.memberships], page.next)


async def add_members(services: Services, caller: Caller, request: Request) -> Response:
    """Add users to a native group: all of them, or none."""
    body = read_body(MembersBody, request)
    return await _change(services, caller, request, MembersWanted(added=body.users))


async def replace_members(services: Services, caller: Caller, request: Request) -> Response:
    """Replace the members of a native group: all as wanted, or nothing."""
    body = read_body(MembersBody, request)
    return await _change(services, caller, request, MembersWanted(added=body.users, only=True))


async def remove_member(services: Services, caller: Caller, request: Request) -> Response:
    """Remove a user from a native group."""
    return await _change(services, caller, request, MembersWanted(removed=(request.route["user"],)))


async def _change(services: Services, caller: Caller, request: Request, wanted: MembersWanted) -> Response:
    counter = counter_of(services, caller)
    group = await native_groups.change_members(counter, request.route["id"], wanted, if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    return answer_versioned(view_group(group), group.version)


def _fits(group: GroupRecord, ask: GroupsAsk) -> bool:
    searched = ask.search.strip().casefold()
    named = searched in group.name.casefold() or searched in group.identifier.casefold()
    return named and ask.origin in ("", group.origin.value)


def view_group(group: GroupRecord) -> GroupView:
    """*group* as answers show it."""
    external_id = group.document.get("externalId")
    link = group.sso_link
    return GroupView(
        id=group.id,
        identifier=group.identifier,
        name=group.name,
        scope=view_scope(group.scope),
        origin=group.origin.value,
        description=group.description,
        tags=list(group.tags),
        created=group.created,
        last_modified=group.last_modified,
        sso_link=None
        if link is None
        else SsoLinkView(provider=link.provider, group_id=link.group_id, group_name=link.group_name),
        external_id=external_id if isinstance(external_id, str) else None,
    )


async def _scope_in_path(services: Services, caller: Caller, request: Request) -> str:  # noqa: ARG001  a locator
    return scope_of(request).path


async def _scope_of_group(services: Services, caller: Caller, request: Request) -> str:
    return (await native_groups.get_group(counter_of(services, caller), request.route["id"])).scope.path


_SEE, _CHANGE = frozenset({"core_usergroup_view"}), frozenset({"core_usergroup_manage"})
_GROUP = f"{MANAGER_BASE}/groups/{{id}}"
_SCOPES = {"account": "", "org": "/orgs/{org}", "project": "/orgs/{org}/projects/{project}"}


def _of_scope(level: str, below: str) -> tuple[Route, ...]:
    groups = f"{MANAGER_BASE}{below}/groups"
    return (
        Route(
            f"manager_groups_list_{level}",
            "GET",
            groups,
            list_groups,
            _SEE,
            scope=_scope_in_path,
            asks=GroupsAsk,
            gives=PageView[GroupView],
        ),
        Route(
            f"manager_groups_create_{level}",
            "POST",
            groups,
            create_group,
            _CHANGE,
            True,
            scope=_scope_in_path,
            takes=CreateGroup,
            gives=GroupView,
        ),
    )


ROUTES: tuple[Route, ...] = (
    *(route for level, below in _SCOPES.items() for route in _of_scope(level, below)),
    Route("manager_groups_get", "GET", _GROUP, get_group, _SEE, scope=_scope_of_group, gives=GroupView),
    Route(
        "manager_groups_edit",
        "PATCH",
        _GROUP,
        edit_group,
        _CHANGE,
        True,
        scope=_scope_of_group,
        takes=EditGroup,
        gives=GroupView,
    ),
    Route("manager_groups_delete", "DELETE", _GROUP, delete_group, _CHANGE, scope=_scope_of_group),
    Route(
        "manager_groups_release",
        "POST",
        f"{_GROUP}/release",
        release_group,
        _CHANGE,
        scope=_scope_of_group,
        gives=GroupView,
    ),
    Route(
        "manager_members_list",
        "GET",
        f"{_GROUP}/members",
        list_members,
        _SEE,
        scope=_scope_of_group,
        asks=PageAsk,
        gives=PageView[MemberView],
    ),
    Route(
        "manager_members_add",
        "POST",
        f"{_GROUP}/members",
        add_members,
        _CHANGE,
        True,
        scope=_scope_of_group,
        takes=MembersBody,
        gives=GroupView,
    ),
    Route(
        "manager_members_replace",
        "PUT",
        f"{_GROUP}/members",
        replace_members,
        _CHANGE,
        True,
        scope=_scope_of_group,
        takes=MembersBody,
        gives=GroupView,
    ),
    Route(
        "manager_members_remove",
        "DELETE",
        f"{_GROUP}/members/{{user}}",
        remove_member,
        _CHANGE,
        scope=_scope_of_group,
        gives=GroupView,
    ),
)
