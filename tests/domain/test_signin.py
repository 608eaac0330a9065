"""Who calls: tokens turned into callers, remembered for a minute."""

from datetime import datetime, timedelta

import pytest

from domain import signin, tokens
from domain.model import Account, Token
from domain.ports import StoreUnavailable
from domain.signin import Doorkeeper, NotAuthenticated
from domain.tokens import Issued
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.memory import MemoryAccounts


class CountedAccounts(MemoryAccounts):
    """Accounts in memory that count how often a token is looked up, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False

    async def get_token_and_account(self, account_id: str, token_id: str) -> tuple[Token, Account]:
        self.asked += 1
        if self.away:
            raise StoreUnavailable
        return await super().get_token_and_account(account_id, token_id)


class Door:
    """A doorkeeper with two accounts, and a token of the first."""

    def __init__(self) -> None:
        self.accounts = CountedAccounts()
        self.clock = StoppedClock()
        self.keeper = Doorkeeper(self.accounts, self.clock)

    async def open(self) -> Issued:
        for account_id in ("acme", "other"):
            await self.accounts.create_account(make_account(account_id))
        return await self.issue()

    async def issue(self, *, lifetime: timedelta | None = tokens.DEFAULT_LIFETIME) -> Issued:
        issued = tokens.issue("acme", "x", now=NOW, lifetime=lifetime)
        await self.accounts.create_token(issued.token)
        return issued

    async def revoke(self, issued: Issued, at: datetime = NOW) -> None:
        await self.accounts.revoke_token(issued.token.account, issued.token.id, at)


@pytest.fixture
def door() -> Door:
    return Door()


async def test_token_names_its_caller(door: Door) -> None:
    """The account, the token, what it may do, and which request it is."""
    issued = await door.open()
    caller = await door.keeper.caller(issued.text, "acme", "request-9")
    assert (caller.account.id, caller.token_id) == ("acme", issued.token.id)
    assert (caller.permissions, caller.request_id) == (tokens.PERMISSIONS, "request-9")
    assert (caller.name, caller.since) == ("x", NOW)


@pytest.mark.parametrize(("seconds", "asked"), [(0, 1), (59.9, 1), (60, 2), (3_600, 2)])
async def test_caller_is_remembered_for_a_minute(door: Door, seconds: float, asked: int) -> None:
    """Then the storage is asked again."""
    issued = await door.open()
    await door.keeper.caller(issued.text, "acme")
    door.clock.move(seconds=seconds)
    await door.keeper.caller(issued.text, "acme")
    assert door.accounts.asked == asked


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
    assert door.accounts.asked == 1


@pytest.mark.parametrize("text", ["", "x", "rc.acme.1.2", "rc.acme.\u00e9", "null"])
async def test_malformed_token_is_refused_unasked(door: Door, text: str) -> None:
    """A text that is no token costs no round trip."""
    await door.open()
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(text, "acme")
    assert door.accounts.asked == 0


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
    own = Token("acme", forged.token.id, "x", issued.token.secret_hash, tokens.PERMISSIONS, NOW)
    await door.accounts.create_token(own)
    with pytest.raises(NotAuthenticated):
        await door.keeper.caller(forged.text, "acme")


async def test_storage_that_is_away_is_no_wrong_token(door: Door) -> None:
    """The caller is told to come back, not that its token is bad; a remembered one gets in meanwhile."""
    issued, second = await door.open(), await door.issue()
    await door.keeper.caller(issued.text, "acme")
    door.accounts.away = True
    await door.keeper.caller(issued.text, "acme")
    with pytest.raises(StoreUnavailable):
        await door.keeper.caller(second.text, "acme")


async def test_memory_of_callers_is_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest known is forgotten first, and costs one more round trip."""
    monkeypatch.setattr(signin, "_REMEMBERED_CALLERS", 2)
    first, second, third = await door.open(), await door.issue(), await door.issue()
    for each in (first, second, third, second, third):
        await door.keeper.caller(each.text, "acme")
    assert door.accounts.asked == 3
    await door.keeper.caller(first.text, "acme")
    assert door.accounts.asked == 4
