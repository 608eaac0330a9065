"""Schedules agree with the recording of the library that the real host reads them with."""

import json
from datetime import UTC, datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import pytest

from localhost.ncrontab import NEVER, BadSchedule, parse_schedule

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded" / "ncrontab.json").read_text("utf-8"))[
    "rows"
]
VALID = [row for row in RECORDED if row["valid"]]
REFUSED = [row for row in RECORDED if not row["valid"]]


def text_of(row: dict[str, Any]) -> str:
    return repr(row["expression"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_whole_recording_is_used() -> None:
    """Every one of the recorded texts is held against the parser."""
    assert len(VALID) + len(REFUSED) == 383


@pytest.mark.parametrize("row", VALID, ids=text_of)
def test_schedule_selects_what_the_normal_form_says(row: dict[str, Any]) -> None:
    """Lists, steps, names and swapped ranges select the values that the real parser wrote back."""
    assert parse_schedule(row["expression"]) == parse_schedule(row["normal_form"])


@pytest.mark.parametrize("row", VALID, ids=text_of)
def test_next_occurrences(row: dict[str, Any]) -> None:
    """The next five occurrences, within 30 years, are those of the real library."""
    schedule = parse_schedule(row["expression"])
    for recorded in row["after"]:
        found = schedule.occurrences_after(moment(recorded["from"]))
        if "end" in recorded:
            found = takewhile(moment(recorded["end"]).__gt__, found)
        assert list(islice(found, 5)) == [moment(text) for text in recorded["next"]]


@pytest.mark.parametrize("row", [row for row in VALID if "unbounded" in row], ids=text_of)
def test_impossible_date_never_comes(row: dict[str, Any]) -> None:
    """A date that no month has is a valid schedule without occurrences."""
    assert parse_schedule(row["expression"]).next_after(moment("2026-01-31T23:59:58")) == NEVER
    assert moment(row["unbounded"]) == NEVER


@pytest.mark.parametrize("row", REFUSED, ids=text_of)
def test_refused_with_the_same_words(row: dict[str, Any]) -> None:
    """What the real host refuses is refused, for the reason it gives."""
    with pytest.raises(BadSchedule) as refusal:
        parse_schedule(row["expression"])
    assert str(refusal.value) == row["error"].partition(": ")[2]


def test_other_time_zones_are_converted() -> None:
    """A moment in another zone counts as the same moment in UTC."""
    after = datetime.fromisoformat("2026-03-01T01:30:00+02:00")
    assert parse_schedule("0 0 * * * *").next_after(after) == moment("2026-03-01T00:00:00")
