"""What the timer does with invitations: users who did not accept theirs in time leave the account."""

from scim2_models import PreconditionFailedException

from domain.access.roles import ALL
from domain.access.signin import Caller
from domain.model import Account, Source
from domain.native import users
from domain.native.counter import Counter
from domain.native.ports import NativeStore
from domain.ports import RecordNotFound, VersionConflict
from domain.refusals import Refusal
from domain.writing import Desk
from scim.versions import weak_etag

_AT_ONCE = 50


async def drop_expired_invitations(desk: Desk, native: NativeStore, account: Account) -> int:
    """Remove users whose invitation has expired; how many, some at a time.

    One who is invited again, accepts, or is adopted by the client at the same moment stays.
    """
    counter, now = Counter(desk, native, Caller(account, "", ALL, name="system")), desk.clock.now()
    removed = 0
    for user_id in await native.expired_invitations(account.id, now, _AT_ONCE):
        try:
            user = await users.get_user(counter, user_id)
            if user.invitation is None or user.invitation.expires >= now:
                continue
            await users.remove_user(counter, user_id, if_match=weak_etag(user.version), source=Source.SYSTEM)
        except (RecordNotFound, VersionConflict, PreconditionFailedException, Refusal):
            continue  # it is another's now; what must stay is looked at again by the next run
        removed += 1
    return removed
