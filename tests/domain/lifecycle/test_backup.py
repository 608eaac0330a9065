"""A whole account as a file, and what of a file is refused."""

from hashlib import sha256
from io import BytesIO
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lifecycle import backup
from domain.lifecycle.backup import examine, export, rows_of
from domain.lifecycle.ports import DamagedFile, StoredRow
from domain.model import Action
from domain.ports import RecordNotFound
from tests.domain.backups import exported, make_vault, sample_store
from tests.domain.builders import NOW, make_account
from tests.memory import MemoryDirectory
from tests.memory_backups import MemoryBackups


async def test_file_is_header_rows_end_checksum() -> None:
    """Each a line of JSON; the account's own row is the last of the rows."""
    lines = [orjson.loads(line) for line in (await exported(sample_store())).splitlines()]
    assert lines[0] == {
        "format": "rollcall-account",
        "version": 1,
        "account": "acme",
        "name": "Acme",
        "exported": NOW.isoformat(),
    }
    assert (lines[-3]["key"], lines[-2]) == ("account", {"rows": 9, "changed": 0})
    assert list(lines[-1]) == ["sha256"]


async def test_file_is_examined() -> None:
    """Whose it is, from when, how much is in it, and its checksum."""
    content = await exported(sample_store())
    contents = examine(BytesIO(content))
    assert (contents.header.account, contents.header.exported, contents.rows) == ("acme", NOW, 9)
    assert contents.sha256 == sha256(content[: content.rindex(b'{"sha256"')]).hexdigest()
    assert contents.own.key == "account"


async def test_export_is_written_down() -> None:
    """Whoever takes an account's data away is in the account's log."""
    store, directory = sample_store(), MemoryDirectory()
    vault = backup.Vault(store, store, directory, make_vault().clock)
    await export(vault, "acme", BytesIO())
    (act,) = directory.changes("acme")
    assert (act.action, act.actor, act.kind, act.resource_id) == (Action.EXPORT, "operator", "Account", "acme")


async def test_changes_made_meanwhile_are_counted() -> None:
    """With none the file is the account at one moment."""
    store = sample_store()
    store.changed = 3  # and twice as many when it is asked again
    assert examine(BytesIO(await exported(store))).changed == 3


async def test_progress_is_told() -> None:
    """How many rows are done, again and again."""
    told: list[int] = []
    store = sample_store()
    await export(make_vault(store, store), "acme", BytesIO(), told.append)
    assert told == [2, 4, 6, 8, 9]


@pytest.mark.parametrize("account", ["other", "../acme", "", "-", "acme:2026-02"])
async def test_unknown_account_is_not_exported(account: str) -> None:
    """Whatever characters were typed, nothing is written."""
    store, file = sample_store(), BytesIO()
    with pytest.raises(RecordNotFound):
        await export(make_vault(store, store), account, file)
    assert file.getvalue() == b""


# Files that are refused


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _sealed(*lines: Any) -> bytes:
    """A file of these lines with the right checksum."""
    content = b"".join(orjson.dumps(each) + b"\n" for each in lines)
    return content + orjson.dumps({"sha256": sha256(content).hexdigest()}) + b"\n"


_HEADER = {"format": "rollcall-account", "version": 1, "account": "acme", "name": "x", "exported": NOW.isoformat()}
_OWN = {"table": "accounts", "key": "account", "values": {}}


async def test_every_truncation_is_found() -> None:
    """Wherever the file is cut off."""
    content = await exported(sample_store())
    for length in range(len(content)):
        with pytest.raises(DamagedFile):
            examine(BytesIO(content[:length]))


async def test_every_changed_byte_is_found() -> None:
    """Wherever a bit fell over, in the checksum too."""
    content = await exported(sample_store())
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(DamagedFile):
            examine(BytesIO(changed))


async def test_rows_that_moved_are_found() -> None:
    """A line left out, doubled, or at another place."""
    lines = _lines(await exported(sample_store()))
    for damaged in (
        lines[:2] + lines[3:],
        [*lines[:2], lines[1], *lines[2:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
    ):
        with pytest.raises(DamagedFile, match="checksum"):
            examine(BytesIO(b"".join(damaged)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no backup|no JSON"),
        (b"PK\x03\x04\n", "no JSON"),
        (b"[]\n", "no object"),
        (b"{}\n", "no backup of an account"),
        (_sealed(_HEADER | {"version": 2}, _OWN, {"rows": 1, "changed": 0}), "version 2"),
        (_sealed(_HEADER | {"version": "1"}, _OWN, {"rows": 1, "changed": 0}), "version 1"),
        (_sealed(_HEADER | {"exported": "yesterday"}, _OWN, {"rows": 1, "changed": 0}), "header"),
        (_sealed(_HEADER | {"exported": 3}, _OWN, {"rows": 1, "changed": 0}), "header"),
        (_sealed({"format": "rollcall-account", "version": 1}, _OWN, {"rows": 1, "changed": 0}), "header"),
        (_sealed(_HEADER, _OWN, {"rows": 2, "changed": 0}), "as many rows"),
        (_sealed(_HEADER, _OWN, {"changed": 0}), "as many rows"),
        (_sealed(_HEADER, {"rows": 0, "changed": 0}), "cut off"),
        (_sealed(_HEADER, [1], {"rows": 1, "changed": 0}), "no object"),
        (_sealed(_HEADER, {"table": "accounts", "key": 1, "values": {}}, {"rows": 1, "changed": 0}), "no row"),
    ],
)
def test_other_files_are_refused(content: bytes, reason: str) -> None:
    """Also with a checksum that is right: the text says what is wrong."""
    with pytest.raises(DamagedFile, match=reason):
        examine(BytesIO(content))


def test_a_line_without_end_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another kind must not fill the memory."""
    monkeypatch.setattr(backup, "MAX_LINE", 100)
    with pytest.raises(DamagedFile, match="within a line"):
        examine(BytesIO(b"x" * 1_000))


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_values = st.dictionaries(_texts, _texts | st.booleans() | st.integers(-(2**31), 2**31 - 1), max_size=4)


@given(st.lists(st.builds(StoredRow, st.sampled_from(["directory", "log"]), _texts, _values, _texts), max_size=8))
async def test_any_row_survives_the_file(rows: list[StoredRow]) -> None:
    """Whatever its keys and values hold, line ends too."""
    store = MemoryBackups()
    store.put(make_account("acme"), *rows)
    file = BytesIO(await exported(store))
    contents = examine(file)
    written = [row async for some in store.rows("acme") for row in some]
    assert [row for row, _ in rows_of(file, contents.rows)] == written
