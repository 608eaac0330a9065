"""Users who are deleted in Entra are disabled, and deleted for good when Entra does so; too many are held back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.departures import LEFT_ALONE
from simulator.directory import Directory
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import ObjectAction
from simulator.outcome import Kind
from simulator.quarantine import Reason
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

DAY = timedelta(days=1)
ADA = make_user("ada")
BINNED = replace(ADA, soft_deleted=True)


@pytest.mark.parametrize("gone", [make_directory(), make_directory(BINNED)], ids=["missing", "in the recycle bin"])
async def test_deleted_user_is_disabled_and_thirty_days_later_deleted(
    client: ScimClient, service: FakeService, gone: Directory
) -> None:
    """The recycle bin keeps users for thirty days."""
    state = State()
    await cycle(client, make_directory(ADA), state)
    seen = []
    for days in (0, 29, 30, 31):
        report = await cycle(client, gone, state, now=FIXED_NOW + days * DAY)
        seen.append((counted(report, Kind.USER), len(service.users)))
    assert seen == [({"disabled": 1}, 1), ({}, 1), ({"deleted": 1}, 0), ({}, 0)]


async def test_user_who_is_deleted_for_good_is_deleted_at_once(client: ScimClient, service: FakeService) -> None:
    """A permanent deletion does not wait."""
    state = State()
    await cycle(client, make_directory(ADA), state)
    report = await cycle(client, Directory(purged=frozenset({"ada"})), state)
    assert (counted(report, Kind.USER), service.users, state.users) == ({"deleted": 1}, {}, {})


async def test_restored_user_is_enabled(client: ScimClient, service: FakeService) -> None:
    """Out of the recycle bin it is the same resource, active again, and the thirty days begin anew."""
    state = State()
    for source in (make_directory(ADA), make_directory(BINNED), make_directory(ADA)):
        await cycle(client, source, state)
    assert service.users["u-1"]["active"] is True
    report = await cycle(client, make_directory(ADA), state, now=FIXED_NOW + 60 * DAY)
    assert report.requests == 0


async def test_nobody_refers_to_who_left(client: ScimClient, service: FakeService) -> None:
    """Not even while disabling that user fails."""
    state, bob = State(), make_user("bob")
    await cycle(client, make_directory(ADA, bob, make_group("g")), state)
    service.answer_once("PATCH", "/Users/u-1", 500)
    managed = make_user("bob", manager="ada")
    report = await cycle(client, make_directory(BINNED, managed, make_group("g", "ada")), state)
    assert [counted(report, kind) for kind in (Kind.MANAGER, Kind.MEMBERSHIP)] == [{"skipped": 1}] * 2


@pytest.mark.parametrize(
    ("actions", "left"),
    [((ObjectAction.ADD, ObjectAction.UPDATE), 1), ((ObjectAction.ADD, ObjectAction.UPDATE, ObjectAction.DELETE), 0)],
)
async def test_deletes_may_be_unticked(
    client: ScimClient, service: FakeService, actions: tuple[ObjectAction, ...], left: int
) -> None:
    """Without the action nothing is deleted, neither users nor groups."""
    schema = replace(
        DEFAULT_SCHEMA,
        users=replace(DEFAULT_SCHEMA.users, actions=actions),
        groups=replace(DEFAULT_SCHEMA.groups, actions=actions),
    )
    state = State()
    await cycle(client, make_directory(ADA, make_group("g")), state, schema=schema)
    await cycle(client, Directory(purged=frozenset({"ada"})), state, schema=schema)
    assert (len(service.users), len(service.groups)) == (left, left)


async def test_too_many_deprovisionings_are_held(client: ScimClient, service: FakeService) -> None:
    """At the threshold all of them wait, everything else goes on; the job is in quarantine until they are allowed."""
    people = [make_user(f"p{number}") for number in range(4)]
    state = State()
    await cycle(client, make_directory(*people, make_group("g")), state, delete_threshold=4)
    fewer = make_directory(people[0], make_user("new"))
    report = await cycle(client, fewer, state, delete_threshold=4)
    assert counted(report, Kind.USER) == {"unchanged": 1, "created": 1, "skipped": 3}
    assert [entry.staged for entry in report.log if entry.staged] == [True] * 4
    assert (len(service.groups), all(user["active"] for user in service.users.values())) == (1, True)
    assert state.schedule.quarantine is not None
    assert state.schedule.quarantine.reason is Reason.TOO_MANY_DELETES
    report = await cycle(client, fewer, state, delete_threshold=4, allow_deletes=True)
    assert (counted(report, Kind.USER)["disabled"], len(service.groups)) == (3, 0)
    assert state.schedule.quarantine is None


async def test_who_is_left_alone_counts_for_no_threshold(client: ScimClient, service: FakeService) -> None:
    """Where leaving the scope does nothing in the target, there is nothing to hold back."""
    people = [make_user(f"p{number}") for number in range(4)]
    state = State()
    job: dict[str, Any] = {"delete_threshold": 3, "skip_out_of_scope_deletions": True, "assigned_only": True}
    await cycle(client, make_directory(*people, assigned={each.id: () for each in people}), state, **job)
    report = await cycle(client, make_directory(*people, assigned={"p0": ()}), state, **job)
    assert (state.schedule.quarantine, {skip.reason for skip in report.skips}) == (None, {LEFT_ALONE})
    report = await cycle(client, make_directory(people[0], assigned={"p0": ()}), state, **job)
    assert (report.changes, service.bodies("PATCH")) == (0, [])


async def test_one_less_than_the_threshold_goes_through(client: ScimClient, service: FakeService) -> None:
    """A threshold of 500 permits 499."""
    state = State()
    await cycle(client, make_directory(*(make_user(f"p{number}") for number in range(3))), state, delete_threshold=4)
    await cycle(client, make_directory(), state, delete_threshold=4)
    assert not any(user["active"] for user in service.users.values())
