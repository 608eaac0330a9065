"""Our own side: the account, and the tokens that Entra is given.  All that touches tokens is in this file."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import administration, tokens
from domain.model import Token
from domain.ports import AccountStore, Clock, RecordNotFound


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
    """The account that an Enterprise Application provisions; its tokens are known by their name."""

    def __init__(self, store: AccountStore, clock: Clock, account_id: str, key_name: str) -> None:
        self._store = store
        self._clock = clock
        self._account_id = account_id
        self._key_name = key_name

    def now(self) -> datetime:
        return self._clock.now()

    async def has_account(self) -> bool:
        try:
            await administration.find_account(self._store, self._account_id)
        except RecordNotFound:
            return False
        return True

    async def open_account(self, name: str) -> None:
        """Raises: InvalidAccount, Taken."""
        await administration.open_account(self._store, self._clock, name, account_id=self._account_id)

    async def keys(self) -> tuple[Key, ...]:
        """The valid ones, the oldest first; none where there is no account."""
        if not await self.has_account():
            return ()
        listed = await administration.list_tokens(self._store, self._account_id)
        now = self._clock.now()
        return tuple(_key(each) for each in listed if each.name == self._key_name and tokens.is_valid(each, now))

    async def issue(self, lifetime_days: int) -> NewKey:
        """Raises: RecordNotFound: there is no account."""
        issued = await administration.issue_token(
            self._store, self._clock, self._account_id, self._key_name, lifetime=timedelta(days=lifetime_days)
        )
        return NewKey(_key(issued.token), issued.text)

    async def revoke(self, key_id: str) -> None:
        """Raises: RecordNotFound."""
        await administration.revoke_token(self._store, self._clock, self._account_id, key_id)


def _key(token: Token) -> Key:
    return Key(token.id, token.created, token.expires)
