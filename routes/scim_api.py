"""The SCIM API: one handler for each operation, and the table of their routes.  RFC 7644 §3.2."""

from collections.abc import Mapping
from typing import Any

from scim2_models import ForbiddenException, NotFoundException

from domain.access.signin import Caller
from domain.provisioning import groups, users
from domain.provisioning.listing import list_records
from routes import answers
from routes.http import Request, Response
from routes.route import SCIM_BASE, Route, Services
from scim import discovery
from scim.json_types import JsonObject
from scim.messages import list_request, list_response, search_parameters
from scim.operations import parse_patch
from scim.resources import read_resource


async def create_user(services: Services, caller: Caller, request: Request) -> Response:
    user = await users.create_user(services.desk, caller, read_resource(request.payload, caller.type("User")))
    services.doorkeeper.forget_user(caller.account.id, user.id)  # one that was there already is adopted
    return answers.with_resource(user, request.projection(caller.type("User")), services.base_url(caller), created=True)


async def get_user(services: Services, caller: Caller, request: Request) -> Response:
    projection = request.projection(caller.type("User"))
    user = await users.get_user(services.desk, caller, request.route["id"], groups=projection.shows("groups"))
    return answers.unless_known(user, request, projection, services.base_url(caller))


async def replace_user(services: Services, caller: Caller, request: Request) -> Response:
    projection = request.projection(caller.type("User"))
    user = await users.replace_user(
        services.desk,
        caller,
        request.route["id"],
        read_resource(request.payload, caller.type("User")),
        if_match=request.if_match,
        groups=projection.shows("groups"),
    )
    services.doorkeeper.forget_user(caller.account.id, user.id)
    return answers.with_resource(user, projection, services.base_url(caller))


async def patch_user(services: Services, caller: Caller, request: Request) -> Response:
    projection = request.projection(caller.type("User"))
    user = await users.patch_user(
        services.desk,
        caller,
        request.route["id"],
        parse_patch(request.payload, caller.type("User")),
        if_match=request.if_match,
        groups=projection.shows("groups"),
    )
    services.doorkeeper.forget_user(caller.account.id, user.id)
    return answers.with_resource(user, projection, services.base_url(caller))


async def delete_user(services: Services, caller: Caller, request: Request) -> Response:
    await users.delete_user(services.desk, caller, request.route["id"], if_match=request.if_match)
    services.doorkeeper.forget_user(caller.account.id, request.route["id"])
    return Response(204)


async def list_users(services: Services, caller: Caller, request: Request) -> Response:
    return await _list(services, caller, request.query, "User")


async def search_users(services: Services, caller: Caller, request: Request) -> Response:
    return await _list(services, caller, search_parameters(request.payload), "User")


async def create_group(services: Services, caller: Caller, request: Request) -> Response:
    group = await groups.create_group(services.desk, caller, read_resource(request.payload, caller.type("Group")))
    return answers.with_resource(
        group, request.projection(caller.type("Group")), services.base_url(caller), created=True
    )


async def get_group(services: Services, caller: Caller, request: Request) -> Response:
    projection = request.projection(caller.type("Group"))
    group = await groups.get_group(services.desk, caller, request.route["id"], members=projection.shows("members"))
    return answers.unless_known(group, request, projection, services.base_url(caller))


async def replace_group(services: Services, caller: Caller, request: Request) -> Response:
    submitted = read_resource(request.payload, caller.type("Group"))
    group = await groups.replace_group(services.desk, caller, request.route["id"], submitted, if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    return await _shown(services, caller, request, group.id)


async def patch_group(services: Services, caller: Caller, request: Request) -> Response:
    """204, since a body would cost as much as the group is large; the resource where a projection asks for it."""
    patch = parse_patch(request.payload, caller.type("Group"))
    group = await groups.patch_group(services.desk, caller, request.route["id"], patch, if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    if not request.projection(caller.type("Group")):
        return answers.without_body(group)
    return await _shown(services, caller, request, group.id)


async def delete_group(services: Services, caller: Caller, request: Request) -> Response:
    await groups.delete_group(services.desk, caller, request.route["id"], if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    return Response(204)


async def list_groups(services: Services, caller: Caller, request: Request) -> Response:
    return await _list(services, caller, request.query, "Group")


async def search_groups(services: Services, caller: Caller, request: Request) -> Response:
    return await _list(services, caller, search_parameters(request.payload), "Group")


async def get_service_provider_config(services: Services, caller: Caller, request: Request) -> Response:
    _refuse_filter(request)
    return answers.unless_same(discovery.service_provider_config(services.base_url(caller)), request)


async def list_resource_types(services: Services, caller: Caller, request: Request) -> Response:
    _refuse_filter(request)
    return _all(request, discovery.resource_types(services.base_url(caller), caller.account.schemas))


async def get_resource_type(services: Services, caller: Caller, request: Request) -> Response:
    return _one(request, discovery.resource_types(services.base_url(caller), caller.account.schemas))


async def list_schemas(services: Services, caller: Caller, request: Request) -> Response:
    _refuse_filter(request)
    return _all(request, discovery.schemas(services.base_url(caller), caller.account.schemas))


async def get_schema(services: Services, caller: Caller, request: Request) -> Response:
    return _one(request, discovery.schemas(services.base_url(caller), caller.account.schemas))


async def _list(services: Services, caller: Caller, parameters: Mapping[str, Any], kind: str) -> Response:
    base_url = services.base_url(caller)
    asked = list_request(parameters, caller.type(kind), base_url)
    return answers.with_list(await list_records(services.desk, caller, asked), asked, base_url)


async def _shown(services: Services, caller: Caller, request: Request, group_id: str) -> Response:
    """A group as it is now, read with its members only where the projection shows them."""
    projection = request.projection(caller.type("Group"))
    group = await groups.get_group(services.desk, caller, group_id, members=projection.shows("members"))
    return answers.with_resource(group, projection, services.base_url(caller))


def _refuse_filter(request: Request) -> None:
    """Discovery takes no filter.  RFC 7644 §4."""
    if "filter" in request.query:
        raise ForbiddenException(detail="discovery cannot be filtered")


def _all(request: Request, resources: list[JsonObject]) -> Response:
    return answers.unless_same(list_response(resources, total=len(resources), start_index=1), request)


def _one(request: Request, resources: list[JsonObject]) -> Response:
    for each in resources:
        if str(each["id"]).lower() == request.route["id"].lower():
            return answers.unless_same(each, request)
    raise NotFoundException


_SEE_USERS = frozenset({"core_user_view"})
_CHANGE_USERS = frozenset({"core_user_manage"})
_CREATE_USERS = frozenset({"core_user_manage", "core_user_invite"})
_SEE_GROUPS = frozenset({"core_usergroup_view"})
_CHANGE_GROUPS = frozenset({"core_usergroup_manage"})

_USERS, _USER = f"{SCIM_BASE}/Users", f"{SCIM_BASE}/Users/{{id}}"
_GROUPS, _GROUP = f"{SCIM_BASE}/Groups", f"{SCIM_BASE}/Groups/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("groups_create", "POST", _GROUPS, create_group, _CHANGE_GROUPS, reads_body=True),
    Route("groups_delete", "DELETE", _GROUP, delete_group, _CHANGE_GROUPS),
    Route("groups_get", "GET", _GROUP, get_group, _SEE_GROUPS),
    Route("groups_list", "GET", _GROUPS, list_groups, _SEE_GROUPS),
    Route("groups_patch", "PATCH", _GROUP, patch_group, _CHANGE_GROUPS, reads_body=True),
    Route("groups_replace", "PUT", _GROUP, replace_group, _CHANGE_GROUPS, reads_body=True),
    Route("groups_search", "POST", f"{_GROUPS}/.search", search_groups, _SEE_GROUPS, reads_body=True),
    Route("resource_types_get", "GET", f"{SCIM_BASE}/ResourceTypes/{{id}}", get_resource_type),
    Route("resource_types_list", "GET", f"{SCIM_BASE}/ResourceTypes", list_resource_types),
    Route("schemas_get", "GET", f"{SCIM_BASE}/Schemas/{{id}}", get_schema),
    Route("schemas_list", "GET", f"{SCIM_BASE}/Schemas", list_schemas),
    Route("service_provider_config", "GET", f"{SCIM_BASE}/ServiceProviderConfig", get_service_provider_config),
    Route("users_create", "POST", _USERS, create_user, _CREATE_USERS, reads_body=True),
    Route("users_delete", "DELETE", _USER, delete_user, _CHANGE_USERS),
    Route("users_get", "GET", _USER, get_user, _SEE_USERS),
    Route("users_list", "GET", _USERS, list_users, _SEE_USERS),
    Route("users_patch", "PATCH", _USER, patch_user, _CHANGE_USERS, reads_body=True),
    Route("users_replace", "PUT", _USER, replace_user, _CHANGE_USERS, reads_body=True),
    Route("users_search", "POST", f"{_USERS}/.search", search_users, _SEE_USERS, reads_body=True),
)
