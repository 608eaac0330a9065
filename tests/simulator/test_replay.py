"""A provisioning log can be sent again to another service provider, where its resources have other ids."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.context import Progress
from simulator.outcome import Kind
from simulator.protocol import ENTERPRISE_URN, Dialect
from simulator.recorded import LogError, Row, load
from simulator.replay import replay
from simulator.report.graph_log import write_log
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import BASE, TOKEN, FakeService

EXPORTED = Path(__file__).parent / "samples" / "provisioning_log.json"


async def recorded(client: ScimClient, tmp_path: Path) -> list[Row]:
    """The log of three cycles: create, change and disable, delete."""
    people = [make_user("ada", manager="bob", mail="ada@contoso.example"), make_user("bob"), make_user("eve")]
    state = State()
    sources = (
        make_directory(*people, make_group("g", "ada", "bob"), make_group("h", "eve")),
        make_directory(make_user("ada", jobTitle="Boss"), people[1], make_group("g", "ada", name="Renamed")),
    )
    reports = [await cycle(client, source, state) for source in sources]
    path = tmp_path / "log.json"
    write_log(reports, path, tenant_url=BASE)
    return load(path)


@pytest.mark.parametrize("dialect", Dialect)
async def test_replayed_log_leads_to_the_same_target(
    client: ScimClient, service: FakeService, tmp_path: Path, dialect: Dialect
) -> None:
    """Users, groups, managers and members stand in the other target by its own ids."""
    rows = await recorded(client, tmp_path)
    other = FakeService()
    other.users["x-1"] = {"id": "x-1", "userName": "somebody@else.example"}
    async with ScimClient(BASE, TOKEN, transport=other.transport) as target:
        report = await replay(rows, target, dialect=dialect, now=lambda: FIXED_NOW)
    assert (report.failures, report.quarantine) == ([], None)
    names = [each["userName"] for each in service.users.values()]
    assert [each["userName"] for each in other.users.values()] == ["somebody@else.example", *names]
    for name in names:
        mine, theirs = service.user(name), other.user(name)
        assert (theirs["active"], theirs.get("title")) == (mine["active"], mine.get("title"))
    boss = other.user("ada@contoso.example")[ENTERPRISE_URN]["manager"]["value"]
    assert boss == other.user("bob@contoso.example")["id"]
    assert [group["displayName"] for group in other.groups.values()] == ["Renamed"]
    assert other.members("Renamed") == [other.user("ada@contoso.example")["id"]]


async def test_replay_onto_the_same_target_creates_nothing(client: ScimClient, tmp_path: Path) -> None:
    """What is there already is found by its matching attribute."""
    rows = [row for row in await recorded(client, tmp_path) if row.action == "create"]
    report = await replay(rows, client, now=lambda: FIXED_NOW)
    assert counted(report, Kind.USER) == {"skipped": 3}


async def test_unknown_resource_fails_alone(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """A change of what is nowhere is a failure, and the rest goes on."""
    rows = await recorded(client, tmp_path)
    service.users.clear()
    service.groups.clear()
    report = await replay([row for row in rows if row.action != "create"], client, now=lambda: FIXED_NOW)
    assert {failure.code for failure in report.failures} == {"InvalidAnchor"}
    assert len(report.failures) > 2


async def test_log_of_a_tenant(client: ScimClient, service: FakeService) -> None:
    """Entra's own export: source ids among members, the UPN in the details, and who was there before the log begins."""
    service.users["x"] = {"id": "x", "userName": "sam@contoso.example", "title": "Analyst"}
    seen: list[Progress] = []
    report = await replay(load(EXPORTED), client, now=lambda: FIXED_NOW, on_progress=seen.append)
    assert (report.failures, report.quarantine) == ([], None)
    lin, sam = service.user("lin@contoso.example"), service.users["x"]
    assert (lin["active"], lin[ENTERPRISE_URN]["department"], sam["title"]) == (False, "R&D", "Boss")
    assert sam[ENTERPRISE_URN]["manager"] == {"value": lin["id"]}
    assert service.members("Team") == [lin["id"]]
    assert seen[-1] == Progress(Kind.USER, 3, 3)


@pytest.mark.parametrize("action", ["Create", "update"])
async def test_attribute_that_means_nothing_fails_its_row_alone(
    client: ScimClient, service: FakeService, tmp_path: Path, action: str
) -> None:
    """The rest of the log is sent, and the failure names the attribute."""
    items = json.loads(EXPORTED.read_text("utf-8"))["value"][:2]
    odd = items[1] | {"provisioningAction": action, "modifiedProperties": [{"displayName": "no path!"}]}
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"value": [items[0], odd]}), encoding="utf-8")
    report = await replay(load(path), client, now=lambda: FIXED_NOW)
    assert [(each.code, "no path!" in each.detail) for each in report.failures] == [("SchemaAttributeNotFound", True)]
    assert len(service.users) == 1


async def test_rejected_token_stops_the_replay(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """There is no use in going on."""
    rows = await recorded(client, tmp_path)
    service.answer_once("GET", "/Users", 401, times=9)
    report = await replay(rows, client, now=lambda: FIXED_NOW)
    assert report.quarantine is not None


@pytest.mark.parametrize("content", ["", "{}", '{"value": [{"id": "x"}]}', '[{"provisioningAction": "create"}]', "[7]"])
def test_no_log(tmp_path: Path, content: Any) -> None:
    """Another file is refused."""
    path = tmp_path / "log.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LogError, match="no provisioning log"):
        load(path)


def test_failed_and_skipped_items_are_not_sent(tmp_path: Path) -> None:
    """Only what changed the target is sent again, oldest first."""
    item = {"sourceIdentity": {"displayName": "a"}, "targetIdentity": {"id": "1", "identityType": "User"}}
    statuses = [("success", "2"), ("failure", "0"), ("skipped", "0"), ("success", "1")]
    items = [
        item
        | {"provisioningAction": "update", "provisioningStatusInfo": {"status": status}, "activityDateTime": f"{when}"}
        for status, when in statuses
    ]
    path = tmp_path / "log.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    assert len(load(path)) == 2
