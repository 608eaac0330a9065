"""A small account in memory that a random walk works on: acts of the client and of administrators, and what must hold.

The invariants are those of harness.md §4 as DESIGN decides them: U1 to U8 of users, G1 to G9 of groups, M1 to M5 of
memberships.  An act that the rules refuse changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scim2_models import SCIMException

from domain.access.admin_guard import PolicyGuard
from domain.access.principals import Principal, PrincipalKind
from domain.access.roles import ALL
from domain.access.signin import Caller
from domain.model import GroupRecord, Kind, Origin, UserRecord, UserState
from domain.native import groups as native_groups
from domain.native import places
from domain.native import users as native_users
from domain.native.counter import Counter
from domain.native.group_identifiers import is_identifier
from domain.native.groups import GroupEdit, MembersWanted
from domain.native.scopes import ACCOUNT, Scope
from domain.ports import MembershipQuery, RecordNotFound, Taken
from domain.provisioning import groups, users
from domain.refusals import Refusal
from domain.writing import Desk
from tests.domain.builders import (
    Pauses,
    StoppedClock,
    adding_members,
    group,
    make_account,
    make_caller,
    removing_members,
    replacing,
    user,
)
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative
from tests.memory_policies import MemoryPolicies

ORG, PROJECT = Scope("ops"), Scope("ops", "web")
SCOPES = (ACCOUNT, ORG, PROJECT)
_REFUSED = (Refusal, SCIMException, Taken, RecordNotFound)


@dataclass(frozen=True)
class State:
    """All users, groups and memberships; a membership is a pair of group and user."""

    users: dict[str, UserRecord]
    groups: dict[str, GroupRecord]
    scim: frozenset[tuple[str, str]]
    native: frozenset[tuple[str, str]]

    @property
    def managed(self) -> frozenset[str]:
        """The users who are group managed (U6)."""
        in_groups = {member for _, member in self.scim}
        return frozenset(each.id for each in self.users.values() if each.origin is Origin.SCIM and each.id in in_groups)


@dataclass
class Account:
    """The account and its two callers."""

    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    clock: StoppedClock = field(default_factory=StoppedClock)
    invitations: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        policies = MemoryPolicies(MemoryAccounts(), self.directory)
        self.desk = Desk(self.directory, self.clock, pause=Pauses())
        self.guard = PolicyGuard(policies, self.directory)
        self.native = MemoryNative(self.directory)
        self.client = make_caller()
        admin = Caller(make_account(), "aa", ALL, owner=Principal(PrincipalKind.SERVICE_ACCOUNT, "admin"))
        self.counter = Counter(self.desk, self.native, admin)

    async def open(self) -> None:
        """Make the organization and its project."""
        await places.create_place(self.counter, ACCOUNT, "Ops", identifier="ops")
        await places.create_place(self.counter, ORG, "Web", identifier="web")

    async def state(self) -> State:
        """Everything as it is now."""
        records = self.directory.records("acme")
        pairs = []
        for native in (False, True):
            query = MembershipQuery(native=native, count=10_000, after="")
            page = await self.directory.find_memberships("acme", query)
            pairs.append(frozenset((each.group_id, each.member.id) for each in page.memberships))
        return State(
            {each.id: each for each in records if isinstance(each, UserRecord)},
            {each.id: each for each in records if isinstance(each, GroupRecord)},
            *pairs,
        )

    async def act(self, act: Callable[[], Awaitable[object]]) -> bool:
        """Whether *act* was done; a refused one must have changed nothing."""
        before = await self.state()
        self.clock.move(seconds=1)
        try:
            await act()
        except _REFUSED:
            assert await self.state() == before
            return False
        return True

    # What must hold at any time

    async def check(self, state: State) -> None:
        """Users, groups, memberships and totals fit together."""
        names = [str(each.document["userName"]).lower() for each in state.users.values()]
        assert len(names) == len(set(names))  # U1
        for each in state.users.values():
            assert (each.state is UserState.INVITED) is (each.invitation is not None)
            assert each.state is not UserState.INVITED or each.origin is Origin.NATIVE
            assert (each.document.get("active") is True) is (each.state is UserState.ACTIVE)  # U4
        self._check_groups(state)
        await self._check_memberships(state)
        totals = await self.directory.totals("acme")
        scim = sum(each.origin is Origin.SCIM for each in state.groups.values())
        assert (totals.users, totals.groups, totals.native_groups) == (len(names), scim, len(state.groups) - scim)

    def _check_groups(self, state: State) -> None:
        there = [(each.scope, each.identifier) for each in state.groups.values()]
        assert len(there) == len(set(there))  # G1
        named = [each.name for each in state.groups.values() if each.origin is Origin.SCIM]
        assert len(named) == len(set(map(str.lower, named)))
        for each in state.groups.values():
            assert is_identifier(each.identifier)  # G1, G5
            assert self.identifiers.setdefault(each.id, each.identifier) == each.identifier  # G1, G8
            if each.origin is Origin.SCIM:
                assert (each.scope, each.sso_link) == (ACCOUNT, None)  # G3, G6

    async def _check_memberships(self, state: State) -> None:
        for native, pairs in ((False, state.scim), (True, state.native)):
            for group_id, member in pairs:
                assert state.groups[group_id].is_native is native  # M1
                assert member in state.users  # M2
                scope = state.groups[group_id].scope
                assert scope == ACCOUNT or scope in await self.native.scopes_of("acme", member)  # M2, S3
        for each in state.users:
            scopes = await self.native.scopes_of("acme", each)
            assert PROJECT not in scopes or ORG in scopes  # S2

    # Acts of the client

    async def provision_user(self, number: int) -> None:
        """POST a user, who has no groups unless adopted (U3, U5)."""
        before = await self.state()
        held = {str(each.document["userName"]): each for each in before.users.values()}
        name = f"u{number}@corp.example"
        made: list[UserRecord] = []

        async def act() -> None:
            made.append(await users.create_user(self.desk, self.client, user(name)))

        if await self.act(act):
            after = (await self.state()).users[made[0].id]
            assert (after.origin, after.state) == (Origin.SCIM, UserState.ACTIVE)
            assert (name in held) is (made[0].id in before.users)
            assert name not in held or held[name].origin is Origin.NATIVE
        else:
            assert held[name].origin is Origin.SCIM  # X6

    async def set_active(self, user_id: str, *, active: bool) -> None:
        """PATCH ``active``: memberships stay as they are (U7, U8 as DESIGN §5 has them)."""
        before = await self.state()
        await self.act(
            lambda: users.patch_user(
                self.desk, self.client, user_id, replacing(Kind.USER, "active", active), if_match=None
            )
        )
        after = await self.state()
        assert (after.scim, after.native) == (before.scim, before.native)
        assert (after.users[user_id].state is UserState.ACTIVE) is active

    async def deprovision_user(self, user_id: str) -> None:
        """DELETE a user: nothing of it is left (U7)."""
        await self.act(lambda: users.delete_user(self.desk, self.client, user_id, if_match=None))
        after = await self.state()
        assert user_id not in after.users
        assert all(member != user_id for _, member in after.scim | after.native)

    async def push_group(self, name: str, members: tuple[str, ...]) -> None:
        """POST a group; native ones of the same name stay as they are (R21)."""
        before = await self.state()
        await self.act(lambda: groups.create_group(self.desk, self.client, group(name, *members)))
        after = await self.state()
        assert {each: after.groups[each] for each in before.groups} == before.groups

    async def rename_pushed(self, group_id: str, name: str) -> None:
        await self._as_client(group_id, lambda: self._patch(group_id, replacing(Kind.GROUP, "displayName", name)))

    async def change_pushed(self, group_id: str, member: str, *, adds: bool) -> None:
        change = adding_members(member) if adds else removing_members(member)
        await self._as_client(group_id, lambda: self._patch(group_id, change))

    async def drop_pushed(self, group_id: str) -> None:
        await self._as_client(group_id, lambda: groups.delete_group(self.desk, self.client, group_id, if_match=None))

    def _patch(self, group_id: str, change: object) -> Awaitable[object]:
        return groups.patch_group(self.desk, self.client, group_id, change, if_match=None)  # type: ignore[arg-type]

    async def _as_client(self, group_id: str, act: Callable[[], Awaitable[object]]) -> None:
        """What a client does to a group: nothing to a native one, and nothing to native memberships."""
        before = await self.state()
        done = await self.act(act)
        after = await self.state()
        assert not done or before.groups[group_id].origin is Origin.SCIM
        assert after.native == before.native

    async def race(self, group_id: str, one: str, two: str) -> None:
        """Two additions by the client and one description by an administrator at once: all survive (M5)."""
        before = await self.state()
        if before.groups[group_id].origin is not Origin.SCIM:
            return
        text = f"described {len(self.directory.changes('acme'))}"
        await asyncio.gather(
            self._patch(group_id, adding_members(one)),
            native_groups.edit_group(self.counter, group_id, GroupEdit(description=text), if_match=None),
            self._patch(group_id, adding_members(two)),
        )
        after = await self.state()
        assert {(group_id, one), (group_id, two)} <= after.scim
        assert after.groups[group_id].description == text  # G9

    # Acts of administrators

    async def invite(self, number: int) -> None:
        before = await self.state()
        name = f"u{number}@corp.example"

        async def act() -> None:
            invited = await native_users.invite_user(self.counter, name, "Somebody")
            if invited.code is not None:
                self.invitations[invited.user.id] = invited.code

        await self.act(act)
        after = await self.state()
        assert {each: after.users[each].origin for each in before.users} == {
            each: of.origin for each, of in before.users.items()
        }

    async def accept(self, user_id: str) -> None:
        code = self.invitations.get(user_id, "none")
        invited = (await self.state()).users[user_id].state is UserState.INVITED
        assert await self.act(lambda: native_users.accept_invitation(self.counter, user_id, code)) is invited

    async def release_user(self, user_id: str) -> None:
        before = await self.state()
        done = await self.act(lambda: native_users.release_user(self.counter, user_id))
        after = await self.state()
        assert done is (before.users[user_id].origin is Origin.SCIM)  # U3
        assert (after.scim, after.native) == (before.scim, before.native)

    async def remove_user(self, user_id: str) -> None:
        owned = (await self.state()).users[user_id].origin is Origin.SCIM
        done = await self.act(lambda: native_users.remove_user(self.counter, user_id, if_match=None))
        assert done is not owned  # R25

    async def create_group(self, name: str, scope: Scope) -> None:
        await self._natively(lambda: native_groups.create_group(self.counter, scope, name))

    async def rename(self, group_id: str, name: str) -> None:
        before = await self.state()
        await self._natively(
            lambda: native_groups.edit_group(self.counter, group_id, GroupEdit(name=name), if_match=None)
        )
        after = await self.state()
        owned = before.groups[group_id].origin is Origin.SCIM
        assert not owned or after.groups[group_id].name == before.groups[group_id].name  # R19

    async def change_members(self, group_id: str, wanted: MembersWanted) -> None:
        """Nothing happens to memberships of the client, nor to native ones of users it manages (M3, M4)."""
        before = await self.state()
        await self._natively(lambda: native_groups.change_members(self.counter, group_id, wanted))
        after = await self.state()
        changed = {member for _, member in before.native ^ after.native}
        assert changed.isdisjoint(before.managed)

    async def release_group(self, group_id: str) -> None:
        """Members come along (M1)."""
        before = await self.state()
        done = await self.act(lambda: native_groups.release_group(self.counter, group_id))
        after = await self.state()
        assert done is (before.groups[group_id].origin is Origin.SCIM)
        assert after.scim | after.native == before.scim | before.native

    async def delete_group(self, group_id: str) -> None:
        before = await self.state()
        await self._natively(lambda: native_groups.delete_group(self.counter, group_id, if_match=None))
        after = await self.state()
        assert (group_id in after.groups) is (before.groups[group_id].origin is Origin.SCIM)  # R20

    async def _natively(self, act: Callable[[], Awaitable[object]]) -> None:
        before = await self.state()
        await self.act(act)
        assert (await self.state()).scim == before.scim  # M3

    async def put_into(self, scope: Scope, user_id: str) -> None:
        await self._natively(lambda: places.add_user(self.counter, scope, user_id))

    async def take_out_of(self, scope: Scope, user_id: str) -> None:
        await self._natively(lambda: native_groups.leave_scope(self.counter, scope, user_id))
