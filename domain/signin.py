"""Who calls: a bearer token turned into a caller, remembered for a minute."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from domain import tokens
from domain.model import Account
from domain.ports import Clock, RecordNotFound
from domain.principals import Principal, Standing, Token
from domain.roles import permissions_at
from scim.types import ResourceType, account_type

_log = logging.getLogger(__name__)

REMEMBERED_FOR = timedelta(seconds=60)
"""How long a caller is known without asking the storage; a revocation takes effect elsewhere at most so late."""
USE_IS_NOTED_AFTER = timedelta(hours=1)

_REMEMBERED_CALLERS = 10_000


class NotAuthenticated(Exception):
    """No token, or none that opens this account; the reason is never told to the caller.

    *token_id* is that of a token of the account which was shown whole, and opens nothing any more.
    """

    def __init__(self, token_id: str = "") -> None:
        super().__init__()
        self.token_id = token_id


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal of one account, by the token it showed; *request_id* names its request in every log.

    *name* is what the account calls the token, *since* is when it was issued; *owner* is whose it is.  *standing* tells
    what the caller may do below the account; *permissions* are those at the account.  *address* is the class of the
    address that the request came from.
    """

    account: Account
    token_id: str
    permissions: frozenset[str]
    request_id: str = ""
    name: str = ""
    since: datetime | None = None
    owner: Principal | None = None
    standing: Standing | None = None
    address: str = ""

    def type(self, kind: str) -> ResourceType:
        """The resource type *kind* as the account sees it, with the extensions that it registered."""
        return account_type(kind, self.account.schemas)

    @property
    def actor(self) -> str:
        """How the provisioning log names the caller."""
        if self.token_id:
            return f"token:{self.token_id}"
        return "operator" if self.owner is None else str(self.owner)

    def permissions_at(self, scope: str) -> frozenset[str]:
        """What the caller may do at a scope of the account, ``org`` or ``org/project``."""
        if not scope or self.standing is None:
            return self.permissions
        return self.permissions | permissions_at(self.standing, scope)


@dataclass(frozen=True, slots=True)
class Access:
    """What the storage knows of a token: its account, and its owner's standing."""

    token: Token
    account: Account
    standing: Standing


class AccessStore(Protocol):
    """Where tokens are looked up.  Any call may raise StoreUnavailable."""

    async def get_access(self, account_id: str, token_id: str) -> Access:
        """All in one round trip.  Raises: RecordNotFound."""

    async def get_standing(self, account_id: str, principal: Principal) -> tuple[Account, Standing]:
        """The account and what decides on the principal's access, in one round trip.  Raises: RecordNotFound."""

    async def touch_token(self, account_id: str, token_id: str, at: datetime) -> None:
        """Write down when a token was used last.  Raises: RecordNotFound."""


@dataclass(slots=True)
class Doorkeeper:
    """Knows callers by their tokens; one in a process."""

    store: AccessStore
    clock: Clock
    _known: OrderedDict[bytes, tuple[datetime, Access, frozenset[str]]] = field(default_factory=OrderedDict)
    _noting: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _forgotten: int = 0

    async def caller(self, text: str, account_id: str, request_id: str = "") -> Caller:
        """The caller that the token *text* names, for a request on *account_id*.

        Raises:
            NotAuthenticated: The token is malformed, unknown, expired, revoked, of another account, or its owner has
                no access any more.
        """
        shown = tokens.read(text)
        if shown is None or shown.account != account_id:
            raise NotAuthenticated
        access, permissions = await self._look_up(shown, text)
        token = access.token
        if not tokens.is_valid(token, self.clock.now()):
            raise NotAuthenticated(token.id)
        return Caller(
            account=access.account,
            token_id=token.id,
            permissions=permissions,
            request_id=request_id,
            name=token.name,
            since=token.created,
            owner=token.owner,
            standing=access.standing if token.permissions is None else None,
        )

    def forget(self, account_id: str, owner: Principal | None = None) -> None:
        """Look up anew who calls on *account_id*, or only by tokens of *owner*: what was changed counts at once."""
        self._forgotten += 1
        for key, (_, access, _) in [*self._known.items()]:
            if access.account.id == account_id and owner in (None, access.token.owner):
                del self._known[key]

    async def settle(self) -> None:
        """Wait until all uses are noted."""
        await asyncio.gather(*self._noting.values())

    async def _look_up(self, shown: tokens.TokenText, text: str) -> tuple[Access, frozenset[str]]:
        key, now = sha256(text.encode()).digest(), self.clock.now()
        known = self._known.get(key)
        if known is not None and now < known[0]:
            return known[1], known[2]
        self._known.pop(key, None)
        forgotten = self._forgotten
        try:
            access = await self.store.get_access(shown.account, shown.id)
        except RecordNotFound:
            raise NotAuthenticated from None
        token = access.token
        if not shown.is_of(token):
            raise NotAuthenticated
        if not access.standing.active:
            raise NotAuthenticated(token.id)
        permissions = permissions_at(access.standing)
        if token.permissions is not None:
            permissions &= token.permissions
        if forgotten == self._forgotten:  # else what was read may be older than what was changed
            self._known[key] = (now + REMEMBERED_FOR, access, permissions)
        if len(self._known) > _REMEMBERED_CALLERS:
            self._known.popitem(last=False)
        if tokens.is_valid(token, now):
            self._note_use(token, now)
        return access, permissions

    def _note_use(self, token: Token, now: datetime) -> None:
        """Write down that *token* is used, if that was not done within the hour; nobody waits for it."""
        if token.id in self._noting or (token.last_used is not None and now - token.last_used < USE_IS_NOTED_AFTER):
            return
        task = asyncio.create_task(self._touch(token, now))
        self._noting[token.id] = task
        task.add_done_callback(lambda _: self._noting.pop(token.id, None))

    async def _touch(self, token: Token, now: datetime) -> None:
        try:
            await self.store.touch_token(token.account, token.id, now)
        except Exception:  # a request must not fail for it, and the next look-up tries again
            _log.warning("the use of token %s could not be noted", token.id, exc_info=True)
