"""What the tests of the simulator share: a fake service provider and a client that never really waits."""

from collections.abc import AsyncIterator

import pytest

from simulator.scim_client import ScimClient
from tests.simulator.fake_service import BASE, TOKEN, FakeService


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def slept() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
async def client(service: FakeService, slept: list[float]) -> AsyncIterator[ScimClient]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    # Time passes by waiting only.
    async with ScimClient(BASE, TOKEN, sleep=sleep, time=lambda: sum(slept), transport=service.transport) as client:
        yield client
