"""``/openapi.json``: what the routes take and answer, as an OpenAPI 3.1 document.

It is made from the table of routes and from discovery: which kind of resource a path is about is looked up in the
resource types, so that a new route, or a new type, describes itself.  It holds no data and takes no token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import getdoc
from typing import Any

from scim2_models import ResourceType, Schema, ServiceProviderConfig

from domain.access.signin import Caller
from routes import oauth_openapi
from routes.answers import unless_same
from routes.http import SCIM_JSON, Request, Response
from routes.manager import openapi as manager_openapi
from routes.route import SCIM_BASE, Route, Services
from scim import discovery, json_schema
from scim.json_types import JsonObject
from scim.message_schemas import EXAMPLES, MESSAGES, PROJECTION, QUERY

PATH = "openapi.json"
_ABOUT = "RFC 7643, RFC 7644 and RFC 9865. Errors are SCIM error messages, below `/manager` problem details (RFC 9457)."
_JSON = "application/json"


def described(routes: Sequence[Route]) -> tuple[Route, ...]:
    """*routes*, and the route that describes them all; the document is made once in a process."""

    @cache
    def described_at(public_url: str) -> JsonObject:
        return document(whole, public_url)

    async def get_openapi(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
        """The description of all routes."""
        return unless_same(described_at(services.public_url), request, media_type=_JSON)

    whole = (*routes, Route("openapi", "GET", PATH, get_openapi, public=True))
    return whole


def document(routes: Sequence[Route], public_url: str) -> JsonObject:
    """The OpenAPI document of *routes*; paths of the SCIM API stand below the base URL of an account."""
    types, schemas = discovery.resource_types(""), {str(each["id"]): each for each in discovery.schemas("")}
    paths: dict[str, Any] = {}
    managing = [each for each in routes if manager_openapi.is_told(each)]
    for route in managing:
        path = paths.setdefault(f"/{route.template}", {"servers": [{"url": public_url}]})
        path[route.method.lower()] = manager_openapi.operation(route)
    for route in filter(oauth_openapi.is_told, routes):
        paths[f"/{route.template}"] = {"servers": [{"url": public_url}], "post": oauth_openapi.operation(route)}
    others = [each for each in routes if each not in managing and not oauth_openapi.is_told(each)]
    for route in sorted(others, key=lambda each: each.name):
        operation = _Operation(route, types, schemas)
        path = paths.setdefault(operation.path, {})
        path[route.method.lower()] = operation.described()
        if operation.segments is None:
            path["servers"] = [{"url": public_url}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall",
            "version": "1.0",
            "summary": "SCIM 2.0 provisioning of users and groups.",
            "description": _ABOUT,
        },
        "servers": [
            {
                "url": f"{public_url}/{SCIM_BASE}",
                "description": "The base URL of one account.",
                "variables": {"account": {"default": "account", "description": "The id of the account."}},
            }
        ],
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token of the account."}
            },
            "responses": {
                "Error": _content("Error", "The request was refused, or failed."),
                "Problem": manager_openapi.error_response(),
            },
            "schemas": {
                **MESSAGES,
                **_resource_schemas(types, schemas),
                **_DISCOVERY,
                **manager_openapi.components(managing),
            },
        },
    }


def _resource_schemas(types: Sequence[JsonObject], schemas: dict[str, JsonObject]) -> dict[str, JsonObject]:
    extensions = {str(each["schema"]): _extensions(each, schemas) for each in types}
    return {
        json_schema.component_name(schema): json_schema.object_schema(
            schema, known=extensions.get(urn, ()), resource=urn in extensions
        )
        for urn, schema in schemas.items()
    }


def _extensions(resource_type: Any, schemas: dict[str, JsonObject]) -> tuple[JsonObject, ...]:
    return tuple(schemas[urn] for each in resource_type["schemaExtensions"] if (urn := each["schema"]) in schemas)


_DISCOVERY: dict[str, JsonObject] = {
    model.__name__: json_schema.object_schema(model.to_schema().model_dump(), resource=True)
    for model in (ResourceType, Schema, ServiceProviderConfig)
}
_OTHERS = {
    "Me": ("User", False),
    "ResourceTypes": ("ResourceType", True),
    "Schemas": ("Schema", True),
    "ServiceProviderConfig": ("ServiceProviderConfig", False),
}
"""Endpoints that are of no resource type: what they answer with, and whether it is a list."""


@dataclass(frozen=True)
class _Operation:
    """One route as OpenAPI tells it."""

    route: Route
    types: Sequence[JsonObject]
    schemas: dict[str, JsonObject]

    @cached_property
    def segments(self) -> list[str] | None:
        """The path below the base URL of an account; None for a route that is elsewhere."""
        head, base, tail = self.route.template.partition(SCIM_BASE)
        return [each for each in tail.split("/") if each] if base and not head else None

    @property
    def path(self) -> str:
        return f"/{self.route.template if self.segments is None else '/'.join(self.segments)}"

    @cached_property
    def endpoint(self) -> str:
        """What the path is about: ``Users``; empty for the base URL itself, and for a search from there."""
        first = self.segments[0] if self.segments else ""
        return "" if first == ".search" else first

    @cached_property
    def schema(self) -> JsonObject | None:
        """The SCIM schema of the resources there; None where there are none, or of all kinds."""
        found = [each["schema"] for each in self.types if each["endpoint"] == f"/{self.endpoint}"]
        return self.schemas[str(found[0])] if found else None

    @cached_property
    def name(self) -> str:
        """The component that describes what is there."""
        if self.schema is not None:
            return json_schema.component_name(self.schema)
        return _OTHERS.get(self.endpoint, ("", False))[0]

    @property
    def searches(self) -> bool:
        return self.route.template.endswith("/.search")

    @property
    def one(self) -> bool:
        return "{id}" in self.route.template

    @property
    def lists(self) -> bool:
        """Whether the answer is a list."""
        if self.searches:
            return True
        whole = self.route.method == "GET" and not self.one and self.segments is not None
        return whole and _OTHERS.get(self.endpoint, ("", True))[1]

    @property
    def queried(self) -> bool:
        """Whether it is a list that can be filtered, sorted and paged."""
        return self.lists and not self.searches and self.endpoint not in _OTHERS

    @property
    def shows_resource(self) -> bool:
        """Whether the answer has resources that can be projected."""
        if self.route.method == "DELETE" or self.searches:
            return False
        return self.schema is not None or self.endpoint in ("", "Me")

    def described(self) -> JsonObject:
        """The operation object."""
        operation: JsonObject = {
            "operationId": self.route.name,
            "summary": self.summary,
            "description": self.description,
            "tags": [self.endpoint or "All"],
            "parameters": [*self.parameters()],
            "responses": self.responses(),
        }
        if self.route.public:
            operation["security"] = []
        if self.route.reads_body:
            operation["requestBody"] = self.body()
        return operation

    @property
    def summary(self) -> str:
        if self.endpoint in _SUMMARIES:
            return _SUMMARIES[self.endpoint]
        what = self.name or self.endpoint or ("this document" if self.segments is None else "resource")
        if self.searches:
            return f"Search among every {what}"
        if self.lists:
            return f"List every {what}"
        return f"{_VERBS[self.route.method]} {what}"

    @property
    def description(self) -> str:
        """What the handler says of itself, and what a token must be allowed."""
        told = (getdoc(self.route.handler) or "").partition("\n")[0]
        needs = ", ".join(f"`{each}`" for each in sorted(self.route.needs))
        token = "No token is needed." if self.route.public else f"The token needs {needs}." if needs else _FOR_ALL
        return f"{told} {token}".strip()

    def parameters(self) -> list[JsonObject]:
        """Those of path, query and headers."""
        found: list[JsonObject] = []
        if self.one:
            found.append({"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}})
        if self.queried:
            found += [_in_query(name, schema) for name, schema in QUERY.items()]
        if self.shows_resource:
            found += [_in_query(name, schema) | {"explode": False} for name, schema in PROJECTION.items()]
        if self.one and self.route.method in ("PUT", "PATCH", "DELETE"):
            found.append(_header("If-Match", "The versions of which the resource must have one."))
        if self.route.method == "GET" and not self.queried:
            found.append(_header("If-None-Match", "The versions that the client has already."))
        return found

    def body(self) -> JsonObject:
        """The request's body."""
        content: JsonObject
        message = self.message
        if message is not None:
            content = {"schema": {"$ref": f"#/components/schemas/{message}"}, "example": EXAMPLES[message]}
        elif self.schema is not None:
            content = {"schema": json_schema.input_schema(self.schema), "example": json_schema.example(self.schema)}
        else:
            content = {"schema": {"type": "object"}}
        return {"required": True, "content": {SCIM_JSON: content}}

    @property
    def message(self) -> str | None:
        """The message that the body is, where it is no resource."""
        if self.searches:
            return "SearchRequest"
        if self.route.method == "PATCH":
            return "PatchOp"
        return "BulkRequest" if self.endpoint == "Bulk" else None

    def responses(self) -> JsonObject:
        """What may come back."""
        return self.successes() | {each: {"$ref": "#/components/responses/Error"} for each in ("4XX", "5XX")}

    def successes(self) -> JsonObject:
        """What comes back where nothing is wrong."""
        method = self.route.method
        if method == "DELETE":
            return {"204": {"description": "It is gone."}}
        if self.endpoint == "Bulk":
            return {"200": _content("BulkResponse", "What became of each operation.")}
        answers: JsonObject
        if self.segments is None:
            answers = {"200": {"description": "It.", "content": {_JSON: {"schema": {"type": "object"}}}}}
        elif self.lists:
            answers = {"200": self._list()}
        else:
            created = method == "POST"
            answers = {
                "201" if created else "200": _content(self.name, "The resource is new." if created else "It is so.")
            }
        if method == "PATCH":
            answers["204"] = {"description": "It is so; no body was asked for."}
        if method == "GET" and not self.queried:
            answers["304"] = {"description": "The client has this version already."}
        return answers

    def _list(self) -> JsonObject:
        if not self.name:
            return _content("ListResponse", "One page of resources of all kinds.")
        items: JsonObject = {"properties": {"Resources": {"items": {"$ref": f"#/components/schemas/{self.name}"}}}}
        schema: JsonObject = {"allOf": [{"$ref": "#/components/schemas/ListResponse"}, items]}
        return {"description": "One page of the list.", "content": {SCIM_JSON: {"schema": schema}}}


_FOR_ALL = "Any valid token is enough."
_SUMMARIES = {"Bulk": "Run many requests in one", "Me": "Read who the token stands for"}
_VERBS = {"GET": "Read", "POST": "Create", "PUT": "Replace", "PATCH": "Change parts of", "DELETE": "Delete"}


def _in_query(name: str, schema: JsonObject) -> JsonObject:
    return {"name": name, "in": "query", "schema": schema}


def _header(name: str, description: str) -> JsonObject:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _content(name: str, description: str) -> JsonObject:
    return {
        "description": description,
        "content": {SCIM_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
