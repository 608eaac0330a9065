"""The provisioning log has the shape of Graph's, with the steps of every object."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping
from simulator.outcome import CycleReport
from simulator.paths import parse_path
from simulator.report.graph_log import log_of, write_log
from simulator.scim_client import ScimClient
from simulator.scoping.filters import Clause, FilterGroup, Operator
from simulator.state import State
from tests.simulator.builders import cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import BASE, FakeService


def items(report: CycleReport) -> list[dict[str, Any]]:
    return json.loads(json.dumps(list(log_of(report, BASE))))  # type: ignore[no-any-return]


async def test_created_user(client: ScimClient) -> None:
    """Import, scoping, matching and export, with every attribute that was written."""
    (item,) = items(await cycle(client, make_directory(make_user("ada"))))
    assert (item["provisioningAction"], item["provisioningStatusInfo"]) == (
        "create",
        {"status": "success", "errorInformation": None},
    )
    assert [(step["provisioningStepType"], step["status"]) for step in item["provisioningSteps"]] == [
        ("import", "success"),
        ("scoping", "success"),
        ("matching", "success"),
        ("export", "success"),
    ]
    assert {"displayName": "active", "oldValue": None, "newValue": "True"} in item["modifiedProperties"]
    assert (item["sourceIdentity"]["id"], item["targetIdentity"]["id"], item["activityDateTime"]) == (
        "ada",
        "u-1",
        "2030-01-01T00:00:00Z",
    )


async def test_items_of_one_cycle_belong_together(client: ScimClient) -> None:
    """They share the ids of job and cycle; each has an id of its own, the same whenever the log is written."""
    report = await cycle(client, make_directory(make_user("a"), make_user("b")))
    first, second = items(report)
    assert (first["cycleId"], first["jobId"]) == (second["cycleId"], second["jobId"])
    assert first["id"] != second["id"]
    assert items(report) == [first, second]


async def test_user_outside_of_the_filters(client: ScimClient) -> None:
    """The scoping step tells why, and the item what to do; who is not assigned is not even read."""
    clause = Clause("department", Operator.EQUALS, ("Finance",))
    users = replace(DEFAULT_SCHEMA.users, scope=(FilterGroup("Finance", (clause,)),))
    source = make_directory(make_user("ada", department="Sales"), make_user("bob"), assigned={"ada": ()})
    report = await cycle(client, source, schema=replace(DEFAULT_SCHEMA, users=users), assigned_only=True)
    (item,) = items(report)
    assert [(step["provisioningStepType"], step["status"]) for step in item["provisioningSteps"]] == [
        ("import", "success"),
        ("scoping", "skipped"),
    ]
    info = item["provisioningStatusInfo"]
    assert (item["sourceIdentity"]["id"], info["status"], info["errorInformation"]["errorCode"]) == (
        "ada",
        "skipped",
        "EntrySynchronizationSkipped",
    )
    assert "scoping filter" in info["errorInformation"]["recommendedAction"]
    assert len(report.skips) == 2


async def test_group_that_cannot_be_assigned(client: ScimClient) -> None:
    """It is in the log; a group that is not assigned is in the report only."""
    mails = replace(make_group("mails"), attributes={"securityEnabled": False})
    report = await cycle(client, make_directory(mails, make_group("other"), assigned={"mails": ()}), assigned_only=True)
    assert [item["sourceIdentity"]["displayName"] for item in items(report)] == ["Mails"]
    assert len(report.skips) == 2


async def test_failed_user(client: ScimClient, service: FakeService) -> None:
    """The step that failed, the code, the service provider's detail and what to do."""
    service.answer_once("POST", "/Users", 409, scim_type="uniqueness", detail="taken")
    (item,) = items(await cycle(client, make_directory(make_user("ada"))))
    error = item["provisioningStatusInfo"]["errorInformation"]
    assert (item["provisioningStatusInfo"]["status"], error["errorCode"], error["reason"]) == (
        "failure",
        "EntryConflict",
        "taken",
    )
    assert (item["provisioningSteps"][-1]["provisioningStepType"], bool(error["recommendedAction"])) == ("export", True)


async def test_other_actions(client: ScimClient) -> None:
    """Redundant exports, disabled users, staged deletes, members and managers have their names in the log."""
    state = State()
    people = [make_user("a", manager="b"), make_user("b")]
    full = make_directory(*people, make_group("g", "a"))
    actions = [item["provisioningAction"] for item in items(await cycle(client, full, state))]
    assert actions == ["create", "create", "create", "update", "update"]
    held = items(await cycle(client, make_directory(*people), state, delete_threshold=1))
    assert [item["provisioningAction"] for item in held] == ["stageddelete"]
    gone = items(await cycle(client, make_directory(people[1]), state))
    assert [item["provisioningAction"] for item in gone] == ["disable", "delete"]
    changed = items(await cycle(client, make_directory(make_user("b", usageLocation="NO")), state))
    info = changed[0]["provisioningStatusInfo"]
    assert (info["status"], info["errorInformation"]["errorCode"]) == ("skipped", "RedundantExport")


async def test_redacted_value(client: ScimClient, service: FakeService) -> None:
    """What ``Redact`` was applied to reaches the target and not the log."""
    row = AttributeMapping(parse_path("nickName"), "Redact([mailNickname])")
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    report = await cycle(client, make_directory(make_user("ada")), schema=replace(DEFAULT_SCHEMA, users=users))
    written = {each["displayName"]: each["newValue"] for each in items(report)[0]["modifiedProperties"]}
    assert (written["nickName"], service.users["u-1"]["nickName"]) == ("[Redact]", "ada")


async def test_file(client: ScimClient, tmp_path: Path) -> None:
    """All cycles in one answer."""
    state, path = State(), tmp_path / "deep" / "log.json"
    reports = [await cycle(client, make_directory(make_user(id)), state) for id in ("a", "b")]
    write_log(reports, path, tenant_url=BASE)
    assert [item["provisioningAction"] for item in json.loads(path.read_text("utf-8"))["value"]] == [
        "create",
        "create",
        "disable",
    ]
