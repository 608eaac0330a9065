"""Provisioning of users: create, read, replace, patch, delete."""

import dataclasses
from typing import Any

import pytest
from scim2_models import NoTargetException, PreconditionFailedException

from domain.changes import new_change
from domain.model import Action, Change, Kind, UnmatchedFilter, UserRecord, UserState
from domain.ports import RecordNotFound, Taken
from domain.provisioning.groups import create_group
from domain.provisioning.users import create_user, delete_user, get_user, patch_user, replace_user
from domain.writing import Desk
from scim.versions import weak_etag
from tests.domain.builders import (
    NOBODY,
    NOW,
    Pauses,
    StoppedClock,
    group,
    make_account,
    make_caller,
    make_desk,
    patch,
    replacing,
    user,
)
from tests.memory import MemoryDirectory

_CALLER = make_caller()
_STRANGER = make_caller(make_account("other"))
_ODD_IDS = ["", "1", "a/b", "a'b", "é", "\x00", "x" * 5_000, "u:5f"]


class Desks:
    """A desk over memory, with what tests look into."""

    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        self.clock = StoppedClock()
        self.desk = make_desk(self.directory, self.clock)

    async def create(self, name: str = "ann@contoso.example", **attributes: Any) -> UserRecord:
        """A stored user; then a minute passes."""
        created = await create_user(self.desk, _CALLER, user(name, **attributes))
        self.clock.move(minutes=1)
        return created

    def changes(self) -> list[Change]:
        return list(self.directory.changes("acme"))


@pytest.fixture
def at() -> Desks:
    return Desks()


# Create


@pytest.mark.parametrize(
    ("attributes", "active", "state"),
    [
        ({}, True, UserState.ACTIVE),
        ({"active": True}, True, UserState.ACTIVE),
        ({"active": False}, False, UserState.DEACTIVATED),
        ({"active": "False"}, False, UserState.DEACTIVATED),
        ({"ACTIVE": False}, False, UserState.DEACTIVATED),
    ],
)
async def test_new_user_is_active_unless_told(
    at: Desks, attributes: dict[str, Any], active: bool, state: UserState
) -> None:
    """A client that does not speak of ``active`` means a user with access."""
    created = await at.create(**attributes)
    assert (created.document["active"], created.state) == (active, state)


async def test_new_user_is_stored(at: Desks) -> None:
    """With a version, its moments, no groups, and nothing lost."""
    created = await at.create(title="CEO")
    assert await get_user(at.desk, _CALLER, created.id) == created
    assert (created.created, created.last_modified, created.groups) == (NOW, NOW, ())
    assert created.version


@pytest.mark.parametrize("name", ["ann@contoso.example", "ANN@Contoso.Example"])
async def test_user_name_is_unique(at: Desks, name: str) -> None:
    """Whatever its letter case, also while the first user is not active."""
    await at.create(active=False)
    with pytest.raises(Taken, match="userName"):
        await create_user(at.desk, _CALLER, user(name))


async def test_user_name_is_free_in_other_accounts(at: Desks) -> None:
    """Accounts know nothing of each other."""
    created = await at.create()
    assert (await create_user(at.desk, _STRANGER, user())).id != created.id


async def test_creation_is_written_down(at: Desks) -> None:
    """With the names of its attributes, and no values."""
    created = await at.create(title="CEO")
    (change,) = at.changes()
    assert (change.action, change.resource_id, change.users) == (Action.CREATE, created.id, 1)
    assert set(change.attributes) == {"userName", "active", "title"}


# Read


@pytest.mark.parametrize("user_id", [*_ODD_IDS, NOBODY])
async def test_unknown_user_is_not_found(at: Desks, user_id: str) -> None:
    """Whatever is done to it, and whatever characters its id holds."""
    await at.create()
    for attempt in (
        get_user(at.desk, _CALLER, user_id),
        replace_user(at.desk, _CALLER, user_id, user(), if_match=None),
        patch_user(at.desk, _CALLER, user_id, replacing(Kind.USER, "title", "CEO"), if_match=None),
        delete_user(at.desk, _CALLER, user_id, if_match=None),
    ):
        with pytest.raises(RecordNotFound):
            await attempt


async def test_other_accounts_user_is_not_found(at: Desks) -> None:
    """Its id opens nothing from another account, and it stays as it is."""
    created = await at.create()
    for attempt in (
        get_user(at.desk, _STRANGER, created.id),
        patch_user(at.desk, _STRANGER, created.id, replacing(Kind.USER, "title", "CEO"), if_match=None),
        delete_user(at.desk, _STRANGER, created.id, if_match=None),
    ):
        with pytest.raises(RecordNotFound):
            await attempt
    assert await get_user(at.desk, _CALLER, created.id) == created


async def test_groups_are_read_where_shown(at: Desks) -> None:
    """And not where they are not: that saves a read."""
    created = await at.create()
    assert (await get_user(at.desk, _CALLER, created.id, groups=False)).groups is None


# Replace


async def test_replacement_clears_what_is_left_out(at: Desks) -> None:
    """All but ``active`` (RFC 7644 §3.5.1); id and creation stay."""
    created = await at.create(title="CEO", externalId="e-1")
    replaced = await replace_user(at.desk, _CALLER, created.id, user(nickName="Ann"), if_match=None)
    assert replaced.document == {"userName": "ann@contoso.example", "nickName": "Ann", "active": True}
    assert (replaced.id, replaced.created, replaced.last_modified) == (created.id, NOW, at.clock.now())


async def test_replacement_reactivates_nobody(at: Desks) -> None:
    """A client that does not speak of ``active`` does not change it."""
    created = await at.create(active=False)
    replaced = await replace_user(at.desk, _CALLER, created.id, user(title="CEO"), if_match=None)
    assert (replaced.document["active"], replaced.state) == (False, UserState.DEACTIVATED)


async def test_user_name_can_change(at: Desks) -> None:
    """The id stays, and the old name is free."""
    created = await at.create()
    await replace_user(at.desk, _CALLER, created.id, user("bea@contoso.example"), if_match=None)
    assert (await at.create()).id != created.id


async def test_taken_user_name_cannot_be_taken_over(at: Desks) -> None:
    """And nothing else of the change is stored."""
    await at.create("bea@contoso.example")
    created = await at.create()
    with pytest.raises(Taken):
        await replace_user(at.desk, _CALLER, created.id, user("BEA@contoso.example", title="CEO"), if_match=None)
    assert await get_user(at.desk, _CALLER, created.id) == created


# Patch


async def test_patch_changes_what_it_names(at: Desks) -> None:
    """The version and the moment change with it."""
    created = await at.create(title="CEO", nickName="Ann")
    patched = await patch_user(at.desk, _CALLER, created.id, replacing(Kind.USER, "title", "CTO"), if_match=None)
    assert patched.document == {**created.document, "title": "CTO"}
    assert (patched.version != created.version, patched.last_modified) == (True, at.clock.now())


async def test_patch_without_effect_writes_nothing(at: Desks) -> None:
    """Neither a version, nor a moment, nor a change."""
    created = await at.create(title="CEO")
    assert (
        await patch_user(at.desk, _CALLER, created.id, replacing(Kind.USER, "title", "CEO"), if_match=None) == created
    )
    assert len(at.changes()) == 1


async def test_patch_is_all_or_nothing(at: Desks) -> None:
    """An operation that fails undoes those before it."""
    account = make_account(unmatched_filter=UnmatchedFilter.NO_TARGET)
    created = await at.create(title="CEO")
    both = patch(
        Kind.USER,
        {"op": "replace", "path": "title", "value": "CTO"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b.example"},
    )
    with pytest.raises(NoTargetException):
        await patch_user(at.desk, make_caller(account), created.id, both, if_match=None)
    assert await get_user(at.desk, _CALLER, created.id) == created


async def test_account_chooses_what_unmatched_filters_do(at: Desks) -> None:
    """By default the element is created, as Entra needs it."""
    created = await at.create()
    mail = replacing(Kind.USER, 'emails[type eq "work"].value', "a@b.example")
    patched = await patch_user(at.desk, _CALLER, created.id, mail, if_match=None)
    assert patched.document["emails"] == [{"type": "work", "value": "a@b.example"}]


@pytest.mark.parametrize(
    ("before", "after", "action", "state"),
    [
        (True, False, Action.DEACTIVATE, UserState.DEACTIVATED),
        (False, True, Action.REACTIVATE, UserState.ACTIVE),
    ],
)
async def test_access_follows_active(at: Desks, before: bool, after: bool, action: Action, state: UserState) -> None:
    """A soft delete and its undoing are written down as what they are."""
    created = await at.create(active=before)
    patched = await patch_user(at.desk, _CALLER, created.id, replacing(Kind.USER, "active", after), if_match=None)
    assert patched.state is state
    assert (at.changes()[-1].action, at.changes()[-1].attributes) == (action, ("active",))


async def test_soft_delete_keeps_memberships(at: Desks) -> None:
    """Entra does not send them again when it restores the user."""
    created = await at.create()
    team = await _in_group(at, created)
    patched = await patch_user(at.desk, _CALLER, created.id, replacing(Kind.USER, "active", False), if_match=None)
    assert patched.groups == (team,)


# Delete


async def test_deletion_ends_user_and_memberships(at: Desks) -> None:
    """The name is free, the group is without the member, and it is written down."""
    created = await at.create()
    team = await _in_group(at, created)
    await delete_user(at.desk, _CALLER, created.id, if_match=None)
    assert (await at.directory.get_group("acme", team, members=True)).members == ()
    assert (at.changes()[-1].action, at.changes()[-1].users) == (Action.DELETE, -1)
    assert (await at.create()).id != created.id


async def _in_group(at: Desks, member: UserRecord) -> str:
    """The id of a new group with the one member."""
    team = await create_group(at.desk, _CALLER, group("Finance", member.id))
    at.clock.move(minutes=1)
    return team.id


# Preconditions and other writers


async def test_stale_version_is_refused(at: Desks) -> None:
    """Nothing is written for a version that is no longer the stored one."""
    created = await at.create()
    stale, title = weak_etag("stale"), replacing(Kind.USER, "title", "CEO")
    for attempt in (
        replace_user(at.desk, _CALLER, created.id, user(), if_match=stale),
        patch_user(at.desk, _CALLER, created.id, title, if_match=stale),
        delete_user(at.desk, _CALLER, created.id, if_match=stale),
    ):
        with pytest.raises(PreconditionFailedException):
            await attempt
    assert await get_user(at.desk, _CALLER, created.id) == created


async def test_named_version_is_written(at: Desks) -> None:
    """With the ETag that was read, and once only."""
    created = await at.create()
    etag, title = weak_etag(created.version), replacing(Kind.USER, "title", "CEO")
    patched = await patch_user(at.desk, _CALLER, created.id, title, if_match=etag)
    assert patched.document["title"] == "CEO"
    with pytest.raises(PreconditionFailedException):
        await delete_user(at.desk, _CALLER, created.id, if_match=etag)


class Contested(MemoryDirectory):
    """A directory in which another process changes each user right after it is read, a number of times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    async def get_user(
        self, account: str, user_id: str, *, groups: bool = False, native_groups: bool = False
    ) -> UserRecord:
        read = await super().get_user(account, user_id, groups=groups, native_groups=native_groups)
        if self.times:
            self.times -= 1
            title = {"nickName": f"other {self.times}"}
            after = dataclasses.replace(read, document={**read.document, **title})
            await super().replace_user(account, read, after, _change_of(read))
        return read


def _change_of(record: UserRecord) -> Change:
    return new_change(_STRANGER, Action.UPDATE, record, NOW)


@pytest.mark.parametrize("if_match", [None, "*"])
async def test_both_writers_win(if_match: str | None) -> None:
    """What another process wrote in between is kept, and ours is applied to it; ``*`` means any version."""
    directory = Contested(3)
    desk = Desk(directory, StoppedClock(), pause=Pauses())
    created = await create_user(desk, _CALLER, user())
    title = replacing(Kind.USER, "title", "CEO")
    patched = await patch_user(desk, _CALLER, created.id, title, if_match=if_match)
    assert (patched.document["title"], patched.document["nickName"]) == ("CEO", "other 0")


async def test_other_writer_voids_the_version() -> None:
    """A client that demanded the version it read is told so, where another process came in between."""
    desk = Desk(Contested(1), StoppedClock(), pause=Pauses())
    created = await create_user(desk, _CALLER, user())
    title = replacing(Kind.USER, "title", "CEO")
    with pytest.raises(PreconditionFailedException):
        await patch_user(desk, _CALLER, created.id, title, if_match=weak_etag(created.version))
