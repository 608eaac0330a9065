"""What was refused or skipped is written down; a failure to do so is logged and never fails the request."""

import asyncio
import logging
from collections.abc import Sequence

from domain.access.signin import Caller
from domain.history.attempts import Attempt
from domain.model import Action, GroupRecord
from domain.ports import StoreError
from domain.writing import Desk
from scim.group_member import GROUP_MEMBER

_log = logging.getLogger(__name__)

_LONGEST_SECONDS = 2.0
"""A request waits no longer than this for the log."""
_LONGEST_ID = 100
_TOLD_ALONE = 100
"""Skipped members of one request that have entries of their own; the rest share one."""


async def note_attempts(desk: Desk, account: str, attempts: Sequence[Attempt]) -> None:
    """Write down that *attempts* were refused, those like earlier ones counted together: one round trip at most."""
    now = desk.clock.now()
    changes = [change for each in attempts for change in desk.attempts.count(each, now)]
    if not changes:
        return
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await desk.directory.record(account, *changes)
    except (StoreError, TimeoutError) as error:
        _log.warning("%d entries of the log could not be written: %s", len(changes), type(error).__name__)
        desk.attempts.failed(changes)
    else:
        desk.attempts.written(changes)


async def note_skipped(desk: Desk, caller: Caller, group: GroupRecord, skipped: Sequence[str]) -> None:
    """Write down each of the member ids that were *skipped*, as they name nobody who can be in *group*."""
    told = [(each, f"the member {each} is nobody who can be in this group") for each in _shortened(skipped)]
    if len(skipped) > _TOLD_ALONE:
        told.append(("", f"{len(skipped) - _TOLD_ALONE} more members are nobody who can be in this group"))
    attempts = [_skip(caller, group, *each) for each in told]
    await note_attempts(desk, caller.account.id, attempts)


def _shortened(ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(each[:_LONGEST_ID] for each in ids[:_TOLD_ALONE]))


def _skip(caller: Caller, group: GroupRecord, member_id: str, reason: str) -> Attempt:
    name = group.document.get("displayName")
    return Attempt(
        account=caller.account.id,
        actor=caller.actor,
        action=Action.CREATE,
        kind=GROUP_MEMBER,
        status=0,
        reason=reason,
        resource_id=f"{group.id}.{member_id}",
        resource_name=name if isinstance(name, str) else "",
        correlation_id=caller.request_id,
    )
