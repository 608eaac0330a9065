"""Deletion of a whole account: closed first, then emptied, with nothing left but its name and when."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.access.signin import REMEMBERED_FOR
from domain.accounts import is_account_id
from domain.lifecycle.backup import Told, Vault, tell_nobody
from domain.lifecycle.ports import Closed
from domain.ports import RecordNotFound


@dataclass(frozen=True, slots=True)
class Doomed:
    """An account that can be deleted, or whose deletion was begun at *closed*.since.

    The name is empty where only rows are left of it.
    """

    account: str
    name: str
    closed: Closed | None = None


async def find_doomed(vault: Vault, account_id: str) -> Doomed:
    """The account that a deletion would be about, closed ones too.  Raises: RecordNotFound."""
    if not is_account_id(account_id):
        raise RecordNotFound
    closed = await vault.store.closed(account_id)
    if closed is not None:
        return Doomed(account_id, closed.name, closed)
    try:
        return Doomed(account_id, (await vault.accounts.get_account(account_id)).name)
    except RecordNotFound:
        if not await vault.store.remains(account_id):
            raise
        return Doomed(account_id, "")


async def delete_account(
    vault: Vault,
    account_id: str,
    told: Told = tell_nobody,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> int:
    """Delete the account with all its rows; how many were removed.

    It is closed first, so that no token opens it; instances that remember a caller do so for a minute, so once that is
    over it is emptied a second time.  Killed anywhere, the same call goes on where it stopped.

    Raises: RecordNotFound: no such account, and nothing left of one.
    """
    if not is_account_id(account_id):
        raise RecordNotFound
    closed = await vault.store.begin_delete(account_id, vault.clock.now())
    removed = 0
    while True:
        forgotten = vault.clock.now() - closed.since >= REMEMBERED_FOR
        async for some in vault.store.empty(account_id):
            removed += some
            told(removed)
        if forgotten:
            break
        left = closed.since + REMEMBERED_FOR - vault.clock.now()
        await pause(max(0.0, left.total_seconds()))
    await vault.store.finish_delete(account_id, closed)
    return removed
