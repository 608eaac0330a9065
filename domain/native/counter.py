"""What the native side works with for one request: the caller, the stores, and what the lock rules ask of both."""

from dataclasses import dataclass

from domain.access.signin import Caller
from domain.native.locks import Rank
from domain.native.ports import NativeStore
from domain.writing import Desk

ADMINISTERS = "core_account_manage"
"""The permission that Account Admins have and others lack."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Where one caller's native acts are done."""

    desk: Desk
    native: NativeStore
    caller: Caller

    @property
    def account(self) -> str:
        return self.caller.account.id

    @property
    def actor(self) -> str:
        """How the provisioning log names the caller."""
        return self.caller.actor

    @property
    def rank(self) -> Rank:
        """The caller's rank, and the account's settings, for the lock rules."""
        return Rank(ADMINISTERS in self.caller.permissions, self.caller.account.settings)
