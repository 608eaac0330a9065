"""SCIM schemas as JSON Schema."""

from typing import Any

import pytest

from scim import discovery
from scim.json_schema import component_name, example, input_schema, object_schema
from scim.message_schemas import EXAMPLES, MESSAGES
from scim.resources import read_resource


def _attribute(**given: Any) -> Any:
    """How an attribute of these characteristics is described."""
    plain = {"name": "a", "type": "string", "multiValued": False, "mutability": "readWrite", "description": "An a."}
    schema: Any = {"name": "X", "attributes": [plain | given]}
    properties: Any = object_schema(schema)["properties"]
    return properties["a"]


@pytest.mark.parametrize(
    ("given", "described"),
    [
        ({}, {"type": "string", "description": "An a."}),
        ({"description": None}, {"type": "string", "description": ""}),
        ({"type": "boolean"}, {"type": "boolean", "description": "An a."}),
        ({"type": "dateTime"}, {"type": "string", "format": "date-time", "description": "An a."}),
        ({"type": "decimal"}, {"type": "number", "description": "An a."}),
        ({"type": "binary"}, {"type": "string", "contentEncoding": "base64", "description": "An a."}),
        ({"multiValued": True}, {"type": "array", "items": {"type": "string"}, "description": "An a."}),
        ({"mutability": "readOnly"}, {"type": "string", "description": "An a.", "readOnly": True}),
        ({"mutability": "writeOnly"}, {"type": "string", "description": "An a.", "writeOnly": True}),
        ({"canonicalValues": ["b"]}, {"type": "string", "examples": ["b"], "description": "An a."}),
        ({"type": "complex"}, {"type": "object", "properties": {}, "description": "An a."}),
    ],
)
def test_attribute_is_described(given: dict[str, Any], described: dict[str, Any]) -> None:
    """By its type, and by who may write it; suggested values are no limit."""
    assert _attribute(**given) == described


def test_parts_are_described() -> None:
    """In each element of a multi-valued attribute."""
    part = {"name": "b", "type": "integer", "multiValued": False, "mutability": "readWrite", "description": "A b."}
    described = _attribute(type="complex", multiValued=True, subAttributes=[part])
    assert described["items"]["properties"] == {"b": {"type": "integer", "description": "A b."}}


def test_resource_has_the_common_attributes() -> None:
    """And its extensions under their URNs."""
    schema: Any = {"name": "X", "attributes": []}
    described: Any = object_schema(schema, known=[{"id": "urn:y", "name": "The Y"}], resource=True)
    assert described["properties"].keys() == {"schemas", "id", "meta", "urn:y"}
    assert described["properties"]["urn:y"] == {"$ref": "#/components/schemas/TheY"}


@pytest.mark.parametrize(("name", "component"), [("User", "User"), ("Enterprise User", "EnterpriseUser"), ("a/é", "a")])
def test_component_has_a_name(name: str, component: str) -> None:
    """Of letters that OpenAPI takes."""
    assert component_name({"name": name}) == component


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_example_can_be_read(kind: str) -> None:
    """It has all that is required, and fits."""
    schema = next(each for each in discovery.schemas("") if each["name"] == kind)
    given = example(schema)
    assert read_resource(given, kind).document
    required: Any = input_schema(schema)["allOf"]
    assert required[1]["required"] == [*given]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example_of_a_message_names_it(name: str) -> None:
    """It has what the message must have."""
    message: Any = MESSAGES[name]
    assert set(message["required"]) <= EXAMPLES[name].keys()
    assert EXAMPLES[name]["schemas"] == [message["properties"]["schemas"]["contains"]["const"]]
