"""The messages around resources: what a list asks for, and the list that answers.  RFC 7644 §3.4.2, RFC 9865."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    InvalidCountException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    Path,
    SearchRequest,
)
from scim2_models.path import AttrPath, FilterNode

from scim import filters
from scim.attributes import Location, is_complex, locate
from scim.json_types import JsonObject
from scim.limits import limits
from scim.locations import below
from scim.projection import Projection

LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_SCHEMA = str(SearchRequest.__schema__)

DEFAULT_PAGE_SIZE = 100

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list asks for.

    ``start_index`` counts from 1.  ``cursor`` is None for paging by index and "" for the first page of a walk.
    ``count`` is at most `limits().page_size`.  ``filter_text`` is the filter as it came, to recognise the same walk.
    """

    kind: str
    projection: Projection
    filter: FilterNode | None = None
    filter_text: str = ""
    start_index: int = 1
    count: int = DEFAULT_PAGE_SIZE
    cursor: str | None = None
    sort_by: Location | None = None
    descending: bool = False


def list_request(parameters: Mapping[str, Any], kind: str, base_url: str = "") -> ListRequest:
    """What query *parameters*, by lower-case name, or the members of a SearchRequest ask for.

    *base_url* begins the locations in the filter.  Unknown parameters, and names that *kind* does not have in a
    projection, are ignored.

    Raises:
        InvalidFilterException: As `filters.parse`.
        InvalidValueException: A number that is none, or a ``sortBy`` that names nothing with an order.
        InvalidCountException: A ``count`` that is no number in a walk by cursor.
    """
    cursor = parameters.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        raise InvalidValueException(detail="cursor must be a text")
    text = parameters.get("filter")
    if text is not None and not isinstance(text, str):
        raise InvalidValueException(detail="filter must be a text")
    return ListRequest(
        kind=kind,
        projection=projection_of(parameters, kind),
        filter=below(filters.parse(text, kind), base_url) if text else None,
        filter_text=text or "",
        start_index=max(1, _number(parameters, "startIndex", 1)),
        count=_count(parameters, by_cursor=cursor is not None),
        cursor=cursor,
        sort_by=_sort_by(parameters.get("sortby"), kind),
        descending=str(parameters.get("sortorder") or "").lower() == "descending",
    )


def search_parameters(payload: Any) -> dict[str, Any]:
    """The members of a SearchRequest message by lower-case name.  RFC 7644 §3.4.3.

    Raises:
        InvalidSyntaxException: The body is no such message.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="the body must be one SearchRequest message as a JSON object")
    parameters = {name.lower(): value for name, value in payload.items()}
    schemas = parameters.pop("schemas", None)
    if not isinstance(schemas, list) or SEARCH_SCHEMA.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas must hold "{SEARCH_SCHEMA}"')
    return parameters


def projection_of(parameters: Mapping[str, Any], kind: str) -> Projection:
    """The projection that ``attributes`` and ``excludedAttributes`` ask for, as lists or separated by commas."""
    return Projection.of(kind, _name_list(parameters, "attributes"), _name_list(parameters, "excludedAttributes"))


def list_response(
    resources: Sequence[JsonObject],
    *,
    total: int | None,
    start_index: int | None = None,
    next_cursor: str | None = None,
) -> JsonObject:
    """The ListResponse message; *total* is left out where it is not known, as RFC 9865 §2 allows."""
    body: JsonObject = {"schemas": [LIST_SCHEMA]}
    if total is not None:
        body["totalResults"] = total
    if start_index is not None:
        body["startIndex"] = start_index
    body["itemsPerPage"] = len(resources)
    if next_cursor is not None:
        body["nextCursor"] = next_cursor
    body["Resources"] = list(resources)
    return body


def _name_list(parameters: Mapping[str, Any], name: str) -> list[str]:
    value = parameters.get(name.lower())
    if isinstance(value, str):
        value = value.split(",")
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise InvalidValueException(detail=f"{name} must be a list of attribute names")
    return [each.strip() for each in value or [] if each.strip()]


def _number(parameters: Mapping[str, Any], name: str, default: int) -> int:
    value = parameters.get(name.lower())
    if value is None or value == "":
        return default
    if not _WHOLE_NUMBER.fullmatch(str(value)):
        raise InvalidValueException(detail=f"{name} must be a whole number")
    return int(str(value))


def _count(parameters: Mapping[str, Any], *, by_cursor: bool) -> int:
    try:
        count = _number(parameters, "count", DEFAULT_PAGE_SIZE)
    except InvalidValueException as error:
        if by_cursor:
            raise InvalidCountException(detail=error.detail) from error
        raise
    return min(max(0, count), limits().page_size)


def _sort_by(text: Any, kind: str) -> Location | None:
    location = sort_location(text, kind)
    if text and location is None:
        raise InvalidValueException(detail=f"sortBy names no attribute of {kind} that has an order")
    return location


def sort_location(text: Any, kind: str) -> Location | None:
    """Where the values lie that ``sortBy`` names; None where *kind* has no such attribute, or it has no order."""
    location = locate(kind, node, compared=True) if (node := _attribute_path(text)) else None
    return None if location is None or location.secret or is_complex(location.attribute) else location


def _attribute_path(text: Any) -> AttrPath | None:
    try:
        node = Path(text).ast if isinstance(text, str) else None
    except InvalidPathException:
        return None
    return node if isinstance(node, AttrPath) else None
