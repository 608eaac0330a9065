"""Discovery: ServiceProviderConfig, ResourceTypes and Schemas, true to what is served.  RFC 7643 §5–7, RFC 9865 §4."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from scim2_models import Schema

from scim.catalogue import EXTENSION_MODELS, MODELS
from scim.extension_schemas import ExtensionSchema
from scim.json_types import JsonObject
from scim.limits import limits
from scim.messages import DEFAULT_PAGE_SIZE
from scim.models import schema_of
from scim.types import account_type

CURSOR_LIFETIME_SECONDS = 3_600
"""How long a cursor can be used after it was given."""

_CONFIG_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_TYPE_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


def service_provider_config(base_url: str) -> JsonObject:
    """What we support.  RFC 7643 §5."""
    most = limits()
    return {
        "schemas": [_CONFIG_SCHEMA],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": most.bulk_operations, "maxPayloadSize": most.body_bytes},
        "filter": {"supported": True, "maxResults": most.page_size},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(DEFAULT_PAGE_SIZE, most.page_size),
            "maxPageSize": most.page_size,
            "cursorTimeout": CURSOR_LIFETIME_SECONDS,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token of the account in the header Authorization: Bearer <token>.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_types(base_url: str, registered: tuple[ExtensionSchema, ...] = ()) -> list[JsonObject]:
    """The types of resources in an account with these *registered* schemas.  RFC 7643 §6.

    Extensions that clients can only read are not named, as clients that prepare what they send take all that are named
    for theirs (scim2-tester sends such an extension empty, and wants it back so); their schemas are served.
    """
    return [_resource_type(kind, base_url, registered) for kind in MODELS]


def _resource_type(kind: str, base_url: str, registered: tuple[ExtensionSchema, ...]) -> JsonObject:
    extensions = (each for each in account_type(kind, registered).extensions.values() if each.writable)
    return {
        "schemas": [_TYPE_SCHEMA],
        "id": kind,
        "name": kind,
        "endpoint": f"/{kind}s",
        "description": MODELS[kind].__doc__,
        "schema": str(MODELS[kind].__schema__),
        "schemaExtensions": [{"schema": each.urn, "required": each.required} for each in extensions],
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{kind}"},
    }


def schemas(base_url: str, registered: tuple[ExtensionSchema, ...] = ()) -> list[JsonObject]:
    """The schemas of the resources in an account with these *registered* schemas.  RFC 7643 §7."""
    return [
        {**each, "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{each['id']}"}}
        for each in (*_schemas(), *(schema.definition for schema in registered))
    ]


@cache
def _schemas() -> tuple[JsonObject, ...]:
    extensions = (model for models in EXTENSION_MODELS.values() for model in models)
    return tuple(_schema(schema_of(model)) for model in (*MODELS.values(), *extensions))


def _schema(schema: Schema) -> JsonObject:
    dumped: JsonObject = schema.model_dump()
    dumped["attributes"] = list(_attributes(dumped["attributes"]))
    return dumped


def _attributes(attributes: Any) -> Iterator[JsonObject]:
    """The attributes as we serve them.

    ``password`` is taken and never kept, so it is not offered: Entra's validator expects back what is (entra.md
    §6.1).  A characteristic stands only where its type has it: letter case belongs to texts (RFC 7643 §7).
    """
    for each in attributes:
        if each["returned"] == "never":
            continue
        attribute = dict(each)
        if attribute["type"] in ("boolean", "complex", "dateTime", "integer", "decimal"):
            attribute.pop("caseExact", None)
        if attribute["type"] in ("boolean", "complex"):
            attribute.pop("uniqueness", None)
        if "subAttributes" in attribute:
            attribute["subAttributes"] = list(_attributes(attribute["subAttributes"]))
        yield attribute
