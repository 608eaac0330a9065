"""A random walk of what the client and the administrators do: after each step everything fits together.

`ROLLCALL_WALK_STEPS` says how many steps there are in all; a walk is 50 steps long.
"""

import asyncio
import os
from collections.abc import Awaitable, Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.native.groups import MembersWanted
from domain.native.scopes import Scope
from tests.domain.walk import SCOPES, Account

_STEPS = int(os.environ.get("ROLLCALL_WALK_STEPS", "150"))
_WALK = 50

_numbers = st.integers(0, 5)
_picks = st.integers(0, 30)
_names = st.sampled_from(["Finance", "finance", "a.b", "a-b", "42", "Team"])
_scopes = st.sampled_from(SCOPES)


class Walk(RuleBasedStateMachine):
    """One account, and somebody who does one thing after another in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.account = Account()
        self.run(self.account.open())

    def run[T](self, act: Awaitable[T]) -> T:
        return self.loop.run_until_complete(_awaited(act))

    def teardown(self) -> None:
        self.loop.close()

    def users(self) -> Sequence[str]:
        """In the order in which they came: a walk that is taken again meets the same ones, whatever their ids are."""
        return list(self.run(self.account.state()).users)

    def groups(self) -> Sequence[str]:
        return list(self.run(self.account.state()).groups)

    def a_user(self, pick: int) -> str:
        there = self.users()
        return there[pick % len(there)]

    def a_group(self, pick: int) -> str:
        there = self.groups()
        return there[pick % len(there)]

    @invariant()
    def everything_fits_together(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        await self.account.check(await self.account.state())

    # The client

    @rule(number=_numbers)
    def provision_user(self, number: int) -> None:
        self.run(self.account.provision_user(number))

    @precondition(lambda self: self.users())
    @rule(pick=_picks, active=st.booleans())
    def set_active(self, pick: int, active: bool) -> None:
        self.run(self.account.set_active(self.a_user(pick), active=active))

    @precondition(lambda self: len(self.users()) > 2)
    @rule(pick=_picks)
    def deprovision_user(self, pick: int) -> None:
        self.run(self.account.deprovision_user(self.a_user(pick)))

    @precondition(lambda self: self.users())
    @rule(name=_names, picks=st.lists(_picks, max_size=3))
    def push_group(self, name: str, picks: list[int]) -> None:
        members = tuple(dict.fromkeys(self.a_user(each) for each in picks))
        self.run(self.account.push_group(name, members))

    @precondition(lambda self: self.groups())
    @rule(pick=_picks, name=_names)
    def rename_pushed(self, pick: int, name: str) -> None:
        self.run(self.account.rename_pushed(self.a_group(pick), name))

    @precondition(lambda self: self.groups() and self.users())
    @rule(group=_picks, user=_picks, adds=st.booleans())
    def change_pushed(self, group: int, user: int, adds: bool) -> None:
        self.run(self.account.change_pushed(self.a_group(group), self.a_user(user), adds=adds))

    @precondition(lambda self: len(self.groups()) > 2)
    @rule(pick=_picks)
    def drop_pushed(self, pick: int) -> None:
        self.run(self.account.drop_pushed(self.a_group(pick)))

    @precondition(lambda self: self.groups() and self.users())
    @rule(group=_picks, one=_picks, two=_picks)
    def race(self, group: int, one: int, two: int) -> None:
        self.run(self.account.race(self.a_group(group), self.a_user(one), self.a_user(two)))

    # The administrators

    @rule(number=_numbers)
    def invite(self, number: int) -> None:
        self.run(self.account.invite(number))

    @precondition(lambda self: self.users())
    @rule(pick=_picks)
    def accept(self, pick: int) -> None:
        self.run(self.account.accept(self.a_user(pick)))

    @precondition(lambda self: self.users())
    @rule(pick=_picks)
    def release_user(self, pick: int) -> None:
        self.run(self.account.release_user(self.a_user(pick)))

    @precondition(lambda self: len(self.users()) > 2)
    @rule(pick=_picks)
    def remove_user(self, pick: int) -> None:
        self.run(self.account.remove_user(self.a_user(pick)))

    @rule(name=_names, scope=_scopes)
    def create_group(self, name: str, scope: Scope) -> None:
        self.run(self.account.create_group(name, scope))

    @precondition(lambda self: self.groups())
    @rule(pick=_picks, name=_names)
    def rename(self, pick: int, name: str) -> None:
        self.run(self.account.rename(self.a_group(pick), name))

    @precondition(lambda self: self.groups() and self.users())
    @rule(group=_picks, added=st.lists(_picks, max_size=2), removed=st.lists(_picks, max_size=2), only=st.booleans())
    def change_members(self, group: int, added: list[int], removed: list[int], only: bool) -> None:
        wanted = MembersWanted(
            tuple(self.a_user(each) for each in added),
            () if only else tuple(self.a_user(each) for each in removed),
            only=only,
        )
        self.run(self.account.change_members(self.a_group(group), wanted))

    @precondition(lambda self: self.groups())
    @rule(pick=_picks)
    def release_group(self, pick: int) -> None:
        self.run(self.account.release_group(self.a_group(pick)))

    @precondition(lambda self: len(self.groups()) > 2)
    @rule(pick=_picks)
    def delete_group(self, pick: int) -> None:
        self.run(self.account.delete_group(self.a_group(pick)))

    @precondition(lambda self: self.users())
    @rule(pick=_picks, scope=st.sampled_from(SCOPES[1:]), leaves=st.booleans())
    def move(self, pick: int, scope: Scope, leaves: bool) -> None:
        act = self.account.take_out_of if leaves else self.account.put_into
        self.run(act(scope, self.a_user(pick)))


async def _awaited[T](act: Awaitable[T]) -> T:
    return await act


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=max(1, _STEPS // _WALK),
    stateful_step_count=_WALK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
