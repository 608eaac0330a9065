"""The service's limits, checked before anything is sent: the emulator does not know all of them.

Source: Microsoft Learn, Understanding the Table service data model, and Performing entity group transactions.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from azure.data.tables import EntityProperty

from domain import isolation
from domain.isolation import PART
from domain.ports import RecordTooLarge
from storage.keys import utf16_units

MAX_STRING = 32_768
"""UTF-16 units of one property."""
MAX_BINARY = 65_536
"""Bytes of one property."""
MAX_PROPERTIES = 252
MAX_ENTITY = 1024 * 1024
"""Bytes of one entity, its names and keys included."""
MAX_OPERATIONS = 100
MAX_TRANSACTION = 4 * 1024 * 1024
"""Bytes of one transaction as it is sent."""
MAX_KEY = 512
"""UTF-16 units; the service's own documents disagree between this and twice as much."""

_ROOM_PER_OPERATION = 800
"""Bytes of headers and JSON around each operation of a transaction."""
_FORBIDDEN_IN_KEY = re.compile(r"[\x00-\x1f\x7f-\x9f/\\#?%\ud800-\udfff]")
_PARTITION = re.compile(rf"-[a-z-]*|[A-Za-z0-9][A-Za-z0-9_-]{{2,63}}({PART}[A-Za-z0-9_-]{{1,64}})?")
_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")


def check_key(text: str) -> None:
    """Raises: ValueError: *text* can be no part of an address; keys made by `storage.keys` always can."""
    if _FORBIDDEN_IN_KEY.search(text) or utf16_units(text) > MAX_KEY:
        raise ValueError("a key holds a character that the service refuses, or is too long")


def check_partition(text: str) -> None:
    """Refuse a partition that is no account's, or not that of the account which is served.

    An account has the partition of its id, and ``{id}:…``; ``-…`` are ours, about accounts.

    Raises:
        ValueError: *text* can be no partition key of ours.
        ForeignAccount: Another account is served.
    """
    if not _PARTITION.fullmatch(text):
        raise ValueError("a partition key that is no account's")
    isolation.check(text)


def check_table_name(text: str) -> None:
    """Raises: ValueError: The service has no table of this name."""
    if not _TABLE_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a table: 3 to 63 letters and digits, a letter first")


def check_entity(entity: Mapping[str, Any]) -> int:
    """The size of *entity* in bytes as the service counts it.

    Raises:
        RecordTooLarge: More properties, a longer one, or more in all than the service stores.
    """
    check_key(entity["RowKey"])
    if len(entity) - 2 > MAX_PROPERTIES:
        raise RecordTooLarge(f"{len(entity)} properties")
    size = 4 + sum(8 + 2 * len(name) + _value_size(value) for name, value in entity.items())
    if size > MAX_ENTITY:
        raise RecordTooLarge(f"{size} bytes in one record")
    return size


def check_transaction(entities: Sequence[Mapping[str, Any]]) -> None:
    """Raises: RecordTooLarge: More operations or bytes than one transaction takes."""
    if not 0 < len(entities) <= MAX_OPERATIONS:
        raise RecordTooLarge(f"{len(entities)} operations in one transaction")
    if sum(sent_size(entity) for entity in entities) > MAX_TRANSACTION:
        raise RecordTooLarge("more than 4 MiB in one transaction")


def _value_size(value: Any) -> int:
    match value:
        case str():
            return 4 + 2 * _within(utf16_units(value), MAX_STRING)
        case bytes():
            return 4 + _within(len(value), MAX_BINARY)
        case bool():
            return 1
        case int() | float() | datetime() | EntityProperty():
            return 8
        case UUID():
            return 16
        case _:
            raise TypeError(f"{type(value).__name__} is no type of a property")


def _within(length: int, limit: int) -> int:
    if length > limit:
        raise RecordTooLarge(f"a property of {length}, at most {limit} fit")
    return length


def sent_size(entity: Mapping[str, Any]) -> int:
    """About what *entity* takes on the wire: UTF-8, quotes and backslashes escaped, bytes as Base64."""
    size = _ROOM_PER_OPERATION
    for value in entity.values():
        if isinstance(value, str):
            size += len(value.encode("utf-8", "surrogatepass")) + value.count('"') + value.count("\\")
        elif isinstance(value, bytes):
            size += len(value) * 4 // 3 + 4
        size += 40
    return size
