"""The data-driven suites: read from their files, and refused where they say what the engine does not know."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.checks import Check, known_operators, operators_of

FOLDER = Path(__file__).parent / "suites"

_CASE_KEYS = {"id", "title", "refs", "level", "steps"}
_LEVELS = {"must", "should", "preview"}
_STEP_KEYS = {
    "do", "query", "headers", "body", "raw", "auth", "status", "shape", "check", "check_body", "check_status",
    "save", "repeat", "parallel", "tally", "max_ms", "wait_ms", "note",
}  # fmt: skip


class BadSuite(Exception):
    """A suite file says something the engine does not know."""


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation.  ``name`` is ``SUITE/CASE``; ``refs`` are the requirements that it proves."""

    name: str
    title: str
    level: str
    refs: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    payloads: Mapping[str, Any]

    @property
    def suite(self) -> str:
        return self.name.partition("/")[0]


@cache
def all_cases() -> Mapping[str, Case]:
    """Every case of every suite by its name.  Raises: BadSuite."""
    files = sorted(file for file in FOLDER.glob("*.json") if not file.stem.startswith("_"))
    cases = [case for file in files for case in read_suite(file.stem, json.loads(file.read_text("utf-8")))]
    return {case.name: case for case in cases}


def read_suite(name: str, document: Mapping[str, Any]) -> list[Case]:
    """The cases in a suite's *document*.  Raises: BadSuite."""
    payloads = _shared()["payloads"] | document.get("payloads", {})
    ids = [case["id"] for case in document["cases"]]
    if len(ids) != len(set(ids)):
        raise BadSuite(f"{name}: an id is used twice")
    for case in document["cases"]:
        for complaint in _complaints(case):
            raise BadSuite(f"{name}/{case['id']}: {complaint}")
    return [
        Case(
            name=f"{name}/{case['id']}",
            title=case["title"],
            level=case.get("level", "must"),
            refs=tuple(case.get("refs", ())),
            steps=tuple(case["steps"]),
            payloads=payloads,
        )
        for case in document["cases"]
    ]


def checks_of_shape(name: str) -> list[Check]:
    """The checks that a shape stands for, those of the shapes it extends first."""
    shape = _shared()["shapes"][name]
    inherited = [check for parent in listed(shape.get("extends")) for check in checks_of_shape(parent)]
    return [*inherited, *shape["check"]]


def listed(value: Any) -> list[Any]:
    """A value that stands alone or in a list, as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


@cache
def _shared() -> dict[str, Any]:
    shared: dict[str, Any] = json.loads((FOLDER / "_shared.json").read_text("utf-8"))
    return shared


def _complaints(case: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(set(case), _CASE_KEYS)
    yield from _unknown({case.get("level", "must")}, _LEVELS)
    for step in case["steps"]:
        yield from _unknown(set(step), _STEP_KEYS)
        yield from _unknown(set(listed(step.get("shape"))), set(_shared()["shapes"]))
        by_status = [check for checks in step.get("check_status", {}).values() for check in checks]
        for check in [*step.get("check", []), *step.get("check_body", []), *by_status]:
            yield from _unknown(operators_of(check), known_operators())
            if "at" not in check and "header" not in check:
                yield "a check needs 'at' or 'header'"
            if not operators_of(check) and "same_as" not in check:
                yield "a check without an operator checks nothing"


def _unknown(used: set[str], known: set[str]) -> Iterator[str]:
    if unknown := used - known:
        yield f"unknown: {', '.join(sorted(unknown))}"
