"""Directories made in bulk: ours straight into the tables, by the code that makes their rows; a peer's over HTTP."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from uuid import UUID, uuid4

from benchmarks import calls
from benchmarks.operations import Ask, Axis, Ground
from domain.changes import change_id
from domain.model import Action, Change, GroupRecord, Kind, Member, Source, UserRecord
from scim.resources import read_resource
from storage.client import Entity, Table, create
from storage.directory import TableDirectory
from storage.entities import change_entity, index_entity, index_rows, membership_entities, to_entity
from storage.limits import MAX_OPERATIONS

SPARE = 150
"""Users beside the members of a grown group, to be added to it and removed."""
GROUP_NAME = "Grown group"

_SIDE_BY_SIDE = 2
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so no two products are the same; they spread over all ids


def stranger_ids(size: int) -> list[str]:
    """Ids for the members of a grown group.

    They name no user: nothing that is measured reads the rows of users that were members before, and 10,000 of them
    would slow Azurite down.
    """
    return [str(UUID(int=number * _SPREAD % 2**128, version=4)) for number in range(1, size + 1)]


async def seed_tables(table: Table, account: str, axis: Axis, size: int) -> Ground:
    """Fill an account that is empty: *size* users, or a group of *size* members and a few users."""
    users = [_user(number) for number in range(size if axis is Axis.USERS else SPARE)]
    await _create(table, account, [row for user in users for row in _rows(user)])
    ids = [user.id for user in users]
    group = await _seed_group(table, account, size if axis is Axis.MEMBERS else 0)
    await _count(table, account, len(users))
    return Ground(size, ids, ids, group.id, GROUP_NAME)


async def seed_over_http(ask: Ask, axis: Axis, size: int) -> Ground:
    """The same directory, by requests; its group is made whole, as far as the server lets members be strangers."""
    wanted = size if axis is Axis.USERS else SPARE
    ids = [(await ask(calls.post("/Users", calls.user_body(number)))).json()["id"] for number in range(wanted)]
    members = stranger_ids(size) if axis is Axis.MEMBERS else []
    group = (await ask(calls.post("/Groups", calls.group_body(GROUP_NAME, members)))).json()
    return Ground(size, ids, ids, group["id"], GROUP_NAME)


def _user(number: int) -> UserRecord:
    now = datetime.now(UTC)
    return UserRecord(str(uuid4()), read_resource(calls.user_body(number), "User").document, now, now)


def _rows(user: UserRecord) -> list[Entity]:
    """The row of a user and those that lead to it; its change is as if compacted away."""
    own = to_entity(user, change_id(user.created))
    return [own, *(index_entity(row_key, user.id) for row_key in index_rows(user))]


async def _seed_group(table: Table, account: str, size: int) -> GroupRecord:
    now = datetime.now(UTC)
    group = GroupRecord(str(uuid4()), read_resource(calls.group_body(GROUP_NAME), "Group").document, now, now)
    made = await TableDirectory(table).create_group(account, group, (), _creation(group.id, now, groups=1))
    members = (Member(each) for each in stranger_ids(size))
    begun = change_id(now)
    await _create(table, account, [row for each in members for row in membership_entities(group.id, each, begun)])
    return made


async def _create(table: Table, account: str, rows: Sequence[Entity]) -> None:
    """Write new rows as fast as Azurite takes them."""
    transactions = [list(map(create, each)) for each in batched(rows, MAX_OPERATIONS, strict=False)]
    for wave in batched(transactions, _SIDE_BY_SIDE, strict=False):
        await asyncio.gather(*(table.submit(account, each) for each in wave))


async def _count(table: Table, account: str, users: int) -> None:
    """Put all users into the totals by one change, and that change into the checkpoint."""
    earlier = datetime.now(UTC) - timedelta(hours=1)
    await table.submit(account, [create(change_entity(_creation(str(uuid4()), earlier, users=users)))])
    await TableDirectory(table).checkpoint(account, earlier + timedelta(minutes=1), 1)


def _creation(resource_id: str, at: datetime, *, users: int = 0, groups: int = 0) -> Change:
    kind = Kind.USER if users else Kind.GROUP
    return Change(
        change_id(at), at, "benchmark", Source.SYSTEM, Action.CREATE, kind, resource_id, users=users, groups=groups
    )
