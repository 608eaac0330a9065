"""The one place that knows the host's HTTP types: a route becomes a function, a request is read, an answer written."""

import dataclasses
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from urllib.parse import parse_qsl

import azure.functions as func
import orjson

from domain import telemetry
from domain.access.signin import Caller
from domain.accounts import is_account_id
from domain.isolation import serving
from domain.ports import RecordNotFound
from routes import errors, fallback, oauth_errors, problems, refusals
from routes.accept import check_accept
from routes.auth import admit, check_permissions
from routes.bodies import read_json
from routes.http import Request, Response
from routes.route import NOBODY, Locator, Route, Services

_log = logging.getLogger(__name__)

type Function = Callable[[func.HttpRequest, func.Context], Awaitable[func.HttpResponse]]
type Provider = Callable[[], Services]
"""Gives the services of this process, made at the first call."""

FALLBACK = "zz_fallback"
"""The name of the function that answers where no route does; it must sort after all others."""

_URL = re.compile(r"\w*://[^/?]*(?P<path>[^?]*)\??(?P<query>.*)", re.DOTALL)
"""Any URL: the host is what the client wrote into its header, and parsers refuse some of that."""


def register(app: func.FunctionApp, routes: Sequence[Route], services: Provider) -> None:
    """Make each route a function of *app*, and add the fallback that answers everything else."""
    for route in routes:
        function = _function(route, fallback.rivals(route, routes), services)
        _add(app, route.name, route.template, route.methods, function)
    _add(app, FALLBACK, "{*path}", None, _fallback(routes, services))


def _add(app: func.FunctionApp, name: str, template: str, methods: Sequence[str] | None, answer: Function) -> None:
    function = _told(name, answer)
    function.__name__ = name
    routed = app.route(
        route=template, methods=methods and list(methods), auth_level=func.AuthLevel.ANONYMOUS, trigger_arg_name="req"
    )(function)
    app.function_name(name)(routed)


def _told(name: str, answer: Function) -> Function:
    """*answer*, and a line of the log that tells how each request went."""

    async def told(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        start = perf_counter()
        with telemetry.counting() as counts:
            response = await answer(req, context)
        account = req.route_params.get("account", "")
        telemetry.tell(
            "request",
            route=name,
            method=req.method,
            status=response.status_code,
            ms=telemetry.milliseconds_since(start),
            requestId=context.invocation_id,
            account=account if is_account_id(account) else None,
            **counts,
        )
        return response

    return told


def _function(route: Route, rivals: Sequence[Route], services: Provider) -> Function:
    async def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        request, provided, caller = _request(req, context), None, None
        try:
            with serving(request.route.get("account")):
                provided = services()
                caller = await _caller(provided, route, request)
                fallback.check_meant(request.path, rivals)
                check_accept(request.headers, route.also)
                if route.reads_form:
                    request = dataclasses.replace(request, payload=req.get_body())
                if route.reads_body:
                    request = dataclasses.replace(request, payload=read_json(req.get_body(), request.headers))
                return _response(await route.handler(provided, caller, request), request)
        except Exception as error:
            with serving(request.route.get("account")):
                return _response(await _refusal(provided, caller, request, error), request)

    return answer


async def _refusal(services: Services | None, caller: Caller | None, request: Request, error: Exception) -> Response:
    """The answer to a request that ended in *error*; what it tried is written down, as far as that is possible."""
    answer = _answer_to(error, request)
    if services is not None:
        try:
            await refusals.note(services, refusals.actor_of(caller, error), request, answer)
        except Exception:  # whatever is wrong with the log, the client gets its answer
            _log.exception("the refusal of request %s could not be written down", request.id)
    return answer


async def _caller(services: Services, route: Route, request: Request) -> Caller:
    if route.public:
        if route.guard is not None:
            route.guard(services, request)
        return NOBODY
    account = request.route.get("account", "")
    if route.scope is None:
        return await admit(services, request, account, route.needs)
    caller = await admit(services, request, account)
    if not route.needs <= caller.permissions:  # else nobody has to ask where
        check_permissions(caller, route.needs, await _scope(services, caller, route.scope, request))
    return caller


async def _scope(services: Services, caller: Caller, find: Locator, request: Request) -> str:
    """Where the request needs its permissions; at the account where there is no such thing, which is not told."""
    try:
        return await find(services, caller, request)
    except RecordNotFound:
        return ""


def _fallback(routes: Sequence[Route], services: Provider) -> Function:
    async def answer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        request, provided, caller = _request(req, context), None, None
        try:
            account = fallback.account_in(request.path)
            if account is not None:
                with serving(account):
                    provided = services()
                    caller = await admit(provided, request, account)
            return _response(fallback.refuse(routes, request), request)
        except Exception as error:
            with serving(account):
                return _response(await _refusal(provided, caller, request, error), request)

    return answer


def _answer_to(error: Exception, request: Request) -> Response:
    """The error in the words that belong to the path: those of the manager API, of OAuth, or of SCIM."""
    if problems.speaks_problems(request.path):
        return problems.answer_to(error, request)
    if oauth_errors.speaks_oauth(request.path):
        return oauth_errors.answer_to(error, request)
    return errors.answer_to(error, request)


def _request(req: func.HttpRequest, context: func.Context) -> Request:
    """The host's request with names in lower case; the host gives headers so, but queries as the client wrote them.

    A walk by cursor begins with an empty ``cursor=``.  The host leaves empty values out of ``params`` (azure.md §3.1),
    so they are read from the URL.
    """
    path, query = url.group("path", "query") if (url := _URL.match(req.url)) else (req.url, "")
    empty = {name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True) if not value}
    return Request(
        id=context.invocation_id,
        method=req.method.upper(),
        path=path,
        route=dict(req.route_params),
        query=empty | {name.lower(): value for name, value in req.params.items()},
        headers={name.lower(): value for name, value in req.headers.items()},
    )


def _response(response: Response, request: Request) -> func.HttpResponse:
    """The answer as the host sends it, with the id by which our logs name the request; host.json adds what is fixed."""
    headers = {**response.headers, "X-Request-Id": request.id}
    if response.body is None and response.content is None:
        return func.HttpResponse(status_code=response.status, headers=headers)
    return func.HttpResponse(
        orjson.dumps(response.body) if response.content is None else response.content,
        status_code=response.status,
        headers=headers,
        mimetype=response.media_type,
    )
