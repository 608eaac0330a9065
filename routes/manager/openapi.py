"""The manager API in ``/openapi.json``: each route told by the models that its handler reads and answers by."""

import re
from collections.abc import Iterable, Sequence
from inspect import getdoc
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from routes.manager.common import JSON, MANAGER_BASE
from routes.problems import MEDIA_TYPE
from routes.route import Route
from scim.json_types import JsonObject

_NOT_IN_A_NAME = re.compile(r"[^\w.-]")
"""Of a model that is made for another, as a page of users is."""
_PARAMETER = re.compile(r"\{(\w+)\}")
_SCHEMAS = "#/components/schemas/{model}"
_PROBLEM: JsonObject = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "correlationId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "The reason, for people."},
        "code": {"type": "string", "description": "The reason, for programs."},
        "correlationId": {"type": "string", "description": "What the logs know the request by."},
        "errors": {
            "type": "array",
            "description": "What of the body or the query does not fit.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which query parameter."},
                },
            },
        },
    },
}


def is_told(route: Route) -> bool:
    """Whether *route* is one of the manager API, or of the operator's."""
    return route.template.startswith((MANAGER_BASE, "operator/"))


def operation(route: Route) -> JsonObject:
    """The operation object of one route of the manager API."""
    told: JsonObject = {
        "operationId": route.name,
        "summary": (getdoc(route.handler) or "").partition("\n")[0],
        "description": _needs(route),
        "tags": ["Manager"],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": _responses(route),
    }
    if route.public:
        told |= {"description": "For whoever runs the service, by a key of its own.", "security": []}
    if route.takes is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": _reference(route.takes)}}}
    return told


def components(routes: Sequence[Route]) -> JsonObject:
    """The schemas that the operations of *routes* refer to."""
    takes, gives = _models(each.takes for each in routes), _models(each.gives for each in routes)
    _, told = models_json_schema(
        [*((each, "validation") for each in takes), *((each, "serialization") for each in gives)],
        by_alias=True,
        ref_template=_SCHEMAS,
    )
    return {"Problem": _PROBLEM, **told.get("$defs", {})}


def error_response() -> JsonObject:
    """What every refusal is."""
    return _content(MEDIA_TYPE, {"$ref": _SCHEMAS.format(model="Problem")}, "The request was refused, or failed.")


def _models(given: Iterable[type[BaseModel] | None]) -> list[type[BaseModel]]:
    return list(dict.fromkeys(each for each in given if each is not None))


def _needs(route: Route) -> str:
    needs = ", ".join(f"`{each}`" for each in sorted(route.needs))
    where = "" if route.scope is None else ", at the account or where the groups are"
    return f"The token needs {needs}{where}." if needs else "Any valid token is enough."


def _path_parameters(route: Route) -> list[JsonObject]:
    schema: JsonObject = {"type": "string", "minLength": 1}
    names = _PARAMETER.findall(route.template)
    return [{"name": each, "in": "path", "required": True, "schema": schema} for each in names]


def _query_parameters(route: Route) -> list[JsonObject]:
    if route.asks is None:
        return []
    told = route.asks.model_json_schema()
    assert "$defs" not in told, "a query is flat"  # noqa: S101  a model that breaks it fails each test of the document
    return [
        {"name": name, "in": "query", "schema": {key: value for key, value in schema.items() if key != "title"}}
        for name, schema in told["properties"].items()
    ]


def _headers(route: Route) -> list[JsonObject]:
    """Versions, of what has one: whatever stands behind a parameter besides the account."""
    one = len(_PARAMETER.findall(route.template)) > 1
    if not one or route.method not in ("GET", "PUT", "PATCH", "DELETE"):
        return []
    name = "If-None-Match" if route.method == "GET" else "If-Match"
    return [{"name": name, "in": "header", "schema": {"type": "string"}}]


def _responses(route: Route) -> JsonObject:
    error: JsonObject = {"$ref": "#/components/responses/Problem"}
    if route.gives is None:
        return {"204": {"description": "It is done."}, "4XX": error, "5XX": error}
    answer = _content(JSON, _reference(route.gives), "It is so.")
    done: dict[str, Any] = {"200": answer}
    if route.method == "POST":
        done["201"] = answer | {"description": "It is new."}
    if route.method == "GET":
        done["304"] = {"description": "The client has this version already."}
    return {**done, "4XX": error, "5XX": error}


def _content(media_type: str, schema: JsonObject, description: str) -> JsonObject:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _reference(model: type[BaseModel]) -> JsonObject:
    return {"$ref": _SCHEMAS.format(model=_NOT_IN_A_NAME.sub("_", model.__name__))}
