"""The token endpoint in ``/openapi.json``."""

from inspect import getdoc

from routes.oauth_api import OAUTH_BASE
from routes.oauth_errors import JSON
from routes.route import Route
from scim.json_types import JsonObject

_TEXT: JsonObject = {"type": "string"}
_FORM: JsonObject = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_id": {"type": "string", "description": "The service account or user that the secret belongs to."},
        "client_secret": {"type": "string", "description": "A token of the account; or send both by Basic."},
        "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        "client_assertion": {"type": "string", "description": "What Entra signed, instead of a secret (RFC 7523)."},
        "scope": {"type": "string", "description": "Not looked at."},
    },
}
_ANSWER: JsonObject = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {"access_token": _TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}},
}
_ERROR: JsonObject = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}


def is_told(route: Route) -> bool:
    """Whether *route* is the token endpoint."""
    return route.template.startswith(OAUTH_BASE)


def operation(route: Route) -> JsonObject:
    """The operation object of the token endpoint.  RFC 6749 §4.4."""
    error = _content("The request was refused, or failed.", _ERROR)
    return {
        "operationId": route.name,
        "summary": (getdoc(route.handler) or "").partition("\n")[0],
        "description": "The client authenticates by its credentials.",
        "tags": ["OAuth"],
        "security": [],
        "parameters": [{"name": "account", "in": "path", "required": True, "schema": _TEXT}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
        "responses": {"200": _content("An access token.", _ANSWER), "4XX": error, "5XX": error},
    }


def _content(description: str, schema: JsonObject) -> JsonObject:
    return {"description": description, "content": {JSON: {"schema": schema}}}
