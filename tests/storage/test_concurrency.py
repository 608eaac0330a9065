"""Writers at the same time, as in several processes: each succeeds or is told, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from domain.model import Member, MemberDelta, UserRecord
from domain.ports import RecordNotFound, VersionConflict
from storage.audit import Fault, Finding
from storage.client import Tables
from storage.directory import TableDirectory
from tests.storage.build import change, changed, creation, deletion, make_group, make_user, members
from tests.storage.seed import seed_users


async def until_it_succeeds[T](attempt: Callable[[], Awaitable[T]]) -> T:
    """What a writer does: read and write again while others come first."""
    for _ in range(100):
        try:
            return await attempt()
        except VersionConflict:
            await asyncio.sleep(0)
    raise AssertionError("never came first")


def halves(members: list[Member]) -> tuple[list[Member], list[Member]]:
    return members[::2], members[1::2]


async def faults(directory: TableDirectory, account: str) -> list[Finding]:
    """What the audit finds, but for the totals: seeded users have no changes that count them."""
    return [each async for each in directory.audit(account) if each.fault is not Fault.TOTALS]


async def people(tables: Tables, account: str, count: int) -> list[Member]:
    """So many users who can be members."""
    return list(members(*await seed_users(tables.directory, account, count)))


@pytest.mark.requirement("7644-3.5.2-17")
async def test_members_added_at_once_are_all_there(directory: TableDirectory, tables: Tables, account: str) -> None:
    """Twelve writers of one group, half of them adding and half removing."""
    group = make_group()
    old, new = halves(await people(tables, account, 12))
    await directory.create_group(account, group, tuple(old), creation(group))

    async def write(delta: MemberDelta) -> None:
        read = await directory.get_group(account, group.id)
        await directory.replace_group(account, read, read, delta, change(group))

    deltas = [*(MemberDelta(added=(each,)) for each in new), *(MemberDelta(removed=(each.id,)) for each in old)]
    await asyncio.gather(*(until_it_succeeds(partial(write, each)) for each in deltas))
    read = await directory.get_group(account, group.id, members=True)
    assert set(read.members or ()) == set(new)
    assert await faults(directory, account) == []


async def test_large_changes_at_once(directory: TableDirectory, tables: Tables, account: str) -> None:
    """Two changes of more than one transaction: one waits for the end of the other, and both are whole."""
    group = make_group()
    some, others = halves(await people(tables, account, 140))
    await directory.create_group(account, group, (), creation(group))

    async def add(new: list[Member]) -> None:
        read = await directory.get_group(account, group.id)
        delta = MemberDelta(added=tuple(new))
        await directory.replace_group(account, read, read, delta, change(group))

    await asyncio.gather(*(until_it_succeeds(partial(add, each)) for each in (some, others)))
    read = await directory.get_group(account, group.id, members=True)
    assert set(read.members or ()) == {*some, *others}
    assert await faults(directory, account) == []


async def test_attributes_changed_at_once_are_all_there(directory: TableDirectory, account: str) -> None:
    """Eight writers of one user, each of another attribute; its name changes under them."""
    user = make_user()
    await directory.create_user(account, user, creation(user))

    async def write(number: int) -> UserRecord:
        read = await directory.get_user(account, user.id)
        after = changed(read, **{f"a{number}": number}, userName=f"name{number}")
        return await directory.replace_user(account, read, after, change(user))

    await asyncio.gather(*(until_it_succeeds(partial(write, each)) for each in range(8)))
    read = await directory.get_user(account, user.id)
    assert [read.document.get(f"a{number}") for number in range(8)] == list(range(8))
    assert await faults(directory, account) == []


async def test_deletion_meets_change(directory: TableDirectory, account: str) -> None:
    """A user that is renamed and deleted at once is gone, and its names are free."""
    user = make_user("ann")
    read = await directory.create_user(account, user, creation(user))

    async def rename() -> None:
        before = await directory.get_user(account, user.id)
        await directory.replace_user(account, before, changed(before, userName="bob"), change(user))

    async def delete() -> None:
        await directory.delete_user(account, await directory.get_user(account, read.id, groups=True), deletion(user))

    results = await asyncio.gather(until_it_succeeds(rename), until_it_succeeds(delete), return_exceptions=True)
    assert [each for each in results if each is not None and not isinstance(each, RecordNotFound)] == []
    for name in ("ann", "bob"):
        again = make_user(name)
        await directory.create_user(account, again, creation(again))
    assert await faults(directory, account) == []
