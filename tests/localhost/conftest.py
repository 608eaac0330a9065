"""Fixtures for tests of the local host."""

from collections.abc import Iterator

import pytest

from tests.localhost.sample import Sample, running_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """The sample app, running."""
    with running_sample(
        tmp_path_factory.mktemp("sample"), variables={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}
    ) as running:
        yield running
