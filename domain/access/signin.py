"""Who calls: a bearer token turned into a caller, remembered for a minute."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.access import access_tokens, tokens
from domain.access.entra import EntraTokens, NotTrusted
from domain.access.principals import PROVISIONING, Principal, PrincipalKind, Standing, Token, service_account
from domain.access.roles import permissions_at
from domain.access.token_uses import TokenUses, UseStore
from domain.accounts import is_account_id
from domain.model import Account, EntraTrust
from domain.ports import Clock, RecordNotFound
from scim.types import ResourceType, account_type

_log = logging.getLogger(__name__)

REMEMBERED_FOR = timedelta(seconds=60)
"""How long a caller is known without asking the storage; a revocation takes effect elsewhere at most so late."""

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
    address that the request came from, and *only* are those permissions of its owner that the token is narrowed to.
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
    only: frozenset[str] | None = None

    @property
    def narrowed(self) -> bool:
        """Whether the token may do less than its owner."""
        return self.only is not None

    def type(self, kind: str) -> ResourceType:
        """The resource type *kind* as the account sees it, with the extensions that it registered."""
        return account_type(kind, self.account.schemas)

    @property
    def actor(self) -> str:
        """How the provisioning log names the caller."""
        if self.token_id:
            return f"token:{self.token_id}"
        return str(self.owner) if self.owner is not None else self.name or "nobody"

    def permissions_at(self, scope: str) -> frozenset[str]:
        """What the caller may do at a scope of the account, ``org`` or ``org/project``."""
        if not scope or self.standing is None:
            return self.permissions
        there = permissions_at(self.standing, scope)
        return self.permissions | (there if self.only is None else there & self.only)


@dataclass(frozen=True, slots=True)
class Access:
    """What the storage knows of a token: its account, and its owner's standing."""

    token: Token
    account: Account
    standing: Standing


class AccessStore(UseStore, Protocol):
    """Where tokens are looked up.  Any call may raise StoreUnavailable."""

    async def get_access(self, account_id: str, token_id: str) -> Access:
        """All in one round trip.  Raises: RecordNotFound."""

    async def get_standing(self, account_id: str, principal: Principal) -> tuple[Account, Standing]:
        """The account and what decides on the principal's access, in one round trip.  Raises: RecordNotFound."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What is known of a token or a principal for a while; *permissions* are those at the account."""

    until: datetime
    account: Account
    standing: Standing
    permissions: frozenset[str]
    owner: Principal
    token: Token | None = None


@dataclass(slots=True)
class Doorkeeper:
    """Knows callers by their tokens; one in a process.  Without *entra* no token of Entra opens anything."""

    store: AccessStore
    clock: Clock
    entra: EntraTokens | None = None
    uses: TokenUses = field(init=False)
    _known: OrderedDict[str, _Remembered] = field(default_factory=OrderedDict)
    _users_on: set[str] = field(default_factory=set)
    _forgotten: int = 0

    def __post_init__(self) -> None:
        self.uses = TokenUses(self.store, self.clock)

    async def caller(self, text: str, account_id: str, request_id: str = "", address: str = "") -> Caller:
        """The caller that the token *text* names, for a request on *account_id*.

        *text* is a token of ours, an access token that was given for one, or a token of the tenant that the account
        trusts.

        Raises:
            NotAuthenticated: It is malformed, unknown, expired, revoked, of another account, or its owner has no
                access any more.
        """
        if shown := tokens.read(text):
            known = await self._by_token(shown, account_id)
        elif access := access_tokens.read(text):
            known = await self._by_access_token(access, account_id)
        else:
            known = await self._by_entra(text, account_id)
        return _caller(known, request_id, address)

    async def exchange(self, text: str, account_id: str, client_id: str) -> tuple[str, timedelta]:
        """An access token for a token that a client shows as its secret, and how long it is valid.

        The client is named by the owner of the token, or by the token.  Raises: NotAuthenticated.
        """
        shown = tokens.read(text)
        if shown is None:
            raise NotAuthenticated
        known = await self._by_token(shown, account_id)
        if known.token is None or client_id not in (known.owner.id, known.token.id):
            raise NotAuthenticated
        return access_tokens.issue(known.account, known.token, self.clock.now())

    async def exchange_assertion(self, text: str, account_id: str, client_id: str) -> tuple[str, timedelta]:
        """An access token for an assertion of the principal that the account trusts.  RFC 7523 §2.2.

        The client may leave its name out, as the assertion tells it.  Raises: NotAuthenticated.
        """
        known, trust = await self._trusting(account_id)
        names = {trust.service_account, *(each.removeprefix("api://") for each in trust.client_audiences)}
        if self.entra is None or client_id not in ("", *names):
            raise NotAuthenticated
        try:
            await self.entra.check_assertion(text, trust)
        except NotTrusted as error:
            _log.info("an assertion for account %s is refused: %s", account_id, error)
            raise NotAuthenticated from None
        return access_tokens.issue(known.account, trust, self.clock.now())

    def forget(self, account_id: str, owner: Principal | None = None) -> None:
        """Look up anew who calls on *account_id*, or only by tokens of *owner*: what was changed counts at once."""
        self._drop(lambda known: known.account.id == account_id and owner in (None, known.owner))

    def forget_user(self, account_id: str, user_id: str) -> None:
        """Look up anew who calls by tokens of that user, whose access may have changed."""
        if account_id in self._users_on:
            self.forget(account_id, Principal(PrincipalKind.USER, user_id))

    def forget_users(self, account_id: str) -> None:
        """Look up anew all users who call on *account_id*: who of them is in which group may have changed."""
        if account_id in self._users_on:
            self._drop(lambda known: known.account.id == account_id and known.owner.kind is PrincipalKind.USER)

    def _drop(self, is_meant: Callable[[_Remembered], bool]) -> None:
        self._forgotten += 1
        for key, known in [*self._known.items()]:
            if is_meant(known):
                del self._known[key]

    # The three kinds of tokens

    async def _by_token(self, shown: tokens.TokenText, account_id: str) -> _Remembered:
        known = await self._of_token(shown.account, shown.id, account_id)
        if known.token is None or not shown.is_of(known.token):
            raise NotAuthenticated
        return self._opening(known, known.token)

    async def _by_access_token(self, shown: access_tokens.AccessText, account_id: str) -> _Remembered:
        if self.clock.now() >= shown.expires or shown.account != account_id:
            raise NotAuthenticated
        if shown.id == access_tokens.BY_ASSERTION:
            known, basis = await self._trusting(account_id)
            if not shown.is_of(known.account, basis):
                raise NotAuthenticated
            return known
        known = await self._of_token(shown.account, shown.id, account_id)
        if known.token is None or not shown.is_of(known.account, known.token):
            raise NotAuthenticated
        return self._opening(known, known.token)

    async def _by_entra(self, text: str, account_id: str) -> _Remembered:
        if self.entra is None or text.count(".") != 2 or not is_account_id(account_id):
            raise NotAuthenticated
        known, trust = await self._trusting(account_id)
        try:
            await self.entra.check(text, trust)
        except NotTrusted as error:
            _log.info("a token of Entra for account %s is refused: %s", account_id, error)
            raise NotAuthenticated from None
        return known

    # What is remembered

    async def _of_token(self, of_account: str, token_id: str, account_id: str) -> _Remembered:
        """What is known of the token of that id; that its secret was shown is for others to check.

        Raises: NotAuthenticated.
        """
        if of_account != account_id:
            raise NotAuthenticated
        return await self._remembered(account_id, token_id, lambda: self._look_up(account_id, token_id))

    def _opening(self, known: _Remembered, token: Token) -> _Remembered:
        """What is known of a token that was shown whole, if it opens something now.  Raises: NotAuthenticated."""
        if not known.standing.active or not tokens.is_valid(token, self.clock.now()):
            raise NotAuthenticated(token.id)
        self.uses.note(token)
        return known

    async def _look_up(self, account_id: str, token_id: str) -> _Remembered:
        access = await self.store.get_access(account_id, token_id)
        token, now = access.token, self.clock.now()
        permissions = permissions_at(access.standing)
        if token.owner.kind is PrincipalKind.USER:
            self._users_on.add(account_id)
        if token.permissions is not None:
            permissions &= token.permissions
        return _Remembered(now + REMEMBERED_FOR, access.account, access.standing, permissions, token.owner, token)

    async def _trusting(self, account_id: str) -> tuple[_Remembered, EntraTrust]:
        """What is known of the service account as which callers from Entra act, and whom the account trusts.

        Raises: NotAuthenticated: It trusts nobody, or the service account has no access.
        """
        if not is_account_id(account_id):
            raise NotAuthenticated
        known = await self._remembered(account_id, "entra", lambda: self._look_up_trust(account_id))
        trust = known.account.settings.entra
        if trust is None or not known.standing.active:
            raise NotAuthenticated
        return known, trust

    async def _look_up_trust(self, account_id: str) -> _Remembered:
        account, standing = await self.store.get_standing(account_id, PROVISIONING)
        owner, trust = PROVISIONING, account.settings.entra
        if trust is not None and trust.service_account != PROVISIONING.id:
            owner = service_account(trust.service_account)
            account, standing = await self.store.get_standing(account_id, owner)
        until = self.clock.now() + REMEMBERED_FOR
        return _Remembered(until, account, standing, permissions_at(standing), owner)

    async def _remembered(
        self, account_id: str, name: str, look_up: Callable[[], Awaitable[_Remembered]]
    ) -> _Remembered:
        """What *look_up* gives, or gave within the minute.  Raises: NotAuthenticated: There is nothing."""
        key = f"{account_id}\n{name}"
        known = self._known.get(key)
        if known is not None and self.clock.now() < known.until:
            return known
        self._known.pop(key, None)
        forgotten = self._forgotten
        try:
            found = await look_up()
        except RecordNotFound:
            raise NotAuthenticated from None
        if (
            found.standing.active and forgotten == self._forgotten
        ):  # else what was read may be older than what was changed
            self._known[key] = found
        if len(self._known) > _REMEMBERED_CALLERS:
            self._known.popitem(last=False)
        return found


def _caller(known: _Remembered, request_id: str, address: str) -> Caller:
    token, owner = known.token, known.owner
    if token is None:
        named = known.account, "", known.permissions, request_id, owner.id
        return Caller(*named, owner=owner, standing=known.standing, address=address)
    return Caller(
        account=known.account,
        token_id=token.id,
        permissions=known.permissions,
        request_id=request_id,
        name=token.name,
        since=token.created,
        owner=owner,
        standing=known.standing,
        address=address,
        only=token.permissions,
    )
