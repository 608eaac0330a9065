"""What every directory store promises, asked of the one in memory and of the one over tables."""

import asyncio
import dataclasses
from uuid import uuid4

import pytest

from domain.model import Kind, Member, MemberDelta, Origin, Totals, UserState
from domain.ports import DirectoryStore, RecordNotFound, RecordTooLarge, Taken, VersionConflict
from tests.memory import MemoryDirectory
from tests.storage.build import change, changed, creation, deletion, make_group, make_user, members, query

CAFE = "caf\u00e9@example.com"
CAFE_DECOMPOSED = "CAFE\u0301@example.com"


# Users


async def test_created_user_can_be_read(store: DirectoryStore, account: str) -> None:
    """What was stored comes back whole, with the version that the creation answered."""
    user = dataclasses.replace(
        make_user(
            name={"familyName": "Ngo"}, emails=[{"value": "A@b.example", "primary": True}], nickName="\U0001f600"
        ),
        origin=Origin.NATIVE,
        state=UserState.INVITED,
    )
    created = await store.create_user(account, user, creation(user))
    assert created.version
    assert created == await store.get_user(account, user.id)
    assert dataclasses.replace(created, version="") == user


@pytest.mark.parametrize("user_id", ["0b4e0f2c-9b1e-4c5a-8f65-0d2f4a1c7e11", "", "no id", "a/b", "x" * 3000])
async def test_unknown_ids_are_not_found(store: DirectoryStore, account: str, user_id: str) -> None:
    """Also what could never be an id."""
    with pytest.raises(RecordNotFound):
        await store.get_user(account, user_id)
    with pytest.raises(RecordNotFound):
        await store.get_group(account, user_id)


@pytest.mark.requirement("7644-6-02")
async def test_accounts_do_not_see_each_other(store: DirectoryStore, account: str) -> None:
    """The same userName may live in two accounts, and an id means nothing in another one."""
    user = make_user("a@example.com")
    await store.create_user(account, user, creation(user))
    other = make_user("a@example.com")
    await store.create_user(f"{account}x", other, creation(other))
    with pytest.raises(RecordNotFound):
        await store.get_user(f"{account}x", user.id)


@pytest.mark.requirement("7643-4.1.1-02")
@pytest.mark.parametrize("taken", ["a@example.com", "A@EXAMPLE.com"])
async def test_user_name_is_unique(store: DirectoryStore, account: str, taken: str) -> None:
    """A second user of the name is refused, whatever the case of its letters, and nothing of it is stored."""
    first, second = make_user("a@example.com"), make_user(taken)
    await store.create_user(account, first, creation(first))
    with pytest.raises(Taken, match="userName"):
        await store.create_user(account, second, creation(second))
    assert await store.totals(account) == Totals(users=1)


@pytest.mark.requirement("7644-7.8-01")
async def test_unicode_forms_of_a_name_are_one(store: DirectoryStore, account: str) -> None:
    """A letter and its accent apart make the same name as the two in one character."""
    first, second = make_user(CAFE), make_user(CAFE_DECOMPOSED)
    await store.create_user(account, first, creation(first))
    with pytest.raises(Taken):
        await store.create_user(account, second, creation(second))


@pytest.mark.requirement("7644-3.3-07")
async def test_one_of_many_creators_wins(store: DirectoryStore, account: str) -> None:
    """Of creators of one name at the same time exactly one succeeds."""
    users = [make_user("same@example.com") for _ in range(8)]
    results = await asyncio.gather(
        *(store.create_user(account, user, creation(user)) for user in users), return_exceptions=True
    )
    assert sum(isinstance(each, Taken) for each in results) == 7
    assert await store.totals(account) == Totals(users=1)


async def test_replaced_user_has_a_new_version(store: DirectoryStore, account: str) -> None:
    """The answer and the next read agree on the version and the document."""
    user = make_user(nickName="a")
    created = await store.create_user(account, user, creation(user))
    replaced = await store.replace_user(account, created, changed(created, nickName=None, title="b"), change(user))
    assert replaced.version != created.version
    assert replaced == await store.get_user(account, user.id)


async def test_stale_version_is_refused(store: DirectoryStore, account: str) -> None:
    """No write without the version that was read."""
    user = make_user()
    created = await store.create_user(account, user, creation(user))
    await store.replace_user(account, created, changed(created, title="a"), change(user))
    with pytest.raises(VersionConflict):
        await store.replace_user(account, created, changed(created, title="b"), change(user))
    with pytest.raises(VersionConflict):
        await store.delete_user(account, dataclasses.replace(created, groups=()), deletion(user))


async def test_writing_a_deleted_user_is_refused(store: DirectoryStore, account: str) -> None:
    """A user that is gone is not found, for reading and for writing."""
    user = make_user()
    created = await store.create_user(account, user, creation(user))
    await store.delete_user(account, dataclasses.replace(created, groups=()), deletion(user))
    with pytest.raises(RecordNotFound):
        await store.replace_user(account, created, changed(created, title="b"), change(user))
    with pytest.raises(RecordNotFound):
        await store.delete_user(account, dataclasses.replace(created, groups=()), deletion(user))
    with pytest.raises(RecordNotFound):
        await store.get_user(account, user.id)


async def test_renaming_frees_the_old_name_at_once(store: DirectoryStore, account: str) -> None:
    """Another user may take it, and the new name is taken."""
    user = make_user("old@example.com")
    created = await store.create_user(account, user, creation(user))
    await store.replace_user(account, created, changed(created, userName="new@example.com"), change(user))
    second = make_user("OLD@example.com")
    await store.create_user(account, second, creation(second))
    third = make_user("NEW@example.com")
    with pytest.raises(Taken):
        await store.create_user(account, third, creation(third))


async def test_renaming_to_a_taken_name_is_refused(store: DirectoryStore, account: str) -> None:
    """The user stays as it was; a change of letter case alone is no conflict with itself."""
    first, second = make_user("a@example.com"), make_user("b@example.com")
    await store.create_user(account, first, creation(first))
    created = await store.create_user(account, second, creation(second))
    with pytest.raises(Taken, match="userName"):
        await store.replace_user(account, created, changed(created, userName="A@example.com"), change(second))
    assert await store.get_user(account, second.id) == created
    renamed = await store.replace_user(account, created, changed(created, userName="B@example.com"), change(second))
    assert renamed.document["userName"] == "B@example.com"


async def test_deleting_frees_the_name(store: DirectoryStore, account: str) -> None:
    """A deleted user's name can be used again."""
    user = make_user("a@example.com")
    created = await store.create_user(account, user, creation(user))
    await store.delete_user(account, created, deletion(user))
    again = make_user("a@example.com")
    await store.create_user(account, again, creation(again))
    assert await store.totals(account) == Totals(users=1)


@pytest.mark.parametrize(
    "name", ["a/b\\c#d?e%f", "tab\tnewline\n\x00\x7f\x85", "x" * 3000, "a:b;c~d!e", "'\"", "\U0001f600" * 300]
)
async def test_any_text_can_be_a_name(store: DirectoryStore, account: str, name: str) -> None:
    """Characters that row keys must not hold, and names longer than a row key."""
    user = make_user(name)
    await store.create_user(account, user, creation(user))
    with pytest.raises(Taken):
        await store.create_user(account, make_user(name), creation(user))
    page = await store.find(account, query("userName pr"))
    assert page.records[0].document["userName"] == name


# Groups


async def test_group_with_members(store: DirectoryStore, account: str) -> None:
    """Members come back in the order of their ids, users and groups alike; without asking they are not read."""
    users = [make_user() for _ in range(3)]
    nested, group = make_group(), make_group("Team", externalId="x")
    for user in users:
        await store.create_user(account, user, creation(user))
    await store.create_group(account, nested, (), creation(nested))
    created = await store.create_group(account, group, members(*users, nested), creation(group))
    read = await store.get_group(account, group.id, members=True)
    assert created == read
    assert read.members == members(*users, nested)
    assert (await store.get_group(account, group.id)).members is None
    assert (await store.get_group(account, nested.id, members=True)).groups == (group.id,)
    assert (await store.get_user(account, users[0].id, groups=True)).groups == (group.id,)


async def test_group_name_is_unique_among_scim_groups(store: DirectoryStore, account: str) -> None:
    """A native group of the same name stands beside it."""
    group, second, native = make_group("Team"), make_group("TEAM"), make_group("team", origin=Origin.NATIVE)
    await store.create_group(account, group, (), creation(group))
    with pytest.raises(Taken, match="displayName"):
        await store.create_group(account, second, (), creation(second))
    await store.create_group(account, native, (), creation(native))


async def test_members_change_with_the_group(store: DirectoryStore, account: str) -> None:
    """Additions and removals are in one change with the attributes; adding a member twice changes nothing."""
    users = [make_user() for _ in range(4)]
    group = make_group("Team")
    created = await store.create_group(account, group, members(*users[:2]), creation(group))
    delta = MemberDelta(added=members(*users[1:]), removed=(users[0].id, str(uuid4())))
    replaced = await store.replace_group(account, created, changed(created, displayName="B"), delta, change(group))
    read = await store.get_group(account, group.id, members=True)
    assert read.members == members(*users[1:])
    assert read.document["displayName"] == "B"
    assert (read.version, read.members) == (replaced.version, replaced.members)
    assert await store.members_among(account, group.id, [each.id for each in users]) == {each.id for each in users[1:]}


async def test_contradicting_members_are_written_once(store: DirectoryStore, account: str) -> None:
    """An id that comes twice, or is added and removed at once, is a member; so is a group of itself, until it goes."""
    user, group = make_user(), make_group()
    twice = (*members(user), *members(user))
    created = await store.create_group(account, group, twice, creation(group))
    delta = MemberDelta(added=(*twice, *members(group)), removed=(user.id, user.id))
    await store.replace_group(account, created, created, delta, change(group))
    read = await store.get_group(account, group.id, members=True)
    assert read.members == members(user, group)
    await store.delete_group(account, read, deletion(group))


async def test_changing_members_of_a_stale_group_is_refused(store: DirectoryStore, account: str) -> None:
    """A change of members changes the group's version."""
    user, group = make_user(), make_group()
    created = await store.create_group(account, group, (), creation(group))
    await store.replace_group(account, created, created, MemberDelta(added=members(user)), change(group))
    with pytest.raises(VersionConflict):
        await store.replace_group(account, created, created, MemberDelta(removed=(user.id,)), change(group))
    assert await store.members_among(account, group.id, [user.id]) == {user.id}


async def test_deleting_a_user_ends_its_memberships(store: DirectoryStore, account: str) -> None:
    """The groups lose the member."""
    user, stays = make_user(), make_user()
    await store.create_user(account, user, creation(user))
    groups = [make_group() for _ in range(3)]
    for group in groups:
        await store.create_group(account, group, members(user, stays), creation(group))
    await store.delete_user(account, await store.get_user(account, user.id, groups=True), deletion(user))
    for group in groups:
        assert (await store.get_group(account, group.id, members=True)).members == members(stays)


async def test_deleting_a_group_ends_all_memberships(store: DirectoryStore, account: str) -> None:
    """Those in it and those of it."""
    user, group, parent = make_user(), make_group("Team"), make_group()
    await store.create_user(account, user, creation(user))
    await store.create_group(account, group, members(user), creation(group))
    await store.create_group(account, parent, members(group), creation(parent))
    await store.delete_group(account, await store.get_group(account, group.id, members=True), deletion(group))
    assert (await store.get_user(account, user.id, groups=True)).groups == ()
    assert (await store.get_group(account, parent.id, members=True)).members == ()
    again = make_group("Team")
    await store.create_group(account, again, (), creation(again))


@pytest.mark.parametrize("size", [150, 230])
async def test_large_member_changes(store: DirectoryStore, account: str, size: int) -> None:
    """More members than one transaction takes: created, removed, and gone with the group."""
    people = tuple(sorted((Member(str(uuid4())) for _ in range(size)), key=lambda each: each.id))
    group = make_group()
    created = await store.create_group(account, group, people, creation(group))
    read = await store.get_group(account, group.id, members=True)
    assert read == created
    removed = tuple(each.id for each in people[10:])
    after = await store.replace_group(account, read, read, MemberDelta(removed=removed), change(group))
    assert after.members == people[:10]
    back = await store.replace_group(account, after, after, MemberDelta(added=people), change(group))
    assert back == await store.get_group(account, group.id, members=True)
    assert back.members == people
    await store.delete_group(account, back, deletion(group))
    assert await store.members_among(account, group.id, [each.id for each in people]) == frozenset()


async def test_kinds_of_ids(store: DirectoryStore, account: str) -> None:
    """Ids that do not exist, or cannot, are left out; many are answered like few."""
    user, group = make_user(), make_group()
    await store.create_user(account, user, creation(user))
    await store.create_group(account, group, (), creation(group))
    nobody = [str(uuid4()) for _ in range(150)]
    assert await store.kinds_of(account, [user.id, group.id, nobody[0], "x/y", ""]) == {
        user.id: Kind.USER,
        group.id: Kind.GROUP,
    }
    assert await store.kinds_of(account, [*nobody, user.id]) == {user.id: Kind.USER}
    assert await store.kinds_of(account, []) == {}
    assert await store.members_among(account, group.id, nobody) == frozenset()


async def test_totals_count_changes(store: DirectoryStore, account: str) -> None:
    """Users and groups that were created, less those deleted."""
    user, group = make_user(), make_group()
    created = await store.create_user(account, user, creation(user))
    await store.create_user(account, make_user(), creation(user))
    await store.create_group(account, group, (), creation(group))
    await store.delete_user(account, created, deletion(user))
    assert await store.totals(account) == Totals(users=1, groups=1)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # of the transport; 4 MiB at most
async def test_too_large_is_refused_before_it_is_sent(store: DirectoryStore, account: str) -> None:
    """A document of 600,000 characters comes back whole, one of more than a row is refused."""
    if isinstance(store, MemoryDirectory):
        return
    user = make_user(title="\U0001f600" * 200_000)
    await store.create_user(account, user, creation(user))
    assert (await store.get_user(account, user.id)).document == user.document
    too_large = make_user(title="x" * 600_000)
    with pytest.raises(RecordTooLarge):
        await store.create_user(account, too_large, creation(too_large))
