"""Whole accounts as rows: read in the order of their keys, written over what is there, removed.

An account has one partition in each table, and further ones named ``{account}:…``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import batched, groupby

from domain.isolation import PART
from domain.lifecycle.ports import Closed, DamagedFile, Deleted, NotEmpty, StoredRow
from domain.ports import RecordNotFound
from storage import closing, journal, keys
from storage.accounts import ACCOUNT, CLOSED
from storage.audit import Finding, audit
from storage.channels import CHANNEL
from storage.client import Entity, Operation, Table, Tables, delete, upsert
from storage.errors import Refused
from storage.limits import MAX_OPERATIONS, sent_size
from storage.typed_rows import to_json, to_row

_CREDENTIALS = ("t:",)
"""What the row keys of tokens begin with, in the table of accounts: all by which a caller gets in."""
_END = "~"
"""Sorts after every row key of ours."""
_BYTES_AT_ONCE = 3 * 1024 * 1024
_SIDE_BY_SIDE = 4
_MENDINGS = 3
"""Audits at most: the repair of one fault can bring another to light."""


class TableBackups:
    """Fulfils `domain.lifecycle.ports.BackupStore`."""

    def __init__(self, tables: Tables) -> None:
        self._accounts = tables.accounts
        self._directory = tables.directory
        self._tables = {"directory": tables.directory, "log": tables.log, "accounts": tables.accounts}

    async def settle(self, account: str) -> None:
        for change_id in await journal.unfinished(self._directory, account):
            await journal.resume(self._directory, account, change_id)

    async def rows(self, account: str) -> AsyncIterator[Sequence[StoredRow]]:
        own: list[StoredRow] = []
        for name, table in self._tables.items():
            async for page in _pages(table, account):
                rows = [_to_stored(name, account, row) for row in page]
                own += [row for row in rows if _is_own(row)]
                yield [row for row in rows if not _is_own(row)]
        yield own

    async def count_changes(self, account: str, since: datetime) -> int:
        low, high = keys.change(keys.moment_id(since)), keys.after_prefix(keys.CHANGE)
        pages = self._directory.pages(account, low, high, select=["RowKey"])
        return sum([len(page) async for page in pages])

    def opens(self, row: StoredRow) -> bool:
        return row.table == "accounts" and row.key.startswith(_CREDENTIALS)

    def stays(self, row: StoredRow) -> bool:
        return self.opens(row) or (row.table == "accounts" and row.key.startswith(CHANNEL))

    # Restoring

    async def begin_restore(self, account: str, name: str, mark: str, at: datetime) -> int | None:
        done = await closing.progress(self._accounts, account, mark)
        if done is None:
            if await self.remains(account):
                raise NotEmpty("there are rows of a deleted account with this id; run its deletion again first")
            await closing.close_to_restore(self._accounts, account, name, mark, at)
            return 0
        return None if done < 0 else done

    async def write(self, account: str, rows: Sequence[StoredRow], done: int) -> None:
        for wave in batched(self._transactions(account, rows), _SIDE_BY_SIDE, strict=False):
            await asyncio.gather(*(table.submit(partition, chunk) for table, partition, chunk in wave))
        await closing.remember(self._accounts, account, done)

    def _transactions(self, account: str, rows: Sequence[StoredRow]) -> Iterator[tuple[Table, str, list[Operation]]]:
        """The writes of *rows*, each with its table and partition."""
        for (name, part), some in groupby(rows, key=lambda row: (row.table, row.part)):
            if name not in self._tables:
                raise DamagedFile(f"the file has rows of a table that we do not have: {name}")
            for chunk in _chunks([to_row(row.key, row.values) for row in some]):
                yield self._tables[name], _partition(account, part), chunk

    async def mend(self, account: str) -> None:
        await self.settle(account)
        for _ in range(_MENDINGS):
            findings: list[Finding] = [each async for each in audit(self._directory, account, repair=True)]
            if not findings:
                return

    async def finish_restore(self, account: str, own: StoredRow, mark: str, seal_key: str | None) -> None:
        await closing.open_restored(self._accounts, account, own, mark, seal_key)

    # Deleting

    async def begin_delete(self, account: str, at: datetime) -> Closed:
        remains = await self.remains(account)
        return await closing.close_to_delete(self._accounts, account, at, remains=remains)

    async def empty(self, account: str) -> AsyncIterator[int]:
        for table in self._tables.values():
            async for page in _pages(table, account, select=["PartitionKey", "RowKey"]):
                rows = [row for row in page if row["RowKey"] != CLOSED]
                for wave in batched(_removals(rows), _SIDE_BY_SIDE, strict=False):
                    await asyncio.gather(*(_remove(table, partition, gone) for partition, gone in wave))
                yield len(rows)

    async def finish_delete(self, account: str, closed: Closed) -> None:
        await closing.forget(self._accounts, account, closed)

    async def closed(self, account: str) -> Closed | None:
        return await closing.read(self._accounts, account)

    async def list_deleted(self) -> tuple[Deleted, ...]:
        return await closing.list_deleted(self._accounts)

    async def remains(self, account: str) -> bool:
        for table in self._tables.values():
            async for page in _pages(table, account, select=["PartitionKey", "RowKey"]):
                if page:
                    return True
        return False


# Rows and their partitions


async def _pages(table: Table, account: str, select: list[str] | None = None) -> AsyncIterator[list[Entity]]:
    """All rows of an account in one table."""
    async for page in table.pages(account, "", _END, select=select):
        yield page
    async for page in table.parts(account, select=select):
        yield page


def _partition(account: str, part: str) -> str:
    return f"{account}{PART}{part}" if part else account


def _to_stored(table: str, account: str, row: Entity) -> StoredRow:
    part = row["PartitionKey"].removeprefix(account).removeprefix(PART)
    return StoredRow(table, row["RowKey"], to_json(row), part)


def _is_own(row: StoredRow) -> bool:
    return (row.table, row.part, row.key) == ("accounts", "", ACCOUNT)


def _chunks(rows: Sequence[Entity]) -> Iterator[list[Operation]]:
    """Upserts of *rows* in transactions as large as the service takes."""
    chunk: list[Operation] = []
    size = 0
    for row in rows:
        more = sent_size(row)
        if chunk and (len(chunk) == MAX_OPERATIONS or size + more > _BYTES_AT_ONCE):
            yield chunk
            chunk, size = [], 0
        chunk.append(upsert(row))
        size += more
    if chunk:
        yield chunk


def _removals(rows: Sequence[Entity]) -> Iterator[tuple[str, list[Operation]]]:
    """The removals of *rows* in transactions, each with its partition."""
    for partition, some in groupby(rows, key=lambda row: str(row["PartitionKey"])):
        for chunk in batched(some, MAX_OPERATIONS, strict=False):
            yield partition, [delete(row["RowKey"]) for row in chunk]


async def _remove(table: Table, partition: str, removals: Sequence[Operation]) -> None:
    """Remove rows of which some may be gone already."""
    try:
        await table.submit(partition, removals)
    except Refused:
        for each in removals:
            with suppress(RecordNotFound):
                await table.write(partition, each)
