"""A made-up tenant is provisioned over and over, with faults on the wire, and the target is what it has to be.

``ROLLCALL_TENANT=10000x500`` makes the tenant as large; then the tests take some eleven minutes.
"""

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.clock import VirtualClock
from simulator.faults import FaultRates, FaultyTransport
from simulator.generator.files import write_tenant
from simulator.graph_json import GraphFolder
from simulator.job import Job
from simulator.outcome import CycleReport, Kind
from simulator.protocol import Dialect
from simulator.schedule import run_cycles
from simulator.scim_client import ScimClient
from simulator.state import State
from simulator.validation.run import validate
from tests.simulator.builders import FIXED_NOW
from tests.simulator.expected import Expected, differences
from tests.stack import Service, Tenant

SIZE = "200x20"
ROUNDS = 10
FAULTS = FaultRates(lost_requests=0.01, lost_answers=0.02, timeouts=0.01)
CALM = FaultRates()
BETWEEN_ROUNDS = timedelta(hours=12)
NO_LIMIT = None


class OneAtATime:
    """A source that shows a cycle without churn the same directory again."""

    number_of_deltas = 10_000

    def __init__(self, folder: GraphFolder) -> None:
        self._folder = folder
        self.round = 0

    def at(self, deltas: int) -> Any:  # noqa: ARG002  the rounds of this test decide
        return self._folder.at(self.round)


async def everything(tenant: Tenant, kind: str) -> list[dict[str, Any]]:
    """All resources of a kind, groups with their members."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = (await tenant.client.get(f"/{kind}", params={"cursor": cursor, "count": 500})).json()
        found += answer["Resources"]
        if not (cursor := answer.get("nextCursor", "")):
            break
    if kind == "Users":
        return found
    return list(await asyncio.gather(*(_whole(tenant, each["id"]) for each in found)))


async def _whole(tenant: Tenant, id: str) -> dict[str, Any]:
    whole: dict[str, Any] = (await tenant.client.get(f"/Groups/{id}")).json()
    return whole


async def run_one(source: OneAtATime, client: ScimClient, job: Job, state: State, clock: VirtualClock) -> CycleReport:
    """One cycle, which does not lead to quarantine."""
    cycles = run_cycles(
        source, client, job=job, state=state, clock=clock, number=1, on_progress=lambda _: None, save=lambda: None
    )
    (report,) = [each async for each in cycles]
    assert report.quarantine is None
    assert state.schedule.quarantine is None
    return report


@pytest.mark.parametrize("dialect", Dialect)
async def test_tenant_with_churn_and_faults(service: Service, tenant: Tenant, tmp_path: Path, dialect: Dialect) -> None:
    """Initial cycle and ten rounds of churn with lost requests and answers, each with the regular cycle after it.

    In the end the target equals what was worked out independently, nothing is in escrow, and no cycle led to
    quarantine.
    """
    users, groups = map(int, os.environ.get("ROLLCALL_TENANT", SIZE).split("x"))
    write_tenant(tmp_path, users=users, groups=groups, seed=7, edits=ROUNDS)
    source, clock, state = OneAtATime(GraphFolder(tmp_path)), VirtualClock(FIXED_NOW), State()
    expected, job = Expected(), Job(dialect, delete_threshold=NO_LIMIT)
    wire = FaultyTransport(service.transport, FAULTS, seed=7)
    async with ScimClient(tenant.url, tenant.token, transport=wire) as client:
        for source.round in range(ROUNDS + 1):
            wire.rates = FAULTS
            report = await run_one(source, client, job, state, clock)
            failed = {each.source_id for each in report.log if each.failure and each.kind is Kind.USER}
            clock.advance(timedelta(minutes=40))
            wire.rates = CALM
            assert (await run_one(source, client, job, state, clock)).escrowed == 0
            expected.cycle(source.at(0), failed)
            clock.advance(BETWEEN_ROUNDS)
    assert wire.injected > 0
    found = await everything(tenant, "Users"), await everything(tenant, "Groups")
    assert differences(expected, *found) == []
    assert differences(expected, found[0][1:], found[1])


async def test_validators_checks_pass(service: Service, tenant: Tenant) -> None:
    """Microsoft's validator, gallery onboarding and the recorded requests of both dialects object to nothing."""
    verdict = await validate(tenant.url, tenant.token, transport=service.transport)
    assert _findings(verdict.failures) == []


def _findings(results: Iterable[Any]) -> list[tuple[str, str]]:
    return [(each.check.key, each.finding.what) for each in results]
