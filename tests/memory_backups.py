"""Whole accounts as rows in memory; the same tests hold for them and for the real tables."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from domain.lifecycle.ports import Closed, Deleted, NotEmpty, StoredRow, Unfinished
from domain.model import Account
from domain.ports import Taken
from tests.memory import MemoryAccounts

type _Key = tuple[str, str, str]


@dataclass(frozen=True)
class _Restoring:
    name: str
    mark: str
    since: datetime
    done: int = 0


class MemoryBackups(MemoryAccounts):
    """Fulfils `BackupStore`, and `AccountStore` for the accounts that are in it; ``at_once`` rows are read together."""

    def __init__(self, at_once: int = 2) -> None:
        super().__init__()
        self.at_once = at_once
        self._rows: dict[str, dict[_Key, StoredRow]] = {}
        self._restoring: dict[str, _Restoring] = {}
        self._restored: dict[str, str] = {}
        self._deleting: dict[str, Closed] = {}
        self._deleted: list[Deleted] = []
        self.changed = 0

    def put(self, account: Account, *rows: StoredRow) -> None:
        """An account with *rows* beside its own."""
        self._accounts[account.id] = account
        self._rows[account.id] = {_key(row): row for row in (*rows, _own(account))}

    async def settle(self, account: str) -> None:
        """Nothing is ever unfinished here."""

    async def rows(self, account: str) -> AsyncIterator[Sequence[StoredRow]]:
        found = sorted(self._rows[account].values(), key=lambda row: (row.key == "account", *_key(row)))
        for start in range(0, len(found), self.at_once):
            yield found[start : start + self.at_once]

    async def count_changes(self, account: str, since: datetime) -> int:  # noqa: ARG002  told by the test
        counted, self.changed = self.changed, self.changed * 2
        return counted

    def opens(self, row: StoredRow) -> bool:
        return row.table == "accounts" and row.key.startswith("t:")

    def stays(self, row: StoredRow) -> bool:
        return self.opens(row) or (row.table == "accounts" and row.key.startswith("channel:"))

    async def begin_restore(self, account: str, name: str, mark: str, at: datetime) -> int | None:
        if account in self._accounts:
            if self._restored.get(account) == mark:
                return None
            raise Taken("id")
        begun = self._restoring.get(account)
        if account in self._deleting or (begun is not None and begun.mark != mark):
            raise Unfinished("something else is not finished")
        if begun is None and self._rows.get(account):
            raise NotEmpty("rows are left")
        self._restoring[account] = begun or _Restoring(name, mark, at)
        return self._restoring[account].done

    async def write(self, account: str, rows: Sequence[StoredRow], done: int) -> None:
        self._rows.setdefault(account, {}).update({_key(row): row for row in rows})
        self._restoring[account] = replace(self._restoring[account], done=done)

    async def mend(self, account: str) -> None:
        """Everything fits together here."""

    async def finish_restore(self, account: str, own: StoredRow, mark: str, seal_key: str | None) -> None:
        values: Any = own.values
        kept = Account(account, values["name"], datetime(2026, 1, 1, tzinfo=UTC), seal_key or values["sealKey"])
        await self.create_account(kept)
        self._rows.setdefault(account, {})[_key(own)] = _own(kept)
        self._restored[account] = mark
        del self._restoring[account]

    async def begin_delete(self, account: str, at: datetime) -> Closed:
        if account not in self._deleting:
            name = await self._name(account)
            self._deleting[account] = Closed(name, at, deleting=True)
            self._accounts.pop(account, None)
            self._rows.get(account, {}).pop(("accounts", "", "account"), None)
        return self._deleting[account]

    async def _name(self, account: str) -> str:
        if account in self._restoring:
            return self._restoring.pop(account).name
        if account not in self._accounts and await self.remains(account):
            return ""
        return (await self.get_account(account)).name

    async def empty(self, account: str) -> AsyncIterator[int]:
        rows = self._rows.get(account, {})
        while rows:
            some = list(rows)[: self.at_once]
            for key in some:
                del rows[key]
            yield len(some)

    async def finish_delete(self, account: str, closed: Closed) -> None:
        self._deleted.append(Deleted(account, closed.name, closed.since))
        self._deleting.pop(account, None)

    async def remains(self, account: str) -> bool:
        return bool(self._rows.get(account)) or account in self._restoring or account in self._deleting

    async def closed(self, account: str) -> Closed | None:
        begun = self._restoring.get(account)
        return Closed(begun.name, begun.since, deleting=False) if begun else self._deleting.get(account)

    async def list_deleted(self) -> tuple[Deleted, ...]:
        return tuple(sorted(set(self._deleted), key=lambda each: (each.account, each.since)))


def _key(row: StoredRow) -> _Key:
    return row.table, row.part, row.key


def _own(account: Account) -> StoredRow:
    return StoredRow("accounts", "account", {"name": account.name, "sealKey": account.seal_key})
