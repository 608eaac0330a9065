"""Azurite with our look-up of rows by their keys answers as a table does."""

import random
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient, TableServiceClient

from devstack.azurite import Azurite

PARTITIONS = ("a", "b", "o'hara", "10")
ROWS = ("", "!", "1", "02", "10", "9", "B", "b", "it's", "z or z", "zé", "ｚ", "😀")

type Rows = dict[tuple[str, str], int]


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[TableClient]:
    """A table that no other test knows."""
    service = TableServiceClient.from_connection_string(azurite.connection_string)
    async with service, await service.create_table(f"t{uuid4().hex}") as made:
        yield made


@pytest.mark.parametrize("seed", range(4))
async def test_finds_what_was_written(table: TableClient, seed: int) -> None:
    """After changes of every kind, also ones that were taken back, each row and each range is as written."""
    chance = random.Random(seed)
    written: Rows = {}
    for number in range(60):
        await _change(table, written, chance, number)
    for partition in PARTITIONS:
        for row in ROWS:
            assert await _one(table, partition, row) == written.get((partition, row))
    for _ in range(40):
        low, high = sorted(chance.sample(ROWS, 2), key=_order)
        await _agree(table, written, chance.choice(PARTITIONS), low, high, at_least=chance.randrange(60))


async def _change(table: TableClient, written: Rows, chance: random.Random, number: int) -> None:
    partition = chance.choice(PARTITIONS)
    rows = chance.sample(ROWS, 4)
    entities = [{"PartitionKey": partition, "RowKey": row, "number": number} for row in rows]
    match chance.randrange(4):
        case 0:
            await table.submit_transaction([("upsert", each, {"mode": "replace"}) for each in entities])
            written |= {(partition, row): number for row in rows}
        case 1:
            await table.upsert_entity(entities[0], mode="merge")
            written[partition, rows[0]] = number
        case 2:
            await table.delete_entity(partition, rows[0])
            written.pop((partition, rows[0]), None)
        case _ if refused := next((each for each in entities if (partition, each["RowKey"]) in written), None):
            others = [("upsert", each, {"mode": "replace"}) for each in entities if each is not refused]
            with pytest.raises(TableTransactionError):
                await table.submit_transaction([*others, ("create", refused)])


async def _one(table: TableClient, partition: str, row: str) -> int | None:
    try:
        return int((await table.get_entity(partition, row))["number"])
    except ResourceNotFoundError:
        return None


async def _agree(table: TableClient, written: Rows, partition: str, low: str, high: str, at_least: int) -> None:
    """Queries of all kinds give what the same conditions give on what was written."""
    values = {"p": partition, "low": low, "high": high, "least": at_least}
    own = {row: number for (of, row), number in written.items() if of == partition}
    queries: dict[str, Rows] = {
        "PartitionKey eq @p": {(partition, row): number for row, number in own.items()},
        "PartitionKey eq @p and RowKey ge @low": {
            (partition, row): number for row, number in own.items() if _order(row) >= _order(low)
        },
        "PartitionKey eq @p and RowKey ge @low and RowKey lt @high and number ge @least": {
            (partition, row): number
            for row, number in own.items()
            if _order(low) <= _order(row) < _order(high) and number >= at_least
        },
        "PartitionKey eq @p and RowKey eq @low or number ge @least": {
            (of, row): number
            for (of, row), number in written.items()
            if (of, row) == (partition, low) or number >= at_least
        },
    }
    for query, expected in queries.items():
        pages = table.query_entities(query, parameters=values, results_per_page=3)
        found = [(each["PartitionKey"], each["RowKey"], each["number"]) async for each in pages]
        assert found == [(*key, expected[key]) for key in sorted(expected, key=lambda key: (*map(_order, key),))], query


def _order(text: str) -> bytes:
    """Keys are ordered by their UTF-16 code units."""
    return text.encode("utf-16-be")
