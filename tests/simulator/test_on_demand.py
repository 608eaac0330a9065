"""Provision on demand does one object at once, in five steps, and not more than Entra does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.directory import Directory
from simulator.job import Job
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping
from simulator.on_demand import NOT_LINKED, NOT_RESTORED, NotOnDemand, provision_on_demand
from simulator.outcome import CycleReport, Kind, Step
from simulator.paths import parse_path
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.scoping.scope import NOT_ASSIGNED
from simulator.state import ResetScope, State
from simulator.values import AppRole
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

PEOPLE = [make_user(f"p{number}") for number in range(6)]
SOURCE = make_directory(*PEOPLE, make_user("stranger"), make_group("g", *(each.id for each in PEOPLE), name="Team"))


async def demand(
    client: ScimClient,
    source: Directory,
    subject: str,
    *members: str,
    state: State | None = None,
    job: Job | None = None,
) -> CycleReport:
    kept = State() if state is None else state
    return await provision_on_demand(
        source, client, subject, members=members, state=kept, job=job, now=lambda: FIXED_NOW
    )


async def test_user_is_tested_matched_and_created(client: ScimClient, service: FakeService) -> None:
    """Test Connection comes first; the log entry tells import, scoping, matching and export."""
    report = await demand(client, SOURCE, "p1@contoso.example")
    assert (len(service.users), counted(report, Kind.USER)) == (1, {"created": 1})
    assert [step.step for step in report.log[0].steps] == [Step.IMPORT, Step.SCOPING, Step.MATCHING, Step.EXPORT]
    assert [sent.path for sent in service.sent[:2]] == ["/Users", "/Groups"]


async def test_unchanged_user_is_looked_at_again(client: ScimClient) -> None:
    """On demand an object is read even if nothing changed; that is a redundant export."""
    state = State()
    await demand(client, SOURCE, "p1", state=state)
    report = await demand(client, SOURCE, "p1", state=state)
    assert (counted(report, Kind.USER), report.log[0].reason.partition(":")[0]) == ({"unchanged": 1}, "RedundantExport")


async def test_feature_flag_is_not_applied(client: ScimClient, service: FakeService) -> None:
    """The legacy dialect is spoken whatever the job says."""
    state = State()
    await demand(client, SOURCE, "p1", state=state)
    changed = make_directory(make_user("p1", displayName="New"))
    await demand(client, changed, "p1", state=state, job=Job(Dialect.FLAG))
    assert service.bodies("PATCH")[0]["Operations"] == [{"op": "Replace", "path": "displayName", "value": "New"}]


async def test_group_with_chosen_members(client: ScimClient, service: FakeService) -> None:
    """Only the chosen members are added, if they are in the target."""
    state = State()
    for id in ("p0", "p1", "p2"):
        await demand(client, SOURCE, id, state=state)
    await demand(client, SOURCE, "Team", "p0", "p2@contoso.example", "p5", state=state)
    assert service.members("Team") == [service.user(f"p{number}@contoso.example")["id"] for number in (0, 2)]


async def test_manager_is_written(client: ScimClient) -> None:
    """A manager who is in the target already is written with the user."""
    state, source = State(), make_directory(make_user("a", manager="b"), make_user("b"))
    for id in ("b", "a"):
        report = await demand(client, source, id, state=state)
    assert counted(report, Kind.MANAGER) == {"updated": 1}


async def test_out_of_scope_is_skipped(client: ScimClient, service: FakeService) -> None:
    """The scope check stops before anything is asked about the object."""
    job = Job(assigned_only=True)
    report = await demand(client, SOURCE, "p1", job=job)
    assert ([skip.reason for skip in report.skips], service.writes) == ([NOT_ASSIGNED], [])
    report = await demand(client, SOURCE, "Team", job=job)
    assert (len(report.skips), service.writes) == (1, [])


async def test_soft_deleted_user_is_not_restored(client: ScimClient, service: FakeService) -> None:
    """A user who was disabled on leaving scope stays so, until the next cycle."""
    state = State()
    for assigned in ({"p1": ()}, {}):
        await cycle(client, replace(SOURCE, assignments=assigned), state, assigned_only=True)
    report = await demand(
        client, replace(SOURCE, assignments={"p1": ()}), "p1", state=state, job=Job(assigned_only=True)
    )
    assert ([skip.reason for skip in report.skips], service.users["u-1"]["active"]) == ([NOT_RESTORED], False)


async def test_roles_are_not_provisioned(client: ScimClient, service: FakeService) -> None:
    """Role mappings are left out on demand."""
    row = AttributeMapping(parse_path("roles"), "AppRoleAssignmentsComplex([appRoleAssignments])")
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    job = Job(schema=replace(DEFAULT_SCHEMA, users=users))
    source = replace(SOURCE, assignments={"p1": (AppRole("1", "Admin", "Admin"),)})
    await demand(client, source, "p1", job=job)
    assert service.bodies("POST")[0]["roles"] == []


async def test_next_cycle_does_what_was_left_out_on_demand(client: ScimClient, service: FakeService) -> None:
    """Roles come with the next cycle, although nothing changed in the source since."""
    row = AttributeMapping(parse_path("roles"), "AppRoleAssignmentsComplex([appRoleAssignments])")
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    schema, state = replace(DEFAULT_SCHEMA, users=users), State()
    source = replace(SOURCE, assignments={"p1": (AppRole("1", "Admin", "Admin"),)})
    await demand(client, source, "p1", job=Job(schema=schema), state=state)
    await cycle(client, source, state, schema=schema, assigned_only=True)
    assert [each["path"] for each in service.bodies("PATCH")[0]["Operations"]] == ["roles"]


async def test_escrow_does_not_wait_on_demand(client: ScimClient, service: FakeService) -> None:
    """On demand is beside the schedule: what waits is tried at once, and another failure does not put it off."""
    state = State()
    service.answer_once("POST", "/Users", 400, times=3)
    for hours in (0, 1):
        await cycle(client, make_directory(PEOPLE[1]), state, now=FIXED_NOW + timedelta(hours=hours))
    before = replace(state.escrow["users:p1"])
    report = await demand(client, SOURCE, "p1", state=state)
    assert (counted(report, Kind.USER), state.escrow) == ({"failed": 1}, {"users:p1": before})
    report = await demand(client, SOURCE, "p1", state=state)
    assert (counted(report, Kind.USER), state.escrow) == ({"created": 1}, {})


async def test_group_is_looked_at_again(client: ScimClient, service: FakeService) -> None:
    """A group that nobody changed in the source is read as well, and put right."""
    state = State()
    await demand(client, SOURCE, "Team", state=state)
    next(iter(service.groups.values()))["displayName"] = "Changed by hand"
    report = await demand(client, SOURCE, "Team", state=state)
    assert counted(report, Kind.GROUP) == {"updated": 1}


async def test_other_members_are_compared_by_the_next_cycle(client: ScimClient) -> None:
    """Chosen members of a group that was there before do not end the comparison of all the others."""
    state = State()
    await cycle(client, SOURCE, state)
    state.restart([ResetScope.WATERMARK])
    await demand(client, SOURCE, "Team", "p0", state=state)
    assert state.groups["g"].matched


async def test_state_knows_where_it_belongs(client: ScimClient) -> None:
    """Links of one service provider are never used for another one."""
    state = State()
    await demand(client, SOURCE, "p1", state=state)
    assert state.tenant_url == client.tenant_url


@pytest.mark.parametrize(
    ("subject", "members", "complaint"),
    [
        ("nobody", [], "no user or group of the directory is named 'nobody'"),
        ("Team", [f"p{number}" for number in range(6)], "at most 5"),
        ("Team", ["x"], "is named 'x'"),
        ("Team", ["stranger"], "no direct member of Team"),
        ("Team", ["Team"], "no direct member of Team"),
        ("p1", ["p2"], "is no group"),
    ],
)
async def test_what_cannot_be_asked_for(
    client: ScimClient, service: FakeService, subject: str, members: list[str], complaint: str
) -> None:
    """Unknown names, a sixth member and members of a user are refused before any request."""
    with pytest.raises(NotOnDemand, match=complaint):
        await demand(client, SOURCE, subject, *members)
    assert service.sent == []


async def test_failed_connection_stops_everything(client: ScimClient, service: FakeService) -> None:
    """A rejected token is the whole report; the job itself is not quarantined by it."""
    service.answer_once("GET", "/Users", 401)
    state = State()
    report = await demand(client, SOURCE, "p1", state=state)
    assert report.quarantine is not None
    assert (report.log, state.schedule.quarantine) == ([], None)


async def test_member_who_is_not_provisioned_is_told(client: ScimClient, service: FakeService) -> None:
    """Nobody is left out in silence; the group itself arrives."""
    report = await demand(client, SOURCE, "Team", "p1")
    assert [(each.kind, each.reason) for each in report.skips] == [(Kind.MEMBERSHIP, NOT_LINKED)]
    assert (len(service.groups), service.bodies("PATCH")) == (1, [])
