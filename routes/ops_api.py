"""Liveness and readiness, for load balancers and monitors; they tell nothing of accounts."""

import asyncio

from domain.access.signin import Caller
from domain.ports import StoreError
from routes.http import Request, Response
from routes.route import Route, Services

_JSON = "application/json"
_LONGEST_SECONDS = 3.0


async def get_health(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """Whether this process answers; nothing else is asked."""
    return Response(200, {"status": "ok"}, media_type=_JSON)


async def get_ready(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """Whether requests can be served: the settings are complete and the storage answers; 503 where it does not."""
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await services.reach_storage()
    except (StoreError, TimeoutError):
        return Response(503, {"status": "unavailable", "storage": "no answer"}, {"Retry-After": "5"}, _JSON)
    return Response(200, {"status": "ok", "storage": "ok"}, media_type=_JSON)


ROUTES: tuple[Route, ...] = (
    Route("ops_health", "GET", "health", get_health, public=True),
    Route("ops_ready", "GET", "ready", get_ready, public=True),
)
