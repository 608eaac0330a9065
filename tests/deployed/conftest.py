"""The service under test."""

import pytest

from tests.deployed.target import Target, named
from tests.stack import Served

collect_ignore = [] if named() else ["test_suites.py", "test_onboarding.py"]
"""On this machine other tests hold the suites with the service."""


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """The address that was named, or else a service on this machine: both must behave alike."""
    if found := named():
        return found
    served: Served = request.getfixturevalue("served")
    return Target(served.url, served.token)


@pytest.fixture
def tenant(target: Target) -> Target:
    """The same, for what needs a token."""
    if target.token is None:
        pytest.skip("no TOKEN: what needs one is not checked")
    return target
