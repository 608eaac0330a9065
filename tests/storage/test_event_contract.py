"""States of receivers and dead letters are kept alike in memory and in tables."""

import dataclasses

import pytest

from domain.notifying.events import DeadLetter, EventState, EventStore
from domain.ports import VersionConflict
from storage.client import Tables
from storage.events import TableEvents
from tests.domain.builders import NOW
from tests.domain.log_builders import entry
from tests.memory_notices import MemoryEvents


@pytest.fixture(params=["memory", "tables"])
def store(request: pytest.FixtureRequest, tables: Tables) -> EventStore:
    return MemoryEvents() if request.param == "memory" else TableEvents(tables.directory)


async def test_state_comes_back(store: EventStore, account: str) -> None:
    """Under one version."""
    assert await store.get_state(account, "c1") is None
    state = EventState("018f", 2, NOW, NOW, paused=True, acked=("a", "b"))
    written = await store.write_state(account, "c1", state)
    assert await store.get_state(account, "c1") == written
    assert dataclasses.replace(written, version="") == state
    again = await store.write_state(account, "c1", dataclasses.replace(written, attempts=3))
    for stale in (state, written):
        with pytest.raises(VersionConflict):
            await store.write_state(account, "c1", stale)
    assert await store.get_state(account, "c1") == again


async def test_dead_letters_are_kept_in_order(store: EventStore, account: str) -> None:
    """Each receiver's for itself; what arrived is removed, and a removed receiver leaves nothing."""
    letters = [DeadLetter(entry(number, f"user{number}"), "refused") for number in range(120)]
    await store.bury(account, "c1", letters[::-1])
    await store.bury(account, "c1", letters[:1])
    await store.bury(account, "c2", letters[:1])
    assert await store.list_dead(account, "c1") == tuple(letters)
    for _ in range(2):
        await store.revive(account, "c1", letters[0].change.id)
    assert await store.list_dead(account, "c1") == tuple(letters[1:])
    await store.write_state(account, "c1", EventState(""))
    await store.forget(account, "c1")
    assert (await store.list_dead(account, "c1"), await store.get_state(account, "c1")) == ((), None)
    assert len(await store.list_dead(account, "c2")) == 1
