"""Who calls: a bearer token turned into a caller, remembered for a minute."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from domain import tokens
from domain.model import Account, Token
from domain.ports import AccountStore, Clock, RecordNotFound
from scim.types import ResourceType, account_type

REMEMBERED_FOR = timedelta(seconds=60)
"""How long a caller is known without asking the storage; a revocation takes effect elsewhere at most so late."""

_REMEMBERED_CALLERS = 10_000


class NotAuthenticated(Exception):
    """No token, or none that opens this account; the reason is never told to the caller."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal of one account, by the token it showed; *request_id* names its request in every log.

    *name* is what the account calls the token, *since* is when it was issued.
    """

    account: Account
    token_id: str
    permissions: frozenset[str]
    request_id: str = ""
    name: str = ""
    since: datetime | None = None

    def type(self, kind: str) -> ResourceType:
        """The resource type *kind* as the account sees it, with the extensions that it registered."""
        return account_type(kind, self.account.schemas)


@dataclass(slots=True)
class Doorkeeper:
    """Knows callers by their tokens; one in a process."""

    accounts: AccountStore
    clock: Clock
    _known: OrderedDict[bytes, tuple[datetime, Token, Account]] = field(default_factory=OrderedDict)

    async def caller(self, text: str, account_id: str, request_id: str = "") -> Caller:
        """The caller that the token *text* names, for a request on *account_id*.

        Raises:
            NotAuthenticated: The token is malformed, unknown, expired, revoked, or of another account.
        """
        shown = tokens.read(text)
        if shown is None or shown.account != account_id:
            raise NotAuthenticated
        token, account = await self._look_up(shown, text)
        if not tokens.is_valid(token, self.clock.now()):
            raise NotAuthenticated
        return Caller(account, token.id, token.permissions, request_id, token.name, token.created)

    async def _look_up(self, shown: tokens.TokenText, text: str) -> tuple[Token, Account]:
        key, now = sha256(text.encode()).digest(), self.clock.now()
        known = self._known.get(key)
        if known is not None and now < known[0]:
            return known[1], known[2]
        self._known.pop(key, None)
        try:
            token, account = await self.accounts.get_token_and_account(shown.account, shown.id)
        except RecordNotFound:
            raise NotAuthenticated from None
        if not shown.is_of(token):
            raise NotAuthenticated
        self._known[key] = (now + REMEMBERED_FOR, token, account)
        if len(self._known) > _REMEMBERED_CALLERS:
            self._known.popitem(last=False)
        return token, account
