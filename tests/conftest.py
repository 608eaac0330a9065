"""Azurite and the whole service, started once for all tests of a process; each test has an account of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from devstack.azurite import Azurite, running_azurite
from domain.model import UnmatchedFilter
from tests.stack import Served, Service, Tenant, open_service, open_tenant, read_ready_file, running


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Azurite, in memory."""
    with running_azurite() as started:
        yield started


@pytest.fixture(scope="session")
async def service(azurite: Azurite) -> AsyncIterator[Service]:
    """The function app in this process."""
    async with open_service(azurite) as opened:
        yield opened


@pytest.fixture
async def tenant(service: Service) -> AsyncIterator[Tenant]:
    """An account that no other test knows."""
    async with open_tenant(service) as opened:
        yield opened


@pytest.fixture
async def strict_tenant(service: Service) -> AsyncIterator[Tenant]:
    """An account that keeps to the letter of the RFC below value filters without a match."""
    async with open_tenant(service, UnmatchedFilter.NO_TARGET) as opened:
        yield opened


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the ready file of a running ``make serve`` says."""
    folder = tmp_path_factory.mktemp("serve")
    with running("devstack.serve", until="^Ready", PORT="0", ROLLCALL_RUN_DIR=str(folder)) as command:
        yield read_ready_file(folder)
        assert command.end() == (0, "")


@pytest.fixture(scope="session")
def served(ready: dict[str, Any]) -> Served:
    """A tenant of the service that ``make serve`` runs, for tools that need a port."""
    return Served(ready["tenant_url"], ready["token"])


@pytest.fixture(scope="session")
def served_strict(ready: dict[str, Any]) -> Served:
    """The one that keeps to the letter of the RFC; who uses it leaves it empty."""
    return Served(ready["strict"]["tenant_url"], ready["strict"]["token"])
