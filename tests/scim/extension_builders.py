"""Extension schemas for tests: one with every type and characteristic, and types that have it."""

from typing import Any

from scim.extension_schemas import ExtensionSchema, read_schema
from scim.types import ResourceType, account_type
from tests.scim.builders import Json

URN = "urn:example:params:scim:schemas:badges:1.0:User"


def attribute(name: str, kind: str = "string", **characteristics: Any) -> Json:
    """An attribute as a schema declares it."""
    return {"name": name, "type": kind, "multiValued": False, **characteristics}


EVERYTHING: Json = {
    "id": URN,
    "name": "Badges",
    "description": "What the doors know.",
    "attributes": [
        attribute("badge", uniqueness="server"),
        attribute("color", canonicalValues=["Red", "Green"]),
        attribute("code", caseExact=True),
        attribute("floor", "integer"),
        attribute("height", "decimal"),
        attribute("since", "dateTime"),
        attribute("trusted", "boolean"),
        attribute("manual", "reference", referenceTypes=["external"]),
        attribute("print", "binary"),
        attribute("tags", multiValued=True),
        attribute("number", "integer", mutability="immutable"),
        attribute("seen", "dateTime", mutability="readOnly"),
        attribute("pin", mutability="writeOnly"),
        attribute("note", returned="request"),
        attribute("site", returned="always"),
        attribute("hidden", returned="never"),
        {
            **attribute("desk", "complex"),
            "subAttributes": [
                attribute("room", required=True),
                attribute("row", "integer"),
                attribute("key", returned="never"),
            ],
        },
        {
            **attribute("cars", "complex", multiValued=True),
            "subAttributes": [
                attribute("value"),
                attribute("type", canonicalValues=["work", "home"]),
                attribute("primary", "boolean"),
                attribute("$ref", "reference"),
            ],
        },
    ],
}
"""A schema with every type and every characteristic."""


def schema(*attributes: Json, urn: str = URN, kind: str = "User", required: bool = False) -> ExtensionSchema:
    """A registered schema with these attributes, or with everything."""
    declared = {"attributes": list(attributes)} if attributes else {}
    return read_schema({**EVERYTHING, "id": urn, **declared}, kind, required=required)


def user_type(*schemas: ExtensionSchema) -> ResourceType:
    """The type User with these schemas, or with that of everything."""
    return account_type("User", schemas or (schema(),))
