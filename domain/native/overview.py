"""The overview of an account: what it holds, and when its client last provisioned something (R33)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from domain.access.signin import Caller
from domain.model import Account, Totals
from domain.native.ports import NativeStore
from domain.writing import Desk


@dataclass(frozen=True, slots=True)
class Overview:
    """An account, its totals, and the last change that came in through SCIM."""

    account: Account
    totals: Totals
    last_provisioned: datetime | None


async def overview(desk: Desk, native: NativeStore, caller: Caller) -> Overview:
    """The overview of the caller's account, as it is now."""
    account = caller.account
    totals, last = await asyncio.gather(desk.directory.totals(account.id), native.last_provisioned(account.id))
    return Overview(account, totals, last)
