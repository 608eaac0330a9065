"""``/Me``: who the token stands for.  RFC 7644 §3.11."""

from domain.access.principal import principal
from domain.access.signin import Caller
from routes.answers import is_known
from routes.http import Request, Response
from routes.route import SCIM_BASE, Route, Services


async def get_me(services: Services, caller: Caller, request: Request) -> Response:
    """The principal of the token, which lives nowhere else: its permanent location is this one."""
    me = principal(caller, services.base_url(caller))
    headers = {"ETag": me.etag, "Location": me.location, "Content-Location": me.location}
    if is_known(request, me.etag):
        return Response(304, headers=headers)
    return Response(200, request.projection("User").apply(me.resource), headers)


ROUTES: tuple[Route, ...] = (Route("me", "GET", f"{SCIM_BASE}/Me", get_me),)
