"""The settings of an account as its administrators change them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import orjson

from domain.access.signin import Caller
from domain.changes import new_act
from domain.model import Account, AccountSettings, Action
from domain.ports import AccountStore
from domain.writing import Desk, check_precondition, write_in_turn


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """Settings, and a version that tells one state of them from another."""

    settings: AccountSettings

    @property
    def version(self) -> str:
        return orjson.dumps(self.settings, option=orjson.OPT_SORT_KEYS).decode()


async def read_settings(accounts: AccountStore, caller: Caller) -> Settled:
    """The settings as they are stored; callers are remembered with older ones for a minute."""
    return Settled((await accounts.get_account(caller.account.id)).settings)


async def change_settings(
    desk: Desk, accounts: AccountStore, caller: Caller, new: Mapping[str, Any], *, if_match: str | None
) -> Settled:
    """The settings with *new* values, by the names of their fields; takes effect everywhere within a minute.

    Raises: PreconditionFailedException."""

    async def attempt() -> Settled:
        account: Account = await accounts.get_account(caller.account.id)
        before = Settled(account.settings)
        check_precondition(before, if_match)
        after = Settled(dataclasses.replace(account.settings, **new))
        if after == before:
            return before
        await accounts.replace_account(dataclasses.replace(account, settings=after.settings), over=account.settings)
        changed = tuple(each for each in new if getattr(before.settings, each) != getattr(after.settings, each))
        act = new_act(caller, Action.UPDATE, "Settings", account.id, desk.clock.now(), attributes=changed)
        await desk.directory.record(account.id, act)
        return after

    return await write_in_turn(desk, (caller.account.id, "settings"), attempt)
