"""Imports: an account made from a backup, closed until the last row is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from domain.accounts import InvalidAccount, is_account_id, new_seal_key
from domain.lifecycle.backup import Contents, Told, Vault, examine, rows_of, tell_nobody
from domain.lifecycle.ports import StoredRow
from domain.model import Action

_ROWS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What an import did; nothing where the same file *was_there* already."""

    account: str
    contents: Contents
    was_there: bool = False
    credentials: int = 0


async def restore(
    vault: Vault,
    file: BinaryIO,
    *,
    new_id: str | None = None,
    credentials: bool = True,
    told: Told = tell_nobody,
) -> Restored:
    """The account that *file* holds, there again: as the same one, or as *new_id*.

    Nothing is written before the whole file was found undamaged.  Until the last row is written nobody gets in, and the
    account is in no list.  Killed anywhere, the same call goes on where it stopped.

    Another account gets no credentials, whatever is asked: who holds a token of the one must not get into the other.
    It gets no channels, so that nobody is told of it who was to be told of the one, and a seal key of its own, so that
    no cursor of the one means anything to it.

    Raises:
        DamagedFile: As `examine`.
        InvalidAccount: The id can be no account's.
        Taken: There is such an account.
        Unfinished, NotEmpty: Something else goes on with it, or is left of it.
    """
    contents = examine(file)
    account, same = new_id or contents.header.account, new_id in (None, contents.header.account)
    if not is_account_id(account):
        raise InvalidAccount(f"{account!r} can be no account's id")
    credentials = credentials and same
    mark = f"{contents.sha256}:{'all' if credentials else 'closed'}"
    done = await vault.store.begin_restore(account, contents.header.name, mark, vault.clock.now())
    if done is None:
        return Restored(account, contents, was_there=True)
    left_out = _nothing if credentials else vault.store.opens if same else vault.store.stays
    opened = await _write(vault, file, account, contents.rows - 1, done, left_out=left_out, told=told)
    if contents.changed:
        await vault.store.mend(account)
    await vault.record(account, contents.header.name, Action.IMPORT)
    await vault.store.finish_restore(account, contents.own, mark, None if same else new_seal_key())
    return Restored(account, contents, credentials=opened)


def _nothing(row: StoredRow) -> bool:  # noqa: ARG001  in place of those that leave some rows out
    return False


async def _write(
    vault: Vault,
    file: BinaryIO,
    account: str,
    rows: int,
    done: int,
    *,
    left_out: Callable[[StoredRow], bool],
    told: Told,
) -> int:
    """Write the rows after the first *done* but those *left_out*; how many credentials are among all of them."""
    opened = 0
    for number, wave in _waves(file, rows):
        written = [row for row in wave if not left_out(row)]
        opened += sum(map(vault.store.opens, written))
        if number > done:
            await vault.store.write(account, written, number)
        told(number)
    return opened


def _waves(file: BinaryIO, rows: int) -> Iterator[tuple[int, list[StoredRow]]]:
    """The rows in bounded groups, each with how many there are up to its end; the same groups each time."""
    wave: list[StoredRow] = []
    size = 0
    for number, (row, length) in enumerate(rows_of(file, rows), start=1):
        wave.append(row)
        size += length
        if len(wave) == _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE or number == rows:
            yield number, wave
            wave, size = [], 0
