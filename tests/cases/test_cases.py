"""Every recorded case against the running service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cases.run_cases import Runner
from tests.stack import Served

CASES = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(Path(__file__).parent.glob("*.json"))}

NOT_ADVERTISED_YET = {"bulk-fail-on-errors", "bulk-id-reference"}
"""Cases of a feature that ServiceProviderConfig does not promise."""


@pytest.fixture(scope="module")
def runner(served: Served) -> Iterator[Runner]:
    with httpx.Client(timeout=60, trust_env=False) as client:
        yield Runner(served.url, served.token, client)


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_ADVERTISED_YET))
def test_case(runner: Runner, name: str) -> None:
    """The conversation goes as the case expects."""
    runner.run(CASES[name])


def test_only_these_are_left_out(runner: Runner) -> None:
    """Just the cases of features that are not advertised are not run, and no others."""
    left_out = {name for name, case in CASES.items() if not all(map(runner.supports, case.get("requires", [])))}
    assert left_out == NOT_ADVERTISED_YET


def test_names_are_those_of_files() -> None:
    """A case is found by the name of its file."""
    names: dict[str, Any] = {name: case["name"] for name, case in CASES.items()}
    assert names == {name: name for name in CASES}
