"""Our own side: the account, and the tokens that Entra is given.  All that touches tokens is in this file."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.access import administration, keys, tokens
from domain.access.administration import Office
from domain.access.principals import PROVISIONING, ApiKey, Token
from domain.access.refused_acts import AlreadyExists
from domain.access.signin import Caller
from domain.ports import RecordNotFound


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
    """The account that an Enterprise Application provisions.

    Its tokens are kept under an API key of the service account for provisioning, one for each application.
    """

    def __init__(self, office: Office, account_id: str, application: str) -> None:
        self._office = office
        self._account_id = account_id
        self._application = application
        self._key_id = f"entra_{re.sub('[^A-Za-z0-9_]', '_', application)}"

    def now(self) -> datetime:
        return self._office.clock.now()

    async def has_account(self) -> bool:
        try:
            await administration.find_account(self._office.accounts, self._account_id)
        except RecordNotFound:
            return False
        return True

    async def open_account(self, name: str) -> None:
        """Raises: InvalidAccount, Taken."""
        await administration.open_account(self._office, name, account_id=self._account_id)

    async def keys(self) -> tuple[Key, ...]:
        """The valid tokens, the oldest first; none where there is no account."""
        listed = await keys.list_tokens(self._office, self._account_id)
        return tuple(_key(each) for each in listed if self._is_ours(each) and tokens.is_valid(each, self.now()))

    async def issue(self, lifetime_days: int) -> NewKey:
        """Raises: RecordNotFound: there is no account; Refusal: as many tokens or keys as there may be."""
        caller = await self._operator()
        try:
            named = f"Entra: {self._application}"
            await keys.create_key(self._office, caller, ApiKey(PROVISIONING, self._key_id, named, self.now()))
        except AlreadyExists:
            pass
        lifetime = timedelta(days=lifetime_days)
        issued = await keys.issue_token(
            self._office, caller, owner=PROVISIONING, key_id=self._key_id, lifetime=lifetime
        )
        return NewKey(_key(issued.token), issued.text)

    async def revoke(self, key_id: str) -> None:
        """Raises: RecordNotFound."""
        await keys.revoke_token(self._office, await self._operator(), key_id)

    async def _operator(self) -> Caller:
        return administration.operator(await administration.find_account(self._office.accounts, self._account_id))

    def _is_ours(self, token: Token) -> bool:
        return token.owner == PROVISIONING and token.key == self._key_id


def _key(token: Token) -> Key:
    return Key(token.id, token.created, tokens.ends(token))
