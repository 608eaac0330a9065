"""The limits of the service that the emulator does not know are kept by the store itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.ports import RecordTooLarge
from storage import limits
from storage.client import Tables, create, delete


@pytest.mark.parametrize(
    "properties",
    [
        {"a": "x" * 32_769},
        {"a": "\U0001f600" * 16_385},
        {"a": b"x" * 65_537},
        {f"p{number}": "" for number in range(253)},
        {f"p{number}": "x" * 32_768 for number in range(16)},
    ],
)
def test_too_large_entities_are_refused(properties: dict[str, Any]) -> None:
    """A text or bytes too long, too many properties, more than 1 MiB in all."""
    with pytest.raises(RecordTooLarge):
        limits.check_entity({"PartitionKey": "a", "RowKey": "b", **properties})


@pytest.mark.parametrize(
    "properties",
    [
        {"a": "x" * 32_768},
        {"a": b"x" * 65_536},
        {f"p{number}": 1 for number in range(251)},
        {"t": datetime(2026, 1, 1, tzinfo=UTC), "b": True, "i": 7},
        {f"p{number}": "x" * 32_768 for number in range(15)},
    ],
)
def test_largest_entities_pass(properties: dict[str, Any]) -> None:
    """Just as much as the service takes."""
    assert limits.check_entity({"PartitionKey": "a", "RowKey": "b", **properties}) <= limits.MAX_ENTITY


@pytest.mark.parametrize("text", ["a/b", "a\\b", "a#b", "a?b", "a%b", "a\x00", "a\x7f", "a\x9f", "x" * 513, "😀" * 257])
def test_bad_keys_are_refused(text: str) -> None:
    """Characters that the service refuses in keys, and keys too long."""
    with pytest.raises(ValueError, match="key"):
        limits.check_key(text)


@pytest.mark.parametrize("name", ["ab", "1ab", "a-b", "a.b", "a" * 64, "", "tabellé"])
def test_bad_table_names_are_refused(name: str) -> None:
    """3 to 63 letters and digits, a letter first."""
    with pytest.raises(ValueError, match="table"):
        limits.check_table_name(name)


async def test_too_many_operations_are_refused(tables: Tables, account: str) -> None:
    """Before anything is sent: the emulator's answer to 101 operations cannot even be read."""
    with pytest.raises(RecordTooLarge):
        await tables.directory.submit(account, [delete(f"u:{number}") for number in range(101)])
    with pytest.raises(RecordTooLarge):
        await tables.directory.submit(account, [])


async def test_too_large_transaction_is_refused(tables: Tables, account: str) -> None:
    """More than 4 MiB, counted as it is sent: quotes grow, bytes grow by a third."""
    entities = [{"RowKey": f"x:{number}", **{f"p{each}": b"x" * 60_000 for each in range(12)}} for number in range(5)]
    with pytest.raises(RecordTooLarge):
        await tables.directory.submit(account, [create(entity) for entity in entities])
