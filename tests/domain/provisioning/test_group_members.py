"""Memberships as resources: listed, read, added and removed under the rules of a group's members."""

from typing import Any

import pytest
from scim2_models import (
    InvalidCursorException,
    InvalidValueException,
    PreconditionFailedException,
    UniquenessException,
)

from domain.model import Action, GroupRecord, Kind, Member, Membership
from domain.ports import RecordNotFound
from domain.provisioning.group_members import add_member, get_membership, list_memberships, remove_member
from domain.provisioning.groups import create_group, get_group
from domain.provisioning.users import create_user, delete_user
from domain.writing import Desk
from scim.messages import list_request
from scim.resources import Submitted, read_resource
from scim.versions import weak_etag
from tests.domain.builders import NOBODY, NOW, StoppedClock, group, ids, make_account, make_caller, make_desk, user
from tests.memory import MemoryDirectory

_CALLER = make_caller()
_STRANGER = make_caller(make_account("other"))
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:GroupMember"


def membership(group_id: str, member_id: str) -> Submitted:
    """A membership as a client sends it."""
    body = {"schemas": [SCHEMA], "group": {"value": group_id}, "member": {"value": member_id}}
    return read_resource(body, "GroupMember")


class Team:
    """A desk, five users in the order of their ids, the first three in a group; then a minute passes."""

    desk: Desk
    people: list[str]
    group: GroupRecord

    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        self.clock = StoppedClock()
        self.desk = make_desk(self.directory, self.clock)

    async def fill(self) -> None:
        names = [f"user{each}@contoso.example" for each in range(5)]
        self.people = sorted([(await create_user(self.desk, _CALLER, user(each))).id for each in names])
        self.group = await create_group(self.desk, _CALLER, group("Finance", *self.people[:3]))
        self.clock.move(minutes=1)

    async def members(self) -> set[str]:
        """The ids of the members now."""
        return ids((await get_group(self.desk, _CALLER, self.group.id, members=True)).members)

    async def list(self, text: str | None = None, **parameters: Any) -> tuple[list[str], int | None, str | None]:
        """The ids of a page, its total, and its cursor."""
        asked = list_request(
            {name.lower(): value for name, value in parameters.items()} | {"filter": text}, "GroupMember"
        )
        listing = await list_memberships(self.desk, _CALLER, asked)
        return [each.id for each in listing.records], listing.total, listing.next_cursor

    def id_of(self, person: int) -> str:
        return f"{self.group.id}.{self.people[person]}"


@pytest.fixture
async def team() -> Team:
    made = Team()
    await made.fill()
    return made


async def test_member_is_added(team: Team) -> None:
    """The group has the member from then on, and its log says so."""
    added = await add_member(team.desk, _CALLER, membership(team.group.id, team.people[3]))
    assert added == Membership(team.group.id, Member(team.people[3]), team.clock.now())
    assert await team.members() == set(team.people[:4])
    assert await get_membership(team.desk, _CALLER, added.id) == added
    change = team.directory.changes("acme")[-1]
    assert (change.action, change.resource_id, change.attributes) == (Action.UPDATE, team.group.id, ("members",))


async def test_group_is_added_to_a_group(team: Team) -> None:
    """A member can be a group, and the membership tells."""
    nested = await create_group(team.desk, _CALLER, group("Payroll"))
    added = await add_member(team.desk, _CALLER, membership(team.group.id, nested.id))
    assert added.member == Member(nested.id, Kind.GROUP)


async def test_membership_exists_once(team: Team) -> None:
    """Adding it again is a conflict, and changes no version."""
    before = await get_group(team.desk, _CALLER, team.group.id, members=True)
    with pytest.raises(UniquenessException):
        await add_member(team.desk, _CALLER, membership(team.group.id, team.people[0]))
    assert await get_group(team.desk, _CALLER, team.group.id, members=True) == before


@pytest.mark.parametrize("odd", [NOBODY, "no id", "a/b", "\x00"])
async def test_both_sides_must_exist(team: Team, odd: str) -> None:
    """An id that names nobody is refused and not skipped, since it is all that was asked for."""
    with pytest.raises(InvalidValueException, match="member"):
        await add_member(team.desk, _CALLER, membership(team.group.id, odd))
    with pytest.raises(InvalidValueException, match="group"):
        await add_member(team.desk, _CALLER, membership(odd, team.people[0]))


async def test_group_is_no_member_of_itself(team: Team) -> None:
    """As in a PATCH of its members."""
    with pytest.raises(InvalidValueException):
        await add_member(team.desk, _CALLER, membership(team.group.id, team.group.id))


async def test_user_is_no_group(team: Team) -> None:
    """Only a group has members."""
    with pytest.raises(InvalidValueException, match="group"):
        await add_member(team.desk, _CALLER, membership(team.people[0], team.people[1]))


async def test_member_is_removed(team: Team) -> None:
    """The group has it no longer; a second time there is nothing to remove."""
    await remove_member(team.desk, _CALLER, team.id_of(0), if_match=None)
    assert await team.members() == set(team.people[1:3])
    with pytest.raises(RecordNotFound):
        await remove_member(team.desk, _CALLER, team.id_of(0), if_match=None)
    with pytest.raises(RecordNotFound):
        await get_membership(team.desk, _CALLER, team.id_of(0))


async def test_version_is_asked_for(team: Team) -> None:
    """A membership that began anew has the same id and another version."""
    old = weak_etag((await get_membership(team.desk, _CALLER, team.id_of(0))).version)
    await remove_member(team.desk, _CALLER, team.id_of(0), if_match=old)
    await add_member(team.desk, _CALLER, membership(team.group.id, team.people[0]))
    with pytest.raises(PreconditionFailedException):
        await remove_member(team.desk, _CALLER, team.id_of(0), if_match=old)
    await remove_member(team.desk, _CALLER, team.id_of(0), if_match="*")


@pytest.mark.parametrize("odd", ["", ".", "x", "a.b", f"{NOBODY}.{NOBODY}", f"{NOBODY}.{NOBODY}.x", "x" * 5_000])
async def test_what_is_no_membership_is_not_found(team: Team, odd: str) -> None:
    """Whatever its id holds."""
    with pytest.raises(RecordNotFound):
        await get_membership(team.desk, _CALLER, odd)
    with pytest.raises(RecordNotFound):
        await remove_member(team.desk, _CALLER, odd, if_match=None)


async def test_other_accounts_see_nothing(team: Team) -> None:
    """An id means nothing in another account."""
    with pytest.raises(RecordNotFound):
        await get_membership(team.desk, _STRANGER, team.id_of(0))
    with pytest.raises(RecordNotFound):
        await remove_member(team.desk, _STRANGER, team.id_of(0), if_match=None)
    with pytest.raises(InvalidValueException):
        await add_member(team.desk, _STRANGER, membership(team.group.id, team.people[4]))


async def test_deleted_user_ends_its_memberships(team: Team) -> None:
    """A membership lives as long as both its sides."""
    await delete_user(team.desk, _CALLER, team.people[0], if_match=None)
    assert (await team.list())[0] == [team.id_of(1), team.id_of(2)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, [0, 1, 2]),
        ('group.value eq "{group}"', [0, 1, 2]),
        ('GROUP.VALUE Eq "{group}"', [0, 1, 2]),
        ('group eq "{group}"', [0, 1, 2]),  # a complex attribute stands for its value
        ('urn:ietf:params:scim:schemas:core:2.0:GroupMember:group.value eq "{group}"', [0, 1, 2]),
        ('group.value eq "{GROUP}"', []),  # ids are case-exact
        ('member.value eq "{1}"', [1]),
        ('member.value eq "{4}"', []),
        ('group.value eq "{group}" and member.value eq "{1}"', [1]),
        ('member.value eq "{1}" and (group.value eq "{group}" and member.type eq "User")', [1]),
        ('group.value eq "{group}" and group.value eq "{1}"', []),
        ('group.value eq "{group}" and not (member.value eq "{1}")', [0, 2]),
        ('group.value eq "{group}" and member.type eq "Group"', []),
        ('member.value eq "{0}" or member.value eq "{2}"', [0, 2]),
        ('member.value gt "{0}"', [1, 2]),
        ('id eq "{group}.{1}"', [1]),
        ('id eq "{group}.{1}" and member.value eq "{2}"', []),
        ('id eq "x"', []),
        ('group.value eq ""', []),
        ('group.value ne "{group}"', []),
        ('meta.resourceType eq "GroupMember"', [0, 1, 2]),
        ("externalId pr", []),
    ],
)
async def test_filter(team: Team, text: str | None, shown: list[int]) -> None:
    """By group, by member, by both, and by anything else that a membership has; by index and by cursor alike."""
    values = {"{group}": team.group.id, "{GROUP}": team.group.id.upper()}
    values |= {f"{{{number}}}": person for number, person in enumerate(team.people)}
    for name, value in values.items():
        text = text.replace(name, value) if text else text
    found = [team.id_of(each) for each in shown]
    assert await team.list(text) == (found, len(found), None)
    assert await team.list(text, cursor="") == (found, len(found), None)


async def test_walk(team: Team) -> None:
    """Page by page with the cursor of the page before; what would have to be counted is left out."""
    text = f'group.value eq "{team.group.id}"'
    first, total, cursor = await team.list(text, cursor="", count=2)
    assert (first, total) == ([team.id_of(0), team.id_of(1)], None)
    assert await team.list(text, cursor=cursor, count=2) == ([team.id_of(2)], None, None)


async def test_cursor_is_of_its_walk(team: Team) -> None:
    """A cursor of one group is none of another, of another page size, or of another account."""
    text = f'group.value eq "{team.group.id}"'
    cursor = (await team.list(text, cursor="", count=1))[2]
    for other, count in ((f'group.value eq "{NOBODY}"', 1), (text, 2), (None, 1)):
        with pytest.raises(InvalidCursorException):
            await team.list(other, cursor=cursor, count=count)
    asked = list_request({"filter": text, "cursor": cursor, "count": "1"}, "GroupMember")
    with pytest.raises(InvalidCursorException):
        await list_memberships(team.desk, make_caller(make_account("other", seal_key="x" * 43 + "=")), asked)


async def test_page_at_an_index(team: Team) -> None:
    """With the number of all."""
    assert await team.list(startIndex=2, count=1) == ([team.id_of(1)], 3, None)
    assert await team.list(startIndex=9) == ([], 3, None)
    assert await team.list(count=0) == ([], 3, None)


async def test_other_orders_are_refused(team: Team) -> None:
    """Members come in the order of their ids: no other one can be had in pages."""
    with pytest.raises(InvalidValueException, match="sortBy"):
        await team.list(sortBy="member.value")


def test_version_tells_when_it_began() -> None:
    """A membership never changes."""
    made = Membership("g", Member("m"), NOW)
    assert (made.id, made.last_modified, made.version) == ("g.m", NOW, NOW.isoformat())
