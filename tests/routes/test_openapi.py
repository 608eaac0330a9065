"""The description of the service: valid, whole, and true to the table of routes."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from routes.openapi import document
from routes.route import NOBODY, SCIM_BASE, Route
from routes.table import ROUTES
from scim.json_schema import component_name
from tests.routes.calls import BASE, PUBLIC_URL, SCIM_ROUTES, Api

_DOCUMENT: Any = document(ROUTES, PUBLIC_URL)


def _path(route: Route) -> str:
    return route.template.removeprefix(SCIM_BASE) or "/"


def _operation(name: str) -> Any:
    return next(
        operation
        for path in _DOCUMENT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation["operationId"] == name
    )


def test_document_is_valid() -> None:
    """OpenAPI 3.1, with all references leading somewhere."""
    assert [each.message for each in OpenAPIV31SpecValidator(_DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.name)
def test_every_route_is_described(route: Route) -> None:
    """What it takes, what it answers, and what a token needs."""
    path = f"/{_path(route).lstrip('/')}"
    operation = _DOCUMENT["paths"][path][route.method.lower()]
    assert (operation["operationId"], bool(operation["summary"])) == (route.name, True)
    assert ("requestBody" in operation, operation.get("security") == []) == (
        route.reads_body or route.reads_form,
        route.public,
    )
    assert all(f"`{each}`" in operation["description"] for each in route.needs)
    assert {"4XX", "5XX"} < operation["responses"].keys()
    told = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
    assert told == set(re.findall(r"\{(\w+)\}", path))


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("users_get", "User"),
        ("groups_replace", "Group"),
        ("users_patch", "User"),
        ("schemas_get", "Schema"),
        ("me", "User"),
    ],
)
def test_answer_is_described(name: str, component: str) -> None:
    """By the schema of the resource."""
    content = _operation(name)["responses"]["200"]["content"]["application/scim+json"]
    assert content["schema"] == {"$ref": f"#/components/schemas/{component}"}


def test_list_is_described() -> None:
    """As a message with resources of its kind."""
    schema = _operation("users_list")["responses"]["200"]["content"]["application/scim+json"]["schema"]
    assert schema["allOf"][1]["properties"]["Resources"]["items"] == {"$ref": "#/components/schemas/User"}
    names = {each["name"] for each in _operation("users_list")["parameters"]}
    assert {"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes"} <= names


@pytest.mark.parametrize("route", [each for each in SCIM_ROUTES if each.reads_body], ids=lambda each: each.name)
async def test_examples_can_be_sent(api: Api, route: Route) -> None:
    """What the document shows as a body is understood."""
    example = _operation(route.name)["requestBody"]["content"]["application/scim+json"]["example"]
    user = await api.create_user()
    group = await api.create_group()
    path = _path(route).replace("{id}", (group if "Groups" in route.template else user)["id"])
    answer = await api.call(route.method, path, example)
    assert answer.status < 300 or answer.scim_type in ("uniqueness", "invalidValue"), answer.content


async def test_document_is_public(api: Api) -> None:
    """It holds no data; as JSON, and not again to who has it."""
    answer = await api.send("GET", f"{PUBLIC_URL}/openapi.json", b"", {})
    assert (answer.status, answer.media_type, answer.json) == (
        200,
        "application/json",
        json.loads(json.dumps(_DOCUMENT)),
    )
    again = await api.send("GET", f"{PUBLIC_URL}/openapi.json", b"", {"if-none-match": answer.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")


async def test_components_are_the_schemas_served(api: Api) -> None:
    """Every attribute of every schema in discovery, by its name."""
    for schema in (await api.call("GET", "/Schemas")).json["Resources"]:
        properties = _DOCUMENT["components"]["schemas"][component_name(schema)]["properties"]
        assert {each["name"] for each in schema["attributes"]} <= properties.keys()


def test_paths_stand_below_the_base_url() -> None:
    """Which has the account as its variable."""
    assert _DOCUMENT["servers"][0]["url"].replace("{account}", "acme") == BASE
    assert _DOCUMENT["paths"]["/openapi.json"]["servers"] == [{"url": PUBLIC_URL}]


def test_manager_api_is_described_by_its_models() -> None:
    """Answers are JSON, errors are problems, and its paths stand below the public address."""
    path = _DOCUMENT["paths"]["/manager/account/{account}"]
    responses = path["get"]["responses"]
    assert path["servers"] == [{"url": PUBLIC_URL}]
    assert responses["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/OverviewView"}
    assert responses["4XX"] == {"$ref": "#/components/responses/Problem"}
    assert "tenantUrl" in _DOCUMENT["components"]["schemas"]["OverviewView"]["properties"]


def test_nobody_may_do_anything() -> None:
    """Who calls a public route has no account, and no permission."""
    assert (NOBODY.account.id, NOBODY.permissions) == ("", frozenset())


def test_few_routes_are_public() -> None:
    """The description, and those that look at other credentials themselves; every other one asks for a token."""
    public = {"oauth_token", "openapi", "ops_health", "ops_ready", "operator_accounts_create"}
    assert {each.name for each in ROUTES if each.public} == public
