"""What every directory store promises of values in registered extensions that must be unique."""

import asyncio
import dataclasses

import pytest

from domain.model import GroupRecord, Kind, MemberDelta, Record, UserRecord
from domain.ports import DirectoryStore, Taken
from scim.extensions import UniqueValue
from storage import keys
from storage.audit import Fault
from storage.client import Tables, create, delete
from storage.directory import TableDirectory
from tests.storage.build import change, changed, creation, deletion, make_group, make_user

BADGE = "urn:example:params:scim:schemas:badges:1.0:User:badge"


def having[R: Record](record: R, *values: str, attribute: str = BADGE) -> R:
    """*record* with these unique values."""
    return dataclasses.replace(record, unique=tuple(UniqueValue(attribute, each) for each in values))


async def add(store: DirectoryStore, account: str, *values: str, attribute: str = BADGE) -> UserRecord:
    """A new user with these unique values."""
    user = having(make_user(), *values, attribute=attribute)
    return await store.create_user(account, user, creation(user))


async def test_unique_values_come_back(store: DirectoryStore, account: str) -> None:
    """With the record, whatever characters they have."""
    user = await add(store, account, "b-1", "a:/#?\\\U0001f600", "x" * 1_000)
    assert await store.get_user(account, user.id) == user
    assert len(user.unique) == 3


async def test_value_is_held_by_one(store: DirectoryStore, account: str) -> None:
    """A second one is told the attribute, and nothing of it is stored."""
    await add(store, account, "b-1")
    with pytest.raises(Taken) as taken:
        await add(store, account, "b-2", "b-1")
    assert taken.value.attribute == BADGE
    await add(store, account, "b-2")


async def test_value_is_held_in_its_attribute_and_account(store: DirectoryStore, account: str) -> None:
    """Another attribute, another account and another kind of resource may have the same."""
    await add(store, account, "b-1")
    await add(store, account, "b-1", attribute=f"{BADGE}2")
    await add(store, f"{account}x", "b-1")
    group = having(make_group(), "b-1")
    await store.create_group(account, group, (), creation(group))


async def test_value_is_given_up(store: DirectoryStore, account: str) -> None:
    """By a change to another value or to none, and with the user."""
    user = await add(store, account, "b-1", "b-2", "b-3")
    changed_user = await store.replace_user(account, user, having(changed(user, title="x"), "b-2", "b-3"), change(user))
    await add(store, account, "b-1")
    with pytest.raises(Taken):
        await add(store, account, "b-2")
    left = await store.replace_user(account, changed_user, having(changed(user, title="y"), "b-3"), change(user))
    await add(store, account, "b-2")
    await store.delete_user(account, left, deletion(left))
    await add(store, account, "b-3")


async def test_value_of_another_cannot_be_taken(store: DirectoryStore, account: str) -> None:
    """By a change either."""
    await add(store, account, "b-1")
    user = await add(store, account)
    with pytest.raises(Taken):
        await store.replace_user(account, user, having(changed(user, title="x"), "b-1"), change(user))
    assert await store.get_user(account, user.id) == user


async def test_one_of_many_wins(store: DirectoryStore, account: str) -> None:
    """Of creators with one value at the same time exactly one succeeds."""
    results = await asyncio.gather(*(add(store, account, "b-1") for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(each, Taken) for each in results) == 5


async def test_groups_hold_values_too(store: DirectoryStore, account: str) -> None:
    """And give them up."""

    async def add_group() -> GroupRecord:
        group = having(make_group(), "g-1")
        return await store.create_group(account, group, (), creation(group))

    group = await add_group()
    with pytest.raises(Taken):
        await add_group()
    assert (await store.get_group(account, group.id)).unique == group.unique
    await store.replace_group(account, group, having(changed(group, x=1)), MemberDelta(), change(group))
    await add_group()


async def test_audit_knows_the_rows(directory: TableDirectory, tables: Tables, account: str) -> None:
    """One that is missing, and one that leads nowhere, are found and mended."""
    user = await add(directory, account, "b-1")
    assert [each async for each in directory.audit(account)] == []
    row_key, ghost = (keys.unique(Kind.USER, BADGE, each) for each in ("b-1", "b-2"))
    await tables.directory.write(account, delete(row_key))
    await tables.directory.write(account, create({"RowKey": ghost, "id": user.id}))
    found = [(each.fault, each.row_key) async for each in directory.audit(account, repair=True)]
    assert found == [(Fault.ORPHAN, ghost), (Fault.MISSING, row_key)]
    with pytest.raises(Taken, match="badge"):
        await add(directory, account, "b-1")
