"""Memberships as resources: a handler for each operation, and their routes.

Source: draft-zollner-scim-group-members-01 §6, 15 April 2026: they can be read, created and deleted, not changed.
"""

from collections.abc import Mapping
from typing import Any

from domain.access.signin import Caller
from domain.provisioning import group_members
from routes import answers
from routes.http import Request, Response
from routes.route import SCIM_BASE, Route, Services
from scim.group_member import GROUP_MEMBER
from scim.messages import list_request, search_parameters
from scim.resources import read_resource


async def add_member(services: Services, caller: Caller, request: Request) -> Response:
    """Make a user, or another group, a member of a group."""
    submitted = read_resource(request.payload, GROUP_MEMBER)
    membership = await group_members.add_member(services.desk, caller, submitted)
    services.doorkeeper.forget_users(caller.account.id)
    projection = request.projection(GROUP_MEMBER)
    return answers.with_resource(membership, projection, services.base_url(caller), created=True)


async def get_membership(services: Services, caller: Caller, request: Request) -> Response:
    """One membership, or 304 where the client has it already."""
    membership = await group_members.get_membership(services.desk, caller, request.route["id"])
    return answers.unless_known(membership, request, request.projection(GROUP_MEMBER), services.base_url(caller))


async def remove_member(services: Services, caller: Caller, request: Request) -> Response:
    """End a membership."""
    await group_members.remove_member(services.desk, caller, request.route["id"], if_match=request.if_match)
    services.doorkeeper.forget_users(caller.account.id)
    return Response(204)


async def list_memberships(services: Services, caller: Caller, request: Request) -> Response:
    """Memberships: those of a group, of a member, or of the whole account."""
    return await _list(services, caller, request.query)


async def search_memberships(services: Services, caller: Caller, request: Request) -> Response:
    """The same as the list, asked for in a body."""
    return await _list(services, caller, search_parameters(request.payload))


async def _list(services: Services, caller: Caller, parameters: Mapping[str, Any]) -> Response:
    base_url = services.base_url(caller)
    asked = list_request(parameters, GROUP_MEMBER, base_url)
    listing = await group_members.list_memberships(services.desk, caller, asked)
    return answers.with_list(listing, asked, base_url)


_SEE = frozenset({"core_usergroup_view"})
_CHANGE = frozenset({"core_usergroup_manage"})

_ALL, _ONE = f"{SCIM_BASE}/GroupMembers", f"{SCIM_BASE}/GroupMembers/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("group_members_create", "POST", _ALL, add_member, _CHANGE, reads_body=True),
    Route("group_members_delete", "DELETE", _ONE, remove_member, _CHANGE),
    Route("group_members_get", "GET", _ONE, get_membership, _SEE),
    Route("group_members_list", "GET", _ALL, list_memberships, _SEE),
    Route("group_members_search", "POST", f"{_ALL}/.search", search_memberships, _SEE, reads_body=True),
)
