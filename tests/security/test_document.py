"""docs/security.md keeps its word: the tests that it names exist, and every attack has one."""

import ast
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_TEXT = (_ROOT / "docs" / "security.md").read_text("utf-8")
_NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", _TEXT)))


def rows_without_proof(text: str) -> list[str]:
    """The rows of the tables of attacks that name no test."""
    found, within = [], False
    for line in text.splitlines():
        within = line.startswith("| attack |") or (within and line.startswith("|"))
        if within and not line.startswith(("| attack |", "|---")) and "`tests/" not in line.split("|")[3]:
            found.append(line)
    return found


def test_tests_are_named() -> None:
    """Many, not an empty list."""
    assert len(_NAMED) > 20


@pytest.mark.parametrize(("file", "name"), _NAMED)
def test_named_test_exists(file: str, name: str) -> None:
    """In that file, under that name."""
    tree = ast.parse((_ROOT / file).read_text("utf-8"))
    names = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not name or name in names


def test_every_attack_has_a_proof() -> None:
    """What nothing proves is no defence."""
    assert rows_without_proof(_TEXT) == []


def test_rows_without_proof_are_found() -> None:
    """Else the test above would prove nothing."""
    table = "| attack | what stops it | proof |\n|---|---|---|\n| a | b | `tests/x.py::test_y` |\n| c | d | trust |\n"
    assert rows_without_proof(f"{table}\n| other | table | here |\n") == ["| c | d | trust |"]
