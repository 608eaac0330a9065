"""The tables for the session, and an account of its own for each test: nothing is shared, nothing need be cleared."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from devstack.azurite import Azurite
from domain.ports import DirectoryStore
from storage.client import Tables, make_tables
from storage.directory import TableDirectory
from tests.memory import MemoryDirectory


@pytest.fixture(scope="session")
def connection(azurite: Azurite) -> str:
    """The connection string of a running Azurite."""
    return azurite.connection_string


@pytest.fixture(scope="session")
async def tables(connection: str) -> AsyncIterator[Tables]:
    """The tables, made and empty, with waits that do not wait."""
    made = make_tables(connection_string=connection, sleep=no_wait)
    await made.create_if_missing()
    yield made
    await made.close()


@pytest.fixture
def directory(tables: Tables) -> TableDirectory:
    return TableDirectory(tables.directory)


@pytest.fixture(params=["memory", "tables"])
def store(request: pytest.FixtureRequest, directory: TableDirectory) -> DirectoryStore:
    """The store in memory, and the one over tables."""
    return MemoryDirectory() if request.param == "memory" else directory


@pytest.fixture
def account() -> str:
    """An account that no other test knows."""
    return f"a{uuid4().hex}"


async def no_wait(seconds: float) -> None:
    """Stands in for waiting."""
