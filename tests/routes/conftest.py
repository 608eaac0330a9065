"""The API over memory, new for each test."""

import pytest

from tests.routes.calls import Api


@pytest.fixture
async def api() -> Api:
    """Two accounts, and the token of the first."""
    made = Api()
    await made.open()
    return made
