"""The page tells people what happened, safely and on its own."""

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simulator.outcome import Action, CycleReport, Kind, LogEntry, Modified, Status
from simulator.quarantine import Reason, Schedule
from simulator.report.page import write_page
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import BASE, FakeService

IN_A_WEEK = FIXED_NOW + timedelta(days=7)


class Text(HTMLParser):
    """The text of a page, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.text += " ".join(data.split()) + " "

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def page(reports: list[CycleReport], folder: Path, schedule: Schedule | None = None) -> Text:
    path = folder / "deep" / "page.html"
    write_page(reports, path, tenant_url=BASE, dialect="legacy", made=FIXED_NOW, schedule=schedule or Schedule())
    read = Text()
    read.feed(path.read_text("utf-8"))
    return read


async def test_good_cycle(client: ScimClient, tmp_path: Path) -> None:
    """The verdict, the counts, and what was left out with its reason."""
    source = make_directory(make_user("ada"), make_user("off", enabled=False), make_group("g", "ada"))
    text = page([await cycle(client, source)], tmp_path).text
    for wanted in ("Everything in scope arrived; nothing failed.", "Disabled in Entra, not created", BASE, "ada@"):
        assert wanted in text


async def test_failures_stand_together_with_what_to_do(
    client: ScimClient, service: FakeService, tmp_path: Path
) -> None:
    """Equal failures are one card with all names; the verdict counts what is in escrow."""
    service.answer_once("POST", "/Users", 409, scim_type="uniqueness", detail="taken", times=2)
    text = page([await cycle(client, make_directory(make_user("ada"), make_user("bob")))], tmp_path).text
    assert text.count("EntryConflict · HTTP 409 · uniqueness at export") == 1
    for wanted in ("2 users", "ada@contoso.example · bob@contoso.example", "make it findable", "2 changes in escrow"):
        assert wanted in text


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, "1 attempt failed on the way, and what they were about arrived later"), (401, "quarantine")],
)
async def test_verdict(client: ScimClient, service: FakeService, tmp_path: Path, status: int, verdict: str) -> None:
    """A failure that was made good is told as such, and so is a quarantine."""
    service.answer_once("POST", "/Users", status)
    state, source = State(), make_directory(make_user("ada"))
    reports = [await cycle(client, source, state)]
    if status == 500:
        reports.append(await cycle(client, source, state))
    assert verdict in page(reports, tmp_path).text


async def test_job_in_quarantine(client: ScimClient, tmp_path: Path) -> None:
    """What holds the job back stands first, with the notice that would be mailed."""
    schedule = Schedule()
    schedule.stopped(FIXED_NOW, Reason.TOO_MANY_DELETES, "", "allow or reject them")
    text = page([await cycle(client, make_directory(make_user("ada")))], tmp_path, schedule).text
    for wanted in ("The job is in quarantine: TooManyDeletes", "allow or reject them", "Notice: 2030-01-01"):
        assert wanted in text


async def test_what_failed_is_told_apart(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """One user who failed twice and arrived is one user, whose failures are past; what waits is told apart."""
    state, source = State(), make_directory(make_user("ada"), make_user("bob"), make_user("eve", manager="bob"))
    service.answer_once("POST", "/Users", 500, times=3)
    first = await cycle(client, source, state)
    service.answer_once("POST", "/Users", 500, times=2)
    later = [await cycle(client, source, state) for _ in range(2)]
    text = page([first, *later], tmp_path).text
    for wanted in (
        "3 users 1 of them arrived later 5 attempts",
        "In escrow, waits for its next attempt 2 users",
        "What waits",
    ):
        assert wanted in " ".join(text.split())
    assert "What was left out on purpose" not in text
    everything = page([first, *later, await cycle(client, source, state, now=IN_A_WEEK)], tmp_path).text
    assert "3 users arrived later 5 attempts" in " ".join(everything.split())
    assert "What waits" not in everything


async def test_name_of_an_attribute_is_safe(tmp_path: Path) -> None:
    """It may be broken behind a colon, and brings no markup along."""
    modified = (Modified("urn:x:<b>department</b>", None, "<i>Sales</i>"),)
    entry = LogEntry(FIXED_NOW, 1, Kind.USER, Action.UPDATED, Status.SUCCESS, "1", "2", "Ada", (), modified)
    read = page([CycleReport(initial=True, began=FIXED_NOW, log=[entry])], tmp_path)
    assert "urn: x: <b>department</b>" in read.text
    assert not {"i"} & read.tags


async def test_left_out_with_what_to_do(client: ScimClient, tmp_path: Path) -> None:
    """Who is left out on purpose may be wanted all the same: the page says how."""
    source = make_directory(make_user("off", enabled=False), make_group("g", "off", nested=("h",)), make_group("h"))
    text = page([await cycle(client, source)], tmp_path).text
    for wanted in ("once they are enabled", "assign the inner group itself", "restart provisioning"):
        assert wanted in text


async def test_page_is_safe_and_alone(client: ScimClient, tmp_path: Path) -> None:
    """Names cannot bring markup along, and nothing is loaded or run."""
    user = make_user("ada", userPrincipalName="<script>alert(1)</script>@x.example", displayName="<b>Ada</b>")
    read = page([await cycle(client, make_directory(user))], tmp_path)
    assert ("<script>alert(1)</script>@x.example" in read.text, read.loads) == (True, [])
    assert not {"script", "iframe", "img", "link"} & read.tags


async def test_long_log_is_cut(client: ScimClient, tmp_path: Path) -> None:
    """Five hundred rows are enough for people; the page says so."""
    source = make_directory(*(make_user(f"p{number}") for number in range(501)))
    assert "The first 500 changes" in page([await cycle(client, source)], tmp_path).text
