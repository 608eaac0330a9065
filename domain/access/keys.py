"""API keys and the tokens below them: issued, rotated, revoked.  harness.md §2.15, §4.7."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.access import tokens
from domain.access.administration import Act, Edit, Office, check_gives_no_more, edit
from domain.access.principals import (
    DEFAULT_KEY,
    ApiKey,
    Policy,
    Principal,
    PrincipalKind,
    Standing,
    Token,
    is_identifier,
)
from domain.access.refused_acts import AlreadyExists, Invalid, LimitReached, NotAllowed
from domain.access.roles import permissions_at
from domain.access.signin import Caller
from domain.access.tokens import Issued
from domain.model import Action
from domain.ports import RecordNotFound

MANAGE = "core_serviceaccount_manageapikey"
NAME_LIMIT = 128
"""Characters of a name (harness.md §2.16)."""
DESCRIPTION_LIMIT = 1_024
LONGEST_LIFETIME = timedelta(days=3_650)
"""Beyond that, say never."""


async def create_key(office: Office, caller: Caller, key: ApiKey) -> ApiKey:
    """A new key of its owner.

    Raises:
        Invalid: Its id, name or lifetime cannot be one.
        AlreadyExists: The owner has a key of that id, in whatever letter case.
        LimitReached: The owner has as many keys as the account's settings allow.
        NotAllowed: It would be a user's key, and the caller is neither that user nor the operator.
        RecordNotFound: There is no such service account.
    """
    act = Act(Action.CREATE, "ApiKey", _path(key), key.name)
    check_named(key.id, key.name, key.description)
    if not 0 <= key.lifetime_days <= LONGEST_LIFETIME.days:
        raise Invalid(f"a token lives up to {LONGEST_LIFETIME.days} days, or with 0 forever")

    def decide(policy: Policy) -> Edit:
        check_owner(policy, caller, key.owner)
        theirs = [each for each in policy.keys if each.owner == key.owner]
        check_new(key.id, (each.id for each in theirs))
        check_room(len(theirs), caller.account.settings.keys_per_owner, "keys", "keysPerOwner")
        return Edit(act, put=(key,))

    await edit(office, caller, act, decide)
    return key


async def delete_key(
    office: Office, caller: Caller, owner: Principal, key_id: str, *, if_match: str | None = None
) -> None:
    """Delete a key, and with it its tokens.  Raises: NotAllowed: As `create_key`; RecordNotFound."""
    act = Act(Action.DELETE, "ApiKey", f"{owner}/{key_id}")

    def decide(policy: Policy) -> Edit:
        check_owner(policy, caller, owner)
        key = find_key(policy, owner, key_id)
        return Edit(act, remove=(key, *tokens_of(policy, key)), before=key)

    await edit(office, caller, act, decide, if_match=if_match)


async def issue_token(
    office: Office,
    caller: Caller,
    *,
    owner: Principal,
    key_id: str = DEFAULT_KEY,
    name: str = "",
    lifetime: timedelta | None = None,
    never_expires: bool = False,
    valid_from: datetime | None = None,
    permissions: frozenset[str] | None = None,
) -> Issued:
    """A new token and its text, which cannot be told again.

    It lives as long as its key says, unless *lifetime* or *never_expires* says otherwise; without a *name* it gets one.
    It opens nothing before *valid_from*, from when its lifetime counts.  *permissions* narrow what it may do, however
    much its owner may.

    Raises:
        Invalid: A name, a lifetime or a beginning that cannot be one.
        AlreadyExists: The key has a token of that name.
        LimitReached: The key has as many tokens as the account's settings allow.
        NotAllowed: As `create_key`, or the owner may more than the caller.
        RecordNotFound: No such key.
    """
    act = Act(Action.CREATE, "Token", f"{owner}/{key_id}", name)
    if lifetime is not None and not timedelta() < lifetime <= LONGEST_LIFETIME:
        raise Invalid(f"a token lives up to {LONGEST_LIFETIME.days} days, or forever")
    if lifetime is not None and never_expires:
        raise Invalid("a token has a lifetime or never expires; ask for one of them")
    if len(name) > NAME_LIMIT:
        raise Invalid(f"a name has up to {NAME_LIMIT} characters")
    now = office.clock.now()
    if valid_from is not None and not now <= valid_from <= now + LONGEST_LIFETIME:
        raise Invalid("a token begins now or later")
    issued: list[Issued] = []

    def decide(policy: Policy) -> Edit:
        check_owner(policy, caller, owner)
        key = find_key(policy, owner, key_id)
        alive = [each for each in tokens_of(policy, key) if is_alive(each, office)]
        current = [each.name for each in alive if each.retires is None]
        check_new(name, current)
        check_room(len(alive), caller.account.settings.tokens_per_key, "tokens", "tokensPerKey")
        _check_token(caller, policy, owner, permissions)
        days = timedelta(days=key.lifetime_days) or None
        issued[:] = [
            tokens.issue(
                caller.account.id,
                name or _free_name(owner, current),
                now=now,
                lifetime=None if never_expires else lifetime or days,
                owner=owner,
                key=key.id,
                permissions=permissions,
                valid_from=valid_from,
            )
        ]
        token = issued[0].token
        return Edit(Act(Action.CREATE, "Token", token.id, token.name), put=(token,))

    await edit(office, caller, act, decide)
    return issued[0]


async def rotate_token(office: Office, caller: Caller, token_id: str, *, overlap: timedelta = timedelta()) -> Issued:
    """A new token of the same name and end; the old one works on for *overlap*, and can be changed no more.

    Source: harness.md §4.7, K6.

    Raises:
        Invalid: The token is revoked, expired or rotated already, or *overlap* is negative.
        NotAllowed: As `issue_token`.
        RecordNotFound: No such token.
    """
    act = Act(Action.UPDATE, "Token", token_id, attributes=("rotated",))
    if overlap < timedelta():
        raise Invalid("an overlap is not negative")
    now = office.clock.now()
    issued: list[Issued] = []

    def decide(policy: Policy) -> Edit:
        old = _changeable(policy, caller, token_id, office)
        _check_token(caller, policy, old.owner, old.permissions)
        new = tokens.issue(
            old.account,
            old.name,
            now=now,
            lifetime=None if old.expires is None else old.expires - now,
            owner=old.owner,
            key=old.key,
            permissions=old.permissions,
        )
        issued[:] = [new]
        done = Act(Action.UPDATE, "Token", old.id, old.name, ("rotated", f"successor:{new.token.id}"))
        return Edit(done, put=(dataclasses.replace(old, retires=now + overlap), new.token))

    await edit(office, caller, act, decide)
    return issued[0]


async def expire_token(
    office: Office, caller: Caller, token_id: str, *, after: timedelta | None, if_match: str | None = None
) -> Token:
    """The token, which now ends *after* that time; never where it is None.

    Raises:
        Invalid: The token is revoked, expired or rotated, or the time is negative.
        NotAllowed, RecordNotFound: As `rotate_token`.
    """
    act = Act(Action.UPDATE, "Token", token_id, attributes=("expires",))
    if after is not None and not timedelta() <= after <= LONGEST_LIFETIME:
        raise Invalid(f"a token lives up to {LONGEST_LIFETIME.days} days, or forever")
    expires = None if after is None else office.clock.now() + after
    changed: list[Token] = []

    def decide(policy: Policy) -> Edit:
        token = _changeable(policy, caller, token_id, office)
        changed[:] = [dataclasses.replace(token, expires=expires)]
        return Edit(dataclasses.replace(act, name=token.name), put=(changed[0],), before=token)

    await edit(office, caller, act, decide, if_match=if_match)
    return changed[0]


async def revoke_token(office: Office, caller: Caller, token_id: str, *, if_match: str | None = None) -> Token:
    """The token, revoked; one revoked earlier keeps its time.

    Nobody gets in by it on this instance from now on, and on others within a minute.

    Raises: NotAllowed: As `create_key`; RecordNotFound: No such token.
    """
    act = Act(Action.DELETE, "Token", token_id)
    found: list[Token] = []

    def decide(policy: Policy) -> Edit:
        token = find_token(policy, token_id)
        check_owner(policy, caller, token.owner)
        found[:] = [token if token.revoked else dataclasses.replace(token, revoked=office.clock.now())]
        done = dataclasses.replace(act, name=token.name)
        return Edit(done, put=() if token.revoked else (found[0],), before=token)

    await edit(office, caller, act, decide, if_match=if_match)
    return found[0]


async def list_tokens(office: Office, account_id: str) -> tuple[Token, ...]:
    """The account's tokens, the oldest first."""
    policy = await office.policies.get_policy(account_id)
    return tuple(sorted(policy.tokens, key=lambda each: (each.created, each.id)))


# What decides


def check_named(identifier: str, name: str, description: str = "") -> None:
    """Raises: Invalid: No identifier, or a name or description that is blank or too long."""
    if not is_identifier(identifier):
        raise Invalid("an identifier has up to 128 letters, digits, _ and $, and begins with a letter or _")
    if not name.strip() or len(name) > NAME_LIMIT:
        raise Invalid(f"a name has 1 to {NAME_LIMIT} characters")
    if len(description) > DESCRIPTION_LIMIT:
        raise Invalid(f"a description has up to {DESCRIPTION_LIMIT} characters")


def check_new(name: str, others: Iterable[str]) -> None:
    """Raises: AlreadyExists: One of *others* is the same, in whatever letter case (harness.md §4.7, K8)."""
    if name and name.casefold() in {each.casefold() for each in others}:
        raise AlreadyExists(f"there is one called {name} already")


def check_room(there: int, most: int, what: str, setting: str) -> None:
    """Raises: LimitReached: *there* are as many as there may be."""
    if there >= most:
        raise LimitReached(
            f"there are {there} {what}, and there may be {most}; remove one, or raise the account's setting {setting}"
        )


def check_owner(policy: Policy, caller: Caller, owner: Principal) -> None:
    """Keys of a user are for that user alone, and for the operator (harness.md §4.7, K1).

    Raises:
        NotAllowed: As said.
        RecordNotFound: There is no such service account.
        Invalid: Groups own nothing.
    """
    if owner.kind is PrincipalKind.GROUP:
        raise Invalid("groups own no keys")
    if owner.kind is PrincipalKind.USER and caller.actor != "operator" and caller.owner != owner:
        raise NotAllowed("a user's keys are for that user alone")
    if owner.kind is PrincipalKind.SERVICE_ACCOUNT and owner not in {
        each.principal for each in policy.service_accounts
    }:
        raise RecordNotFound


def find_key(policy: Policy, owner: Principal, key_id: str) -> ApiKey:
    """Raises: RecordNotFound."""
    for each in policy.keys:
        if each.owner == owner and each.id.lower() == key_id.lower():
            return each
    raise RecordNotFound


def find_token(policy: Policy, token_id: str) -> Token:
    """Raises: RecordNotFound."""
    for each in policy.tokens:
        if each.id == token_id:
            return each
    raise RecordNotFound


def tokens_of(policy: Policy, key: ApiKey) -> tuple[Token, ...]:
    return tuple(each for each in policy.tokens if each.owner == key.owner and each.key == key.id)


def is_alive(token: Token, office: Office) -> bool:
    """Whether *token* opens something now or will later."""
    end = tokens.ends(token)
    return end is None or office.clock.now() < end


def _changeable(policy: Policy, caller: Caller, token_id: str, office: Office) -> Token:
    token = find_token(policy, token_id)
    check_owner(policy, caller, token.owner)
    if token.retires is not None or not is_alive(token, office):
        raise Invalid("the token is revoked, expired or rotated, so it cannot be changed")
    return token


def _check_token(caller: Caller, policy: Policy, owner: Principal, permissions: frozenset[str] | None) -> None:
    """Neither a token of another makes more of the caller, nor does a wider one of its own.  Raises: NotAllowed."""
    if caller.only is not None:
        if permissions is None:
            raise NotAllowed("your token may do less than its owner, so say what the new one may do")
        check_gives_no_more(dataclasses.replace(caller, permissions=caller.only), permissions)
    check_may_no_more(caller, policy, owner, permissions)


def check_may_no_more(
    caller: Caller, policy: Policy, owner: Principal, permissions: frozenset[str] | None = None
) -> None:
    """Nowhere may *owner*, or with *permissions* a token of it narrowed to these, do more than the caller.

    What a user has by its groups is not looked at: its tokens are for that user alone.  Raises: NotAllowed.
    """
    bound = tuple(each for each in policy.bindings if each.principal == owner)
    standing = Standing(active=True, bindings=bound, roles=policy.roles)
    for scope in {each.scope for each in bound}:
        whole = permissions_at(standing, scope)
        check_gives_no_more(caller, whole if permissions is None else whole & permissions, scope)


def _free_name(owner: Principal, taken: Iterable[str]) -> str:
    stem = "token" if owner.kind is PrincipalKind.USER else owner.id[:100]
    names = {each.casefold() for each in taken}
    candidates = (stem, *(f"{stem}-{number}" for number in range(2, len(names) + 2)))
    return next(each for each in candidates if each.casefold() not in names)


def _path(key: ApiKey) -> str:
    return f"{key.owner}/{key.id}"


def check_may_own(caller: Caller, owner: Principal) -> None:
    """Keys of service accounts are for those who may manage them (harness.md §2.15).  Raises: NotAllowed."""
    if owner.kind is not PrincipalKind.USER and MANAGE not in caller.permissions and caller.owner != owner:
        raise NotAllowed(f"this needs the permission {MANAGE}")
