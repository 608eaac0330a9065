"""docs/conformance.md tells the truth: it is up to date, whole, and names only what there is."""

import pytest

from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.report import (
    DOCUMENT,
    LEVELS,
    Departure,
    Requirement,
    Row,
    Status,
    departures,
    document,
    marked,
    proofs_by_requirement,
    requirements,
    rows,
)
from tests.conformance.suite import BadSuite, all_cases, read_suite


def test_document_is_up_to_date() -> None:
    """After a change of markers, cases or departures `make conformance` writes it anew."""
    assert DOCUMENT.read_text("utf-8") == document(rows())


@pytest.mark.parametrize("level", ["M", "S"])
def test_every_requirement_has_a_test_or_a_reason(level: str) -> None:
    """Nothing that must or should be is left unanswered."""
    without = [row.requirement.id for row in rows() if row.requirement.level == level and row.status is Status.OPEN]
    assert without == []


def test_only_known_requirements_are_named() -> None:
    """By markers, by cases and by departures, which are no leftovers either."""
    ids = {each.id for each in requirements()}
    assert set(proofs_by_requirement()) <= ids
    assert {ref for case in all_cases().values() for ref in case.refs} <= ids
    used = {row.departure for row in rows()}
    assert [name for name, departure in departures().items() if departure not in used] == []


def test_checklist_is_whole() -> None:
    """Each requirement stands once, on a known level."""
    found = requirements()
    assert len({each.id for each in found}) == len(found) > 300
    assert {each.level for each in found} == set(LEVELS)


def test_departures_have_reasons() -> None:
    """Nothing is only declared away, and nothing is declared met."""
    assert all(each.reason and each.status is not Status.MET for each in departures().values())


def test_exceptions_are_cases() -> None:
    """An exception is a case that there is, with its reason."""
    assert EXCEPTIONS.keys() <= all_cases().keys()
    assert all(EXCEPTIONS.values())


def test_markers_are_found() -> None:
    """On tests and on single rows of parameters; what has none is passed over."""
    source = """
@pytest.mark.requirement("1", "2")
async def test_one() -> None: ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("3"))])
def test_other(x) -> None: ...

def test_plain() -> None: ...
"""
    assert list(marked(source)) == [("test_one", ["1", "2"]), ("test_other", ["3"])]


@pytest.mark.parametrize(
    ("departure", "proofs", "status"),
    [
        (None, ("a",), Status.MET),
        (None, (), Status.OPEN),
        (Departure(Status.DEPARTED, "why"), ("a",), Status.DEPARTED),
    ],
)
def test_status(departure: Departure | None, proofs: tuple[str, ...], status: Status) -> None:
    """A requirement is met by a test, unless we depart from it on purpose."""
    assert Row(Requirement("7644-1-01", "M", "is"), departure, proofs).status is status


@pytest.mark.parametrize(
    "case",
    [
        {"misspelt": 1},
        {"level": "would"},
        {"steps": [{"do": "GET /", "chek": []}]},
        {"steps": [{"do": "GET /", "shape": "no-such"}]},
        {"steps": [{"do": "GET /", "check": [{"at": "", "equls": 1}]}]},
        {"steps": [{"do": "GET /", "check": [{"equals": 1}]}]},
        {"steps": [{"do": "GET /", "check": [{"at": ""}]}]},
    ],
)
def test_bad_suite_is_refused(case: dict[str, object]) -> None:
    """A misspelt name leaves no check out."""
    with pytest.raises(BadSuite):
        read_suite("made-up", {"cases": [{"id": "a", "title": "a", "steps": []} | case]})
