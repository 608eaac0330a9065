"""What every native store promises; the one in memory and the one over tables keep it alike."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.model import Source
from domain.native_ports import NativeStore
from domain.ports import DirectoryStore, MaintenanceStore
from storage.client import Tables
from storage.directory import TableDirectory
from storage.native import TableNative
from tests.memory import MemoryDirectory
from tests.memory_native import MemoryNative
from tests.storage.build import change, creation, make_user


@dataclass(frozen=True)
class Both:
    """A directory, and the native view of it."""

    directory: DirectoryStore
    native: NativeStore
    maintenance: MaintenanceStore


@pytest.fixture(params=["memory", "tables"])
def both(request: pytest.FixtureRequest, tables: Tables) -> Iterator[Both]:
    """In memory, and over tables."""
    if request.param == "memory":
        memory = MemoryDirectory()
        yield Both(memory, MemoryNative(memory), memory)
    else:
        directory = TableDirectory(tables.directory)
        yield Both(directory, TableNative(tables.directory), directory)


async def test_last_provisioning_is_known(both: Both, account: str) -> None:
    """That of the last change through SCIM, before and after the checkpoint has passed it; others do not count."""
    assert await both.native.last_provisioned(account) is None
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    for number in range(3):
        user = make_user()
        await both.directory.create_user(account, user, replace(creation(user), id=f"{_at(start, number)}aa"))
    by_hand = replace(change(make_user()), source=Source.MANAGER, id=f"{_at(start, 9)}aa", time=start)
    await both.directory.record(account, by_hand)
    for until in (None, start + timedelta(seconds=1), start + timedelta(minutes=1)):
        if until is not None:
            await both.maintenance.checkpoint(account, until, 100)
        if isinstance(both.directory, TableDirectory):
            assert await both.native.last_provisioned(account) == start + timedelta(seconds=2)


def _at(start: datetime, seconds: int) -> str:
    return f"{int((start + timedelta(seconds=seconds)).timestamp() * 1000):012x}"
