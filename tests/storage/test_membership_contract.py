"""What every directory store promises of memberships in pages, asked of the one in memory and of those over tables."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from domain.model import GroupRecord, Kind, Member, MemberDelta, Membership
from domain.ports import DirectoryStore, MembershipPage, MembershipQuery, RecordNotFound
from scim.filters import parse
from storage.client import Tables, make_table
from storage.directory import TableDirectory
from tests.memory import MemoryDirectory
from tests.storage.build import change, creation, deletion, make_group

NOBODY = str(uuid4())


@pytest.fixture(params=["memory", "tables", "tables with small pages"])
async def store(request: pytest.FixtureRequest, tables: Tables, connection: str) -> AsyncIterator[DirectoryStore]:
    """The store in memory, and over tables also one whose service never answers more than three rows at once."""
    if request.param == "memory":
        yield MemoryDirectory()
    elif request.param == "tables":
        yield TableDirectory(tables.directory)
    else:
        async with make_table("directory", connection_string=connection, page_size=3) as table:
            yield TableDirectory(table)


@dataclass(repr=False)
class Place:
    """An account with a group of 20 users, one of 5 of them and the first group, and an empty one."""

    store: DirectoryStore
    account: str
    people: list[Member]
    large: GroupRecord
    small: GroupRecord
    empty: GroupRecord

    async def page(self, **query: Any) -> MembershipPage:
        if isinstance(text := query.get("filter"), str):
            query["filter"] = parse(text, "GroupMember")
        return await self.store.find_memberships(self.account, MembershipQuery(**query))

    async def walk(self, **query: Any) -> list[MembershipPage]:
        """All pages of a walk by position."""
        pages = [await self.page(after="", **query)]
        while pages[-1].next is not None:
            assert len(pages) < 60
            pages.append(await self.page(after=pages[-1].next, **query))
        return pages


@pytest.fixture
async def place(store: DirectoryStore, account: str) -> Place:
    people = sorted((Member(str(uuid4())) for _ in range(20)), key=lambda each: each.id)
    large, small, empty = make_group(), make_group(), make_group()
    groups = {
        large.id: await store.create_group(account, large, tuple(people), creation(large)),
        small.id: await store.create_group(
            account, small, (*people[:5], Member(large.id, Kind.GROUP)), creation(small)
        ),
        empty.id: await store.create_group(account, empty, (), creation(empty)),
    }
    return Place(store, account, people, groups[large.id], groups[small.id], groups[empty.id])


def pairs(*pages: MembershipPage) -> list[tuple[str, Member]]:
    return [(each.group_id, each.member) for page in pages for each in page.memberships]


@pytest.mark.parametrize("count", [1, 7, 20, 21, 100])
async def test_members_of_a_group_in_pages(place: Place, count: int) -> None:
    """A walk shows every member once, in the order of their ids, and no page is longer than asked."""
    pages = await place.walk(group=place.large.id, count=count)
    assert pairs(*pages) == [(place.large.id, each) for each in place.people]
    assert all(len(page.memberships) <= count for page in pages)


async def test_groups_of_a_member_in_pages(place: Place) -> None:
    """The other way round: the groups in the order of their ids."""
    both = sorted([place.large.id, place.small.id])
    pages = await place.walk(member=place.people[0].id, count=1)
    assert pairs(*pages) == [(each, place.people[0]) for each in both]
    assert pairs(await place.page(member=place.large.id)) == [(place.small.id, Member(place.large.id, Kind.GROUP))]


async def test_all_memberships_of_the_account(place: Place) -> None:
    """Without group or member: all, in the order of groups and then of members, and none of another account."""
    await place.store.create_group(f"{place.account}x", make_group(), tuple(place.people), creation(place.large))
    pages = await place.walk(count=4)
    ids = [each.id for page in pages for each in page.memberships]
    assert len(ids) == 26
    assert ids == sorted(ids)
    assert (await place.page(count=0)).total == 26


async def test_one_membership(place: Place) -> None:
    """Group and member together name one, or none."""
    member = place.people[3]
    page = await place.page(group=place.small.id, member=member.id)
    assert (pairs(page), page.total) == ([(place.small.id, member)], 1)
    assert await place.page(group=place.small.id, member=place.people[9].id) == MembershipPage((), 0)
    assert (await place.page(group=place.small.id, member=member.id, start_index=2)).memberships == ()


@pytest.mark.parametrize("start", [1, 2, 8, 19, 20, 21, 500])
@pytest.mark.parametrize("count", [0, 1, 7, 100])
async def test_page_at_an_index(place: Place, start: int, count: int) -> None:
    """The slice that is asked for, with the number of all matches, wherever it lies."""
    page = await place.page(group=place.large.id, start_index=start, count=count)
    wanted = place.people[start - 1 : start - 1 + count]
    assert (pairs(page), page.total, page.next) == ([(place.large.id, each) for each in wanted], 20, None)


async def test_total_of_a_walk(place: Place) -> None:
    """It is told where the first page holds everything, and where it would have to be counted it is not."""
    assert (await place.page(group=place.large.id, after="")).total == 20
    assert (await place.page(group=place.large.id, after="", count=10)).total is None
    assert await place.page(group=place.empty.id, after="") == MembershipPage((), 0)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('member.type eq "Group"', 1),
        ('member.type eq "User" and group.value pr', 25),
        ('meta.created gt "2020-01-01T00:00:00Z"', 26),
        ('meta.created lt "2020-01-01T00:00:00Z"', 0),
        ('meta.resourceType eq "GroupMember"', 26),
    ],
)
async def test_filter_besides(place: Place, text: str, count: int) -> None:
    """What cannot be read by keys is asked of each membership: by index and by position alike."""
    assert (await place.page(filter=text, start_index=2, count=3)).total == count
    pages = await place.walk(filter=text, count=4)
    assert len(pairs(*pages)) == count
    within = await place.page(filter=text, group=place.empty.id)
    assert within == MembershipPage((), 0)


@pytest.mark.parametrize("odd", ["", "no id", "a/b", "m:x", "\x00", "x" * 3000])
async def test_what_is_no_id_has_no_memberships(place: Place, odd: str) -> None:
    """Whatever characters it holds."""
    for query in ({"group": odd}, {"member": odd}, {"group": odd, "member": odd}):
        assert await place.page(**query) == MembershipPage((), 0)
    with pytest.raises(RecordNotFound):
        await place.store.get_membership(place.account, odd, place.people[0].id)
    with pytest.raises(RecordNotFound):
        await place.store.get_membership(place.account, place.large.id, odd)


async def test_get_one(place: Place) -> None:
    """A membership is the same read alone and in a page, and knows since when it is."""
    page = await place.page(group=place.large.id, count=1)
    read = await place.store.get_membership(place.account, place.large.id, place.people[0].id)
    assert page.memberships == (read,)
    assert abs((read.created - datetime.now(UTC)).total_seconds()) < 600
    assert read == Membership(place.large.id, place.people[0], read.created)
    with pytest.raises(RecordNotFound):
        await place.store.get_membership(place.account, place.large.id, NOBODY)
    with pytest.raises(RecordNotFound):
        await place.store.get_membership(f"{place.account}x", place.large.id, place.people[0].id)


async def test_pages_follow_changes(place: Place) -> None:
    """A walk goes on where it was, also where the membership at its position has ended."""
    first = await place.page(group=place.large.id, after="", count=5)
    group = await place.store.get_group(place.account, place.large.id)
    delta = MemberDelta(removed=tuple(each.id for each in place.people[4:6]))
    await place.store.replace_group(place.account, group, group, delta, change(group))
    second = await place.page(group=place.large.id, after=first.next, count=5)
    assert pairs(second) == [(place.large.id, each) for each in place.people[6:11]]
    await place.store.delete_group(
        place.account, await place.store.get_group(place.account, group.id, members=True), deletion(group)
    )
    assert await place.page(group=place.large.id) == MembershipPage((), 0)
