"""Deletion over memory: closed first, emptied twice, and nothing left but the name."""

from typing import Any

import pytest

from domain.lifecycle.backup import Vault
from domain.lifecycle.ports import StoredRow
from domain.lifecycle.removal import delete_account, find_doomed
from domain.ports import RecordNotFound
from tests.domain.backups import Killed, Mortal, sample_store
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.memory import MemoryDirectory
from tests.memory_backups import MemoryBackups


def _vault(store: Any, accounts: MemoryBackups, clock: StoppedClock | None = None) -> Vault:
    return Vault(store, accounts, MemoryDirectory(), clock or StoppedClock())


def _moving(clock: StoppedClock) -> Any:
    """A pause that takes no time but the clock's."""

    async def pause(seconds: float) -> None:
        clock.move(seconds=seconds)

    return pause


async def _delete(store: Any, accounts: MemoryBackups, clock: StoppedClock | None = None) -> int:
    clock = clock or StoppedClock()
    return await delete_account(_vault(store, accounts, clock), "acme", pause=_moving(clock))


async def test_nothing_is_left_but_the_name() -> None:
    """And when it was."""
    store = sample_store()
    assert await _delete(store, store) == 8
    assert not await store.remains("acme")
    assert [(each.account, each.name, each.since) for each in await store.list_deleted()] == [("acme", "Acme", NOW)]


async def test_other_accounts_stay() -> None:
    """Also one whose id begins alike."""
    store = sample_store()
    store.put(make_account("acme2"), StoredRow("directory", "u:x", {}))
    await _delete(store, store)
    assert await store.remains("acme2")


@pytest.mark.parametrize("done_first", [True, False])
async def test_killed_anywhere_it_goes_on(done_first: bool) -> None:
    """From the first step on nobody gets in; the same call again finishes it."""
    for at in range(100):
        store = sample_store()
        mortal: Any = Mortal(store, at, done_first)
        try:
            await _delete(mortal, store)
        except Killed:
            assert at == 0 or not await store.list_accounts()
            if await store.remains("acme"):
                await _delete(store, store)
            assert not await store.remains("acme")
            assert [each.name for each in await store.list_deleted()] == ["Acme"]
            continue
        assert at > 4
        return
    raise AssertionError("it never ended")


async def test_what_was_written_meanwhile_goes_too() -> None:
    """Instances that remember a caller write for a minute; after that the account is emptied once more."""
    store, clock = sample_store(), StoppedClock()
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        store._rows["acme"]["directory", "", "u:late"] = StoredRow("directory", "u:late", {})
        clock.move(seconds=seconds)

    await delete_account(_vault(store, store, clock), "acme", pause=pause)
    assert waited == [60.0]
    assert not await store.remains("acme")


async def test_resumed_late_it_does_not_wait() -> None:
    """The minute counts from when the account was closed."""
    store, clock = sample_store(), StoppedClock()
    await store.begin_delete("acme", NOW)
    clock.move(hours=1)
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    await delete_account(_vault(store, store, clock), "acme", pause=pause)
    assert waited == []


@pytest.mark.parametrize("account", ["other", "", "-", "../acme", "acme:2026-02"])
async def test_unknown_account_is_not_deleted(account: str) -> None:
    """Whatever characters were typed."""
    store = sample_store()
    for call in (find_doomed, delete_account):
        with pytest.raises(RecordNotFound):
            await call(_vault(store, store), account)


async def test_doomed_account_is_found_by_its_name() -> None:
    """Open, being deleted, or a rest without a name."""
    store = sample_store()
    vault = _vault(store, store)
    assert (await find_doomed(vault, "acme")).name == "Acme"
    await store.begin_delete("acme", NOW)
    doomed = await find_doomed(vault, "acme")
    assert (doomed.name, doomed.closed is not None) == ("Acme", True)
    store._rows["rest"] = {("directory", "", "u:x"): StoredRow("directory", "u:x", {})}
    assert (await find_doomed(vault, "rest")).name == ""
