"""docs/requirements.md: every requirement, in order, with files and tests that exist."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (_ROOT / "docs" / "requirements.md").read_text("utf-8").splitlines()
    if re.match(r"\| R\d+ ", line)
]


def named(text: str) -> list[str]:
    """The names between backticks."""
    return re.findall(r"`([^`]+)`", text)


def missing(name: str) -> bool:
    """Whether there is no such file or folder, or no such test in it."""
    path, _, test = name.partition("::")
    file = _ROOT / path
    return not file.exists() or (bool(test) and f"def {test}(" not in file.read_text("utf-8"))


def test_every_requirement_is_there() -> None:
    """R1 to R62, none left out, none twice."""
    assert [row[0] for row in _ROWS] == [f"R{number}" for number in range(1, 63)]


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_requirement_lives_somewhere_and_is_shown(row: list[str]) -> None:
    """In files that exist, by tests that exist."""
    _, what, where, shown = row
    assert what
    assert where
    assert named(shown)
    assert [each for each in (*named(where), *named(shown)) if missing(each)] == []


@pytest.mark.parametrize("name", ["nowhere.py", "tests/test_requirements.py::test_of_nothing"])
def test_what_is_missing_is_found(name: str) -> None:
    """A file, or a test."""
    assert missing(name)
