"""Groups are matched without their members, created, renamed and deleted as Entra does it."""

import pytest

from simulator.outcome import Kind
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import counted, cycle, make_directory, make_group
from tests.simulator.fake_service import FakeService


async def test_new_group_is_matched_then_created(client: ScimClient, service: FakeService) -> None:
    """The match query excludes members; no hit means POST."""
    report = await cycle(client, make_directory(make_group("g", name="R&D / Labs")))
    assert service.sent[0].query == {"excludedAttributes": "members", "filter": 'displayName eq "R&D / Labs"'}
    assert (service.group("R&D / Labs")["members"], counted(report, Kind.GROUP)) == ([], {"created": 1})


async def test_existing_group_gets_its_external_id(client: ScimClient, service: FakeService) -> None:
    """A group matched by name takes the object id as externalId."""
    service.groups["t"] = {"id": "t", "displayName": "sales"}
    report = await cycle(client, make_directory(make_group("g", name="Sales")))
    assert service.bodies("PATCH")[0]["Operations"] == [
        {"op": "Replace", "path": "displayName", "value": "Sales"},
        {"op": "Add", "path": "externalId", "value": "g"},
    ]
    assert counted(report, Kind.GROUP) == {"updated": 1}


async def test_renamed_group_is_patched(client: ScimClient, service: FakeService) -> None:
    """A rename reads the cached id without members and replaces displayName."""
    state = State()
    await cycle(client, make_directory(make_group("g", name="Sales")), state)
    await cycle(client, make_directory(make_group("g", name="Sales EMEA")), state)
    read, rename = service.sent[-2:]
    assert (read.path, read.query) == ("/Groups/g-1", {"excludedAttributes": "members"})
    assert rename.body["Operations"] == [{"op": "Replace", "path": "displayName", "value": "Sales EMEA"}]


async def test_removed_group_is_deleted(client: ScimClient, service: FakeService) -> None:
    """A group that left the source is deleted, and forgotten."""
    state = State()
    await cycle(client, make_directory(make_group("g")), state)
    report = await cycle(client, make_directory(), state)
    assert (service.groups, state.groups, counted(report, Kind.GROUP)) == ({}, {}, {"deleted": 1})


async def test_removed_group_that_is_gone_already(client: ScimClient, service: FakeService) -> None:
    """404 to the DELETE is no failure."""
    state = State()
    await cycle(client, make_directory(make_group("g")), state)
    service.groups.clear()
    report = await cycle(client, make_directory(), state)
    assert (report.succeeded, counted(report, Kind.GROUP)) == (True, {"skipped": 1})


async def test_several_groups_of_one_name_in_the_target(client: ScimClient, service: FakeService) -> None:
    """Two hits cannot be linked."""
    service.groups = {id: {"id": id, "displayName": "Sales"} for id in ("1", "2")}
    report = await cycle(client, make_directory(make_group("g", name="Sales")))
    assert [failure.code for failure in report.failures] == ["DuplicateTargetEntries"]


@pytest.mark.parametrize("members", [[{"value": "u"}], {"value": "u"}, 7])
async def test_members_despite_exclusion(client: ScimClient, service: FakeService, members: object) -> None:
    """A match that comes with members, of whatever shape, is a failure with Entra's own name for it."""
    service.groups["t"] = {"id": "t", "displayName": "Sales", "members": members}
    service.honours_exclusion = False
    report = await cycle(client, make_directory(make_group("g", name="Sales")))
    assert [one.code for one in report.failures] == ["SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"]


async def test_same_name_twice_in_the_source(client: ScimClient, service: FakeService) -> None:
    """Of two groups with one name only the first is provisioned."""
    report = await cycle(client, make_directory(make_group("a", name="Sales"), make_group("b", name="SALES")))
    assert (len(service.groups), [failure.code for failure in report.failures]) == (1, ["DuplicateSourceEntries"])


async def test_group_without_a_name_fails(client: ScimClient) -> None:
    """The matching attribute must have a value."""
    report = await cycle(client, make_directory(make_group("a", name="")))
    assert [failure.code for failure in report.failures] == ["MissingValues"]


async def test_vanished_group_is_an_invalid_anchor(client: ScimClient, service: FakeService) -> None:
    """A linked group that is gone is not made anew."""
    state = State()
    await cycle(client, make_directory(make_group("g")), state)
    service.groups.clear()
    report = await cycle(client, make_directory(make_group("g", name="Renamed")), state)
    assert [failure.code for failure in report.failures] == ["InvalidAnchor"]
