"""Rows as JSON and back: no property loses its value or its type."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.lifecycle.ports import DamagedFile
from storage.client import Table, Tables, upsert
from storage.typed_rows import to_json, to_row

_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=50)
_int64 = st.builds(EntityProperty, st.integers(-(2**63), 2**63 - 1), st.just(EdmType.INT64))
_moments = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  aware by then
_values = st.one_of(
    _texts,
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    _int64,
    _moments,
    st.binary(max_size=50),
    st.uuids(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda each: not each.is_integer()),
)
_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() not in {"partitionkey", "rowkey", "timestamp", "etag"}
)
_rows = st.dictionaries(_names, _values, max_size=6)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é\n", '"é\\n"'),
        (True, "true"),
        (7, "7"),
        (EntityProperty(5_000_000_000, EdmType.INT64), '{"int64":"5000000000"}'),
        (datetime(2026, 3, 1, 9, 30, 0, 120_456, UTC), '{"datetime":"2026-03-01T09:30:00.1204560Z"}'),
        (b"\x00\x01", '{"binary":"AAE="}'),
        (0.5, '{"double":"0.5"}'),
        (float("-inf"), '{"double":"-inf"}'),
        (UUID(int=1), '{"guid":"00000000-0000-0000-0000-000000000001"}'),
    ],
)
def test_value_as_json(value: Any, text: str) -> None:
    """The form in the file."""
    assert orjson.dumps(to_json({"RowKey": "r", "PartitionKey": "p", "x": value})["x"]).decode() == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"int64": "x"},
        {"float": "1"},
        {"binary": "*"},
        {"datetime": "noon"},
        {"int64": "1", "guid": "2"},
        1.5,
    ],
)
def test_values_of_no_type_are_refused(value: Any) -> None:
    """A file that was written by hand."""
    with pytest.raises(DamagedFile):
        to_row("r", {"x": value})


def test_keys_in_values_do_not_lead_elsewhere() -> None:
    """A row lies where its line says, whatever its values call themselves."""
    assert to_row("r", {"PartitionKey": "victim", "RowKey": "x", "y": 1}) == {"RowKey": "r", "y": 1}


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(_rows, min_size=1, max_size=8))
async def test_any_row_survives_the_trip(tables: Tables, rows: list[dict[str, Any]]) -> None:
    """From one partition through JSON text into another, and read again: the same values of the same types."""
    table, first, second = tables.log, f"a{uuid4().hex}", f"b{uuid4().hex}"
    await table.submit(first, [upsert({"RowKey": f"r{number}"} | row) for number, row in enumerate(rows)])
    before = await _read(table, first)
    texts = json.loads(json.dumps(before))
    await table.submit(second, [upsert(to_row(key, values)) for key, values in texts.items()])
    assert await _read(table, second) == before


async def _read(table: Table, partition: str) -> dict[str, Any]:
    return {row["RowKey"]: to_json(row) async for page in table.pages(partition, "", "~") for row in page}


async def test_seven_digits_of_a_second_survive(tables: Tables, account: str) -> None:
    """The service has one more than Python."""
    moment = EntityProperty("2026-03-01T09:30:00.1234567Z", EdmType.DATETIME)
    await tables.log.write(account, upsert({"RowKey": "r", "at": moment}))
    assert to_json(await tables.log.get(account, "r")) == {"at": {"datetime": "2026-03-01T09:30:00.1234567Z"}}
