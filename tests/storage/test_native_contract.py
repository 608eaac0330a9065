"""What every native store promises; the one in memory and the one over tables keep it alike."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.model import (
    Change,
    GroupRecord,
    Invitation,
    Kind,
    Member,
    MemberDelta,
    Origin,
    Source,
    SsoLink,
    UserRecord,
    UserState,
)
from domain.native.ports import NativeStore, Place
from domain.native.scopes import ACCOUNT, Scope
from domain.ports import (
    DirectoryStore,
    MaintenanceStore,
    MembershipQuery,
    RecordNotFound,
    Taken,
    VersionConflict,
)
from storage.client import Tables
from storage.directory import TableDirectory
from storage.native import TableNative
from tests.memory import MemoryDirectory
from tests.memory_native import MemoryNative
from tests.storage.build import NOW, change, creation, deletion, make_group, make_user, members


@dataclass(frozen=True)
class Both:
    """A directory, and the native view of it."""

    directory: DirectoryStore
    native: NativeStore
    maintenance: MaintenanceStore


@pytest.fixture(params=["memory", "tables"])
def both(request: pytest.FixtureRequest, tables: Tables) -> Iterator[Both]:
    """In memory, and over tables."""
    if request.param == "memory":
        memory = MemoryDirectory()
        yield Both(memory, MemoryNative(memory), memory)
    else:
        directory = TableDirectory(tables.directory)
        yield Both(directory, TableNative(tables.directory), directory)


async def test_last_provisioning_is_known(both: Both, account: str) -> None:
    """That of the last change through SCIM, before and after the checkpoint has passed it; others do not count."""
    assert await both.native.last_provisioned(account) is None
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    for number in range(3):
        user = make_user()
        await both.directory.create_user(account, user, replace(creation(user), id=f"{_at(start, number)}aa"))
    by_hand = replace(change(make_user()), source=Source.MANAGER, id=f"{_at(start, 9)}aa", time=start)
    await both.directory.record(account, by_hand)
    for until in (None, start + timedelta(seconds=1), start + timedelta(minutes=1)):
        if until is not None:
            await both.maintenance.checkpoint(account, until, 100)
        if isinstance(both.directory, TableDirectory):
            assert await both.native.last_provisioned(account) == start + timedelta(seconds=2)


def _at(start: datetime, seconds: int) -> str:
    return f"{int((start + timedelta(seconds=seconds)).timestamp() * 1000):012x}"


ORG, PROJECT = Scope("ops"), Scope("ops", "web")


def make_native(identifier: str, scope: Scope = ACCOUNT) -> GroupRecord:
    """A native group."""
    return replace(make_group(origin=Origin.NATIVE), identifier=identifier, scope=scope)


def make_place(scope: Scope, name: str = "Operations") -> Place:
    return Place(scope, name, NOW)


def act() -> Change:
    """Whatever was done."""
    return replace(change(make_user()), kind="Org", source=Source.MANAGER)


def make_invited(days: float) -> UserRecord:
    """A user whose invitation expires so many days after NOW."""
    invitation = Invitation("token:1", NOW, NOW + timedelta(days=days), "h", NOW)
    return replace(make_user(), origin=Origin.NATIVE, state=UserState.INVITED, invitation=invitation)


async def test_expired_invitations_are_found(both: Both, account: str) -> None:
    """Those that expired first first, until they are sent again, are accepted, or their user is removed."""
    early, middle, late = [
        await both.directory.create_user(account, each, creation(each)) for each in map(make_invited, (1, 2, 3))
    ]
    await add_user(both, account)

    async def expired(days: float, count: int = 10) -> list[str]:
        return list(await both.native.expired_invitations(account, NOW + timedelta(days=days), count))

    assert (await expired(0), await expired(2.5)) == ([], [early.id, middle.id])
    assert await expired(9, 2) == [early.id, middle.id]
    again = replace(early, invitation=make_invited(30).invitation)
    await both.directory.replace_user(account, early, again, change(early))
    accepted = replace(middle, state=UserState.ACTIVE, invitation=None)
    await both.directory.replace_user(account, middle, accepted, change(middle))
    assert await expired(9) == [late.id]
    await both.directory.delete_user(account, replace(late, groups=(), native_groups=()), deletion(late))
    assert (await expired(9), await expired(31)) == ([], [early.id])


async def add_group(both: Both, account: str, group: GroupRecord, *of: UserRecord) -> GroupRecord:
    return await both.directory.create_group(account, group, members(*of), creation(group))


async def add_user(both: Both, account: str) -> UserRecord:
    user = make_user()
    return await both.directory.create_user(account, user, creation(user))


async def test_what_administrators_write_comes_back(both: Both, account: str) -> None:
    """All of it, of users and of groups."""
    invitation = Invitation("token:1", NOW, NOW + timedelta(days=30), "h", NOW + timedelta(days=7))
    user = replace(make_user(), origin=Origin.NATIVE, state=UserState.INVITED, locked=True, invitation=invitation)
    link = SsoLink("saml", "7", "Finance")
    group = replace(make_native("Fin", PROJECT), description="money", tags=("a", "b c"), sso_link=link)
    user = await both.directory.create_user(account, user, creation(user))
    group = await add_group(both, account, group)
    assert await both.directory.get_user(account, user.id) == replace(user, groups=None)
    assert await both.directory.get_group(account, group.id, members=True, native=True) == group


async def test_identifier_is_held_in_its_scope(both: Both, account: str) -> None:
    """By one group, whoever owns it; another letter case and another scope are free; a deleted group frees it."""
    group = await add_group(both, account, make_native("Team"))
    for other in (make_native("Team"), replace(make_group(), identifier="Team")):
        with pytest.raises(Taken) as taken:
            await add_group(both, account, other)
        assert taken.value.attribute == "identifier"
    for free in (make_native("team"), make_native("Team", ORG), make_native("Team_1")):
        await add_group(both, account, free)
    assert await both.directory.identifiers(account, ACCOUNT, "Team") == {"Team", "Team_1"}
    await both.directory.delete_group(account, group, deletion(group))
    await add_group(both, account, make_native("Team"))


async def test_native_memberships_lie_apart(both: Both, account: str) -> None:
    """SCIM reads see its own only, native reads the others; both end with the user."""
    user = await add_user(both, account)
    native = await add_group(both, account, make_native("N"), user)
    scim = await add_group(both, account, make_group(), user)
    whole = await both.directory.get_user(account, user.id, groups=True, native_groups=True)
    assert (whole.groups, whole.native_groups) == ((scim.id,), (native.id,))
    for asks_native, group, other in ((True, native, scim), (False, scim, native)):
        page = await both.directory.find_memberships(account, MembershipQuery(native=asks_native, after=""))
        assert [each.group_id for each in page.memberships] == [group.id]
        for asked, there in ((group, True), (other, False)):
            among = await both.directory.members_among(account, asked.id, [user.id], native=asks_native)
            assert bool(among) is there
    assert await both.directory.kinds_of(account, [user.id, native.id, scim.id]) == {
        user.id: Kind.USER,
        scim.id: Kind.GROUP,
    }
    await both.directory.delete_user(account, whole, deletion(whole))
    for group in (native, scim):
        left = await both.directory.get_group(account, group.id, members=True, native=group.is_native)
        assert left.members == ()


async def test_members_come_along_when_the_owner_changes(both: Both, account: str) -> None:
    """However many there are."""
    users = [await add_user(both, account) for _ in range(60)]
    scim = await add_group(both, account, replace(make_group(), identifier="T"), *users)
    released = replace(scim, origin=Origin.NATIVE)
    after = await both.directory.replace_group(account, scim, released, MemberDelta(), change(scim))
    found = await both.directory.get_group(account, scim.id, members=True, native=True)
    assert (found.members, found.origin, after.version) == (scim.members, Origin.NATIVE, found.version)
    assert not await both.directory.members_among(account, scim.id, [each.id for each in users])
    again = replace(make_group(), document=scim.document, identifier="T_1")  # the name is free for the client
    await add_group(both, account, again)


async def test_nested_group_stays_behind_when_the_owner_changes(both: Both, account: str) -> None:
    """Where it is to; it is then in no group, whoever owns that one."""
    user, inner = await add_user(both, account), await add_group(both, account, replace(make_group(), identifier="I"))
    outer = replace(make_group(), identifier="O")
    members = Member(user.id), Member(inner.id, Kind.GROUP)
    outer = await both.directory.create_group(account, outer, members, creation(outer))
    gone = MemberDelta(removed=(inner.id,))
    await both.directory.replace_group(account, outer, replace(outer, origin=Origin.NATIVE), gone, change(outer))
    found = await both.directory.get_group(account, outer.id, members=True, native=True)
    assert found.members == (Member(user.id),)
    for native in (True, False):
        page = await both.directory.find_memberships(account, MembershipQuery(member=inner.id, native=native))
        assert page.memberships == ()


async def test_records_are_read_by_id(both: Both, account: str) -> None:
    """Those that exist; users with their SCIM groups."""
    user = await add_user(both, account)
    scim = await add_group(both, account, make_group(), user)
    native = await add_group(both, account, make_native("N"), user)
    users = await both.native.users(account, [user.id, scim.id, "x", "a:b"])
    assert {each: of.groups for each, of in users.items()} == {user.id: (scim.id,)}
    groups = await both.native.groups(account, [native.id, user.id, scim.id, "/"])
    assert list(groups) == [native.id, scim.id]


async def test_groups_of_a_scope_come_in_slices(both: Both, account: str) -> None:
    """In the order of identifiers, where one begins as another does too."""
    for each in ("Team", "Team$", "Team_1", "A"):
        await add_group(both, account, make_native(each, ORG))
    await add_group(both, account, make_native("Other", PROJECT))
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        part = await both.native.groups_in(account, ORG, after, 2)
        seen += [each.identifier for each in part.items]
        after = part.next
    assert seen == ["A", "Team", "Team$", "Team_1"]


async def test_places_are_kept(both: Both, account: str) -> None:
    """Organizations, and projects in them."""
    org = await both.native.create_place(account, make_place(ORG), act())
    project = await both.native.create_place(account, make_place(PROJECT, "Web"), act())
    assert (await both.native.get_place(account, ORG), await both.native.get_place(account, PROJECT)) == (org, project)
    assert (await both.native.places_in(account, ACCOUNT, "", 5)).items == (org,)
    assert (await both.native.places_in(account, ORG, "", 5)).items == (project,)
    with pytest.raises(Taken):
        await both.native.create_place(account, make_place(ORG), act())
    renamed = await both.native.replace_place(account, org, replace(org, name="New"), act())
    assert (await both.native.get_place(account, ORG)).name == "New"
    for stale in (
        both.native.replace_place(account, org, org, act()),
        both.native.delete_place(account, org, act()),
    ):
        with pytest.raises(VersionConflict):
            await stale
    await both.native.delete_place(account, renamed, act())
    for gone in (
        both.native.get_place(account, ORG),
        both.native.replace_place(account, renamed, renamed, act()),
        both.native.delete_place(account, renamed, act()),
    ):
        with pytest.raises(RecordNotFound):
            await gone


async def test_users_are_in_scopes(both: Both, account: str) -> None:
    """As often as they are put there; both ways round, in slices."""
    ids = sorted([str(uuid4()) for _ in range(3)])
    for each in ids:
        for _ in range(2):
            await both.native.change_scopes(account, each, (ORG, PROJECT), (), act())
    assert await both.native.scopes_of(account, ids[0]) == {ORG, PROJECT}
    first = await both.native.users_in(account, ORG, "", 2)
    rest = await both.native.users_in(account, ORG, str(first.next), 2)
    assert ([*first.items, *rest.items], rest.next) == (ids, None)
    for _ in range(2):
        await both.native.change_scopes(account, ids[0], (), (PROJECT,), act())
    assert await both.native.scopes_of(account, ids[0]) == {ORG}


async def test_groups_are_inherited(both: Both, account: str) -> None:
    """Until they are no longer, or the place is closed."""
    place, group = await both.native.create_place(account, make_place(ORG), act()), str(uuid4())
    for inherits, found in ((True, [group]), (True, [group]), (False, []), (False, []), (True, [group])):
        await both.native.change_inherited(account, ORG, group, inherits, act())
        assert list(await both.native.inherited(account, ORG)) == found
    await both.native.delete_place(account, place, act())
    assert list(await both.native.inherited(account, ORG)) == []


async def test_repeated_write_is_recognised(both: Both, account: str) -> None:
    """One whose answer was lost is not refused by its own trace."""
    place, once = make_place(ORG), act()
    await both.native.create_place(account, place, once)
    if isinstance(both.native, TableNative):
        assert (await both.native.create_place(account, place, once)).name == place.name
