"""Queries of the base URL, over all kinds of resources.  RFC 7644 §3.4.2.1, §3.4.3."""

from collections.abc import Mapping
from typing import Any

from domain.access.signin import Caller
from domain.provisioning.root_listing import list_everything
from routes import answers
from routes.http import Request, Response
from routes.route import SCIM_BASE, Route, Services
from scim.messages import search_parameters
from scim.root_search import KINDS, root_request


async def list_all(services: Services, caller: Caller, request: Request) -> Response:
    """The resources that the query asks for."""
    return await _list(services, caller, request.query)


async def search_all(services: Services, caller: Caller, request: Request) -> Response:
    """The resources that the SearchRequest in the body asks for."""
    return await _list(services, caller, search_parameters(request.payload))


async def _list(services: Services, caller: Caller, parameters: Mapping[str, Any]) -> Response:
    asked = root_request(parameters, [caller.type(kind) for kind in KINDS], services.base_url(caller))
    listing = await list_everything(services.desk, caller, asked)
    return answers.with_root_list(listing, asked, services.base_url(caller))


_SEE_ALL = frozenset({"core_user_view", "core_usergroup_view"})
"""A list of less than all would be taken for all, so a token that sees one kind only is refused."""

ROUTES: tuple[Route, ...] = (
    Route("root_list", "GET", SCIM_BASE, list_all, _SEE_ALL),
    Route("root_search", "POST", f"{SCIM_BASE}/.search", search_all, _SEE_ALL, reads_body=True),
)
