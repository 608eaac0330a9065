"""Counting sequential round trips from the times at which requests were under way."""

import pytest

from benchmarks.rounds import Span, levels, rounds


def spans(*bounds: tuple[float, float]) -> list[Span]:
    return [Span(begin, end) for begin, end in bounds]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 3), (0.1, 2), (0.2, 4)], 1),  # all under way at once
        ([(0, 1), (1, 2), (2, 3)], 3),  # one after the other
        ([(0, 2), (0.1, 1), (2, 3), (2.1, 4)], 2),
        ([(0, 10), (0, 1), (1, 2), (2, 3)], 3),  # a long one beside three in a row hides none of them
        ([(2, 3), (0, 1)], 2),  # in any order
    ],
)
def test_rounds_are_longest_chain(bounds: list[tuple[float, float]], expected: int) -> None:
    """Requests that overlap are one round trip, those that follow each other are counted each."""
    assert rounds(spans(*bounds)) == expected


def test_levels_follow_ends() -> None:
    """A call is as deep as the longest chain that had ended when it began."""
    assert levels(spans((0, 2), (0.1, 1), (1.5, 3), (3, 4))) == [0, 0, 1, 2]
