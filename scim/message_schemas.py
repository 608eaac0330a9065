"""The messages of the protocol as JSON Schema.  RFC 7644 §3.4.2, §3.4.3, §3.5.2, §3.7, §3.12, RFC 9865."""

from scim.bulk import PATCH_SCHEMA, REQUEST_SCHEMA, RESPONSE_SCHEMA
from scim.errors import ERROR_SCHEMA
from scim.json_types import JsonObject, JsonValue
from scim.messages import DEFAULT_PAGE_SIZE, LIST_SCHEMA, SEARCH_SCHEMA

_TEXT: JsonObject = {"type": "string"}
_NUMBER: JsonObject = {"type": "integer"}


def _message(urn: str, description: str, required: tuple[str, ...], **properties: JsonValue) -> JsonObject:
    schemas: JsonObject = {"type": "array", "items": {"type": "string"}, "contains": {"const": urn}}
    return {
        "type": "object",
        "description": description,
        "required": ["schemas", *required],
        "properties": {"schemas": schemas, **properties},
    }


QUERY: dict[str, JsonObject] = {
    "filter": {"type": "string", "description": 'What the resources must satisfy, e.g. `userName eq "ada"`.'},
    "sortBy": {"type": "string", "description": "The attribute to order by."},
    "sortOrder": {"type": "string", "enum": ["ascending", "descending"], "default": "ascending"},
    "startIndex": {"type": "integer", "default": 1, "description": "The first resource to show, counted from 1."},
    "count": {
        "type": "integer",
        "default": DEFAULT_PAGE_SIZE,
        "description": "How many resources to show, as ServiceProviderConfig allows; 0 gives the total alone.",
    },
    "cursor": {
        "type": "string",
        "description": "Where to go on: empty for the first page, later the nextCursor of the page before.",
    },
}
"""What a list is asked by, in a query and in a SearchRequest."""

PROJECTION: dict[str, JsonObject] = {
    "attributes": {"type": "array", "items": _TEXT, "description": "The attributes to show, and no others."},
    "excludedAttributes": {"type": "array", "items": _TEXT, "description": "The attributes not to show."},
}
"""What of a resource an answer shows."""

MESSAGES: dict[str, JsonObject] = {
    "Error": _message(
        ERROR_SCHEMA,
        "What went wrong.",
        ("status",),
        status={"type": "string", "description": "The status of the answer, as a text."},
        scimType={"type": "string", "description": "What kind of error it is, e.g. `uniqueness`."},
        detail={"type": "string", "description": "What to do about it, for people."},
    ),
    "ListResponse": _message(
        LIST_SCHEMA,
        "One page of a list.",
        ("itemsPerPage", "Resources"),
        totalResults={"type": "integer", "description": "All that match; may be left out in a walk by cursor."},
        startIndex=_NUMBER,
        itemsPerPage=_NUMBER,
        nextCursor={"type": "string", "description": "Where the next page begins, if there is one."},
        Resources={"type": "array", "items": {"type": "object"}},
    ),
    "SearchRequest": _message(SEARCH_SCHEMA, "A list, asked for in a body.", (), **QUERY, **PROJECTION),
    "PatchOp": _message(
        PATCH_SCHEMA,
        "Changes of one resource, in order, all or none.",
        ("Operations",),
        Operations={
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["op"],
                "properties": {
                    "op": {"type": "string", "enum": ["add", "replace", "remove"]},
                    "path": {"type": "string", "description": 'What to change, e.g. `emails[type eq "work"].value`.'},
                    "value": {"description": "The new value; without a path an object of attributes."},
                },
            },
        },
    ),
    "BulkRequest": _message(
        REQUEST_SCHEMA,
        "Many requests in one.",
        ("Operations",),
        failOnErrors={"type": "integer", "minimum": 1, "description": "How many errors to stop after."},
        Operations={
            "type": "array",
            "description": "As many as ServiceProviderConfig allows.",
            "items": {
                "type": "object",
                "required": ["method", "path"],
                "properties": {
                    "method": {"type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"]},
                    "path": {"type": "string", "description": "Below the base URL, e.g. `/Users`."},
                    "bulkId": {"type": "string", "description": "By which others in the request name the result."},
                    "version": {"type": "string", "description": "The ETag that the resource must have."},
                    "data": {"type": "object"},
                },
            },
        },
    ),
    "BulkResponse": _message(
        RESPONSE_SCHEMA,
        "What became of each operation.",
        ("Operations",),
        Operations={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "method": _TEXT,
                    "bulkId": _TEXT,
                    "location": _TEXT,
                    "version": _TEXT,
                    "status": {"type": "string", "description": "The status it would have had alone."},
                    "response": {"type": "object", "description": "The error, where it failed."},
                },
            },
        },
    ),
}
"""The messages by the names they have in OpenAPI."""

EXAMPLES: dict[str, JsonObject] = {
    "SearchRequest": {"schemas": [SEARCH_SCHEMA], "attributes": ["meta"], "startIndex": 1, "count": 10},
    "PatchOp": {
        "schemas": [PATCH_SCHEMA],
        "Operations": [{"op": "replace", "path": "externalId", "value": "3f0a1d52"}],
    },
    "BulkRequest": {
        "schemas": [REQUEST_SCHEMA],
        "failOnErrors": 1,
        "Operations": [{"method": "DELETE", "path": "/Users/5c9a7d0e-5a3c-4e0e-9d5b-0f3c2f6f2b11"}],
    },
}
"""Messages that can be sent."""
