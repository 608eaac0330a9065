"""Directories of some size, written in full transactions and without their changes."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import batched

from domain.model import GroupRecord, Member, Record, UserRecord
from storage.client import Operation, Table, upsert
from storage.entities import index_entity, index_rows, membership_entities, to_entity
from tests.storage.build import make_group, make_user

SEED = "0000000000000000000000000000"
"""The id of the change that is said to have begun the memberships."""


async def seed_users(table: Table, account: str, count: int) -> list[UserRecord]:
    """So many users, in the order of their ids."""
    users = [make_user(f"user{number:05}@example.com", externalId=f"E{number}") for number in range(count)]
    await _write(table, account, (operation for user in users for operation in _rows(user)))
    return sorted(users, key=lambda each: each.id)


async def seed_group(table: Table, account: str, of: Sequence[Record], name: str = "") -> GroupRecord:
    """One group with *of* as its members."""
    group = make_group(name)
    rows = _rows(group)
    for each in of:
        rows += map(upsert, membership_entities(group.id, Member(each.id, each.kind), SEED))
    await _write(table, account, rows)
    return group


def _rows(record: Record) -> list[Operation]:
    index = [index_entity(row_key, record.id) for row_key in index_rows(record)]
    return [upsert(to_entity(record, "seed")), *map(upsert, index)]


async def _write(table: Table, account: str, operations: Iterable[Operation]) -> None:
    for wave in batched(batched(operations, 100, strict=False), 4, strict=False):
        await asyncio.gather(*(table.submit(account, chunk) for chunk in wave))
