"""The terminal shows progress live, equal failures once, and what holds a job back."""

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from simulator.context import Progress
from simulator.outcome import Kind
from simulator.quarantine import Reason, Schedule
from simulator.report.terminal import progress_on, show_cycle, show_status, show_steps
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, cycle, make_directory, make_user
from tests.simulator.fake_service import FakeService


@pytest.fixture
def console() -> Console:
    """A terminal that is wide enough, into a text."""
    return Console(file=StringIO(), width=200, force_terminal=True, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_bars_begin_anew_in_the_next_cycle(console: Console) -> None:
    """Each pass has one bar, whatever the number of cycles."""
    with progress_on(console) as on_progress:
        for total in (2, 5):
            for done in range(total + 1):
                on_progress(Progress(Kind.USER, done, total))
    last = shown(console).rpartition("users")[2]
    assert "5/5" in last


@pytest.mark.parametrize("terminal", [True, False])
def test_pass_without_work_is_silent(terminal: bool) -> None:
    """There is no progress to be shown of nothing."""
    console = Console(file=StringIO(), width=80, force_terminal=terminal, color_system=None)
    with progress_on(console) as on_progress:
        on_progress(Progress(Kind.MANAGER, 0, 0))
    assert "managers" not in shown(console)


async def test_what_waits_is_not_left_out_on_purpose(
    console: Console, client: ScimClient, service: FakeService
) -> None:
    """An object in escrow is told as waiting."""
    state = State()
    service.answer_once("POST", "/Users", 500, times=2)
    for _ in range(3):
        report = await cycle(client, make_directory(make_user("ada")), state)
    show_cycle(console, report)
    assert "1 user in escrow, waits for its next attempt" in shown(console)
    assert "left out on purpose" not in shown(console)


async def test_equal_failures_are_one(console: Console, client: ScimClient, service: FakeService) -> None:
    """Forty users who fail for one reason are one paragraph, with some of their names and what to do."""
    service.answer_once("POST", "/Users", 400, detail="[bad] value", times=40)
    show_cycle(console, await cycle(client, make_directory(*(make_user(f"p{number}") for number in range(40)))))
    text = shown(console)
    assert (text.count("[bad] value"), text.count("→")) == (1, 1)
    for wanted in ("40 users", "HTTP 400", "p0@contoso.example · p1@contoso.example · p2@contoso.example · …"):
        assert wanted in text


async def test_steps_of_a_failure(console: Console, client: ScimClient, service: FakeService) -> None:
    """The steps up to the one that failed, and what to do."""
    service.answer_once("POST", "/Users", 409)
    show_steps(console, await cycle(client, make_directory(make_user("ada"))))
    for wanted in ("3 matching", "4 export", "failure", "What to do"):
        assert wanted in shown(console)


@pytest.mark.parametrize(("days", "words"), [(0, "in quarantine: TooManyDeletes. allow them"), (29, "is switched off")])
def test_status(console: Console, days: int, words: str) -> None:
    """A quarantine with its reason, or that four weeks of it are over."""
    schedule = Schedule()
    for after in (0, days):
        schedule.stopped(FIXED_NOW + timedelta(days=after), Reason.TOO_MANY_DELETES, "", "allow them")
    show_status(console, schedule)
    assert words in shown(console)


def test_good_status_is_silent(console: Console) -> None:
    """Nothing is said of a job that runs."""
    show_status(console, Schedule())
    assert shown(console) == ""
