"""How many times one request waits for the storage: the same in small and large directories (DESIGN §4)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from scim2_models.path import AttrPath

from domain.model import GroupRecord, Kind, MemberDelta, UserRecord
from domain.ports import MembershipQuery, Query, RecordNotFound, Sort
from scim.attributes import locate
from storage.client import make_table
from storage.directory import TableDirectory
from tests.storage.build import change, changed, creation, deletion, make_group, make_user, members, query
from tests.storage.pipeline import RoundTripCounter
from tests.storage.seed import seed_group, seed_users

SMALL, LARGE = 20, 5_000
"""Users, and members of one group."""


@dataclass(repr=False)
class Directory:
    """A filled account behind a pipeline that counts."""

    store: TableDirectory
    account: str
    counter: RoundTripCounter
    users: list[UserRecord]
    group: GroupRecord

    async def new_user(self) -> UserRecord:
        user = make_user(externalId=uuid4().hex, emails=[{"value": f"{uuid4().hex}@example.com"}])
        return await self.store.create_user(self.account, user, creation(user))

    async def new_group(self, *of: UserRecord) -> GroupRecord:
        group = make_group()
        return await self.store.create_group(self.account, group, members(*of), creation(group))

    async def find(self, text: str | None = None, **options: Any) -> int | None:
        return (await self.store.find(self.account, query(text, **options))).total


@pytest.fixture(scope="module", params=[SMALL, LARGE])
async def place(request: pytest.FixtureRequest, connection: str) -> AsyncIterator[Directory]:
    """A directory of so many users, all members of one group."""
    counter = RoundTripCounter()
    table = make_table(f"t{uuid4().hex}", connection_string=connection, policies=[counter])
    await table.create_if_missing()
    account = uuid4().hex
    users = await seed_users(table, account, request.param)
    group = await seed_group(table, account, users, "Everyone")
    yield Directory(TableDirectory(table), account, counter, users, group)
    await table.close()


type Request = Callable[[Directory], Awaitable[object]]


async def get_user(place: Directory) -> None:
    await place.store.get_user(place.account, place.users[3].id, groups=True)


async def get_group_without_members(place: Directory) -> None:
    await place.store.get_group(place.account, place.group.id)


async def get_group_with_members(place: Directory) -> None:
    group = await place.store.get_group(place.account, place.group.id, members=True)
    assert len(group.members or ()) >= len(place.users) - 1


async def post_user(place: Directory) -> None:
    await place.new_user()


async def post_group(place: Directory) -> None:
    await place.new_group()


async def rewrite_user(place: Directory) -> None:
    user = await place.store.get_user(place.account, place.users[1].id)
    await place.store.replace_user(place.account, user, changed(user, title=uuid4().hex), change(user))


async def rename_user(place: Directory) -> None:
    user = await place.store.get_user(place.account, place.users[1].id)
    emails = [{"value": f"{uuid4().hex}@example.com"}]
    after = changed(user, userName=f"{uuid4().hex}@example.com", externalId=uuid4().hex, emails=emails)
    await place.store.replace_user(place.account, user, after, change(user))


async def change_members(place: Directory, number: int) -> None:
    """Read what a PATCH reads, side by side, then write: first remove *number* members, later add them."""
    some = place.users[:number]
    group = await place.store.get_group(place.account, place.group.id)
    delta = MemberDelta(removed=tuple(each.id for each in some))
    after = await place.store.replace_group(place.account, group, group, delta, change(group))
    place.counter.reset()
    await place.store.get_group(place.account, place.group.id)
    await place.store.replace_group(place.account, after, after, MemberDelta(added=members(*some)), change(group))


async def delete_member_of_many(place: Directory) -> None:
    user = await place.new_user()
    for _ in range(3):
        await place.new_group(user)
    place.counter.reset()
    user = await place.store.get_user(place.account, user.id, groups=True, native_groups=True)
    await place.store.delete_user(place.account, user, deletion(user))


async def delete_group_of_40(place: Directory) -> None:
    group = await place.new_group(*place.users[:10])
    place.counter.reset()
    group = await place.store.get_group(place.account, group.id, members=True)
    await place.store.delete_group(place.account, group, deletion(group))


async def miss(place: Directory) -> None:
    with pytest.raises(RecordNotFound):
        await place.store.get_user(place.account, str(uuid4()), groups=True)


def by_user_name() -> Sort:
    location = locate("User", AttrPath("userName"))
    assert location is not None
    return Sort(location)


async def page_of_members(place: Directory, **options: Any) -> None:
    page = await place.store.find_memberships(place.account, MembershipQuery(**options))
    assert page.memberships


def after_some(place: Directory) -> str:
    return f"{place.group.id}.{place.users[5].id}"


REQUESTS: list[tuple[str, int, Request]] = [
    ("GET user", 1, get_user),
    ("GET user, missing", 1, miss),
    ("GET group without members", 1, get_group_without_members),
    ("GET group with members", 1, get_group_with_members),
    ("POST user", 1, post_user),
    ("POST group", 1, post_group),
    ("PATCH user", 2, rewrite_user),
    ("PATCH user, all look-ups change", 2, rename_user),
    ("PATCH group, 1 member", 2, lambda place: change_members(place, 1)),
    ("PATCH group, 20 members", 2, lambda place: change_members(place, 20)),
    ("DELETE user", 2, delete_member_of_many),
    ("DELETE group", 2, delete_group_of_40),
    ("userName eq, hit", 2, lambda place: place.find('userName eq "USER00007@example.com"', wants_groups=True)),
    ("userName eq, miss", 1, lambda place: place.find('userName eq "nobody"', wants_groups=True)),
    ("externalId eq, hit", 2, lambda place: place.find('externalId eq "E9" and active eq true', wants_groups=True)),
    ("externalId eq, miss", 1, lambda place: place.find('externalId eq "nobody"')),
    ("emails eq, miss", 1, lambda place: place.find('emails[type eq "work" and value eq "nobody"]')),
    ("id eq, hit", 1, lambda place: place.find(f'id eq "{place.users[0].id}"', wants_groups=True)),
    ("id eq, not an id", 0, lambda place: place.find('id eq "nobody"')),
    ("displayName eq, hit", 2, lambda place: place.find('displayName eq "everyone"', kind=Kind.GROUP)),
    ("displayName eq, miss", 1, lambda place: place.find('displayName eq "nobody"', kind=Kind.GROUP)),
    ("list", 2, lambda place: place.find(wants_groups=True)),
    ("list, cursor", 2, lambda place: place.find(after=place.users[5].id)),
    ("list, filter, cursor", 2, lambda place: place.find("active eq true", after=place.users[5].id, count=5)),
    ("list, sorted by userName", 2, lambda place: place.find(sort=by_user_name(), count=10)),
    ("scan", 2, lambda place: place.find('title eq "nothing like it"')),
    ("members, first page", 1, lambda place: page_of_members(place, group=place.group.id, count=10, after="")),
    ("members, cursor", 1, lambda place: page_of_members(place, group=place.group.id, after=after_some(place))),
    ("all memberships, cursor", 1, lambda place: page_of_members(place, after=after_some(place))),
    ("groups of a member", 1, lambda place: page_of_members(place, member=place.users[7].id)),
    ("one membership", 1, lambda place: page_of_members(place, group=place.group.id, member=place.users[7].id)),
    ("total only", 2, lambda place: place.find(count=0)),
]


@pytest.mark.parametrize(("most", "request_"), [each[1:] for each in REQUESTS], ids=[each[0] for each in REQUESTS])
async def test_rounds(place: Directory, most: int, request_: Request) -> None:
    """No request needs more rounds than the design says, whatever the size of the directory and of the group."""
    place.counter.reset()
    await request_(place)
    assert place.counter.rounds <= most


async def test_patch_of_40_members_reads_side_by_side(place: Directory) -> None:
    """What a PATCH must know of 40 ids is one round, and writing them is one transaction."""
    ids = [each.id for each in place.users[:40]]
    place.counter.reset()
    await place.store.kinds_of(place.account, ids)
    assert (place.counter.rounds, place.counter.requests) == (1, 2 * len(ids))
    place.counter.reset()
    await place.store.members_among(place.account, place.group.id, ids)
    assert (place.counter.rounds, place.counter.requests) == (1, len(ids))
    group = await place.new_group()
    place.counter.reset()
    delta = MemberDelta(added=members(*place.users[:40]))
    await place.store.replace_group(place.account, group, group, delta, change(group))
    assert place.counter.requests == 1


async def test_adding_a_member_costs_the_same(place: Directory) -> None:
    """Three requests for the reads, one for the write, in a group of any size."""
    user = place.users[0]
    place.counter.reset()
    group = await place.store.get_group(place.account, place.group.id)
    await place.store.members_among(place.account, group.id, [user.id])
    await place.store.kinds_of(place.account, [user.id])
    await place.store.replace_group(place.account, group, group, MemberDelta(added=members(user)), change(group))
    assert place.counter.requests == 5


async def test_page_of_members_reads_a_page(place: Directory) -> None:
    """Ten members are one request, in a group of any size and at any depth."""
    for position in ("", after_some(place)):
        place.counter.reset()
        await page_of_members(place, group=place.group.id, count=10, after=position)
        assert (place.counter.rounds, place.counter.requests) == (1, 1)


async def test_without_members_none_is_read(place: Directory) -> None:
    """A group without its members is one request."""
    place.counter.reset()
    await place.store.get_group(place.account, place.group.id)
    assert place.counter.requests == 1


async def test_users_of_a_page_share_one_read_of_their_groups(place: Directory) -> None:
    """The groups of 10 users are one request, not 10."""
    place.counter.reset()
    page = await place.store.find(place.account, Query(Kind.USER, count=10, wants_groups=True))
    assert all(getattr(each, "groups", None) is not None for each in page.records)
    assert place.counter.requests == 4  # the page, its groups, and two for the total
