"""Bulk messages: many operations in one request, which may name each other's new resources.  RFC 7644 §3.7.

A reference is the text ``bulkId:x`` as a value in the data, or as a segment of a path.  It stands for the id that the
POST with this ``bulkId`` gets, wherever in the request that stands.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import BulkRequest as LibraryBulkRequest
from scim2_models import InvalidSyntaxException, PayloadTooLargeException

from scim.json_types import JsonObject

MAX_OPERATIONS = 1_000
REQUEST_SCHEMA = str(LibraryBulkRequest.__schema__)
RESPONSE_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

_REFERENCE = "bulkId:"


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation as it was sent; ``method`` is in upper case, and what was not sent is empty or None."""

    method: str
    path: str
    bulk_id: str
    version: str | None
    data: Any

    @property
    def references(self) -> frozenset[str]:
        """The bulkIds that the path and the data name."""
        in_path = (part for part in self.path.split("/") if part.startswith(_REFERENCE))
        return frozenset(
            each.removeprefix(_REFERENCE) for each in (*in_path, *_texts(self.data)) if _is_reference(each)
        )

    def resolved(self, ids: Mapping[str, str]) -> "BulkOperation":
        """The same with the references to known bulkIds replaced by their *ids*."""
        path = "/".join(_resolved(part, ids) for part in self.path.split("/"))
        return dataclasses.replace(self, path=path, data=_resolved(self.data, ids))


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations of a request; ``fail_on_errors`` is the number of errors to stop after, None for never."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def parse_bulk(payload: Any) -> BulkRequest:
    """The operations in a request's body; one that makes no sense is told by its own result, not here.

    Raises:
        InvalidSyntaxException: The body is no BulkRequest message with a list of operations.
        PayloadTooLargeException: More than MAX_OPERATIONS; the answer names the limit.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="the body must be one BulkRequest message as a JSON object")
    message = {name.lower(): value for name, value in payload.items()}
    schemas, operations = message.get("schemas"), message.get("operations")
    if not isinstance(schemas, list) or REQUEST_SCHEMA.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas must hold "{REQUEST_SCHEMA}"')
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="Operations must be a list of at least one operation")
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLargeException(detail=f"{len(operations)} operations, and maxOperations is {MAX_OPERATIONS}")
    limit = message.get("failonerrors")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidSyntaxException(detail="failOnErrors must be a whole number of at least 1")
    return BulkRequest(tuple(_operation(each, index) for index, each in enumerate(operations)), limit)


def bulk_response(results: list[JsonObject]) -> JsonObject:
    """The BulkResponse message."""
    return {"schemas": [RESPONSE_SCHEMA], "Operations": list(results)}


def _operation(value: Any, index: int) -> BulkOperation:
    if not isinstance(value, dict):
        raise InvalidSyntaxException(detail=f"operation {index} must be an object")
    members = {name.lower(): member for name, member in value.items()}
    texts = {name: members.get(name) for name in ("method", "path", "bulkid", "version")}
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise InvalidSyntaxException(detail=f"operation {index}: {name} must be a text")
    return BulkOperation(
        method=(texts["method"] or "").upper(),
        path=texts["path"] or "",
        bulk_id=texts["bulkid"] or "",
        version=texts["version"],
        data=members.get("data"),
    )


def _is_reference(text: str) -> bool:
    return text.startswith(_REFERENCE) and len(text) > len(_REFERENCE)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for member in value.values():
                yield from _texts(member)
        case list():
            for member in value:
                yield from _texts(member)


def _resolved(value: Any, ids: Mapping[str, str]) -> Any:
    match value:
        case str() if _is_reference(value):
            return ids.get(value.removeprefix(_REFERENCE), value)
        case dict():
            return {name: _resolved(member, ids) for name, member in value.items()}
        case list():
            return [_resolved(member, ids) for member in value]
    return value
