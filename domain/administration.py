"""What operators do: open accounts, issue and revoke tokens."""

from datetime import timedelta

from domain import tokens
from domain.accounts import is_account_id, new_account
from domain.model import Account, AccountSettings, Token
from domain.ports import AccountStore, Clock, RecordNotFound
from domain.tokens import Issued


async def open_account(
    store: AccountStore,
    clock: Clock,
    name: str,
    *,
    account_id: str | None = None,
    settings: AccountSettings | None = None,
) -> Account:
    """A new account.

    Raises:
        InvalidAccount: As `new_account`.
        Taken: There is an account with this id.
    """
    account = new_account(name, now=clock.now(), account_id=account_id, settings=settings)
    await store.create_account(account)
    return account


async def issue_token(
    store: AccountStore, clock: Clock, account_id: str, name: str, *, lifetime: timedelta | None
) -> Issued:
    """A new token of the account, and its text, which cannot be told again.  Raises: RecordNotFound."""
    account = await find_account(store, account_id)
    issued = tokens.issue(account.id, name, now=clock.now(), lifetime=lifetime)
    await store.create_token(issued.token)
    return issued


async def list_tokens(store: AccountStore, account_id: str) -> tuple[Token, ...]:
    """The account's tokens, the oldest first.  Raises: RecordNotFound: no such account."""
    account = await find_account(store, account_id)
    return tuple(sorted(await store.list_tokens(account.id), key=lambda each: each.created))


async def revoke_token(store: AccountStore, clock: Clock, account_id: str, token_id: str) -> Token:
    """The token, revoked; within a minute nobody gets in by it.  Raises: RecordNotFound."""
    account = await find_account(store, account_id)
    if not tokens.is_token_id(token_id):
        raise RecordNotFound
    return await store.revoke_token(account.id, token_id, clock.now())


async def find_account(store: AccountStore, account_id: str) -> Account:
    """The account with that id, whatever characters were typed.  Raises: RecordNotFound."""
    if not is_account_id(account_id):
        raise RecordNotFound
    return await store.get_account(account_id)
