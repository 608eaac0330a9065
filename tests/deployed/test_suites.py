"""The suites of conversations with the service that ``make verify`` names.

Those of the RFC need an account with ``unmatchedFilter = noTarget``: ROLLCALL_STRICT=1 says that it is one, and leaves
the others out.  The account is written to, and what was made is deleted in the end; take one for this purpose.
"""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conformance.conversation import Place, hold
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.suite import all_cases
from tests.deployed.leftovers import Leftovers
from tests.deployed.target import SECONDS, Target, is_strict

_CASES = [name for name in all_cases() if name not in EXCEPTIONS and name.startswith("rfc-") == is_strict()]


@pytest.fixture
async def place(tenant: Target) -> AsyncIterator[Place]:
    """The tenant of the service."""
    leftovers, token = Leftovers(), tenant.token or ""
    hooks = {"response": [leftovers.note]}
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, event_hooks=hooks) as client:
        yield Place(tenant.url, token, client)
        await leftovers.take_away(client, token)


@pytest.mark.parametrize("name", _CASES)
async def test_case(place: Place, name: str) -> None:
    """The conversation goes as the case expects."""
    await hold(all_cases()[name], place)
