"""A strict stand-in for the endpoints of Microsoft Graph that the configurator uses (entra.md §8).

It refuses what the real one refuses, and what it would only quietly ignore: members, parameters and keys that nobody
documented.  It can be slow to agree with itself, throttle, let tokens expire and lack permissions.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.cli.enterprise.template_schema import parsed_expression, template_schema, wrong_in_schema

TEMPLATE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
USER_ROLE = "18d14569-c3bd-439b-9a66-3a2aee01d14f"
_SECRET_KEYS = {"BaseAddress", "SecretToken", "SyncAll", "SyncNotificationSettings"}
_OTHER_KEYS = {"SkipOutOfScopeDeletions", "HardDeletesEnabled", "Password"}
_NOTIFICATION = {"Enabled", "Recipients", "DeleteThresholdEnabled", "DeleteThresholdValue"}

type Json = dict[str, Any]


class Wrong(Exception):
    """The request is answered with an error of Graph's."""

    def __init__(self, status: int, code: str, message: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = (
            status,
            code,
            {key.replace("_", "-"): each for key, each in headers.items()},
        )


@dataclass
class Application:
    """An application, its service principal and its one job."""

    id: str
    app_id: str
    principal_id: str
    name: str
    template: str | None = TEMPLATE
    unique_name: str | None = None
    notes: str | None = None
    owners: dict[str, list[str]] = field(default_factory=lambda: {"applications": [], "servicePrincipals": []})
    assigned: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    has_tested: bool = False
    job: Json | None = None
    schema: Json = field(default_factory=template_schema)
    hidden_for: int = 0


@dataclass
class GraphService:
    """State and whims.  ``opens`` says whether address and token are those of a service; pages lead to ``base``."""

    opens: Callable[[str, str], Awaitable[bool]]
    token: str = "first"
    base: str = ""
    lag: int = 0
    throttle_every: int = 0
    forbidden: str = r"(?!)"
    applications: list[Application] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    logs: list[Json] = field(default_factory=list)
    restarts: list[Json] = field(default_factory=list)

    def app(self) -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/v1.0/{path:.*}", self._answer)
        made.router.add_route("*", "/{path:beta/.*}", self._answer)
        return made

    @property
    def writes(self) -> list[str]:
        """All that may have changed something."""
        return [each for each in self.requests if not each.startswith("GET") and "parseExpression" not in each]

    async def _answer(self, request: web.Request) -> web.Response:
        called = f"{request.method} /{request.match_info['path']}"
        self.requests.append(called)
        try:
            self._let_in(request, called)
            answer = await self._handle(request, called)
        except Wrong as wrong:
            error = {"error": {"code": wrong.code, "message": str(wrong), "innerError": {"request-id": str(uuid4())}}}
            return web.json_response(error, status=wrong.status, headers=wrong.headers)
        return web.Response(status=204) if answer is None else web.json_response(answer[1], status=answer[0])

    async def _handle(self, request: web.Request, called: str) -> "Answer":
        allowed = {"$filter", "$top", "$orderby"} if request.method == "GET" else set()
        if unknown := set(request.query) - allowed:
            raise Wrong(400, "BadRequest", f"unknown parameters {unknown}")
        body = await _body(request)
        for pattern, handler in _ROUTES.items():
            if found := re.fullmatch(pattern, called):
                return await handler(self, found, dict(request.query) if body is None else body)
        raise Wrong(404, "ResourceNotFound", f"no such endpoint: {called}")

    def _let_in(self, request: web.Request, called: str) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise Wrong(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if re.search(self.forbidden, called) and "/synchronization/" in called:
            raise Wrong(401, "UnknownError")
        if re.search(self.forbidden, called):
            raise Wrong(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if self.throttle_every and len(self.requests) % self.throttle_every == 0:
            raise Wrong(429, "TooManyRequests", "Too many requests", Retry_After="7")

    # What the handlers share

    def known(self, attribute: str, value: str) -> Application:
        """The application with that id.  Raises: Wrong: there is none, or this copy does not know it yet."""
        for each in self.applications:
            if getattr(each, attribute) == value:
                if each.hidden_for:
                    each.hidden_for -= 1
                    raise Wrong(404, "Request_ResourceNotFound", f"Resource '{value}' does not exist")
                return each
        raise Wrong(404, "Request_ResourceNotFound", f"Resource '{value}' does not exist")

    def with_job(self, found: re.Match[str]) -> Application:
        application = self.known("principal_id", found["sp"])
        if application.job is None or application.job["id"] != found["job"]:
            raise Wrong(404, "ResourceNotFound", "no such job")
        return application


async def _body(request: web.Request) -> Any:
    text = await request.text()
    if not text:
        return None
    if request.content_type != "application/json":
        raise Wrong(400, "BadRequest", "a body must be JSON")
    return json.loads(text)


def _exactly(body: Any, *members: str) -> None:
    if not isinstance(body, dict) or set(body) != set(members):
        raise Wrong(400, "BadRequest", f"expected {members}, got {body!r}")


def _shown(application: Application) -> Json:
    return {
        "id": application.id,
        "appId": application.app_id,
        "displayName": application.name,
        "uniqueName": application.unique_name,
        "applicationTemplateId": application.template,
    }


def _principal(application: Application) -> Json:
    return {
        "id": application.principal_id,
        "appId": application.app_id,
        "displayName": application.name,
        "notes": application.notes,
        "appRoles": [
            {"id": str(uuid4()), "displayName": "msiam_access", "isEnabled": True, "allowedMemberTypes": ["User"]},
            {"id": USER_ROLE, "displayName": "User", "isEnabled": True, "allowedMemberTypes": ["User"]},
        ],
    }


type Answer = tuple[int, Any] | None
type Handler = Callable[[GraphService, re.Match[str], Any], Awaitable[Answer]]


async def _instantiate(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "displayName")
    if found["template"] != TEMPLATE:
        raise Wrong(404, "ResourceNotFound", "no such template")
    made = Application(str(uuid4()), str(uuid4()), str(uuid4()), body["displayName"], hidden_for=service.lag)
    service.applications.append(made)
    return 201, {"application": _shown(made), "servicePrincipal": _principal(made)}


async def _search(service: GraphService, found: re.Match[str], query: Any) -> Answer:
    condition = re.fullmatch(r"(uniqueName|displayName|appId) eq '((?:[^']|'')+)'", query.get("$filter", ""))
    if condition is None or set(query) != {"$filter"}:
        raise Wrong(400, "BadRequest", "a filter that is not supported")
    show = _shown if found["kind"] == "applications" else _principal
    known = [show(each) for each in service.applications if not each.hidden_for]
    return 200, {"value": [each for each in known if each.get(condition[1]) == condition[2].replace("''", "'")]}


async def _get(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    if found["kind"] == "applications":
        return 200, _shown(service.known("id", found["id"]))
    return 200, _principal(service.known("principal_id", found["id"]))


async def _patch_application(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    application = service.known("id", found["id"])
    if not body or set(body) - {"uniqueName", "displayName"}:
        raise Wrong(400, "BadRequest", f"may not be set: {body}")
    if application.unique_name and body.get("uniqueName", application.unique_name) != application.unique_name:
        raise Wrong(400, "BadRequest", "uniqueName cannot be changed")
    application.unique_name = body.get("uniqueName", application.unique_name)
    application.name = body.get("displayName", application.name)
    return None


async def _patch_principal(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "notes")
    if len(body["notes"]) > 1024:
        raise Wrong(400, "BadRequest", "notes are too long")
    service.known("principal_id", found["sp"]).notes = body["notes"]
    return None


async def _owners(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    owners = service.known(_ID_OF[found["kind"]], found["id"]).owners[found["kind"]]
    return 200, {"value": [{"@odata.type": "#microsoft.graph.user", "id": each} for each in owners]}


async def _add_owner(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "@odata.id")
    owners = service.known(_ID_OF[found["kind"]], found["id"]).owners[found["kind"]]
    new = re.fullmatch(r".+/v1\.0/directoryObjects/([0-9a-f-]{36})", body["@odata.id"])
    if new is None or new[1] in owners:
        raise Wrong(400, "Request_BadRequest", "no reference, or one that exists already")
    owners.append(new[1])
    return None


async def _assigned(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    assigned = service.known("principal_id", found["sp"]).assigned
    first, rest = assigned[:1], assigned[1:]  # two pages, to be followed
    page: Json = {"value": [{"id": f"a-{each}", "principalId": each} for each in first]}
    if rest and not found["more"]:
        page["@odata.nextLink"] = f"{service.base}/servicePrincipals/{found['sp']}/appRoleAssignedTo/more"
    return 200, {"value": [{"id": f"a-{each}", "principalId": each} for each in rest]} if found["more"] else page


async def _assign(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "principalId", "resourceId", "appRoleId")
    application = service.known("principal_id", found["sp"])
    if body["resourceId"] != found["sp"] or body["appRoleId"] != USER_ROLE:
        raise Wrong(400, "Request_BadRequest", "Permission being assigned was not found on application")
    if body["principalId"] in application.assigned:
        raise Wrong(400, "Request_BadRequest", "Permission being assigned already exists on the object")
    application.assigned.append(body["principalId"])
    return 201, {"id": f"a-{body['principalId']}", **body}


async def _validate(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "templateId", "useSavedCredentials", "credentials")
    application = service.known("principal_id", found["sp"])
    given = {each["key"]: each["value"] for each in body["credentials"]}
    if body["templateId"] != "scim" or bool(given) == body["useSavedCredentials"]:
        raise Wrong(400, "RequestMissingRequiredParameter", "templateId, or credentials")
    tried = application.secrets if body["useSavedCredentials"] else given
    if not await service.opens(tried.get("BaseAddress", ""), tried.get("SecretToken", "")):
        raise Wrong(400, "CredentialValidationUnavailable", "SystemForCrossDomainIdentityManagementInvalidCredentials")
    application.has_tested = True
    return None


async def _put_secrets(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "value")
    secrets = {each["key"]: each["value"] for each in body["value"]}
    if set(secrets) - _OTHER_KEYS != _SECRET_KEYS or not all(isinstance(each, str) for each in secrets.values()):
        raise Wrong(400, "BadRequest", f"expected text for {_SECRET_KEYS}")
    if secrets["SyncAll"] not in ("True", "False") or "bearer" in secrets["SecretToken"].lower():
        raise Wrong(400, "BadRequest", "SyncAll or SecretToken")
    _exactly(json.loads(secrets["SyncNotificationSettings"]), *_NOTIFICATION)
    service.known("principal_id", found["sp"]).secrets = secrets
    return None


async def _get_secrets(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    secrets = service.known("principal_id", found["sp"]).secrets
    if not secrets:
        raise Wrong(404, "ResourceNotFound", "no secrets")
    hidden = {"SecretToken", "Password"}
    return 200, {"value": [{"key": key, "value": "*" if key in hidden else each} for key, each in secrets.items()]}


async def _jobs(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    job = service.known("principal_id", found["sp"]).job
    return 200, {"value": [job] if job else []}


async def _create_job(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "templateId")
    application = service.known("principal_id", found["sp"])
    if body["templateId"] != "scim" or application.job is not None:
        raise Wrong(400, "BadRequest", "no such template, or a job already")
    application.job = {
        "id": f"scim.{uuid4().hex}",
        "templateId": "scim",
        "schedule": {"interval": "P10675199DT2H48M5.4775807S", "state": "Disabled", "expiration": None},
        "status": {"code": "NotConfigured", "lastExecution": None, "quarantine": None, "progress": []},
    }
    return 201, application.job


async def _get_job(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    return 200, service.with_job(found).job


async def _get_schema(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    return 200, service.with_job(found).schema


async def _put_schema(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    application = service.with_job(found)
    for complaint in wrong_in_schema(body, application.schema):
        raise Wrong(400, "InvalidSchema", complaint)
    application.schema = body
    return None


async def _parse(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "expression")
    service.with_job(found)
    parsed = parsed_expression(body["expression"])
    error = None if parsed else {"code": "ExpressionParseError", "message": "Unexpected token"}
    return 200, {"parsingSucceeded": parsed is not None, "parsedExpression": parsed, "error": error}


async def _control(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    application = service.with_job(found)
    assert application.job is not None
    if body:
        raise Wrong(400, "BadRequest", "start and pause take no body")
    state, code = "Disabled", "Paused"
    if found["verb"] == "start":
        state, code = "Active", "Active" if application.has_tested else "Quarantine"
    application.job["schedule"] |= {"state": state, "interval": "PT40M"}
    application.job["status"]["code"] = code
    return None


async def _restart(service: GraphService, found: re.Match[str], body: Any) -> Answer:
    _exactly(body, "criteria")
    _exactly(body["criteria"], "resetScope")
    service.with_job(found)
    service.restarts.append(body["criteria"])
    return None


async def _delete_job(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    service.with_job(found).job = None
    return None


async def _delete_application(service: GraphService, found: re.Match[str], _: Any) -> Answer:
    service.applications.remove(service.known("id", found["id"]))
    return None


async def _logs(service: GraphService, _: re.Match[str], query: Any) -> Answer:
    if set(query) != {"$filter", "$top", "$orderby"} or not re.fullmatch(r"jobId eq 'scim\.\w+'", query["$filter"]):
        raise Wrong(400, "BadRequest", f"not supported: {query}")
    return 200, {"value": service.logs}


_ID_OF = {"applications": "id", "servicePrincipals": "principal_id"}
_ANY = r"(?P<kind>applications|servicePrincipals)"
_SP = r"/servicePrincipals/(?P<sp>[^/]+)"
_JOB = rf"{_SP}/synchronization/jobs/(?P<job>scim\.\w+)"
_ROUTES: dict[str, Handler] = {
    r"POST /applicationTemplates/(?P<template>[^/]+)/instantiate": _instantiate,
    rf"GET /{_ANY}": _search,
    rf"GET /{_ANY}/(?P<id>[^/]+)": _get,
    r"PATCH /applications/(?P<id>[^/]+)": _patch_application,
    rf"PATCH {_SP}": _patch_principal,
    rf"GET /{_ANY}/(?P<id>[^/]+)/owners": _owners,
    rf"POST /{_ANY}/(?P<id>[^/]+)/owners/\$ref": _add_owner,
    rf"GET {_SP}/appRoleAssignedTo(?P<more>/more)?": _assigned,
    rf"POST {_SP}/appRoleAssignedTo": _assign,
    rf"POST {_SP}/synchronization/jobs/validateCredentials": _validate,
    rf"GET /beta{_SP}/synchronization/secrets": _get_secrets,
    rf"PUT {_SP}/synchronization/secrets": _put_secrets,
    rf"GET {_SP}/synchronization/jobs": _jobs,
    rf"POST {_SP}/synchronization/jobs": _create_job,
    rf"GET {_JOB}": _get_job,
    rf"GET {_JOB}/schema": _get_schema,
    rf"PUT {_JOB}/schema": _put_schema,
    rf"POST {_JOB}/schema/parseExpression": _parse,
    rf"POST {_JOB}/(?P<verb>start|pause)": _control,
    rf"POST {_JOB}/restart": _restart,
    rf"DELETE {_JOB}": _delete_job,
    r"DELETE /applications/(?P<id>[^/]+)": _delete_application,
    r"GET /auditLogs/provisioning": _logs,
}
