"""What the timer does with tokens: those that ended long ago leave their account."""

from datetime import timedelta

from domain.access import tokens
from domain.access.principals import PolicyStore
from domain.model import Account
from domain.ports import Clock, VersionConflict

KEPT_FOR = timedelta(days=30)
"""So long administrators see a token that ended, and why it did."""
_AT_ONCE = 90


async def drop_ended_tokens(policies: PolicyStore, clock: Clock, account: Account) -> int:
    """Remove tokens that ended long ago; how many, some at a time."""
    policy, now = await policies.get_policy(account.id), clock.now()
    ended = [each for each in policy.tokens if (end := tokens.ends(each)) is not None and now - end > KEPT_FOR]
    if not ended:
        return 0
    try:
        await policies.change_policy(account.id, policy.version, (), ended[:_AT_ONCE])
    except VersionConflict:
        return 0  # somebody administers it; the next run comes soon
    return len(ended[:_AT_ONCE])
