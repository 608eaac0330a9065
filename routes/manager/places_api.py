"""Organizations and projects in the manager API: what they are, who is in them, and which groups they inherit."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.access.signin import Caller
from domain.native import groups as native_groups
from domain.native import places
from domain.native.ports import Place
from domain.native.scopes import Level, Scope
from routes.http import Request, Response
from routes.manager.common import (
    MANAGER_BASE,
    Ask,
    Body,
    PageAsk,
    PageView,
    View,
    Walk,
    answer,
    answer_versioned,
    manager_url,
    read_body,
    read_query,
    unless_known,
)
from routes.manager.groups_api import Description, GroupView, view_group
from routes.manager.scoped import ScopeView, counter_of, printable, scope_of, view_scope
from routes.route import Route, Services

PlaceName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), AfterValidator(printable)
]


class PlaceView(View):
    """An organization or a project; `identifier` never changes."""

    identifier: str
    name: str
    description: str
    scope: ScopeView
    created: datetime


class CreatePlace(Body):
    """A new organization or project; without an identifier its name makes one."""

    name: PlaceName
    identifier: Annotated[str, Field(max_length=128)] | None = None
    description: Description = ""


class EditPlace(Body):
    """What is new; what is left out stays."""

    name: PlaceName | None = None
    description: Description | None = None


class ScopeMemberView(View):
    """A user in an organization or project."""

    id: str


async def list_places(services: Services, caller: Caller, request: Request) -> Response:
    """List organizations, or the projects of one, in the order of their identifiers."""
    ask, scope = read_query(PageAsk, request), scope_of(request)
    walk = Walk.of(services, caller, request, ask)
    await places.check_place(counter_of(services, caller), scope)
    found = await services.native.places_in(caller.account.id, scope, walk.after, ask.limit)
    return walk.page([_view(each) for each in found.items], found.next)


async def create_place(services: Services, caller: Caller, request: Request) -> Response:
    """Open an organization, or a project in one."""
    body, counter = read_body(CreatePlace, request), counter_of(services, caller)
    place = await places.create_place(
        counter, scope_of(request), body.name, identifier=body.identifier, description=body.description
    )
    return answer_versioned(_view(place), place.version, location=manager_url(services, caller, *_path(place.scope)))


async def get_place(services: Services, caller: Caller, request: Request) -> Response:
    """Read an organization or project."""
    place = await places.get_place(counter_of(services, caller), scope_of(request))
    return unless_known(_view(place), place.version, request)


async def edit_place(services: Services, caller: Caller, request: Request) -> Response:
    """Rename or describe an organization or project."""
    body = read_body(EditPlace, request)
    place = await places.edit_place(
        counter_of(services, caller),
        scope_of(request),
        name=body.name,
        description=body.description,
        if_match=request.if_match,
    )
    return answer_versioned(_view(place), place.version)


async def delete_place(services: Services, caller: Caller, request: Request) -> Response:
    """Close an organization or project in which nothing is left."""
    bindings = (await services.office.policies.look(caller.account.id)).bindings
    await places.delete_place(counter_of(services, caller), scope_of(request), bindings, if_match=request.if_match)
    return Response(204)


async def list_users(services: Services, caller: Caller, request: Request) -> Response:
    """List who is in an organization or project, in the order of ids."""
    ask, scope = read_query(PageAsk, request), scope_of(request)
    walk = Walk.of(services, caller, request, ask)
    await places.check_place(counter_of(services, caller), scope)
    found = await services.native.users_in(caller.account.id, scope, walk.after, ask.limit)
    there = await services.native.users(caller.account.id, found.items)
    return walk.page([ScopeMemberView(id=each) for each in there], found.next)


async def add_user(services: Services, caller: Caller, request: Request) -> Response:
    """Put a user into an organization or project, and into what it lies in."""
    await places.add_user(counter_of(services, caller), scope_of(request), request.route["user"])
    services.doorkeeper.forget_user(caller.account.id, request.route["user"])
    return Response(204)


async def remove_user(services: Services, caller: Caller, request: Request) -> Response:
    """Take a user out of an organization or project, with all in it: its projects and its groups."""
    await native_groups.leave_scope(counter_of(services, caller), scope_of(request), request.route["user"])
    services.doorkeeper.forget_user(caller.account.id, request.route["user"])
    return Response(204)


async def list_inherited(services: Services, caller: Caller, request: Request) -> Response:
    """List the groups from above that an organization or project uses."""
    read_query(Ask, request)
    found = await places.inherited_groups(counter_of(services, caller), scope_of(request))
    return answer(PageView[GroupView](items=[view_group(each) for each in found]))


async def inherit_group(services: Services, caller: Caller, request: Request) -> Response:
    """Let an organization or project use a group that lives above it."""
    counter = counter_of(services, caller)
    await places.set_inherited(counter, scope_of(request), request.route["id"], inherits=True)
    return Response(204)


async def disinherit_group(services: Services, caller: Caller, request: Request) -> Response:
    """Let an organization or project use a group from above no longer."""
    counter = counter_of(services, caller)
    await places.set_inherited(counter, scope_of(request), request.route["id"], inherits=False)
    return Response(204)


def _view(place: Place) -> PlaceView:
    return PlaceView(
        identifier=place.identifier,
        name=place.name,
        description=place.description,
        scope=view_scope(place.scope),
        created=place.created,
    )


def _path(scope: Scope) -> tuple[str, ...]:
    below = ("projects", scope.project) if scope.level is Level.PROJECT else ()
    return ("orgs", scope.org, *below)


def _routes(level: Level, kind: str, parent: str) -> tuple[Route, ...]:
    """The routes of organizations, or of projects; *kind* is their parameter, *parent* what they stand below."""
    see, change = (frozenset({f"core_{_PERMISSION[level]}_{each}"}) for each in ("view", "manage"))
    see_groups, change_groups = frozenset({"core_usergroup_view"}), frozenset({"core_usergroup_manage"})
    all_, one = f"{parent}/{kind}s", f"{parent}/{kind}s/{{{kind}}}"
    member, inherited = f"{one}/users/{{user}}", f"{one}/inherited-groups"
    name = f"manager_{kind}s"
    return (
        Route(f"{name}_list", "GET", all_, list_places, see, asks=PageAsk, gives=PageView[PlaceView]),
        Route(f"{name}_create", "POST", all_, create_place, change, True, takes=CreatePlace, gives=PlaceView),
        Route(f"{name}_get", "GET", one, get_place, see, gives=PlaceView),
        Route(f"{name}_edit", "PATCH", one, edit_place, change, True, takes=EditPlace, gives=PlaceView),
        Route(f"{name}_delete", "DELETE", one, delete_place, change),
        Route(
            f"{name}_users_list", "GET", f"{one}/users", list_users, see, asks=PageAsk, gives=PageView[ScopeMemberView]
        ),
        Route(f"{name}_users_add", "PUT", member, add_user, change),
        Route(f"{name}_users_remove", "DELETE", member, remove_user, change),
        Route(f"{name}_inherited_list", "GET", inherited, list_inherited, see_groups, gives=PageView[GroupView]),
        Route(f"{name}_inherited_add", "PUT", f"{inherited}/{{id}}", inherit_group, change_groups),
        Route(f"{name}_inherited_remove", "DELETE", f"{inherited}/{{id}}", disinherit_group, change_groups),
    )


_PERMISSION = {Level.ORG: "organization", Level.PROJECT: "project"}

ROUTES: tuple[Route, ...] = (
    *_routes(Level.ORG, "org", MANAGER_BASE),
    *_routes(Level.PROJECT, "project", f"{MANAGER_BASE}/orgs/{{org}}"),
)
