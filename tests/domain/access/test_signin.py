"""Who calls: tokens turned into callers, remembered for a minute."""

import asyncio
import dataclasses
from datetime import datetime, timedelta

import pytest

from domain.access import signin, tokens
from domain.access.administration import first_holdings
from domain.access.principals import ADMIN, PROVISIONING, Binding, Principal, PrincipalKind
from domain.access.roles import AUDITOR, PROVISION, VIEW
from domain.access.signin import Access, Doorkeeper, NotAuthenticated
from domain.access.tokens import Issued
from domain.model import Kind
from domain.ports import StoreUnavailable
from domain.provisioning.users import create_user, delete_user, patch_user
from tests.domain.builders import NOW, StoppedClock, make_account, make_caller, make_desk, replacing, user
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_policies import MemoryPolicies


class CountedPolicies(MemoryPolicies):
    """Counts how often a token is looked up, and can be away."""

    def __init__(self, accounts: MemoryAccounts, directory: MemoryDirectory) -> None:
        super().__init__(accounts, directory)
        self.asked = 0
        self.away = False
        self.unwritable = False
        self.touched = 0

    async def touch_token(self, account_id: str, token_id: str, at: datetime) -> None:
        if self.unwritable:
            raise StoreUnavailable
        self.touched += 1
        await super().touch_token(account_id, token_id, at)

    async def get_access(self, account_id: str, token_id: str) -> Access:
        self.asked += 1
        if self.away:
            raise StoreUnavailable
        return await super().get_access(account_id, token_id)


class Door:
    """A doorkeeper with two accounts, and a token of the first."""

    def __init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.directory = MemoryDirectory()
        self.policies = CountedPolicies(self.accounts, self.directory)
        self.clock = StoppedClock()
        self.keeper = Doorkeeper(self.policies, self.clock)

    async def open(self) -> Issued:
        for account_id in ("acme", "other"):
            await self.accounts.create_account(make_account(account_id))
            await self.policies.add(account_id, *first_holdings(NOW))
        return await self.issue()

    async def issue(self, *, lifetime: timedelta | None = tokens.DEFAULT_LIFETIME) -> Issued:
        issued = tokens.issue("acme", "x", now=NOW, lifetime=lifetime)
        await self.policies.add("acme", issued.token)
        return issued

    async def revoke(self, issued: Issued, at: datetime = NOW) -> None:
        await self.policies.add(issued.token.account, dataclasses.replace(issued.token, revoked=at))


@pytest.fixture
def door() -> Door:
    return Door()


async def test_token_names_its_caller(door: Door) -> None:
    """The account, the token, what it may do, and which request it is."""
    issued = await door.open()
    caller = await door.keeper.caller(issued.text, "acme", "request-9")
    assert (caller.account.id, caller.token_id) == ("acme", issued.token.id)
    assert (caller.permissions, caller.request_id) == (PROVISION, "request-9")
    assert (caller.name, caller.since) == ("x", NOW)


@pytest.mark.parametrize(("seconds", "asked"), [(0, 1), (59.9, 1), (60, 2), (3_600, 2)])
async def test_caller_is_remembered_for_a_minute(door: Door, seconds: float, asked: int) -> None:
    """Then the storage is asked again."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    door.clock.move(seconds=seconds)
    await door.keeper.caller(issued.text, "acme")
    assert door.policies.asked == asked


async def test_remembered_caller_keeps_its_own_request(door: Door) -> None:
    """What is remembered is the token, not the request."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme", "request-1")
    assert (await door.keeper.caller(issued.text, "acme", "request-2")).request_id == "request-2"


async def test_revocation_takes_effect_within_a_minute(door: Door) -> None:
    """A remembered token opens until the minute is over, and nothing after."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    await door.revoke(issued)
    await door.keeper.caller(issued.text, "acme")
    door.clock.move(seconds=60)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")


async def test_revoked_token_opens_nothing(door: Door) -> None:
    """Where nobody remembers it, a revoked token is refused at once."""
    issued = await door.open()
    await door.revoke(issued)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")


async def test_expiry_counts_for_remembered_callers_too(door: Door) -> None:
    """A token that expires within its minute is refused from then on."""
    await door.open()
    issued = await door.issue(lifetime=timedelta(seconds=30))
    await door.keeper.caller(issued.text, "acme")
    door.clock.move(seconds=30)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")


@pytest.mark.parametrize("account_id", ["other", "ACME", "acme2", "", "unknown"])
async def test_token_opens_its_own_account_only(door: Door, account_id: str) -> None:
    """Also once it is remembered; the storage is not even asked."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, account_id)
    assert door.policies.asked == 1


@pytest.mark.parametrize("text", ["", "x", "rc.acme.1.2", "rc.acme.\u00e9", "null"])
async def test_malformed_token_is_refused_unasked(door: Door, text: str) -> None:
    """A text that is no token costs no round trip."""
    await door.open()
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(text, "acme")
    assert door.policies.asked == 0


async def test_unknown_token_is_refused(door: Door) -> None:
    """A well-formed token that was never stored, of an account that exists or of none."""
    await door.open()
    for account_id in ("acme", "nobody"):
        stranger = tokens.issue(account_id, "x", now=NOW)
        with pytest.raises(NotAuthenticated):
            await door.keeper.caller(stranger.text, account_id)


async def test_wrong_secret_is_refused(door: Door) -> None:
    """The id of a token alone opens nothing."""
    issued = await door.open()
    forged = tokens.issue("acme", "x", now=NOW)
    await door.policies.add("acme", dataclasses.replace(forged.token, secret_hash=issued.token.secret_hash))
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(forged.text, "acme")


async def test_storage_that_is_away_is_no_wrong_token(door: Door) -> None:
    """The caller is told to come back, not that its token is bad; a remembered one gets in meanwhile."""
    issued, second = await door.open(), await door.issue()
    await door.keeper.caller(issued.text, "acme")
    door.policies.away = True
    await door.keeper.caller(issued.text, "acme")
    with pytest.raises(StoreUnavailable):
        await door.keeper.caller(second.text, "acme")


async def test_memory_of_callers_is_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest known is forgotten first, and costs one more round trip."""
    monkeypatch.setattr(signin, "_REMEMBERED_CALLERS", 2)
    first, second, third = await door.open(), await door.issue(), await door.issue()
    for each in (first, second, third, second, third):
        await door.keeper.caller(each.text, "acme")
    assert door.policies.asked == 3
    await door.keeper.caller(first.text, "acme")
    assert door.policies.asked == 4


# Owners


async def test_token_narrows_what_its_owner_may(door: Door) -> None:
    """It never widens it."""
    await door.open()
    asked = frozenset({"core_user_view", "core_account_manage"})
    issued = tokens.issue("acme", "x", now=NOW, permissions=asked)
    await door.policies.add("acme", issued.token)
    caller = await door.keeper.caller(issued.text, "acme")
    assert caller.permissions == caller.permissions_at("org") == {"core_user_view"}


async def test_narrow_token_counts_below_the_account_too(door: Door) -> None:
    """Where its owner has the permission there only, and for no other."""
    await door.open()
    issued = tokens.issue("acme", "x", now=NOW, permissions=frozenset({"core_audit_view", "core_role_manage"}))
    await door.policies.add("acme", issued.token, Binding(PROVISIONING, AUDITOR, "org"))
    caller = await door.keeper.caller(issued.text, "acme")
    assert [sorted(each) for each in (caller.permissions, caller.permissions_at("org"))] == [[], ["core_audit_view"]]


async def test_token_is_valid_from_its_beginning(door: Door) -> None:
    """Not before, though it is known."""
    await door.open()
    issued = tokens.issue("acme", "x", now=NOW, valid_from=NOW + timedelta(seconds=10))
    await door.policies.add("acme", issued.token)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")
    door.clock.move(seconds=10)
    await door.keeper.caller(issued.text, "acme")


async def test_token_of_a_user_ends_with_the_access_of_the_user(door: Door) -> None:
    """Deactivated within a minute, and at once where somebody says so; reactivated it opens again."""
    await door.open()
    desk, caller = make_desk(door.directory, door.clock), make_caller()
    record = await create_user(desk, caller, user())
    ann = Principal(PrincipalKind.USER, record.id)
    issued = tokens.issue("acme", "x", now=NOW, owner=ann)
    await door.policies.add("acme", issued.token, Binding(ann, AUDITOR))
    assert (await door.keeper.caller(issued.text, "acme")).permissions == VIEW
    await patch_user(desk, caller, record.id, replacing(Kind.USER, "active", False), if_match=None)
    door.keeper.forget("acme", ann)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")
    await patch_user(desk, caller, record.id, replacing(Kind.USER, "active", True), if_match=None)
    assert (await door.keeper.caller(issued.text, "acme")).owner == ann
    await delete_user(desk, caller, record.id, if_match=None)
    door.clock.move(seconds=60)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")


async def test_others_are_remembered_when_one_is_forgotten(door: Door) -> None:
    """Callers on other accounts, and other owners."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    door.keeper.forget("other")
    door.keeper.forget("acme", ADMIN)
    await door.keeper.caller(issued.text, "acme")
    assert door.policies.asked == 1
    door.keeper.forget("acme")
    await door.keeper.caller(issued.text, "acme")
    assert door.policies.asked == 2


async def test_what_was_read_before_a_revocation_is_not_remembered(door: Door) -> None:
    """A look-up that is under way when the token is revoked does not bring it back for a minute."""
    issued = await door.open()

    class Slow(CountedPolicies):
        async def get_access(self, account_id: str, token_id: str) -> Access:
            found = await super().get_access(account_id, token_id)
            await door.revoke(issued)
            keeper.forget("acme")
            return found

    slow = Slow(door.accounts, door.directory)
    slow._policies = door.policies._policies
    keeper = Doorkeeper(slow, door.clock)
    await keeper.caller(issued.text, "acme")
    with pytest.raises(NotAuthenticated):
        await keeper.caller(issued.text, "acme")


# The time of the last use


@pytest.mark.parametrize(("minutes", "noted"), [(0, 0), (59, 0), (60, 60), (150, 150)])
async def test_use_is_noted_once_an_hour(door: Door, minutes: int, noted: int) -> None:
    """However often the token is used in between."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    await door.keeper.uses.settle()
    door.clock.move(minutes=minutes)
    await door.keeper.caller(issued.text, "acme")
    await door.keeper.uses.settle()
    (stored,) = (await door.policies.get_policy("acme")).tokens
    assert stored.last_used == NOW + timedelta(minutes=noted)


async def test_use_by_many_at_once_is_noted_once(door: Door) -> None:
    """Also where none of them is remembered yet."""
    issued = await door.open()
    await asyncio.gather(*(door.keeper.caller(issued.text, "acme") for _ in range(20)))
    await door.keeper.uses.settle()
    assert door.policies.touched == 1


async def test_use_that_cannot_be_noted_fails_nobody(door: Door) -> None:
    """The caller gets in, and the next look-up tries again."""
    issued = await door.open()
    door.policies.unwritable = True
    await door.keeper.caller(issued.text, "acme")
    await door.keeper.uses.settle()
    door.policies.unwritable = False
    door.clock.move(seconds=60)
    await door.keeper.caller(issued.text, "acme")
    await door.keeper.uses.settle()
    (stored,) = (await door.policies.get_policy("acme")).tokens
    assert stored.last_used == NOW + timedelta(seconds=60)


async def test_refused_token_is_not_used(door: Door) -> None:
    """Neither an expired one nor one with a wrong secret."""
    await door.open()
    issued = await door.issue(lifetime=timedelta(seconds=1))
    door.clock.move(seconds=1)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(issued.text, "acme")
    await door.keeper.uses.settle()
    assert {each.last_used for each in (await door.policies.get_policy("acme")).tokens} == {None}
