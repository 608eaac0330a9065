"""What operators do: open accounts, issue, list and revoke tokens."""

from datetime import timedelta

import pytest

from domain import tokens
from domain.accounts import InvalidAccount
from domain.administration import issue_token, list_tokens, open_account, revoke_token
from domain.model import AccountSettings, UnmatchedFilter
from domain.ports import RecordNotFound, Taken
from tests.domain.builders import NOW, StoppedClock
from tests.memory import MemoryAccounts

_DAY = timedelta(days=1)


@pytest.fixture
def store() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


async def test_opened_account_is_stored(store: MemoryAccounts, clock: StoppedClock) -> None:
    """With its settings and the moment."""
    settings = AccountSettings(UnmatchedFilter.NO_TARGET)
    account = await open_account(store, clock, "Acme", account_id="acme", settings=settings)
    assert await store.get_account("acme") == account
    assert (account.created, account.settings) == (NOW, settings)


async def test_account_id_is_unique(store: MemoryAccounts, clock: StoppedClock) -> None:
    """The first account stays as it is."""
    first = await open_account(store, clock, "Acme", account_id="acme")
    with pytest.raises(Taken):
        await open_account(store, clock, "Other", account_id="acme")
    assert await store.list_accounts() == (first,)


async def test_odd_account_is_not_stored(store: MemoryAccounts, clock: StoppedClock) -> None:
    """Neither a bad id nor a blank name."""
    for name, account_id in (("Acme", "a/b"), (" ", "acme")):
        with pytest.raises(InvalidAccount):
            await open_account(store, clock, name, account_id=account_id)
    assert await store.list_accounts() == ()


async def test_issued_token_is_stored_without_its_secret(store: MemoryAccounts, clock: StoppedClock) -> None:
    """Only the hash; the text can be told once."""
    await open_account(store, clock, "Acme", account_id="acme")
    issued = await issue_token(store, clock, "acme", "for Entra", lifetime=_DAY)
    stored = await store.get_token("acme", issued.token.id)
    assert (stored, stored.expires) == (issued.token, NOW + _DAY)
    assert issued.text.rpartition(".")[2] not in repr(vars(store))


async def test_tokens_are_listed_by_age(store: MemoryAccounts, clock: StoppedClock) -> None:
    """The oldest first, those of other accounts not at all."""
    for account_id in ("acme", "other"):
        await open_account(store, clock, "Acme", account_id=account_id)
    await issue_token(store, clock, "other", "x", lifetime=_DAY)
    for name in ("first", "second", "third"):
        await issue_token(store, clock, "acme", name, lifetime=None)
        clock.move(minutes=1)
    assert [each.name for each in await list_tokens(store, "acme")] == ["first", "second", "third"]


async def test_revoked_token_is_valid_no_more(store: MemoryAccounts, clock: StoppedClock) -> None:
    """From this moment on."""
    await open_account(store, clock, "Acme", account_id="acme")
    issued = await issue_token(store, clock, "acme", "x", lifetime=None)
    revoked = await revoke_token(store, clock, "acme", issued.token.id)
    assert (revoked.revoked, tokens.is_valid(revoked, clock.now())) == (NOW, False)


async def test_unknown_account_or_token_is_not_found(store: MemoryAccounts, clock: StoppedClock) -> None:
    """Nothing is issued for an account that does not exist, nor revoked for another's token."""
    await open_account(store, clock, "Acme", account_id="acme")
    issued = await issue_token(store, clock, "acme", "x", lifetime=None)
    for attempt in (
        issue_token(store, clock, "nobody", "x", lifetime=None),
        revoke_token(store, clock, "nobody", issued.token.id),
        revoke_token(store, clock, "acme", "0" * 16),
    ):
        with pytest.raises(RecordNotFound):
            await attempt
    with pytest.raises(RecordNotFound):
        await list_tokens(store, "nobody")
