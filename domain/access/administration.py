"""Administrative acts: how what is kept about access is changed, and written down; how accounts are opened."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from scim2_models import PreconditionFailedException

from domain.access.principals import (
    ADMIN,
    DEFAULT_KEY,
    PROVISIONING,
    ApiKey,
    Binding,
    Holding,
    Policy,
    PolicyStore,
    Principal,
    ServiceAccount,
    Token,
)
from domain.access.refused_acts import NotAllowed
from domain.access.roles import ACCOUNT_ADMIN, ALL, USER_PROVISIONER
from domain.access.signin import Caller
from domain.accounts import is_account_id, new_account
from domain.changes import new_act
from domain.model import Account, AccountSettings, Action, Change, Outcome, Source
from domain.native.ports import NativeStore
from domain.ports import AccountStore, Clock, DirectoryStore, RecordNotFound, StoreUnavailable, Taken, VersionConflict
from domain.refusals import Refusal
from scim import versions

_TRIES = 10


@dataclass(frozen=True, slots=True)
class Act:
    """What an edit does, as the provisioning log tells it; *kind* is a word such as ``Token``."""

    action: Action
    kind: str
    id: str
    name: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a policy; one that puts and removes nothing changes nothing.  *before* is what it is about."""

    act: Act
    put: tuple[Holding, ...] = ()
    remove: tuple[Holding, ...] = ()
    before: Holding | None = None


def _nothing_to_forget(_: str) -> None:
    """Where no callers are remembered there are none to forget."""


@dataclass(frozen=True, slots=True)
class Office:
    """Where administrative acts are done; *forget* is told each account whose access was changed."""

    accounts: AccountStore
    policies: PolicyStore
    directory: DirectoryStore
    native: NativeStore
    clock: Clock
    forget: Callable[[str], None] = field(default=_nothing_to_forget)


OPERATOR = "operator"


def operator(account: Account, request_id: str = "", address: str = "local") -> Caller:
    """Whoever runs the service, who may do everything in every account."""
    return Caller(account, "", ALL, request_id, "operator", address=address)


async def edit(
    office: Office,
    caller: Caller,
    act: Act,
    decide: Callable[[Policy], Edit | Awaitable[Edit]],
    *,
    if_match: str | None = None,
) -> Edit:
    """What *decide* made of the policy as it is, done and written down; again where another came first.

    Raises:
        PreconditionFailedException: What it is about has another version than *if_match* names.
        Refusal, RecordNotFound: As *decide*; *act* is then written down as what was tried.
    """
    account_id = caller.account.id
    try:
        for _ in range(_TRIES):
            policy = await office.policies.get_policy(account_id)
            decided = decide(policy)
            done = decided if isinstance(decided, Edit) else await decided
            _check_version(done.before, if_match)
            if not done.put and not done.remove:
                return done
            try:
                await office.policies.change_policy(account_id, policy.version, done.put, done.remove)
            except VersionConflict:
                continue
            office.forget(account_id)
            await write_down(office, caller, done.act)
            return done
    except (Refusal, RecordNotFound) as error:
        if caller.actor == OPERATOR:  # what is refused over HTTP is written down there
            await write_down(office, caller, act, refused=str(error) or "no such thing in this account")
        raise
    raise StoreUnavailable("the account's access kept changing")


def _check_version(before: Holding | None, if_match: str | None) -> None:
    if if_match is None or before is None:
        return
    if not versions.matches(if_match, versions.weak_etag(version_of(before))):
        raise PreconditionFailedException


def version_of(holding: Holding) -> str:
    """What changes with each change of *holding*; that a token is used is none."""
    told = dataclasses.replace(holding, last_used=None) if isinstance(holding, Token) else holding
    return orjson.dumps(told, default=sorted, option=orjson.OPT_SORT_KEYS).decode()


async def write_down(office: Office, caller: Caller, act: Act, *, refused: str = "") -> None:
    """Record *act* in the provisioning log; where it was *refused*, for what reason."""
    source = Source.SYSTEM if caller.actor == OPERATOR else Source.MANAGER
    change = new_act(
        caller,
        act.action,
        act.kind,
        act.id,
        office.clock.now(),
        name=act.name,
        attributes=act.attributes,
        source=source,
    )
    await office.directory.record(caller.account.id, _refused(change, refused) if refused else change)


def _refused(change: Change, reason: str) -> Change:
    return dataclasses.replace(change, outcome=Outcome.FAILURE, reason=reason)


def check_gives_no_more(caller: Caller, permissions: frozenset[str], scope: str = "") -> None:
    """Nobody gives what they do not have at *scope*.  Raises: NotAllowed."""
    if beyond := permissions - caller.permissions_at(scope):
        raise NotAllowed(f"this would give more than you have: {', '.join(sorted(beyond))}")


# Accounts


async def open_account(
    office: Office,
    name: str,
    *,
    account_id: str | None = None,
    settings: AccountSettings | None = None,
    request_id: str = "",
    address: str = "local",
) -> Account:
    """A new account with two service accounts: one that provisions, and one that may do everything.

    *request_id* and *address* tell where the operator asked for it, as for `operator`.

    Raises:
        InvalidAccount: As `new_account`.
        Taken: There is an account with this id.
    """
    account = new_account(name, now=office.clock.now(), account_id=account_id, settings=settings)
    await _furnish(office, account)
    await office.accounts.create_account(account)
    acting = operator(account, request_id, address)
    await write_down(office, acting, Act(Action.CREATE, "Account", account.id, account.name))
    return account


async def _furnish(office: Office, account: Account) -> None:
    """Give an account its first service accounts, before it is there: never is there one that has none."""
    try:
        await office.policies.change_policy(account.id, "", first_holdings(account.created))
    except VersionConflict:
        try:
            await office.accounts.get_account(account.id)
        except RecordNotFound:
            return  # an attempt before was cut off here
        raise Taken("id") from None


def first_holdings(now: datetime) -> tuple[Holding, ...]:
    """What a new account's policy holds: two service accounts, each with a key and a role."""
    return (
        *_first(PROVISIONING, "Provisioning", USER_PROVISIONER, now),
        *_first(ADMIN, "Administration", ACCOUNT_ADMIN, now),
    )


def _first(principal: Principal, name: str, role: str, now: datetime) -> Sequence[Holding]:
    return (
        ServiceAccount(principal.id, name, now),
        ApiKey(principal, DEFAULT_KEY, "Default", now),
        Binding(principal, role),
    )


async def find_account(store: AccountStore, account_id: str) -> Account:
    """The account with that id, whatever characters were typed.  Raises: RecordNotFound."""
    if not is_account_id(account_id):
        raise RecordNotFound
    return await store.get_account(account_id)
