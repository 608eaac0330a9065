"""The page: what is between its markers is replaced, what is outside is left."""

import pytest

from benchmarks.report import NoMarkers, milliseconds, parts, replace_parts
from devstack.service import ROOT
from tests.benchmarks.build import make_figure, make_results

PAGE = "Ours.\n<!-- begin users -->\nold\n<!-- end users -->\nOurs too.\n"


def test_only_marked_part_is_replaced() -> None:
    """What a person wrote stays, and the markers do."""
    expected = "Ours.\n<!-- begin users -->\nnew\n<!-- end users -->\nOurs too.\n"
    assert replace_parts(PAGE, {"users": "new"}) == expected


def test_replacing_again_changes_nothing() -> None:
    """The page can be written any number of times."""
    once = replace_parts(PAGE, {"users": r"new \1 text"})
    assert replace_parts(once, {"users": r"new \1 text"}) == once


@pytest.mark.parametrize("content", [{}, {"members": "new"}, {"users": "new", "members": "new"}])
def test_parts_and_markers_must_agree(content: dict[str, str]) -> None:
    """No part is lost because its markers are missing, and none is left old."""
    with pytest.raises(NoMarkers):
        replace_parts(PAGE, content)


def test_page_has_markers_of_all_parts() -> None:
    """docs/performance.md takes what a run finds."""
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "a processor, 2 cores" in replace_parts(page, parts(make_results()))


def test_round_trips_that_differ_are_shown_by_size() -> None:
    """One number where all sizes agree, else each."""
    shown = parts(make_results(make_figure("add_one", 10_000, rounds=3)))["round-trips"]
    assert "| PATCH group, add 1 member | 2 | 1 / 3 | 1 | 1 | 0 |" in shown


def test_ours_is_what_the_client_does_not_take() -> None:
    """The storage client's share is taken off, and never leaves less than nothing."""
    figures = make_figure("user_get", 20, cpu=5, client_cpu=3), make_figure("user_get", 5_000, cpu=5, client_cpu=6)
    assert "| GET user | 5.0 | 5.0 | 2.0 | 0.0 |" in parts(make_results(*figures))["cpu-users"]


def test_peer_that_does_not_serve_is_a_dash() -> None:
    """An operation that the peer refuses has no figure of it."""
    figures = make_figure("list_cursor", 20, peer=None), make_figure("list_cursor", 5_000, peer=None)
    shown = parts(make_results(*figures))["users"]
    assert "| list of 100 users, by cursor | 8.0 | 8.0 | - | - |" in shown


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.04, "0.0"), (9.96, "10.0"), (99.94, "99.9"), (100.2, "100"), (1216.0, "1,216")]
)
def test_milliseconds_have_useful_digits(value: float | None, text: str) -> None:
    """One decimal below 100, none above."""
    assert milliseconds(value) == text
