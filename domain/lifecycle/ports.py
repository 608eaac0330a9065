"""What backups need of the storage: the rows of an account as they are stored, and a way to close one meanwhile."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scim.json_types import JsonObject


class BackupRefused(Exception):
    """What was asked of a backup cannot be done; the text says why, and what to do.

    BackupRefused
    +- DamagedFile    the file is cut off, was changed, or is no backup
    +- Unfinished     another import, or a deletion, of the same account is not finished
    +- NotEmpty       there are rows although there is no account
    """


class DamagedFile(BackupRefused):
    """The file is cut off, was changed, or is no backup; nothing was written."""


class Unfinished(BackupRefused):
    """Another import, or a deletion, of the same account is not finished."""


class NotEmpty(BackupRefused):
    """There are rows although there is no account: those of one that was still written to while it was deleted."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row of an account as it is stored, without the account's id and without what the storage adds itself.

    *values* say their types, as ``storage.typed_rows`` writes them.  *part* tells which partition below the account's
    it lies in, "" for the account's own.
    """

    table: str
    key: str
    values: JsonObject
    part: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """An account that nobody gets into: *deleting* it, or else restoring it, was begun at *since*."""

    name: str
    since: datetime
    deleting: bool


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is kept of an account that was deleted."""

    account: str
    name: str
    since: datetime


class BackupStore(Protocol):
    """Whole accounts as rows.  Any call may raise StoreUnavailable; every call can be made again."""

    async def settle(self, account: str) -> None:
        """Finish the changes that were begun and not finished."""

    def rows(self, account: str) -> AsyncIterator[Sequence[StoredRow]]:
        """All rows, table by table in the order of their keys, the account's own row last; some at a time."""

    async def count_changes(self, account: str, since: datetime) -> int:
        """How many changes are written down since then."""

    def opens(self, row: StoredRow) -> bool:
        """Whether the row is a credential: something by which a caller gets in."""

    def stays(self, row: StoredRow) -> bool:
        """Whether no other account may get the row: credentials, and channels with their addresses and secrets."""

    # Restoring

    async def begin_restore(self, account: str, name: str, mark: str, at: datetime) -> int | None:
        """Close the account for the restoration that *mark* names; how many rows of it are written, None if it is done.

        Raises: Taken: there is such an account.  Unfinished, NotEmpty."""

    async def write(self, account: str, rows: Sequence[StoredRow], done: int) -> None:
        """Write *rows* over what is there, then remember that *done* rows of the restoration are written."""

    async def mend(self, account: str) -> None:
        """Finish unfinished changes, and make look-ups, memberships and totals agree with the records."""

    async def finish_restore(self, account: str, own: StoredRow, mark: str, seal_key: str | None) -> None:
        """Open the account with its *own* row, where given under another *seal_key*.

        Raises: Taken: there is such an account by now."""

    # Deleting

    async def begin_delete(self, account: str, at: datetime) -> Closed:
        """Close the account, if that was not done before.

        Raises: RecordNotFound: no such account, and nothing left of one."""

    def empty(self, account: str) -> AsyncIterator[int]:
        """Remove all rows but the one that says it is closed; how many were removed, some at a time."""

    async def finish_delete(self, account: str, closed: Closed) -> None:
        """Keep the account's name and when it was deleted, and nothing else."""

    async def remains(self, account: str) -> bool:
        """Whether there is any row of the account, whether it is open, closed, or gone."""

    async def closed(self, account: str) -> Closed | None:
        """What goes on with an account that is closed; None where it is not."""

    async def list_deleted(self) -> tuple[Deleted, ...]:
        """The accounts that were deleted, in the order of their ids."""
