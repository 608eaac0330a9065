"""Faults are injected by their rates, always the same ones, after or before the service provider did its work."""

import httpx
import pytest

from simulator.faults import INJECTED, INTENDED, Fault, FaultRates, FaultyTransport
from simulator.outcome import Kind
from simulator.scim_client import Pace, ScimClient
from simulator.state import State
from tests.simulator.builders import counted, cycle, make_directory, make_user
from tests.simulator.fake_service import BASE, TOKEN, FakeService

RATES = FaultRates(lost_requests=0.1, lost_answers=0.2, timeouts=0.3)


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        (0.0, Fault.LOST_REQUEST),
        (0.099, Fault.LOST_REQUEST),
        (0.101, Fault.LOST_ANSWER),
        (0.31, Fault.TIMEOUT),
        (0.61, None),
        (0.99, None),
    ],
)
def test_rates(point: float, fault: Fault | None) -> None:
    """Each fault has its share."""
    assert RATES.fault_at(point) is fault


@pytest.mark.parametrize(
    ("rates", "error", "arrived"),
    [
        (FaultRates(lost_requests=1), httpx.WriteError, 0),
        (FaultRates(lost_answers=1), httpx.ReadError, 1),
        (FaultRates(timeouts=1), httpx.ReadTimeout, 1),
    ],
)
async def test_fault(service: FakeService, rates: FaultRates, error: type[Exception], arrived: int) -> None:
    """A lost request never arrives; what is lost or late afterwards was done."""
    transport = FaultyTransport(service.transport, rates)
    async with httpx.AsyncClient(transport=transport, headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        with pytest.raises(error):
            await http.get(f"{BASE}/Users")
    assert (len(service.sent), transport.injected) == (arrived, 1)


@pytest.mark.parametrize("rates", [FaultRates(lost_requests=1), FaultRates(lost_answers=1), FaultRates(timeouts=1)])
async def test_fault_of_our_own_is_told_as_one(service: FakeService, rates: FaultRates) -> None:
    """Nobody is sent to look for it in the service provider."""
    async with ScimClient(BASE, TOKEN, transport=FaultyTransport(service.transport, rates)) as client:
        (failure,) = (await cycle(client, make_directory(make_user("ada")))).failures
    assert (INJECTED in failure.detail, failure.advice) == (True, INTENDED)


async def test_same_seed_same_faults(service: FakeService) -> None:
    """A run can be repeated."""
    outcomes = []
    for _ in range(2):
        transport = FaultyTransport(service.transport, RATES, seed=5)
        async with ScimClient(BASE, TOKEN, transport=transport) as client:
            source = make_directory(*(make_user(f"p{number}") for number in range(20)))
            report = await cycle(client, source, State(), concurrency=1)
            outcomes.append([failure.name for failure in report.failures])
        service.users.clear()
    assert outcomes[0] == outcomes[1] != []


async def test_user_whose_creation_was_not_answered_is_found(service: FakeService) -> None:
    """The next attempt finds by the match query what the lost answer had created, and makes no second one."""
    transport = FaultyTransport(service.transport, FaultRates())
    state, source = State(), make_directory(make_user("ada"))
    async with ScimClient(BASE, TOKEN, transport=transport) as client:
        service.faults.append(lambda request: _then_lose(transport, request))
        report = await cycle(client, source, state)
        transport.rates = FaultRates()
        assert (counted(report, Kind.USER), len(service.users)) == ({"failed": 1}, 1)
        report = await cycle(client, source, state)
    assert (counted(report, Kind.USER), len(service.users), state.users["ada"].target_id) == (
        {"unchanged": 1},
        1,
        "u-1",
    )


def _then_lose(transport: FaultyTransport, request: httpx.Request) -> None:
    # The match query is answered; what comes next is lost.
    transport.rates = FaultRates(lost_answers=float(request.method == "GET"))


async def test_pace() -> None:
    """At four requests a second each goes out a quarter of a second after the one before, no matter how many wait."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(4, sleep, time=lambda: 100.0)
    for _ in range(4):
        await pace.wait()
    assert slept == [0.25, 0.5, 0.75]


async def test_without_a_rate_nothing_waits() -> None:
    """The default is as fast as it goes."""

    async def sleep(_: float) -> None:
        raise AssertionError

    pace = Pace(None, sleep)
    for _ in range(3):
        await pace.wait()
