"""Every case of the data-driven suites against the running function app; what is not met is listed by name."""

from collections.abc import AsyncIterator

import httpx
import pytest

from domain.model import UnmatchedFilter
from tests.conformance.conversation import Place, Unmet, hold
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.suite import all_cases
from tests.stack import Service, open_tenant


@pytest.fixture
async def place(service: Service, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """An account of its own: by the letter of the RFC for the suites of the RFC, else as accounts are by default."""
    by_letter = str(request.getfixturevalue("name")).startswith("rfc-")
    unmatched = UnmatchedFilter.NO_TARGET if by_letter else UnmatchedFilter.CREATE
    async with open_tenant(service, unmatched) as tenant, httpx.AsyncClient(transport=service.transport) as client:
        yield Place(tenant.url, tenant.token, client)


def _parameter(name: str) -> object:
    """A case; one that is listed must fail, so that the list is true in both directions."""
    if name not in EXCEPTIONS:
        return name
    return pytest.param(name, marks=pytest.mark.xfail(reason=EXCEPTIONS[name], raises=Unmet, strict=True))


@pytest.mark.parametrize("name", [_parameter(name) for name in all_cases()])
async def test_case(place: Place, name: str) -> None:
    """The conversation goes as the case expects."""
    await hold(all_cases()[name], place)
