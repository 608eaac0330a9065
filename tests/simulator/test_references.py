"""Managers and members are written in the reference passes, and only what changed."""

import json

import httpx
import pytest

from simulator.outcome import Kind
from simulator.protocol import ENTERPRISE_URN, Dialect, JsonObject
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

MANAGER = f"{ENTERPRISE_URN}:manager"


async def test_manager_follows_the_users(client: ScimClient, service: FakeService) -> None:
    """The manager is patched after both users exist, also if the manager comes later in the source."""
    report = await cycle(client, make_directory(make_user("ada", manager="bob"), make_user("bob")))
    assert [sent.method for sent in service.writes] == ["POST", "POST", "PATCH"]
    bob = service.user("bob@contoso.example")["id"]
    assert service.bodies("PATCH")[0]["Operations"] == [{"op": "Add", "path": MANAGER, "value": bob}]
    assert counted(report, Kind.MANAGER) == {"updated": 1}


async def test_manager_that_stands_already_is_not_sent(client: ScimClient) -> None:
    """An initial cycle over a provisioned target finds the manager in what it read."""
    source = make_directory(make_user("ada", manager="bob"), make_user("bob"))
    await cycle(client, source)
    report = await cycle(client, source)
    assert (counted(report, Kind.MANAGER), report.changes) == ({"unchanged": 1}, 0)


async def test_changed_manager_is_replaced(client: ScimClient, service: FakeService) -> None:
    """A change of manager alone is a Replace."""
    state = State()
    people = [make_user("bob"), make_user("eve")]
    await cycle(client, make_directory(make_user("ada", manager="bob"), *people), state)
    report = await cycle(client, make_directory(make_user("ada", manager="eve"), *people), state)
    eve = service.user("eve@contoso.example")["id"]
    assert service.bodies("PATCH")[-1]["Operations"] == [{"op": "Replace", "path": MANAGER, "value": eve}]
    assert counted(report, Kind.USER) == {"unchanged": 3}


async def test_removed_manager_is_left_in_the_target(client: ScimClient) -> None:
    """Empty values are not sent, managers included."""
    state = State()
    await cycle(client, make_directory(make_user("ada", manager="bob"), make_user("bob")), state)
    report = await cycle(client, make_directory(make_user("ada"), make_user("bob")), state)
    assert report.requests == 0


@pytest.mark.parametrize("manager", ["absent", "off"])
async def test_manager_out_of_scope_is_left_out(client: ScimClient, manager: str) -> None:
    """A manager who is not provisioned is skipped, once, and is no failure."""
    source = make_directory(make_user("ada", manager=manager), make_user("off", enabled=False))
    state = State()
    report = await cycle(client, source, state)
    assert (report.succeeded, counted(report, Kind.MANAGER)) == (True, {"skipped": 1})
    assert counted(await cycle(client, source, state), Kind.MANAGER) == {"unchanged": 1}


async def test_references_to_a_failed_user_follow_in_the_next_cycle(client: ScimClient, service: FakeService) -> None:
    """Manager and membership wait for a user in escrow."""
    service.users["taken"] = {"id": "taken", "userName": "other"}
    service.answer_once("POST", "/Users", 500, times=1)
    source = make_directory(make_user("bob"), make_user("ada", manager="bob"), make_group("g", "bob", "ada"))
    state = State()
    report = await cycle(client, source, state)
    assert (counted(report, Kind.MANAGER), counted(report, Kind.MEMBERSHIP)) == (
        {"skipped": 1},
        {"created": 1, "skipped": 1},
    )
    report = await cycle(client, source, state)
    assert (counted(report, Kind.MANAGER), counted(report, Kind.MEMBERSHIP)) == (
        {"updated": 1},
        {"created": 1, "unchanged": 1},
    )


async def test_members_are_added_a_hundred_at_a_time(client: ScimClient, service: FakeService) -> None:
    """A group of 250 takes three PATCHes, each with one operation."""
    ids = [f"p{number}" for number in range(250)]
    report = await cycle(client, make_directory(*map(make_user, ids), make_group("g", *ids)))
    sizes = [len(body["Operations"][0]["value"]) for body in service.bodies("PATCH", "/Groups")]
    assert (sizes, len(service.members("G"))) == ([100, 100, 50], 250)
    assert counted(report, Kind.MEMBERSHIP) == {"created": 250}


@pytest.mark.parametrize(
    ("dialect", "operation"),
    [
        (Dialect.LEGACY, {"op": "Remove", "path": "members", "value": [{"value": "ID"}]}),
        (Dialect.FLAG, {"op": "remove", "path": 'members[value eq "ID"]'}),
    ],
)
async def test_removed_member(
    client: ScimClient, service: FakeService, dialect: Dialect, operation: JsonObject
) -> None:
    """Only the removed member is sent."""
    state = State()
    people = [make_user(id) for id in ("a", "b", "c")]
    await cycle(client, make_directory(*people, make_group("g", "a", "b", "c")), state, dialect)
    report = await cycle(client, make_directory(*people, make_group("g", "a", "c")), state, dialect)
    removed = service.user("b@contoso.example")["id"]
    assert service.bodies("PATCH", "/Groups")[-1]["Operations"] == [
        json.loads(json.dumps(operation).replace("ID", removed))
    ]
    assert counted(report, Kind.MEMBERSHIP) == {"unchanged": 2, "deleted": 1}


async def test_member_who_left_the_source_stays(client: ScimClient, service: FakeService) -> None:
    """A removed user is disabled, but keeps memberships."""
    state = State()
    await cycle(client, make_directory(make_user("a"), make_group("g", "a")), state)
    await cycle(client, make_directory(make_group("g")), state)
    assert service.members("G") == ["u-1"]


async def test_members_of_an_existing_group_are_looked_up(client: ScimClient, service: FakeService) -> None:
    """An initial cycle asks for each member by the documented query and adds only who is missing."""
    people = [make_user("a"), make_user("b")]
    await cycle(client, make_directory(*people, make_group("g", "a")))
    service.sent.clear()
    report = await cycle(client, make_directory(*people, make_group("g", "a", "b")))
    assert {"filter": 'id eq "g-1" and members eq "u-1"', "attributes": "id"} in [sent.query for sent in service.sent]
    assert counted(report, Kind.MEMBERSHIP) == {"created": 1, "unchanged": 1}


async def test_members_are_added_where_the_look_up_is_refused(client: ScimClient, service: FakeService) -> None:
    """A service provider without that query gets all members; adding an existing one succeeds silently."""
    source = make_directory(make_user("a"), make_group("g", "a"))
    await cycle(client, source)
    service.faults.append(lambda request: _refuse(request) if b"members" in request.url.query else None)
    report = await cycle(client, source)
    assert (report.succeeded, service.members("G")) == (True, ["u-1"])


def _refuse(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(400, json={"detail": "no"}) if b"+and+" in request.url.query else None


async def test_members_out_of_scope_and_nested_groups_are_left_out(client: ScimClient, service: FakeService) -> None:
    """Unknown and disabled members and nested groups are skipped, not failed, and not looked at again."""
    source = make_directory(
        make_user("a"), make_user("off", enabled=False), make_group("g", "a", "off", "ghost", nested=("inner",))
    )
    state = State()
    report = await cycle(client, source, state)
    assert counted(report, Kind.MEMBERSHIP) == {"created": 1, "skipped": 3}
    assert (report.succeeded, service.members("G")) == (True, ["u-1"])
    assert (await cycle(client, source, state)).requests == 0


async def test_failed_batch_is_tried_again(client: ScimClient, service: FakeService) -> None:
    """A refused PATCH counts all its members as failed, in one row; the next cycle adds them."""
    service.answer_once("PATCH", "/Groups/g-1", 500)
    state = State()
    source = make_directory(make_user("a"), make_user("b"), make_group("g", "a", "b"))
    report = await cycle(client, source, state)
    assert [(one.kind, one.step.value, one.count) for one in report.failures] == [
        (Kind.MEMBERSHIP, "referenceResolution", 2)
    ]
    assert counted(await cycle(client, source, state), Kind.MEMBERSHIP) == {"created": 2}
