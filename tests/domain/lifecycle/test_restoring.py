"""Imports over memory: the same account or another, whole or not at all."""

from io import BytesIO
from typing import Any

import pytest

from domain.accounts import InvalidAccount
from domain.lifecycle import restoring
from domain.lifecycle.backup import Vault
from domain.lifecycle.ports import DamagedFile, NotEmpty, StoredRow, Unfinished
from domain.lifecycle.restoring import restore
from domain.model import Action
from domain.ports import RecordNotFound, Taken
from tests.domain.backups import Killed, Mortal, exported, listing, make_vault, sample_store
from tests.domain.builders import NOW, SEAL_KEY, make_account
from tests.memory import MemoryDirectory
from tests.memory_backups import MemoryBackups


@pytest.fixture(autouse=True)
def small_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are written at once, so that a few rows take several calls."""
    monkeypatch.setattr(restoring, "_ROWS_AT_ONCE", 3)


async def _restored(content: bytes, store: Any = None, **options: Any) -> MemoryBackups:
    store = store or MemoryBackups()
    await restore(make_vault(store, store), BytesIO(content), **options)
    return store  # type: ignore[no-any-return]


async def test_account_is_there_again() -> None:
    """With every row, its name and its seal key."""
    before = sample_store()
    store = await _restored(await exported(before))
    assert await listing(store, "acme") == await listing(before, "acme")
    account = await store.get_account("acme")
    assert (account.name, account.seal_key) == ("Acme", SEAL_KEY)


@pytest.mark.parametrize("done_first", [True, False])
async def test_killed_anywhere_it_goes_on(done_first: bool) -> None:
    """Nobody gets in before it is whole; the same call again makes it whole."""
    before = sample_store()
    content, expected = await exported(before), await listing(before, "acme")
    for at in range(100):
        store = MemoryBackups()
        mortal: Any = Mortal(store, at, done_first)
        try:
            await restore(make_vault(mortal, store), BytesIO(content))
        except Killed:
            if not (await store.list_accounts()):
                with pytest.raises(RecordNotFound):
                    await store.get_account("acme")
            await _restored(content, store)
            assert await listing(store, "acme") == expected
            continue
        assert at > 4
        return
    raise AssertionError("it never ended")


async def test_what_is_written_is_not_written_again() -> None:
    """It goes on where it stopped."""
    content, store = await exported(sample_store()), MemoryBackups()
    mortal: Any = Mortal(store, 3, False)  # begin, two waves; then the end
    with pytest.raises(Killed):
        await restore(make_vault(mortal, store), BytesIO(content))
    second: Any = Mortal(store, -1, False)
    await restore(make_vault(second, store), BytesIO(content))
    assert second.calls == 3  # begin, the last wave, finish


async def test_again_it_writes_nothing() -> None:
    """What was changed since stays changed."""
    content = await exported(sample_store())
    store = await _restored(content)
    store.put(make_account("acme"), StoredRow("directory", "u:new", {}))
    restored = await restore(make_vault(store, store), BytesIO(content))
    assert restored.was_there
    assert [row.key for row in await listing(store, "acme")] == ["u:new", "account"]


async def test_credentials_are_counted() -> None:
    """So that the operator can be told to look at them: some may have been revoked since."""
    store = MemoryBackups()
    assert (await restore(make_vault(store, store), BytesIO(await exported(sample_store())))).credentials == 1


async def test_credentials_can_be_left_out() -> None:
    """Then nobody gets in until a token is issued."""
    store = await _restored(await exported(sample_store()), credentials=False)
    keys = [row.key for row in await listing(store, "acme")]
    assert ("t:1" in keys, "channel:1" in keys) == (False, True)


async def test_another_account_has_the_rows_and_no_credentials() -> None:
    """A token of the one must not open the other, no cursor either, and nobody is told of it by the one's channels."""
    store = sample_store()
    content = await exported(store)
    await _restored(content, store, new_id="copy", credentials=True)
    assert [row.key for row in await listing(store, "copy")] == [
        row.key for row in await listing(store, "acme") if row.key not in ("t:1", "channel:1")
    ]
    assert (await store.get_account("copy")).seal_key != SEAL_KEY


async def test_own_id_given_is_the_same_account() -> None:
    """``--as`` with the file's own id changes nothing."""
    store = await _restored(await exported(sample_store()), new_id="acme")
    assert "t:1" in [row.key for row in await listing(store, "acme")]


async def test_existing_account_is_not_touched() -> None:
    """Neither the file's own nor another."""
    store = sample_store()
    content = await exported(store)
    store.put(make_account("other"), StoredRow("directory", "u:x", {}))
    for new_id in (None, "acme", "other"):
        with pytest.raises(Taken):
            await _restored(content, store, new_id=new_id)
    assert [row.key for row in await listing(store, "other")] == ["u:x", "account"]


async def test_two_files_do_not_mix() -> None:
    """While the import of one is unfinished, another is refused; so is the same one with other options."""
    content, other, store = await exported(sample_store()), await exported(sample_store("other")), MemoryBackups()
    mortal: Any = Mortal(store, 2, False)
    with pytest.raises(Killed):
        await restore(make_vault(mortal, store), BytesIO(content))
    for again, options in ((other, {}), (content, {"credentials": False})):
        with pytest.raises(Unfinished):
            await _restored(again, store, **options)


async def test_what_is_left_of_an_account_is_not_mixed_in() -> None:
    """Rows that were written while the account was being deleted must go first."""
    store, content = MemoryBackups(), await exported(sample_store())
    store._rows["acme"] = {("directory", "", "u:x"): StoredRow("directory", "u:x", {})}
    with pytest.raises(NotEmpty):
        await _restored(content, store)


async def test_damaged_file_writes_nothing() -> None:
    """The whole file is read before the first row is written."""
    content = await exported(sample_store())
    store: Any = Mortal(MemoryBackups(), -1, False)
    with pytest.raises(DamagedFile):
        await restore(make_vault(store, store), BytesIO(content[:-3]))
    assert store.calls == 0


@pytest.mark.parametrize("new_id", ["a", "../acme", "acme:2026-02", "-", "a b", "x" * 65])
async def test_impossible_ids_are_refused(new_id: str) -> None:
    """Nothing is written below them."""
    with pytest.raises(InvalidAccount):
        await _restored(await exported(sample_store()), new_id=new_id)


async def test_import_is_written_down() -> None:
    """In the log of the account that it made."""
    store, directory = MemoryBackups(), MemoryDirectory()
    await restore(Vault(store, store, directory, make_vault().clock), BytesIO(await exported(sample_store())))
    assert [(each.action, each.time) for each in directory.changes("acme")] == [(Action.IMPORT, NOW)]
