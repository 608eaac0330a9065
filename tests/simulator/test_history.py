"""Long histories of a made-up tenant with faults end where an independent calculation says, whatever fails when."""

from datetime import timedelta
from pathlib import Path

import pytest

from simulator.clock import VirtualClock
from simulator.faults import FaultRates, FaultyTransport
from simulator.generator.files import write_tenant
from simulator.graph_json import GraphFolder
from simulator.outcome import Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, cycle
from tests.simulator.expected import Expected, differences
from tests.simulator.fake_service import BASE, TOKEN, FakeService

ROUNDS = 10
MANY_FAULTS = FaultRates(lost_requests=0.02, lost_answers=0.04, timeouts=0.02)


@pytest.mark.parametrize("seed", range(4))
async def test_history(service: FakeService, tmp_path: Path, seed: int) -> None:
    """Each round of changes meets lost requests and answers, and the regular cycle after it makes that good."""
    write_tenant(tmp_path, users=150, groups=15, seed=seed, edits=ROUNDS, churn=0.1)
    source, clock, state, expected = GraphFolder(tmp_path), VirtualClock(FIXED_NOW), State(), Expected()
    wire, dialect = FaultyTransport(service.transport, MANY_FAULTS, seed), list(Dialect)[seed % 2]
    async with ScimClient(BASE, TOKEN, transport=wire) as client:
        for number in range(ROUNDS + 1):
            wire.rates, directory = MANY_FAULTS, source.at(number)
            report = await cycle(client, directory, state, dialect, now=clock.now(), delete_threshold=None)
            failed = {entry.source_id for entry in report.log if entry.failure and entry.kind is Kind.USER}
            clock.advance(timedelta(minutes=40))
            wire.rates = FaultRates()
            report = await cycle(client, directory, state, dialect, now=clock.now(), delete_threshold=None)
            clock.advance(timedelta(hours=12))
            expected.cycle(directory, failed)
            assert report.escrowed == 0
            assert differences(expected, list(service.users.values()), list(service.groups.values())) == []
    assert wire.injected > ROUNDS
