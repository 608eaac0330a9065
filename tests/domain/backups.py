"""Builders of vaults and rows, and a store that dies."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from domain.lifecycle.backup import Vault, export
from domain.lifecycle.ports import BackupStore, StoredRow
from domain.ports import AccountStore
from tests.domain.builders import StoppedClock, make_account
from tests.memory import MemoryDirectory
from tests.memory_backups import MemoryBackups


class Killed(Exception):
    """The process ended here."""


@dataclass
class Mortal:
    """Passes calls on to *store*, and dies before or after the one numbered *at*."""

    store: Any
    at: int
    done_first: bool
    calls: int = field(default=0)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.store, name)
        if name == "opens":
            return call  # type: ignore[no-any-return]
        return self._walked(call) if name in ("rows", "empty") else self._called(call)

    def _called(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(*arguments: Any, **options: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            if number == self.at and not self.done_first:
                raise Killed
            answer = await call(*arguments, **options)
            if number == self.at:
                raise Killed
            return answer

        return called

    def _walked(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def walked(*arguments: Any) -> AsyncIterator[Any]:
            async for each in call(*arguments):
                number, self.calls = self.calls, self.calls + 1
                if number == self.at:
                    raise Killed
                yield each

        return walked


def make_vault(store: BackupStore | None = None, accounts: AccountStore | None = None) -> Vault:
    """A vault over memory, with a stopped clock."""
    memory = MemoryBackups()
    return Vault(store or memory, accounts or memory, MemoryDirectory(), StoppedClock())


def sample_store(name: str = "Acme") -> MemoryBackups:
    """A store with the account ``acme`` of a few rows, one of which is a token."""
    store = MemoryBackups()
    users = [StoredRow("directory", f"u:{number}", {"userName": f"user{number}"}) for number in range(5)]
    log = StoredRow("log", "p:1", {"lines": {"binary": "AAEC"}}, part="2026-02")
    account = make_account("acme")
    channel = StoredRow("accounts", "channel:1", {"doc": "{}"})
    store.put(account, *users, log, channel, StoredRow("accounts", "t:1", {"name": name}))
    return store


async def exported(store: MemoryBackups) -> bytes:
    """The backup of ``acme``."""
    file = BytesIO()
    await export(make_vault(store, store), "acme", file)
    return file.getvalue()


async def listing(store: BackupStore, account: str) -> list[StoredRow]:
    """All rows of an account."""
    return [row async for some in store.rows(account) for row in some]
