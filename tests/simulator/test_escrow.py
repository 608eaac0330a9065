"""A failed change is tried again in the next cycle, then less and less often, and given up after four weeks."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import state as memory
from simulator.context import GIVEN_UP, IN_ESCROW
from simulator.escrow import Escrow, failed
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.outcome import Kind
from simulator.scim_client import ScimClient
from simulator.state import ResetScope, State
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

HOUR = timedelta(hours=1)
ADA = make_directory(make_user("ada"))


def test_intervals() -> None:
    """Next cycle, 6, 12 and 24 hours after the first failure, then every 24 hours, 28 days long."""
    entry: Escrow | None = None
    now, waited = FIXED_NOW, []
    while entry is None or entry.next_try is not None:
        entry = failed(entry, mark="m", code="c", name="n", now=now)
        waited.append((now - FIXED_NOW) // HOUR)
        while entry.next_try is not None and not (now > FIXED_NOW and entry.is_due(now)):
            now += HOUR
        now += 0 * HOUR if entry.next_try else HOUR
    assert waited[:6] == [0, 1, 6, 12, 24, 48]
    assert waited[-1] == 28 * 24


async def test_change_waits_until_its_attempt_is_due(client: ScimClient, service: FakeService) -> None:
    """Between attempts the object is skipped and nothing is asked; then it is tried, and the escrow is over."""
    service.answer_once("POST", "/Users", 500, times=2)
    state, seen = State(), []
    for hours in (0, 1, 2, 5, 6):
        report = await cycle(client, ADA, state, now=FIXED_NOW + hours * HOUR)
        seen.append((counted(report, Kind.USER), report.escrowed))
    assert seen == [
        ({"failed": 1}, 1),
        ({"failed": 1}, 1),
        ({"skipped": 1}, 1),
        ({"skipped": 1}, 1),
        ({"created": 1}, 0),
    ]


async def test_another_change_is_tried_at_once(client: ScimClient, service: FakeService) -> None:
    """An object that changes in the source does not wait for its former failure."""
    service.answer_once("POST", "/Users", 400, times=2)
    state = State()
    for hours in (0, 1):
        await cycle(client, ADA, state, now=FIXED_NOW + hours * HOUR)
    changed = make_directory(make_user("ada", jobTitle="Boss"))
    report = await cycle(client, changed, state, now=FIXED_NOW + 2 * HOUR)
    assert (counted(report, Kind.USER), state.escrow) == ({"created": 1}, {})


async def test_given_up_change_is_told_and_a_restart_tries_it_again(client: ScimClient, service: FakeService) -> None:
    """After 28 days it is skipped for good, until the escrows are cleared."""
    service.answer_once("POST", "/Users", 400, times=2)
    state = State()
    await cycle(client, ADA, state)
    await cycle(client, ADA, state, now=FIXED_NOW + timedelta(days=29))
    report = await cycle(client, ADA, state, now=FIXED_NOW + timedelta(days=40))
    assert [skip.reason for skip in report.skips] == [GIVEN_UP]
    state.restart([ResetScope.ESCROWS])
    assert counted(await cycle(client, ADA, state), Kind.USER) == {"created": 1}


@pytest.mark.parametrize("how", ["another mapping", "a restart"])
async def test_initial_cycle_tries_what_waits(client: ScimClient, service: FakeService, how: str) -> None:
    """All objects are looked at again then: who mended a mapping need not wait for a day to see it work."""
    service.answer_once("POST", "/Users", 400, times=2)
    state, schema = State(), DEFAULT_SCHEMA
    for hours in (0, 1):
        await cycle(client, ADA, state, now=FIXED_NOW + hours * HOUR)
    if how == "a restart":
        state.restart([ResetScope.WATERMARK])
    else:
        schema = replace(schema, users=replace(schema.users, attributes=schema.users.attributes[:-1]))
    report = await cycle(client, ADA, state, now=FIXED_NOW + 2 * HOUR, schema=schema)
    assert (report.cycle, counted(report, Kind.USER), state.escrow) == ("initial", {"created": 1}, {})


async def test_reference_in_escrow_waits_as_well(client: ScimClient, service: FakeService) -> None:
    """Members that cannot be added are tried by the same schedule, the group itself is not in escrow."""
    service.answer_once("PATCH", "/Groups/.*", 500, times=2)
    source, state = make_directory(make_user("a"), make_group("g", "a")), State()
    for hours in (0, 1):
        await cycle(client, source, state, now=FIXED_NOW + hours * HOUR)
    report = await cycle(client, source, state, now=FIXED_NOW + 2 * HOUR)
    assert ([skip.reason for skip in report.skips], list(state.escrow)) == ([IN_ESCROW], ["memberships:g"])
    report = await cycle(client, source, state, now=FIXED_NOW + 6 * HOUR)
    assert (counted(report, Kind.MEMBERSHIP), state.escrow) == ({"created": 1}, {})


async def test_escrow_is_over_when_nothing_is_called_for(client: ScimClient, service: FakeService) -> None:
    """A user who vanishes from the source before being created needs no attempt any more."""
    service.answer_once("POST", "/Users", 500)
    state = State()
    await cycle(client, ADA, state)
    await cycle(client, make_directory(), state)
    assert state.escrow == {}


async def test_escrow_survives_the_file(client: ScimClient, service: FakeService, tmp_path: Path) -> None:
    """A process that ends takes no attempt forward."""
    service.answer_once("POST", "/Users", 500, times=9)
    state, path = State(), tmp_path / "state.json"
    for _ in range(2):
        await cycle(client, ADA, state)
    memory.save(state, path)
    assert memory.load(path) == state
    report = await cycle(client, ADA, memory.load(path), now=FIXED_NOW + HOUR)
    assert [skip.reason for skip in report.skips] == [IN_ESCROW]
