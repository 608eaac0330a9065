"""SCIM schemas as JSON Schema, for those who describe or check us with the tools of OpenAPI."""

import re
from collections.abc import Iterable
from typing import Any

from scim.json_types import JsonObject

_TYPES: dict[str, JsonObject] = {
    "binary": {"type": "string", "contentEncoding": "base64"},
    "boolean": {"type": "boolean"},
    "complex": {"type": "object"},
    "dateTime": {"type": "string", "format": "date-time"},
    "decimal": {"type": "number"},
    "integer": {"type": "integer"},
    "reference": {"type": "string"},
    "string": {"type": "string"},
}
_MUTABILITY: dict[str, JsonObject] = {"readOnly": {"readOnly": True}, "writeOnly": {"writeOnly": True}}

_EXAMPLES: JsonObject = {
    "active": True,
    "displayName": "Research",
    "externalId": "3f0a1d52",
    "userName": "ada@contoso.example",
    "value": "5c9a7d0e-5a3c-4e0e-9d5b-0f3c2f6f2b11",
}
"""Values of attributes in examples, by name."""


def component_name(schema: JsonObject) -> str:
    """The name of a SCIM schema as OpenAPI allows it: ``Enterprise User`` is ``EnterpriseUser``."""
    return re.sub(r"[^A-Za-z0-9._-]", "", str(schema["name"]))


def object_schema(schema: JsonObject, *, known: Iterable[JsonObject] = (), resource: bool = False) -> JsonObject:
    """The JSON Schema of what the SCIM *schema* describes.

    Nothing in it is required, as projections leave out what is not asked for.  A *resource* has the common attributes
    too, and the *known* schemas of its extensions under their URNs.
    """
    properties: JsonObject = dict(_COMMON) if resource else {}
    properties |= _properties(schema["attributes"])
    properties |= {str(each["id"]): {"$ref": f"#/components/schemas/{component_name(each)}"} for each in known}
    return {"type": "object", "description": schema.get("description") or schema["name"], "properties": properties}


def input_schema(schema: JsonObject) -> JsonObject:
    """What a client must send of a resource of *schema* when it sends it whole."""
    reference: JsonObject = {"$ref": f"#/components/schemas/{component_name(schema)}"}
    return {"allOf": [reference, {"required": ["schemas", *_required(schema)]}]}


def example(schema: JsonObject) -> JsonObject:
    """A small resource of *schema* that can be sent."""
    return {"schemas": [schema["id"]], **_example(schema["attributes"])}


def _required(schema: JsonObject) -> list[Any]:
    return [each["name"] for each in _list(schema["attributes"]) if each["required"]]


def _example(attributes: Any) -> JsonObject:
    return {
        each["name"]: _example(each["subAttributes"]) if each["type"] == "complex" else _EXAMPLES.get(each["name"], "x")
        for each in _list(attributes)
        if each["required"] and each["mutability"] != "readOnly"
    }


def _properties(attributes: Any) -> JsonObject:
    return {each["name"]: _attribute(each) for each in _list(attributes)}


def _attribute(attribute: Any) -> JsonObject:
    one: JsonObject = dict(_TYPES[attribute["type"]])
    if attribute["type"] == "complex":
        one["properties"] = _properties(attribute.get("subAttributes"))
    if attribute.get("canonicalValues"):
        one["examples"] = attribute["canonicalValues"]
    whole: JsonObject = {"type": "array", "items": one} if attribute["multiValued"] else one
    return whole | {"description": attribute.get("description") or ""} | _MUTABILITY.get(attribute["mutability"], {})


def _list(attributes: Any) -> list[Any]:
    return list(attributes or ())


_COMMON: JsonObject = {
    "schemas": {"type": "array", "items": {"type": "string"}, "description": "The URNs of the schemas it follows."},
    "id": {"type": "string", "readOnly": True, "description": "Our key of the resource; never used again."},
    "meta": {
        "type": "object",
        "readOnly": True,
        "description": "What we know of the resource itself.",
        "properties": {
            "resourceType": {"type": "string"},
            "created": {"type": "string", "format": "date-time"},
            "lastModified": {"type": "string", "format": "date-time"},
            "location": {"type": "string"},
            "version": {"type": "string", "description": "The weak ETag of the resource."},
        },
    },
}
