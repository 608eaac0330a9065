"""What the timer does with what is kept about access: what ended long ago goes, and what is of nobody."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.access import tokens
from domain.access.principals import ApiKey, Binding, Policy, PolicyStore, Principal, PrincipalKind, Token
from domain.model import Account
from domain.native.scopes import scope_of_all_users
from domain.ports import Clock, DirectoryStore, RecordNotFound, VersionConflict

KEPT_FOR = timedelta(days=30)
"""So long administrators see a token that ended, and why it did."""
LOOKED_AT = 20
"""Users and groups that one run looks for: it costs an account the same however many have roles or tokens."""
_AT_ONCE = 90
_PERIOD = timedelta(minutes=5)


async def drop_ended(policies: PolicyStore, directory: DirectoryStore, clock: Clock, account: Account) -> int:
    """Remove tokens that ended long ago, and the keys, tokens and role bindings of users and groups that are deleted.

    These open nothing, but stand in lists and keep roles from being deleted.  Some are removed at a time; the answer is
    how many.
    """
    policy, now = await policies.get_policy(account.id), clock.now()
    ended = [each for each in policy.tokens if (end := tokens.ends(each)) is not None and now - end > KEPT_FOR]
    deleted = await _deleted(directory, account.id, _some(_principals(policy), now))
    of_nobody = [each for each in _owned(policy) if _owner(each) in deleted and each not in ended]
    gone = [*ended, *of_nobody][:_AT_ONCE]
    if not gone:
        return 0
    try:
        await policies.change_policy(account.id, policy.version, (), gone)
    except VersionConflict:
        return 0  # somebody administers it; the next run comes soon
    return len(gone)


def _owned(policy: Policy) -> tuple[ApiKey | Binding | Token, ...]:
    return (*policy.keys, *policy.bindings, *policy.tokens)


def _owner(holding: ApiKey | Binding | Token) -> Principal:
    return holding.principal if isinstance(holding, Binding) else holding.owner


def _principals(policy: Policy) -> Sequence[Principal]:
    """The users and groups that the directory may not have any more, in the order of their ids."""
    named = {_owner(each) for each in _owned(policy)}
    stored = (each for each in named if each.kind is not PrincipalKind.SERVICE_ACCOUNT)
    return sorted((each for each in stored if scope_of_all_users(each.id) is None), key=str)


def _some(principals: Sequence[Principal], now: datetime) -> Sequence[Principal]:
    """Those whose turn it is: run after run goes on where the one before ended, without a note of where that was."""
    if len(principals) <= LOOKED_AT:
        return principals
    start = int(now.timestamp() // _PERIOD.total_seconds()) * LOOKED_AT % len(principals)
    return [*principals[start:], *principals[:start]][:LOOKED_AT]


async def _deleted(directory: DirectoryStore, account: str, principals: Sequence[Principal]) -> frozenset[Principal]:
    there = await asyncio.gather(*(_is_there(directory, account, each) for each in principals))
    return frozenset(each for each, found in zip(principals, there, strict=True) if not found)


async def _is_there(directory: DirectoryStore, account: str, principal: Principal) -> bool:
    try:
        if principal.kind is PrincipalKind.USER:
            await directory.get_user(account, principal.id)
        else:
            await directory.get_group(account, principal.id)
    except RecordNotFound:
        return False
    return True
