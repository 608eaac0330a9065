"""Rows as JSON that keeps the type of every property, and back.

Strings, booleans and 32-bit integers are themselves; what JSON has no type for is an object of one member, its type::

    {"userName": "ada", "active": true, "count": 3, "size": {"int64": "5000000000"}, "part": {"binary": "AAEC"},
     "created": {"datetime": "2026-03-01T09:30:00.1204567Z"}, "share": {"double": "0.5"}, "job": {"guid": "…"}}

Moments are kept as the text that the service gave, whose seven digits are more than Python has.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from azure.data.tables import EdmType, EntityProperty

from domain.lifecycle.ports import DamagedFile
from scim.json_types import JsonObject
from storage.client import Entity

_KEYS = ("PartitionKey", "RowKey")


def to_json(row: Entity) -> JsonObject:
    """The properties of *row* without its keys."""
    return {name: _encoded(value) for name, value in row.items() if name not in _KEYS}


def to_row(row_key: str, values: JsonObject) -> Entity:
    """The row of that key with the properties that *values* tell.  Raises: DamagedFile: They tell none."""
    try:
        return {"RowKey": row_key} | {name: _decoded(value) for name, value in values.items() if name not in _KEYS}
    except (KeyError, TypeError, ValueError):
        raise DamagedFile("a row holds a value of no type that we know") from None


def _encoded(value: Any) -> Any:
    match value:
        case EntityProperty(number, EdmType.INT64):
            return {"int64": str(number)}
        case str() | bool() | int():
            return value
        case float():
            return {"double": repr(value)}
        case datetime():
            return {"datetime": getattr(value, "tables_service_value", "") or _utc(value)}
        case bytes():
            return {"binary": b64encode(value).decode()}
        case UUID():
            return {"guid": str(value)}
    raise TypeError(f"{type(value).__name__} is no type of a property")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _DECODERS[kind](text)
    if isinstance(value, str | bool | int):
        return value
    raise TypeError


def _moment(text: str) -> EntityProperty:
    datetime.fromisoformat(text)
    return EntityProperty(text, EdmType.DATETIME)


_DECODERS: Mapping[str, Callable[[str], Any]] = {
    "int64": lambda text: EntityProperty(int(text), EdmType.INT64),
    "double": float,
    "datetime": _moment,
    "binary": lambda text: b64decode(text, validate=True),
    "guid": UUID,
}
