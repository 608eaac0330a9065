"""What compaction saves, at a size that takes no time; ``python -m benchmarks.log`` does the same with 100,000."""

from benchmarks.log import made_up, measure


def test_compaction_saves_what_was_asked() -> None:
    """15 times fewer entities, 5 times fewer bytes, and a history touches few pages."""
    figures = measure(list(made_up(5_000)))
    assert figures.pages * 15 <= figures.changes
    assert figures.page_bytes * 5 <= figures.row_bytes
    assert (figures.asked, figures.more_than_one_call) == (500, 0)
    assert "times fewer" in figures.told()


def test_made_up_month_is_in_order() -> None:
    """And the same each time."""
    changes = list(made_up(500))
    assert [each.id for each in changes] == sorted(each.id for each in changes)
    assert changes == list(made_up(500))
