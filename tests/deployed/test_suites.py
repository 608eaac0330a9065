"""The suites of conversations with the service that ``make verify`` names.

Those of the RFC need an account with ``unmatchedFilter = noTarget``: ROLLCALL_STRICT=1 says that it is one, and leaves
the others out.  The account is written to; take one for this purpose.
"""

import os
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conformance.conversation import Place, hold
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.suite import all_cases
from tests.deployed.target import SECONDS, Target

_STRICT = os.environ.get("ROLLCALL_STRICT") == "1"
_CASES = [name for name in all_cases() if name not in EXCEPTIONS and name.startswith("rfc-") == _STRICT]


@pytest.fixture
async def place(tenant: Target) -> AsyncIterator[Place]:
    """The tenant of the service."""
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        yield Place(tenant.url, tenant.token or "", client)


@pytest.mark.parametrize("name", _CASES)
async def test_case(place: Place, name: str) -> None:
    """The conversation goes as the case expects."""
    await hold(all_cases()[name], place)
