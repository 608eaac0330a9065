"""Our handlers called in this process, as the Functions worker calls them: no host, no network but to the storage."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import azure.functions as func

from benchmarks.calls import Answer, Call, Unexpected
from routes.azure_http import register
from routes.route import SCIM_BASE, Services
from routes.table import ROUTES

type Function = Callable[[func.HttpRequest, Any], Awaitable[func.HttpResponse]]


class Handlers:
    """All functions of the SCIM API over *services*, asked with one token of one account.

    What is timed is the function alone: bearer check, body, rule, storage, JSON of the answer.
    """

    def __init__(self, services: Services, account: str, token: str) -> None:
        app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
        register(app, ROUTES, lambda: services)
        self._functions: dict[str, Function] = {
            str(each.get_function_name()): each.get_user_function() for each in app.get_functions()
        }
        self._base = f"{services.public_url}/{SCIM_BASE.format(account=account)}"
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}

    async def ask(self, call: Call) -> Answer:
        """The handler's answer.  Raises: Unexpected: It is no success."""
        url = self._base + call.path
        function, route = self._match(call.method, urlsplit(url).path)
        request = func.HttpRequest(
            call.method,
            url,
            headers=self._headers,
            params=dict(parse_qsl(urlsplit(url).query)),
            route_params=route,
            body=call.body,
        )
        response = await function(request, SimpleNamespace(invocation_id="benchmark"))
        answer = Answer(response.status_code, response.get_body())
        if not 200 <= answer.status < 300:
            raise Unexpected(call, answer)
        return answer

    def _match(self, method: str, path: str) -> tuple[Function, dict[str, str]]:
        for route in ROUTES:
            if method == route.method and route.has_path(path):
                named = zip(route.template.split("/"), path.strip("/").split("/"), strict=True)
                found = {name[1:-1]: unquote(value) for name, value in named if name.startswith("{")}
                return self._functions[route.name], found
        raise LookupError(f"no route for {method} {path}")
