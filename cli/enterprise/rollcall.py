"""Our own side: the account, and the tokens that Entra is given.  All that touches tokens is in this file."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import administration, keys, tokens
from domain.administration import Office
from domain.ports import RecordNotFound
from domain.principals import PROVISIONING, ApiKey, Token
from domain.refused_acts import AlreadyExists
from domain.signin import Caller

_NO_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class Key:
    """A token of ours without its secret."""

    id: str
    created: datetime
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A token, and its text, which nobody can tell again."""

    key: Key
    text: str = field(repr=False)


class Rollcall:
    """The account that an Enterprise Application provisions; its tokens have an API key of their own.

    *application* is the unique name of the application; its tokens may provision, and nothing else.
    """

    def __init__(self, office: Office, account_id: str, application: str) -> None:
        self._office = office
        self._account_id = account_id
        self._name = f"Entra {application}"
        self._key_id = f"entra_{_NO_IDENTIFIER.sub('_', application)}"

    def now(self) -> datetime:
        return self._office.clock.now()

    async def has_account(self) -> bool:
        try:
            await self._operator()
        except RecordNotFound:
            return False
        return True

    async def open_account(self, name: str) -> None:
        """Raises: InvalidAccount, Taken."""
        await administration.open_account(self._office, name, account_id=self._account_id)

    async def keys(self) -> tuple[Key, ...]:
        """The valid ones, the oldest first; none where there is no account."""
        if not await self.has_account():
            return ()
        now = self.now()
        listed = await keys.list_tokens(self._office, self._account_id)
        theirs = [each for each in listed if (each.owner, each.key) == (PROVISIONING, self._key_id)]
        return tuple(_key(each) for each in theirs if tokens.is_valid(each, now))

    async def issue(self, lifetime_days: int) -> NewKey:
        """Raises: RecordNotFound: there is no account."""
        caller = await self._operator()
        with suppress(AlreadyExists):
            await keys.create_key(self._office, caller, ApiKey(PROVISIONING, self._key_id, self._name, self.now()))
        issued = await keys.issue_token(
            self._office, caller, owner=PROVISIONING, key_id=self._key_id, lifetime=timedelta(days=lifetime_days)
        )
        return NewKey(_key(issued.token), issued.text)

    async def revoke(self, key_id: str) -> None:
        """Raises: RecordNotFound."""
        await keys.revoke_token(self._office, await self._operator(), key_id)

    async def _operator(self) -> Caller:
        account = await administration.find_account(self._office.accounts, self._account_id)
        return administration.operator(account)


def _key(token: Token) -> Key:
    return Key(token.id, token.created, token.expires)
