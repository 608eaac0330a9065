"""Changes of more than one transaction: recorded, resumed by anybody, and refused once they are finished."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from domain.model import GroupRecord, Kind, Member, MemberDelta
from domain.ports import MembershipQuery, RecordTooLarge, VersionConflict
from storage import journal, keys
from storage.client import Tables, create
from storage.directory import TableDirectory
from storage.entities import change_entity
from storage.errors import Refused
from storage.journal import Progress, Step, Work
from storage.limits import check_entity, check_transaction
from tests.storage.build import change, creation, deletion, make_group, make_user, members

GROUP = str(uuid4())


def steps(count: int, *, adds: bool = True, kind: Kind = Kind.USER) -> list[Step]:
    return [Step(adds, GROUP, Member(str(uuid4()), kind)) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 500])
def test_steps_survive_packing(count: int) -> None:
    """Additions and removals, users and groups, in their order."""
    mixed = [*steps(count), *steps(count, adds=False), *steps(count, kind=Kind.GROUP), *steps(1, adds=False)]
    assert journal._unpack(journal._pack(mixed)) == mixed


@pytest.mark.parametrize("count", [48, 5_000, 20_000, 60_000])
def test_first_transaction_is_within_the_limits(count: int) -> None:
    """However many steps, the journal and the first of them fit."""
    group = make_group()
    fixed = [create(change_entity(change(group))), create({"RowKey": "g:1"}), create({"RowKey": "gn:1"})]
    operations, progress = journal.first_transaction(fixed, Work("c1", steps(count), "g:1"))
    entities = [operation.entity for operation in operations]
    assert progress.done > 40
    check_transaction(entities)
    for entity in entities:
        check_entity({"PartitionKey": "x" * 64, **entity})


def test_endless_changes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the rows of a journal hold, before anything is sent."""
    monkeypatch.setattr(journal, "_BLOB", 1_000)
    with pytest.raises(RecordTooLarge):
        journal.first_transaction([], Work("c1", steps(5_000)))


async def begun(
    directory: TableDirectory, account: str, people: Sequence[Member], monkeypatch: pytest.MonkeyPatch
) -> GroupRecord:
    """A group whose creation was cut off after its first transaction."""

    async def killed(*_: object) -> None:
        raise ConnectionAbortedError

    group = make_group("Team")
    with monkeypatch.context() as patch:
        patch.setattr(journal, "finish", killed)
        with pytest.raises(ConnectionAbortedError):
            await directory.create_group(account, group, tuple(people), creation(group))
    return group


PEOPLE = sorted((Member(str(uuid4())) for _ in range(120)), key=lambda member: member.id)


async def test_timer_finishes_what_was_begun(
    directory: TableDirectory, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All members are there, nothing waits, and a second run finds nothing to do."""
    group = await begun(directory, account, PEOPLE, monkeypatch)
    assert len((await directory.get_group(account, group.id, members=True)).members or ()) < 120
    assert await directory.roll_forward(account) == 1
    assert await directory.roll_forward(account) == 0
    assert (await directory.get_group(account, group.id, members=True)).members == tuple(PEOPLE)


async def test_next_writer_finishes_what_was_begun(
    directory: TableDirectory, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told that the group is another now; with what it reads then it succeeds, and no member is lost."""
    group = await begun(directory, account, PEOPLE, monkeypatch)
    delta = MemberDelta(removed=(PEOPLE[-1].id,))
    read = await directory.get_group(account, group.id)
    with pytest.raises(VersionConflict):
        await directory.replace_group(account, read, read, delta, change(group))
    read = await directory.get_group(account, group.id)
    await directory.replace_group(account, read, read, delta, change(group))
    assert (await directory.get_group(account, group.id, members=True)).members == tuple(PEOPLE[:-1])


async def test_deleting_an_unfinished_group_finishes_it_first(
    directory: TableDirectory, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is left then."""
    group = await begun(directory, account, PEOPLE, monkeypatch)
    for expected in (VersionConflict, None):
        read = await directory.get_group(account, group.id, members=True)
        if expected is not None:
            with pytest.raises(expected):
                await directory.delete_group(account, read, deletion(group))
            continue
        await directory.delete_group(account, read, deletion(group))
    assert await directory.members_among(account, group.id, [each.id for each in PEOPLE]) == frozenset()


async def test_deleting_a_large_group_leaves_nothing(directory: TableDirectory, account: str) -> None:
    """As many memberships as one request may bring end in hundreds of transactions, both ways round."""
    users = [make_user() for _ in range(20_000)]
    group = make_group("Team")
    await directory.create_group(account, group, members(*users), creation(group))
    read = await directory.get_group(account, group.id, members=True)
    assert len(read.members or ()) == 20_000
    await directory.delete_group(account, read, deletion(group))
    assert (await directory.find_memberships(account, MembershipQuery(count=1))).memberships == ()
    assert [each async for each in directory.audit(account)] == []


async def test_deleting_a_user_of_many_groups_leaves_nothing(directory: TableDirectory, account: str) -> None:
    """It is in none of 500 groups, and each group stays."""
    user = make_user()
    await directory.create_user(account, user, creation(user))
    groups = [make_group() for _ in range(500)]
    await asyncio.gather(*(directory.create_group(account, each, members(user), creation(each)) for each in groups))
    read = await directory.get_user(account, user.id, groups=True)
    assert len(read.groups or ()) == 500
    await directory.delete_user(account, read, deletion(user))
    assert (await directory.find_memberships(account, MembershipQuery(count=1))).memberships == ()
    assert [each async for each in directory.audit(account)] == []


async def test_many_workers_do_no_harm(
    directory: TableDirectory, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three timers at once finish it as one does."""
    group = await begun(directory, account, PEOPLE, monkeypatch)
    await asyncio.gather(*(directory.roll_forward(account) for _ in range(3)))
    assert (await directory.get_group(account, group.id, members=True)).members == tuple(PEOPLE)


async def test_slow_worker_is_refused(
    directory: TableDirectory, tables: Tables, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the change is finished, its chunks cannot be written any more: a member removed since stays removed."""
    group = await begun(directory, account, PEOPLE, monkeypatch)
    (change_id,) = await journal.unfinished(tables.directory, account)
    await directory.roll_forward(account)
    read = await directory.get_group(account, group.id)
    await directory.replace_group(account, read, read, MemberDelta(removed=(PEOPLE[0].id,)), change(group))
    work = Work(change_id, [Step(True, group.id, each) for each in PEOPLE], keys.resource(Kind.GROUP, group.id))
    await journal.finish(tables.directory, account, work, Progress(0, 1))
    with pytest.raises(Refused):
        await journal._chunk(tables.directory, account, work, work.steps[:1], 0)
    assert await directory.members_among(account, group.id, [PEOPLE[0].id]) == frozenset()


async def test_resumed_work_begins_where_it_stopped(
    directory: TableDirectory, tables: Tables, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first transaction's members are not written again."""
    await begun(directory, account, PEOPLE, monkeypatch)
    (change_id,) = await journal.unfinished(tables.directory, account)
    head = await tables.directory.get(account, keys.journal(change_id))
    assert head["done"] > 40
