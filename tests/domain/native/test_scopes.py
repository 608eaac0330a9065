"""Scopes: how they lie in each other, and how they are written."""

import pytest

from domain.native.scopes import ACCOUNT, Level, Scope, read_scope

ORG, PROJECT = Scope("ops"), Scope("ops", "web")


@pytest.mark.parametrize(
    ("scope", "level", "text", "parents"),
    [
        (ACCOUNT, Level.ACCOUNT, "account", ()),
        (ORG, Level.ORG, "org.ops", (ACCOUNT,)),
        (PROJECT, Level.PROJECT, "project.ops.web", (ACCOUNT, ORG)),
    ],
)
def test_scope_lies_in_its_parents(scope: Scope, level: Level, text: str, parents: tuple[Scope, ...]) -> None:
    """And is read as it was written."""
    assert (scope.level, str(scope), scope.parents, read_scope(text)) == (level, text, parents, scope)


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        (ACCOUNT, PROJECT, True),
        (ORG, PROJECT, True),
        (ORG, ORG, True),
        (PROJECT, ORG, False),
        (Scope("other"), PROJECT, False),
        (Scope("ops", "other"), PROJECT, False),
    ],
)
def test_scope_holds_what_lies_in_it(outer: Scope, inner: Scope, *, holds: bool) -> None:
    """Itself too."""
    assert outer.holds(inner) is holds


def test_project_needs_an_organization() -> None:
    """It lies in one (harness.md §4.2 S1)."""
    with pytest.raises(ValueError, match="organization"):
        Scope("", "web")


@pytest.mark.parametrize("text", ["", "org", "org.", "project.ops", "project..web", "account.x", "team.x", "org.a.b"])
def test_other_texts_are_no_scopes(text: str) -> None:
    """Each is refused."""
    with pytest.raises(ValueError, match="no scope"):
        read_scope(text)
