"""Backups: a whole account as a file that carries its own checksum.

JSON Lines, UTF-8.  A header, one line for each row, an end that counts them, and the SHA-256 of all bytes before it::

    {"format":"rollcall-account","version":1,"account":"acme","name":"Acme","exported":"2026-03-01T09:30:00+00:00"}
    {"table":"directory","key":"u:…","values":{…}}
    {"rows":1,"changed":0}
    {"sha256":"…"}

*changed* counts the changes that were made while the rows were read: with 0 the file is the account at one moment.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

import orjson

from domain.access.administration import find_account
from domain.changes import change_id
from domain.lifecycle.ports import BackupStore, DamagedFile, StoredRow
from domain.maintenance import BEHIND
from domain.model import Action, Change, Source
from domain.ports import AccountStore, Clock, DirectoryStore

FORMAT = "rollcall-account"
VERSION = 1
MAX_LINE = 16 * 1024 * 1024
"""Bytes; a row is at most 1 MiB, and in JSON at most about six times that."""

type Told = Callable[[int], None]
"""Is told again and again how many rows are done."""


def tell_nobody(rows: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Vault:
    """What backups work with."""

    store: BackupStore
    accounts: AccountStore
    directory: DirectoryStore
    clock: Clock

    async def record(self, account: str, name: str, action: Action) -> None:
        """Write down in the account's log that an operator exported or imported it."""
        now = self.clock.now()
        act = Change(
            id=change_id(now),
            time=now,
            actor="operator",
            source=Source.SYSTEM,
            action=action,
            kind="Account",
            resource_id=account,
            resource_name=name,
        )
        await self.directory.record(account, act)


@dataclass(frozen=True, slots=True)
class Header:
    """Whose backup a file is, and from when."""

    account: str
    name: str
    exported: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds that was read to its end: *own* is the account's own row, *rows* count it too."""

    header: Header
    rows: int
    changed: int
    sha256: str
    own: StoredRow


# Writing


@dataclass(slots=True)
class _Writer:
    file: BinaryIO
    digest: Any = field(default_factory=sha256)

    def line(self, values: dict[str, Any]) -> None:
        text = orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)
        self.digest.update(text)
        self.file.write(text)


async def export(vault: Vault, account_id: str, file: BinaryIO, told: Told = tell_nobody) -> Contents:
    """Write the account into *file* while it is in use; what the file holds.

    Changes that were begun are finished first.  The export itself is written down in the account's log.

    Raises: RecordNotFound: no such account.
    """
    account = await find_account(vault.accounts, account_id)
    await vault.store.settle(account.id)
    await vault.record(account.id, account.name, Action.EXPORT)
    begun = vault.clock.now()
    known = await vault.store.count_changes(account.id, begun - BEHIND)
    writer, rows, own = _Writer(file), 0, None
    header = Header(account.id, account.name, begun)
    writer.line({"format": FORMAT, "version": VERSION} | _shown(header))
    async for some in vault.store.rows(account.id):
        for own in some:
            writer.line(_to_line(own))
        rows += len(some)
        told(rows)
    if own is None:
        raise AssertionError("an account has a row of its own")
    changed = await vault.store.count_changes(account.id, begun - BEHIND) - known
    writer.line({"rows": rows, "changed": changed})
    checksum = writer.digest.hexdigest()
    writer.line({"sha256": checksum})
    return Contents(header, rows, changed, checksum, own)


def _shown(header: Header) -> dict[str, Any]:
    return {"account": header.account, "name": header.name, "exported": header.exported.isoformat()}


def _to_line(row: StoredRow) -> dict[str, Any]:
    part = {"part": row.part} if row.part else {}
    return {"table": row.table, **part, "key": row.key, "values": row.values}


# Reading


def examine(file: BinaryIO, told: Told = tell_nobody) -> Contents:
    """What *file*, which can be read again, holds from beginning to end; no more than a few lines are in memory.

    Raises:
        DamagedFile: It is no backup, of another version, cut off, or not as it was written.
    """
    file.seek(0)
    lines, digest = _lines(file), sha256()
    header = _read_header(next(lines, b""), digest)
    window: deque[bytes] = deque(maxlen=3)
    count = 0
    for count, line in enumerate(lines, start=1):
        if window:
            digest.update(window[-1])
        window.append(line)
        told(count)
    if count < 3 or "sha256" not in (closing := _parse(window[2])):
        raise DamagedFile("the file is cut off: it does not end with its checksum")
    if closing["sha256"] != digest.hexdigest():
        raise DamagedFile("the checksum is wrong: the file is not as it was written")
    end = _parse(window[1])
    if end.get("rows") != count - 2:
        raise DamagedFile("the file does not have as many rows as it says")
    return Contents(header, count - 2, int(end["changed"]), closing["sha256"], _to_row(window[0]))


def rows_of(file: BinaryIO, count: int) -> Iterator[tuple[StoredRow, int]]:
    """The first *count* rows of a file that was examined, each with the length of its line in bytes."""
    file.seek(0)
    lines = _lines(file)
    next(lines)
    for _ in range(count):
        line = next(lines)
        yield _to_row(line), len(line)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE):
        if not line.endswith(b"\n"):
            raise DamagedFile("the file is cut off within a line, or is no backup")
        yield line


def _read_header(line: bytes, digest: Any) -> Header:
    digest.update(line)
    values = _parse(line)
    if values.get("format") != FORMAT:
        raise DamagedFile("the file is no backup of an account")
    if values.get("version") != VERSION:
        raise DamagedFile(f"the file is of version {values.get('version')}; this program reads version {VERSION}")
    try:
        return Header(str(values["account"]), str(values["name"]), datetime.fromisoformat(values["exported"]))
    except (KeyError, TypeError, ValueError):
        raise DamagedFile("the header lacks the account, its name or the time") from None


def _to_row(line: bytes) -> StoredRow:
    values = _parse(line)
    table, key, held, part = (values.get(name) for name in ("table", "key", "values", "part"))
    if not (isinstance(table, str) and isinstance(key, str) and isinstance(held, dict)):
        raise DamagedFile("a line is no row")
    return StoredRow(table, key, held, part if isinstance(part, str) else "")


def _parse(line: bytes) -> dict[str, Any]:
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise DamagedFile("the file is no backup, or is damaged: a line is no JSON") from None
    if not isinstance(values, dict):
        raise DamagedFile("the file is no backup, or is damaged: a line is no object")
    return values
