"""The order of lists: by one attribute, ties by id."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from domain.ports import Sort
from scim.attributes import Location
from scim.filters import comparable, values_at
from scim.json_types import JsonObject

type Key = tuple[bool, str, str | int | float]
"""Whether the value is missing, the name of its type, and the value: keys of any two resources can be compared."""


def sort_key(sort: Sort) -> Callable[[JsonObject], Key]:
    """What whole resources are ordered by: missing values come last, first where descending (RFC 7644 §3.4.2.3).

    Texts are compared as their attribute is, a multi-valued attribute by its primary or else first value.
    """

    def key(resource: JsonObject) -> Key:
        value = _value(resource, sort.by)
        if value is None:
            return True, "", ""
        compared = comparable(value, sort.by)
        if isinstance(compared, datetime):
            compared = compared.astimezone(UTC).isoformat(timespec="microseconds")
        return False, type(compared).__name__, compared

    return key


def _value(resource: JsonObject, location: Location) -> Any:
    """The one value that a resource is ordered by; None where it has none, or a complex one."""
    values = values_at(resource, location)
    if location.multi_valued and location.sub is not None:
        values = _primary_values(resource, location, location.sub) or values
    return next((each for each in values if isinstance(each, str | int | float)), None)


def _primary_values(resource: JsonObject, location: Location, sub: str) -> list[Any]:
    holder: Any = resource.get(location.extension) if location.extension else resource
    elements = holder.get(location.name) if isinstance(holder, dict) else None
    primary = [each for each in elements or [] if isinstance(each, dict) and each.get("primary") is True]
    return [each[sub] for each in primary if each.get(sub) is not None]
