"""Totals: exact at any moment, wherever the checkpoint stands and however many changes follow it."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from domain.model import Action, Outcome, Totals
from storage import keys
from storage.client import Tables, create
from storage.directory import TableDirectory
from storage.entities import change_entity, membership_entities
from tests.storage.build import change, creation, deletion, make_group, make_user, members

START = datetime(2026, 3, 1, tzinfo=UTC)


async def write_changes(tables: Tables, account: str, count: int) -> None:
    """So many changes, a second apart; of three two create a user, and one a group."""
    user, group = make_user(), make_group()
    records = (user, user, group)
    for first in range(0, count, 100):
        entities = [
            change_entity(change(records[number % 3], Action.CREATE, at=START + timedelta(seconds=number)))
            for number in range(first, min(first + 100, count))
        ]
        await tables.directory.submit(account, [create(entity) for entity in entities])


async def test_checkpoint_moves_and_totals_stay(directory: TableDirectory, tables: Tables, account: str) -> None:
    """Step by step, each at most as far as asked; what was counted once is not counted again."""
    await write_changes(tables, account, 90)
    for until, limit, added in (
        (10, 100, 10),
        (10, 100, 0),
        (5, 100, 0),
        (60, 20, 20),
        (60, 20, 20),
        (60, 20, 10),
        (900, 1000, 30),
    ):
        assert await directory.checkpoint(account, START + timedelta(seconds=until), limit) == added
        assert await directory.totals(account) == Totals(users=60, groups=30)


async def test_two_checkpoints_at_once_count_once(directory: TableDirectory, tables: Tables, account: str) -> None:
    """One of them adds the changes, the others nothing."""
    await write_changes(tables, account, 30)
    until = START + timedelta(minutes=1)
    added = await asyncio.gather(*(directory.checkpoint(account, until, 1000) for _ in range(4)))
    assert sum(added) == 30
    assert await directory.totals(account) == Totals(users=20, groups=10)


async def test_late_writers_are_not_missed(directory: TableDirectory, account: str) -> None:
    """A change that was begun before the checkpoint's run, and stored after it, counts: the checkpoint stays behind."""
    now = datetime.now(UTC)
    late = dataclasses.replace(creation(make_user()), time=now - timedelta(minutes=4))
    await directory.create_user(account, make_user(), creation(make_user()))
    await directory.checkpoint(account, now - timedelta(minutes=5), 1000)
    user = make_user()
    await directory.create_user(account, user, dataclasses.replace(late, id=f"{keys.moment_id(late.time)}{'0' * 16}"))
    await directory.checkpoint(account, now + timedelta(minutes=1), 1000)
    assert await directory.totals(account) == Totals(users=2)


async def test_many_changes_after_the_checkpoint(directory: TableDirectory, tables: Tables, account: str) -> None:
    """More than one page of them is read in ranges of time."""
    await write_changes(tables, account, 1_250)
    assert await directory.totals(account) == Totals(users=834, groups=416)


async def test_membership_of_a_deleted_user_is_swept(directory: TableDirectory, tables: Tables, account: str) -> None:
    """A member that was added while it was being deleted is no member once the deletion is counted."""
    user, group = make_user(), make_group()
    created = await directory.create_user(account, user, creation(user))
    await directory.create_group(account, group, (), creation(group))
    await directory.delete_user(account, created, deletion(user))
    late = membership_entities(group.id, members(user)[0], change_id="")
    await tables.directory.submit(account, [create(each) for each in late])
    assert (await directory.get_group(account, group.id, members=True)).members == members(user)
    await directory.checkpoint(account, datetime.now(UTC) + timedelta(minutes=1), 1000)
    assert (await directory.get_group(account, group.id, members=True)).members == ()
    assert [each async for each in directory.audit(account)] == []


@pytest.mark.parametrize("action", [Action.DELETE, Action.UPDATE])
async def test_refused_deletion_ends_no_membership(directory: TableDirectory, account: str, action: Action) -> None:
    """Who was not deleted stays a member, and keeps its members, whatever was tried."""
    user, group = make_user(), make_group()
    await directory.create_user(account, user, creation(user))
    await directory.create_group(account, group, members(user), creation(group))
    for each in (user, group):
        tried = dataclasses.replace(change(each, action), users=0, groups=0, outcome=Outcome.FAILURE, status=412)
        await directory.record(account, tried)
    await directory.checkpoint(account, datetime.now(UTC) + timedelta(minutes=1), 1000)
    assert (await directory.get_group(account, group.id, members=True)).members == members(user)
    assert (await directory.get_user(account, user.id, groups=True)).groups == (group.id,)


@pytest.mark.parametrize("kind", ["ScopeMember", "Token", "Schemas", ""])
async def test_act_about_something_else_is_passed(directory: TableDirectory, account: str, kind: str) -> None:
    """The checkpoint moves on past the end of whatever else has one."""
    user = make_user()
    ended = dataclasses.replace(change(user, Action.DELETE), users=0, kind=kind)
    await directory.record(account, ended)
    assert await directory.checkpoint(account, datetime.now(UTC) + timedelta(minutes=1), 1000) == 1
