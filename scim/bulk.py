"""Bulk messages: many operations in one request, which may name each other's new resources.  RFC 7644 §3.7.

A reference is the text ``bulkId:x`` as a value in the data, or as a segment of a path.  It stands for the id that the
POST with this ``bulkId`` gets, wherever in the request that stands.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from typing import Any

from scim2_models import BulkRequest as LibraryBulkRequest
from scim2_models import InvalidSyntaxException, PatchOp, PayloadTooLargeException

from scim.json_types import JsonObject, JsonValue
from scim.limits import limits
from scim.models import ENTERPRISE_SCHEMA

REQUEST_SCHEMA = str(LibraryBulkRequest.__schema__)
RESPONSE_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

PATCH_SCHEMA = str(PatchOp.__schema__)

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
        PayloadTooLargeException: More than `limits` allows; the answer names the limit.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="the body must be one BulkRequest message as a JSON object")
    message = {name.lower(): value for name, value in payload.items()}
    schemas, operations = message.get("schemas"), message.get("operations")
    if not isinstance(schemas, list) or REQUEST_SCHEMA.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas must hold "{REQUEST_SCHEMA}"')
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="Operations must be a list of at least one operation")
    if len(operations) > (most := limits().bulk_operations):
        raise PayloadTooLargeException(detail=f"{len(operations)} operations, and maxOperations is {most}")
    limit = message.get("failonerrors")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidSyntaxException(detail="failOnErrors must be a whole number of at least 1")
    read = tuple(_operation(each, index) for index, each in enumerate(operations))
    _check_unique(read)
    return BulkRequest(read, limit)


def _check_unique(operations: Sequence[BulkOperation]) -> None:
    """Refuse a bulkId that two POSTs have: a reference to it could mean either.  RFC 7644 §3.7."""
    makers: dict[str, int] = {}
    for index, each in enumerate(operations):
        if each.method == "POST" and each.bulk_id and makers.setdefault(each.bulk_id, index) != index:
            first = makers[each.bulk_id]
            raise InvalidSyntaxException(detail=f"operation {index}: operation {first} has the same bulkId")


class Turn(StrEnum):
    """How an operation takes its turn."""

    WHOLE = "whole"
    WITHOUT_CIRCLE = "without the references of a circle, which follow later"
    STUCK = "in a circle that cannot be opened"


def arranged(operations: Sequence[BulkOperation]) -> list[tuple[int, Turn]]:
    """The indexes of the operations in an order in which each comes after those that make what it names.

    Otherwise the order stays as it is.  Where operations wait for each other, the first that can do without the
    references for a while opens the circle (RFC 7644 §3.7.1).
    """
    makers: dict[str, int] = {}
    for index, each in enumerate(operations):
        if each.method == "POST" and each.bulk_id:
            makers.setdefault(each.bulk_id, index)
    needs = [{makers[name] for name in each.references if name in makers} for each in operations]
    needed_by: dict[int, list[int]] = defaultdict(list)
    for index, needed in enumerate(needs):
        for maker in needed:
            needed_by[maker].append(index)
    turns: list[tuple[int, Turn]] = []
    ready = [index for index, needed in enumerate(needs) if not needed]
    waiting = {index for index, needed in enumerate(needs) if needed}
    while ready or waiting:
        turn = Turn.WHOLE
        if not ready:
            openers = [index for index in waiting if postponable(operations[index])]
            turn = Turn.WITHOUT_CIRCLE if openers else Turn.STUCK
            ready.append(min(openers or waiting))
        index = heappop(ready)
        waiting.discard(index)
        turns.append((index, turn))
        for other in needed_by[index]:
            needs[other].discard(index)
            if not needs[other] and other in waiting:
                waiting.discard(other)
                heappush(ready, other)
    return turns


def postponable(operation: BulkOperation) -> bool:
    """Whether the resource can be made before those that it names: a group its members, a user its manager."""
    return operation.method == "POST" and bool(operation.references) and not without_references(operation).references


def without_references(operation: BulkOperation) -> BulkOperation:
    """The operation without the members, or the manager, that are references."""
    data = _mapped(operation.data, _members_that_exist, _manager_that_exists)
    return dataclasses.replace(operation, data=data)


def references_as_patch(operation: BulkOperation) -> JsonObject:
    """The PATCH that gives a new resource the members, or the manager, that it was made without."""
    left: list[JsonValue] = []

    def members(value: Any) -> Any:
        found = [each for each in _elements(value) if _names_reference(each)]
        if found:
            left.append({"op": "add", "path": "members", "value": found})
        return value

    def manager(value: Any) -> Any:
        if _names_reference(value):
            left.append({"op": "add", "path": f"{ENTERPRISE_SCHEMA}:manager", "value": value})
        return value

    _mapped(operation.data, members, manager)
    return {"schemas": [PATCH_SCHEMA], "Operations": left}


def merged_patch(operations: Sequence[BulkOperation]) -> JsonObject | None:
    """One PatchOp message that does what those of *operations* do one after the other; None where one is no message."""
    merged: list[JsonValue] = []
    for each in operations:
        if not isinstance(each.data, dict):
            return None
        message = {name.lower(): value for name, value in each.data.items()}
        steps = message.get("operations")
        if not isinstance(steps, list) or not steps or PATCH_SCHEMA not in (message.get("schemas") or []):
            return None
        merged += steps
    return {"schemas": [PATCH_SCHEMA], "Operations": merged}


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


def _mapped(data: Any, members: Callable[[Any], Any], manager: Callable[[Any], Any]) -> Any:
    """*data* with ``members``, and the manager in the enterprise extension, passed through a function each."""
    if not isinstance(data, dict):
        return data
    mapped = dict(data)
    for name, value in data.items():
        if name.lower() == "members":
            mapped[name] = members(value)
        elif name.lower() == ENTERPRISE_SCHEMA.lower() and isinstance(value, dict):
            mapped[name] = {key: manager(each) if key.lower() == "manager" else each for key, each in value.items()}
    return mapped


def _members_that_exist(value: Any) -> Any:
    return [each for each in _elements(value) if not _names_reference(each)]


def _manager_that_exists(value: Any) -> Any:
    return None if _names_reference(value) else value


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names_reference(value: Any) -> bool:
    return any(map(_is_reference, _texts(value)))


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
