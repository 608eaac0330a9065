"""Past-due rules and stored status agree with what the real host's timer extension was seen to do."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from localhost.ncrontab import parse_schedule
from localhost.timer_status import Review, Status, StatusInFolder, StatusInMemory, after_run, review
from tests.localhost.manual_clock import at

EVERY_5 = "0 */5 * * * *"
EVERY_2 = "0 */2 * * * *"
HOURLY = "0 0 * * * *"


def status(last: str | None, next_run: str, updated: str | None) -> Status:
    return Status(_at(last), at(next_run), _at(updated))


def _at(text: str | None) -> datetime | None:
    return None if text is None else at(text)


RAN_AT_10 = status("10:00:00", "10:05:00", "10:00:00")
RAN_HOURLY = status("10:00:00", "11:00:00", "10:00:00")
NEVER_RAN = status(None, "10:05:00", "10:01:00")
A_DAY_AHEAD = status("2026-03-02T10:00:00", "2026-03-02T10:05:00", "2026-03-02T10:00:00")


@pytest.mark.parametrize(
    ("schedule", "stored", "now", "overdue", "written"),
    [
        pytest.param(EVERY_5, None, "10:02:00", "0:00:00", status(None, "10:05:00", "10:02:00"), id="first run"),
        pytest.param(EVERY_5, RAN_AT_10, "10:02:00", "0:00:00", None, id="next still ahead"),
        pytest.param(EVERY_5, RAN_AT_10, "10:05:00", "0:00:00", None, id="now is exactly the next"),
        pytest.param(EVERY_5, RAN_AT_10, "10:05:01", "0:00:01", None, id="one second late"),
        pytest.param(EVERY_5, RAN_AT_10, "10:07:00", "0:02:00", None, id="missed one"),
        pytest.param(EVERY_5, RAN_AT_10, "13:07:00", "3:02:00", None, id="missed many"),
        pytest.param(
            HOURLY, RAN_AT_10, "10:02:00", "0:00:00", status(None, "11:00:00", "10:00:00"), id="later next, not missed"
        ),
        pytest.param(
            HOURLY, RAN_AT_10, "10:30:00", "0:00:00", status(None, "11:00:00", "10:00:00"), id="later, old one passed"
        ),
        pytest.param(
            HOURLY, RAN_AT_10, "11:30:00", "0:00:00", status(None, "12:00:00", "11:30:00"), id="later, both passed"
        ),
        pytest.param(
            EVERY_5, RAN_HOURLY, "10:02:00", "0:00:00", status(None, "10:05:00", "10:00:00"), id="earlier, ahead"
        ),
        pytest.param(
            EVERY_5, RAN_HOURLY, "10:07:00", "0:00:00", status(None, "10:10:00", "10:07:00"), id="earlier, passed"
        ),
        pytest.param(EVERY_5, NEVER_RAN, "10:02:00", "0:00:00", None, id="never ran, ahead"),
        pytest.param(EVERY_5, NEVER_RAN, "10:07:00", "0:02:00", None, id="never ran, passed"),
        pytest.param(
            EVERY_2, NEVER_RAN, "10:01:30", "0:00:00", status(None, "10:02:00", "10:01:00"), id="never ran, changed"
        ),
        pytest.param(
            EVERY_2,
            status(None, "10:05:00", None),
            "10:01:30",
            "0:00:00",
            status(None, "10:02:00", "10:01:30"),
            id="never ran, no update, changed",
        ),
        pytest.param(
            EVERY_5,
            status("10:00:00", "10:10:00", "10:06:00"),
            "10:07:00",
            "0:00:00",
            status(None, "10:10:00", "10:07:00"),
            id="next is not from last",
        ),
        pytest.param(EVERY_5, A_DAY_AHEAD, "10:02:00", "0:00:00", None, id="status from the future"),
    ],
)
def test_review(schedule: str, stored: Status | None, now: str, overdue: str, written: Status | None) -> None:
    """A status is past due, or rewritten for a changed schedule, as recorded."""
    hours, minutes, seconds = map(int, overdue.split(":"))
    late = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    kept = written or stored
    assert kept is not None
    assert review(stored, parse_schedule(schedule), at(now)) == Review(kept, written is not None, late)


def test_after_run() -> None:
    """A run sets last to its beginning, and next from there."""
    assert after_run(parse_schedule(HOURLY), at("10:00:03")) == status("10:00:03", "11:00:00", "10:00:03")


def test_memory() -> None:
    """A store without a folder knows what was written to it."""
    store = StatusInMemory()
    store.write("tick", RAN_AT_10)
    assert (store.read("tick"), store.read("tock")) == (RAN_AT_10, None)


@pytest.mark.parametrize("kept", [RAN_AT_10, NEVER_RAN, status(None, "10:05:00", None)])
def test_folder(tmp_path: Path, kept: Status) -> None:
    """A status survives in its folder, with times that are not there."""
    StatusInFolder(tmp_path / "new").write("tick", kept)
    assert StatusInFolder(tmp_path / "new").read("tick") == kept
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tick.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Next": "soon"}'])
def test_broken_file(tmp_path: Path, text: str) -> None:
    """A file that holds no status counts as none."""
    (tmp_path / "tick.json").write_text(text, "utf-8")
    assert StatusInFolder(tmp_path).read("tick") is None
