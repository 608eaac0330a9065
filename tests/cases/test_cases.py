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


@pytest.fixture(scope="module")
def runner(served: Served) -> Iterator[Runner]:
    with httpx.Client(timeout=60, trust_env=False) as client:
        yield Runner(served.url, served.token, client)


@pytest.mark.parametrize("name", sorted(CASES))
def test_case(runner: Runner, name: str) -> None:
    """The conversation goes as the case expects."""
    runner.run(CASES[name])


def test_all_features_are_advertised(runner: Runner) -> None:
    """ServiceProviderConfig promises every feature that a case needs."""
    needed = {feature for case in CASES.values() for feature in case.get("requires", [])}
    assert {feature for feature in needed if not runner.supports(feature)} == set()


def test_names_are_those_of_files() -> None:
    """A case is found by the name of its file."""
    names: dict[str, Any] = {name: case["name"] for name, case in CASES.items()}
    assert names == {name: name for name in CASES}
