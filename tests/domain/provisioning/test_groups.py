"""Provisioning of groups: create, read, replace, patch, delete, and who is in them."""

import asyncio
import dataclasses
from typing import Any

import pytest
from scim2_models import PreconditionFailedException, SCIMException

from domain.model import Action, Change, GroupRecord, Kind, Member, Outcome
from domain.ports import RecordNotFound, Taken
from domain.provisioning.groups import create_group, delete_group, get_group, patch_group, replace_group
from domain.provisioning.users import create_user, get_user
from domain.writing import Desk
from scim.operations import Patch
from scim.versions import weak_etag
from tests.domain.builders import (
    NOBODY,
    NOW,
    Pauses,
    StoppedClock,
    adding_members,
    group,
    ids,
    make_account,
    make_caller,
    make_desk,
    patch,
    removing_members,
    replacing,
    user,
)
from tests.memory import MemoryDirectory

_CALLER = make_caller()
_STRANGER = make_caller(make_account("other"))
_ODD_IDS = ["1", "a/b", "a'b", "é", "\x00", "x" * 5_000, "m:5f"]


class WatchedDirectory(MemoryDirectory):
    """A directory that knows how often a group was read with its members."""

    def __init__(self) -> None:
        super().__init__()
        self.read_whole = 0

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        self.read_whole += members
        return await super().get_group(account, group_id, members=members, native=native)


class Desks:
    """A desk over memory with users to put into groups."""

    def __init__(self) -> None:
        self.directory = WatchedDirectory()
        self.clock = StoppedClock()
        self.desk = make_desk(self.directory, self.clock)

    async def people(self, number: int) -> list[str]:
        """The ids of new users."""
        names = [f"user{each}@contoso.example" for each in range(number)]
        return [(await create_user(self.desk, _CALLER, user(each))).id for each in names]

    async def create(self, name: str = "Finance", *members: str) -> GroupRecord:
        """A stored group; then a minute passes."""
        created = await create_group(self.desk, _CALLER, group(name, *members))
        self.clock.move(minutes=1)
        return created

    async def members(self, team: GroupRecord) -> set[str]:
        """The ids of the members now."""
        return ids((await get_group(self.desk, _CALLER, team.id, members=True)).members)

    def last_change(self) -> Change:
        return self.directory.changes("acme")[-1]

    def failures(self) -> list[Change]:
        return [each for each in self.directory.changes("acme") if each.outcome is Outcome.FAILURE]

    def skipped(self, group: GroupRecord) -> set[str]:
        """The member ids that the log says were skipped in *group*."""
        return {each.resource_id.removeprefix(f"{group.id}.") for each in self.failures()}


@pytest.fixture
def at() -> Desks:
    return Desks()


# Create


async def test_new_group_has_its_members(at: Desks) -> None:
    """Users and groups; each user knows of its group."""
    one, two = await at.people(2)
    nested = await at.create("Tax")
    team = await at.create("Finance", one, two, nested.id)
    assert set(team.members or ()) == {Member(one), Member(two), Member(nested.id, Kind.GROUP)}
    assert (await get_user(at.desk, _CALLER, one)).groups == (team.id,)


async def test_document_never_has_members(at: Desks) -> None:
    """They are rows of their own."""
    team = await at.create("Finance", *await at.people(1))
    assert (await get_group(at.desk, _CALLER, team.id, members=False)).document == {"displayName": "Finance"}


@pytest.mark.parametrize("name", ["Finance", "FINANCE"])
async def test_display_name_is_unique(at: Desks, name: str) -> None:
    """Among the groups that clients provision, whatever the letter case."""
    await at.create()
    with pytest.raises(Taken, match="displayName"):
        await create_group(at.desk, _CALLER, group(name))


async def test_display_name_is_free_in_other_accounts(at: Desks) -> None:
    """Accounts know nothing of each other."""
    await at.create()
    assert (await create_group(at.desk, _STRANGER, group())).version


async def test_creation_is_written_down(at: Desks) -> None:
    """With its attributes' names, and ``members`` where it has some."""
    await at.create("Tax")
    assert (at.last_change().action, at.last_change().groups) == (Action.CREATE, 1)
    assert at.last_change().attributes == ("displayName",)
    people = await at.people(1)
    at.clock.move(minutes=1)
    await at.create("Finance", *people)
    assert at.last_change().attributes == ("displayName", "members")


# Ids that name nobody


async def test_unknown_members_are_skipped(at: Desks) -> None:
    """However they look; a group is not refused for them, and each is a failed entry of the log."""
    (one,) = await at.people(1)
    team = await at.create("Finance", one, NOBODY, *_ODD_IDS)
    assert ids(team.members) == {one}
    assert at.skipped(team) == {NOBODY, *(each[:100] for each in _ODD_IDS)}


async def test_unknown_members_are_not_added(at: Desks) -> None:
    """Each is a failed entry, however often the request is sent within a minute."""
    (one,) = await at.people(1)
    team = await at.create()
    for _ in range(2):
        await patch_group(at.desk, _CALLER, team.id, adding_members(one, NOBODY, *_ODD_IDS), if_match=None)
    assert await at.members(team) == {one}
    assert at.skipped(team) == {NOBODY, *(each[:100] for each in _ODD_IDS)}
    assert {each.count for each in at.failures()} == {2}


async def test_many_unknown_members_share_an_entry(at: Desks) -> None:
    """A request cannot fill the log: after a hundred the rest is told by its number."""
    await at.create("Finance", *(f"nobody-{number}" for number in range(150)))
    assert len(at.failures()) == 101
    assert {each.reason for each in at.failures()} >= {"50 more members are nobody who can be in this group"}


async def test_unknown_members_cannot_be_removed(at: Desks) -> None:
    """There is nothing to remove, and nothing to refuse."""
    team = await at.create("Finance", *await at.people(1))
    unknown = removing_members(NOBODY, *_ODD_IDS)
    assert (await patch_group(at.desk, _CALLER, team.id, unknown, if_match=None)).version == team.version


async def test_other_accounts_users_are_nobody(at: Desks) -> None:
    """An id is known in its own account only."""
    stranger = await create_user(at.desk, _STRANGER, user())
    assert (await at.create("Finance", stranger.id)).members == ()


async def test_group_cannot_contain_itself(at: Desks) -> None:
    """Its own id is skipped."""
    team = await at.create()
    await patch_group(at.desk, _CALLER, team.id, adding_members(team.id), if_match=None)
    assert await at.members(team) == set()


# Unknown groups


@pytest.mark.parametrize("group_id", [*_ODD_IDS, "", NOBODY])
async def test_unknown_group_is_not_found(at: Desks, group_id: str) -> None:
    """Whatever is done to it, and whatever characters its id holds."""
    for attempt in (
        get_group(at.desk, _CALLER, group_id, members=True),
        replace_group(at.desk, _CALLER, group_id, group(), if_match=None),
        patch_group(at.desk, _CALLER, group_id, adding_members(NOBODY), if_match=None),
        patch_group(at.desk, _CALLER, group_id, replacing(Kind.GROUP, "displayName", "Tax"), if_match=None),
        delete_group(at.desk, _CALLER, group_id, if_match=None),
    ):
        with pytest.raises(RecordNotFound):
            await attempt


async def test_other_accounts_group_is_not_found(at: Desks) -> None:
    """It stays as it is."""
    team = await at.create("Finance", *await at.people(2))
    for attempt in (
        get_group(at.desk, _STRANGER, team.id, members=True),
        patch_group(at.desk, _STRANGER, team.id, replacing(Kind.GROUP, "members", []), if_match=None),
        delete_group(at.desk, _STRANGER, team.id, if_match=None),
    ):
        with pytest.raises(RecordNotFound):
            await attempt
    assert len(await at.members(team)) == 2


async def test_user_is_no_group(at: Desks) -> None:
    """The id of a user names no group."""
    (one,) = await at.people(1)
    with pytest.raises(RecordNotFound):
        await get_group(at.desk, _CALLER, one, members=True)


# Patch


async def test_members_are_added_without_reading_the_others(at: Desks) -> None:
    """However large the group: only the ids in the request are asked for."""
    one, two, three = await at.people(3)
    team = await at.create("Finance", one)
    at.directory.read_whole = 0
    await patch_group(at.desk, _CALLER, team.id, adding_members(two, three), if_match=None)
    await patch_group(at.desk, _CALLER, team.id, removing_members(one), if_match=None)
    assert at.directory.read_whole == 0
    assert await at.members(team) == {two, three}


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "remove", "path": "members"}, ""),
        ({"op": "replace", "path": "members", "value": []}, ""),
        ({"op": "remove", "path": 'members[value eq "{a}"]'}, "b"),
        ({"op": "remove", "path": 'members[value ne "{a}"]'}, "a"),
        ({"op": "remove", "path": 'members[type eq "Group"]'}, "ab"),
        ({"op": "remove", "path": 'members[type eq "User"]'}, ""),
        ({"op": "replace", "path": "members", "value": [{"value": "{b}"}]}, "b"),
        ({"op": "add", "path": "members", "value": [{"value": "{a}"}]}, "ab"),
    ],
)
async def test_members_change_as_told(at: Desks, operation: dict[str, object], left: str) -> None:
    """By ids, by a filter, or all of them."""
    names = dict(zip("ab", await at.people(2), strict=True))
    team = await at.create("Finance", *names.values())
    told = _with_ids(operation, names)
    await patch_group(at.desk, _CALLER, team.id, patch(Kind.GROUP, told), if_match=None)
    assert await at.members(team) == {names[each] for each in left}


def _with_ids(operation: dict[str, object], names: dict[str, str]) -> dict[str, object]:
    """*operation* with the ids of the people it names."""
    value = operation.get("value")
    if isinstance(value, list):
        value = [{"value": each["value"].format_map(names)} for each in value]
        return {**operation, "value": value}
    return {**operation, "path": str(operation["path"]).format_map(names)}


async def test_membership_change_is_one_change(at: Desks) -> None:
    """The group has a new version and moment, and the log knows that its members changed."""
    (one,) = await at.people(1)
    team = await at.create()
    patched = await patch_group(at.desk, _CALLER, team.id, adding_members(one), if_match=None)
    assert (patched.version != team.version, patched.last_modified) == (True, at.clock.now())
    assert (at.last_change().action, at.last_change().attributes) == (Action.UPDATE, ("members",))


async def test_name_and_members_change_together(at: Desks) -> None:
    """In one request."""
    (one,) = await at.people(1)
    team = await at.create()
    both = patch(
        Kind.GROUP,
        {"op": "replace", "path": "displayName", "value": "Tax"},
        {"op": "add", "path": "members", "value": [{"value": one}]},
    )
    patched = await patch_group(at.desk, _CALLER, team.id, both, if_match=None)
    assert (patched.document, await at.members(team)) == ({"displayName": "Tax"}, {one})
    assert at.last_change().attributes == ("displayName", "members")


async def test_patch_without_effect_writes_nothing(at: Desks) -> None:
    """A member that is one already is no change."""
    (one,) = await at.people(1)
    team = await at.create("Finance", one)
    patched = await patch_group(at.desk, _CALLER, team.id, adding_members(one), if_match=None)
    assert (patched.version, patched.last_modified) == (team.version, NOW)


async def test_patch_is_all_or_nothing(at: Desks) -> None:
    """A member cannot be changed into another, so the addition before it does not count either."""
    (one,) = await at.people(1)
    team = await at.create()
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": "members", "value": [{"value": one}]},
        {"op": "replace", "path": 'members[value eq "x"]', "value": {"value": "y"}},
    ]
    both = patch(Kind.GROUP, *operations)
    with pytest.raises(SCIMException):
        await patch_group(at.desk, _CALLER, team.id, both, if_match=None)
    assert await at.members(team) == set()


async def test_concurrent_additions_both_survive(at: Desks) -> None:
    """Ten requests that add one member each leave ten members."""
    people = await at.people(10)
    team = await at.create()
    await asyncio.gather(
        *(patch_group(at.desk, _CALLER, team.id, adding_members(each), if_match=None) for each in people)
    )
    assert await at.members(team) == set(people)


class Contested(MemoryDirectory):
    """A directory in which another process adds a member right after a group is read, once."""

    def __init__(self) -> None:
        super().__init__()
        self.intruder: str | None = None

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        read = await super().get_group(account, group_id, members=members, native=native)
        if self.intruder is not None:
            intruder, self.intruder = self.intruder, None
            other = Desk(self, StoppedClock(), pause=Pauses())
            await patch_group(other, _CALLER, group_id, adding_members(intruder), if_match=None)
        return read


async def test_two_processes_both_survive() -> None:
    """What another process added in between stays (harness.md §4.5, M5)."""
    directory = Contested()
    desk = Desk(directory, StoppedClock(), pause=Pauses())
    one, two = [(await create_user(desk, _CALLER, user(f"{each}@contoso.example"))).id for each in "ab"]
    team = await create_group(desk, _CALLER, group())
    directory.intruder = two
    await patch_group(desk, _CALLER, team.id, adding_members(one), if_match=None)
    assert ids((await get_group(desk, _CALLER, team.id, members=True)).members) == {one, two}


class Overtaken(MemoryDirectory):
    """A directory in which another process writes a group after its members are read and before its row is, once."""

    def __init__(self, *, when_whole: bool) -> None:
        super().__init__()
        self.when_whole = when_whole
        self.intruders: list[Patch] = []

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        stale = (await super().get_group(account, group_id, members=members, native=native)).members
        await asyncio.sleep(0)  # what is asked for side by side is answered now
        if self.intruders and members is self.when_whole:
            other = Desk(self, StoppedClock(), pause=Pauses())
            await patch_group(other, _CALLER, group_id, self.intruders.pop(), if_match=None)
        return dataclasses.replace(await super().get_group(account, group_id), members=stale)


@pytest.mark.parametrize("replaces", [False, True])
async def test_members_are_as_the_last_writer_wants(*, replaces: bool) -> None:
    """Also where its read of them was overtaken by another process (harness.md §4.5, M5)."""
    directory = Overtaken(when_whole=replaces)
    desk = Desk(directory, StoppedClock(), pause=Pauses())
    one, two = [(await create_user(desk, _CALLER, user(f"{each}@contoso.example"))).id for each in "ab"]
    team = await create_group(desk, _CALLER, group())
    mine, theirs = (
        Patch((*adding_members(each).operations, *removing_members(other).operations))
        for each, other in ((one, two), (two, one))
    )
    directory.intruders = [theirs]
    if replaces:
        await replace_group(desk, _CALLER, team.id, group("Finance", one), if_match=None)
    else:
        await patch_group(desk, _CALLER, team.id, mine, if_match=None)
    assert directory.intruders == []
    assert ids((await get_group(desk, _CALLER, team.id, members=True)).members) == {one}


# Replace


@pytest.mark.parametrize(("wanted", "left"), [("bc", "bc"), ("", ""), ("ab", "ab")])
async def test_replacement_sets_the_members(at: Desks, wanted: str, left: str) -> None:
    """Those in the body and no others; without any there are none (RFC 7644 §3.5.1)."""
    names = dict(zip("abc", await at.people(3), strict=True))
    team = await at.create("Finance", names["a"], names["b"])
    whole = group("Finance", *(names[each] for each in wanted))
    await replace_group(at.desk, _CALLER, team.id, whole, if_match=None)
    assert await at.members(team) == {names[each] for each in left}


async def test_replacement_clears_what_is_left_out(at: Desks) -> None:
    """The externalId, for one."""
    team = await create_group(at.desk, _CALLER, group("Finance", externalId="e-1"))
    replaced = await replace_group(at.desk, _CALLER, team.id, group("Tax"), if_match=None)
    assert replaced.document == {"displayName": "Tax"}


async def test_taken_display_name_cannot_be_taken_over(at: Desks) -> None:
    """And the members of the request are not stored either."""
    (one,) = await at.people(1)
    await at.create("Tax")
    team = await at.create("Finance")
    with pytest.raises(Taken):
        await replace_group(at.desk, _CALLER, team.id, group("tax", one), if_match=None)
    assert await at.members(team) == set()


# Delete


async def test_deletion_ends_group_and_memberships(at: Desks) -> None:
    """Its users stay and are in no group; the name is free."""
    (one,) = await at.people(1)
    team = await at.create("Finance", one)
    await delete_group(at.desk, _CALLER, team.id, if_match=None)
    assert (await get_user(at.desk, _CALLER, one)).groups == ()
    assert (at.last_change().action, at.last_change().groups) == (Action.DELETE, -1)
    assert (await at.create()).id != team.id


# Preconditions


async def test_stale_version_is_refused(at: Desks) -> None:
    """Nothing is written for a version that is no longer the stored one."""
    (one,) = await at.people(1)
    team = await at.create()
    stale = weak_etag("stale")
    for attempt in (
        replace_group(at.desk, _CALLER, team.id, group("Tax"), if_match=stale),
        patch_group(at.desk, _CALLER, team.id, adding_members(one), if_match=stale),
        delete_group(at.desk, _CALLER, team.id, if_match=stale),
    ):
        with pytest.raises(PreconditionFailedException):
            await attempt
    now = await get_group(at.desk, _CALLER, team.id, members=True)
    assert dataclasses.replace(now, groups=team.groups) == team


async def test_named_version_is_written(at: Desks) -> None:
    """With the ETag that was read."""
    (one,) = await at.people(1)
    team = await at.create()
    await patch_group(at.desk, _CALLER, team.id, adding_members(one), if_match=weak_etag(team.version))
    assert await at.members(team) == {one}
