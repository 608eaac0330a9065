"""A cycle provisions everything once; the next one finds nothing to do; a stopped one is taken up again."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import state as memory
from simulator.context import Cycle, Progress
from simulator.cycle import run_cycle
from simulator.folder import read_directory
from simulator.job import Job
from simulator.outcome import Action, CycleReport, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.scoping.scope import scope_of
from simulator.state import State, StateError, UserLink
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

SAMPLES = Path(__file__).parents[2] / "simulator" / "samples"
SMALL = make_directory(make_user("ada", manager="bob"), make_user("bob"), make_group("g", "ada", "bob"))


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("sample", "users", "groups"), [("contoso", 198, 24), ("fabrikam-portal", 9, 3)])
async def test_sample_directory_is_provisioned_without_a_failure(
    client: ScimClient, service: FakeService, sample: str, users: int, groups: int, dialect: Dialect
) -> None:
    """Everybody but the one disabled person arrives, and a second cycle is incremental and sends nothing."""
    source, state = read_directory(SAMPLES / sample), State()
    report = await cycle(client, source, state, dialect)
    assert (report.cycle, report.failures, len(service.users), len(service.groups)) == ("initial", [], users, groups)
    again = await cycle(client, source, state, dialect)
    assert (again.cycle, again.changes, again.requests) == ("incremental", 0, 0)


async def test_provisioned_target_without_state_is_matched(client: ScimClient, service: FakeService) -> None:
    """An initial cycle over a target that has everything changes nothing."""
    source = read_directory(SAMPLES / "contoso")
    await cycle(client, source)
    service.sent.clear()
    report = await cycle(client, source)
    assert (report.cycle, report.changes, report.failures, service.writes) == ("initial", 0, [], [])


@pytest.mark.parametrize("dialect", Dialect)
async def test_changes_arrive_in_both_dialects(client: ScimClient, dialect: Dialect) -> None:
    """After an incremental cycle over many changes, an initial one finds the target as the source is."""
    source, state = read_directory(SAMPLES / "contoso"), State()
    await cycle(client, source, state, dialect)
    moved = {"jobTitle": "Mover", "department": "New", "city": "Oslo", "mobile": "+47 1", "surname": "Ny"}
    users = [replace(user, attributes={**user.attributes, **moved}) for user in source.users.values()]
    edited = make_directory(*users, *source.groups.values())
    report = await cycle(client, edited, state, dialect)
    assert (counted(report, Kind.USER), report.failures) == ({"updated": 198, "skipped": 1}, [])
    assert (await cycle(client, edited, dialect=dialect)).changes == 0


def test_contoso_is_as_odd_as_it_is_meant_to_be() -> None:
    """The sample keeps what makes it a test: guests, no mail, other scripts, a group of 150, an empty group."""
    source = read_directory(SAMPLES / "contoso")
    users, groups = source.users.values(), source.groups.values()
    assert len({str(user.attributes["userPrincipalName"]).casefold() for user in users}) == len(users)
    assert len({group.name.casefold() for group in groups}) == len(groups)
    assert sum(not user.account_enabled for user in users) == 1
    assert sum("#EXT#" in user.name for user in users) == 11
    assert sum("mail" not in user.attributes for user in users) == 13
    assert len({user.attributes.get("department") for user in users} - {None}) == 14
    assert {0, 150} <= {len(group.members) for group in groups}
    assert {member for group in groups for member in group.members} <= set(source.users)
    assert set(".-&/ '") <= set("".join(group.name for group in groups))


async def test_progress_ends_at_the_total_of_every_pass(client: ScimClient) -> None:
    """Each of the four passes announces its total first and reaches it."""
    told: list[Progress] = []
    await run_cycle(SMALL, client, state=State(), on_progress=told.append)
    assert [one for one in told if one.done == 0] == [
        Progress(kind, 0, total) for kind, total in zip(Kind, (2, 1, 1, 2), strict=True)
    ]
    assert {one.kind: one for one in told} == {
        kind: Progress(kind, total, total) for kind, total in zip(Kind, (2, 1, 1, 2), strict=True)
    }


async def test_requests_run_together_but_not_more_than_allowed(service: FakeService) -> None:
    """Concurrency is a bound for the requests under way."""
    under_way, most = 0, 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        response = service.handle(request)
        await asyncio.sleep(0)
        under_way -= 1
        return response

    source = make_directory(*(make_user(f"p{number}") for number in range(20)))
    async with ScimClient(
        "https://x.example/scim", "s3cr3t", concurrency=3, transport=httpx.MockTransport(handle)
    ) as client:
        await run_cycle(source, client, state=State(), job=Job(concurrency=10))
    assert most == 3


async def test_state_survives_the_file(client: ScimClient, tmp_path: Path) -> None:
    """A saved state read again makes the next cycle incremental, with the watermark of the last one's beginning."""
    state, path = State(), tmp_path / "deep" / "state.json"
    await cycle(client, SMALL, state)
    memory.save(state, path)
    loaded = memory.load(path)
    assert (loaded, loaded.watermark) == (state, FIXED_NOW.isoformat())
    assert (await cycle(client, SMALL, loaded)).requests == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[" * 200_000, '{"tenant_url": "", "watermark": null, "users": {"a": {}}, "groups": {}}']
)
def test_what_is_no_state_file_is_said(tmp_path: Path, text: str) -> None:
    """A file that is no state is never taken for an empty one."""
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StateError, match="not a state file"):
        memory.load(path)


@pytest.mark.parametrize(
    "broken",
    [
        {"watermark": 5},
        {"deltas": "2"},
        {"deltas": -1},
        {"tenant_url": None},
        {"users": {"a": {"target_id": 7, "standing": "managed"}}},
        {"users": {"a": {"target_id": "x", "standing": "deleted", "since": "yesterday"}}},
        {"groups": {"g": {"target_id": "x", "members": "abc"}}},
        {"escrow": {"users:a": {"mark": "", "code": "", "name": "", "first_failed": "", "next_try": None}}},
        {"escrow": {"users:a": {"mark": "", "code": "", "name": "", "first_failed": "2030-01-01T00:00:00"}}},
        {"schedule": {"code": "Active", "next_run": "soon", "quarantine": None, "notices": []}},
    ],
)
def test_state_file_of_the_wrong_content_is_said(tmp_path: Path, broken: dict[str, Any]) -> None:
    """Numbers in place of text and times that are none are found when the file is read, not days later."""
    path = tmp_path / "state.json"
    memory.save(State(), path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | broken), encoding="utf-8")
    with pytest.raises(StateError, match="not a state file"):
        memory.load(path)


def test_folder_in_place_of_a_state_file_is_said(tmp_path: Path) -> None:
    """What the system says is told like any other mistake."""
    with pytest.raises(StateError, match=str(tmp_path)):
        memory.load(tmp_path)


def test_no_state_file_is_an_empty_state(tmp_path: Path) -> None:
    """The first cycle has no file yet."""
    assert memory.load(tmp_path / "absent.json") == State()


async def test_rejected_token_stops_the_cycle_and_the_next_one_goes_on(
    client: ScimClient, service: FakeService
) -> None:
    """401 in the middle is a quarantine: no watermark, links kept, and the rest is done later as initial cycle."""
    service.answer_once("POST", "/Groups", 401)
    state = State()
    report = await cycle(client, SMALL, state)
    assert report.quarantine is not None
    assert report.quarantine.code == "SystemForCrossDomainIdentityManagementInvalidCredentials"
    assert (report.succeeded, state.watermark, len(state.users)) == (False, None, 2)
    report = await cycle(client, SMALL, state)
    assert (report.cycle, counted(report, Kind.USER)) == ("initial", {"unchanged": 2})
    assert (len(service.users), len(service.groups), len(service.members("G"))) == (2, 1, 2)


async def test_lost_service_provider_stops_the_cycle(client: ScimClient, service: FakeService) -> None:
    """A connection that cannot be made any more is one error, not one for each object."""

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    service.faults.append(gone)
    report = await cycle(client, read_directory(SAMPLES / "contoso"))
    assert report.quarantine is not None
    assert (report.failures, "refused" in report.quarantine.detail) == ([], True)


async def test_throttling_is_waited_out(client: ScimClient, service: FakeService, slept: list[float]) -> None:
    """429 in the middle of a cycle makes it slower, not incomplete."""
    service.answer_once("POST", "/Users", 429, retry_after="3", times=2)
    report = await cycle(client, SMALL)
    assert (report.succeeded, report.waits, slept) == (True, 2, [3.0, 3.0])


async def test_state_is_worth_saving_after_every_pass(client: ScimClient) -> None:
    """The caller may save after each pass, and at the end."""
    state, saved = State(), []

    def save() -> None:
        saved.append((len(state.users), len(state.groups)))

    await run_cycle(SMALL, client, state=state, save=save)
    assert saved == [(2, 0), (2, 1), (2, 1), (2, 1), (2, 1), (2, 1)]


@pytest.mark.parametrize(
    ("links", "requests", "saves"), [(0, 1, 4), (0, 0, 0), (10_000, 1, 4), (20_000, 1, 2), (20_000, 2, 4)]
)
async def test_long_passes_save_now_and_then(client: ScimClient, links: int, requests: int, saves: int) -> None:
    """Every 500 requests, and in large tenants less often: what is saved is everything each time."""
    saved: list[None] = []
    state, job = State(), Job()
    scope = scope_of(SMALL, job.schema, assigned_only=False)
    report = CycleReport(initial=True, began=FIXED_NOW)
    running = Cycle(SMALL, client, job, state, scope, report, FIXED_NOW, lambda _: None, lambda: saved.append(None))
    state.users = {str(number): UserLink(None) for number in range(links)}
    running.begin(Kind.USER, 2100)
    for _ in range(2100):
        client.requests += requests
        running.advance(Kind.USER)
    assert len(saved) == saves


async def test_killed_cycle_goes_on_from_the_file(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """What was saved within a long pass is not asked for again, what was done since is found, nobody comes twice."""
    source, path = make_directory(*(make_user(f"p{number}") for number in range(1200))), tmp_path / "state.json"
    state = State()

    def save_and_die() -> None:
        memory.save(state, path)
        if len(state.users) >= 1000:
            raise RuntimeError("killed")

    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        await run_cycle(source, client, state=state, job=Job(concurrency=1), save=save_and_die)
    kept, created = memory.load(path), len(service.users)
    assert (len(kept.users) <= created, kept.watermark) == (True, None)
    service.sent.clear()
    report = await cycle(client, source, kept)
    assert (report.cycle, len(service.users), report.failures) == ("initial", 1200, [])
    assert counted(report, Kind.USER)["created"] == 1200 - created
    assert len(service.sent) < 500


async def test_report_as_json(client: ScimClient, service: FakeService) -> None:
    """The report is plain JSON with counts, failures and skipped objects."""
    service.answer_once("POST", "/Groups", 409, scim_type="uniqueness", detail="taken")
    report = (await cycle(client, SMALL)).to_json()
    assert json.loads(json.dumps(report)) == report
    assert report["counts"]["users"]["created"] == 2
    assert report["failures"][0]["scimType"] == "uniqueness"
    assert (report["cycle"], report["quarantine"], set(report["counts"]["groups"])) == (
        "initial",
        None,
        {action.value for action in Action},
    )
