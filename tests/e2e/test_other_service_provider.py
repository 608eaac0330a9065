"""The simulator against a service provider that is not ours: it goes through, and its report names real defects."""

from collections import Counter

import httpx
import pytest
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage

from devstack.service import ROOT
from simulator.connection import check_connection
from simulator.cycle import run_cycle
from simulator.folder import read_directory
from simulator.job import Job
from simulator.outcome import Action, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State
from simulator.validation.run import validate
from tests.differential.pair import THEIR_BASE, provider

FABRIKAM = read_directory(ROOT / "simulator" / "samples" / "fabrikam-portal")

DEFECTS = {
    "Invalid URI": {"U1", "U2", "U3", "U6", "U7", "S2"},
    "no value of 'emails' matches the path filter": {"U8", "U8b", "W1-legacy", "W1-flag"},
    "no value of 'addresses' matches the path filter": {"Q6"},
    "Input should be a valid dictionary or instance of Manager": {"S5", "W3-legacy", "W3-flag", "O2"},
    "answered 201, 409 was due": {"G2"},
    "a remove operation carries no value": {"W4-legacy", "O4", "Q12", "Q13"},
    "Unknown extension schemas": {"W6", "Q10"},
    "'manager' is not an attribute of the schema": {"O1"},
    "members that mean nothing was answered 400": {"O6"},
    "Extra inputs are not permitted": {"O8"},
    "externalId+eq+": {"O10"},
    "/Schemas does not cover externalId": {"S1"},
    "Input should be a valid string": {"Q5"},
    "'emails' has 2 items marked as primary": {"Q7"},
}
"""What scim2-server answers to Entra's requests, by what the report says, and the checks that meet it."""


class OtherServer(httpx.AsyncBaseTransport):
    """scim2-server in this process."""

    def __init__(self) -> None:
        self._inner = httpx.WSGITransport(WSGIApplication(InMemoryStorage(), provider()))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        same = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = self._inner.handle_request(same)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.read())


async def test_validate_names_the_defects() -> None:
    """Each failed check is one of the known defects, told in words that say what is wrong."""
    verdict = await validate(THEIR_BASE, "token", transport=OtherServer())
    failed = {each.check.key: each.finding.what for each in verdict.results if each.finding}
    told = {defect: {key for key, what in failed.items() if defect in what} for defect in DEFECTS}
    assert told == DEFECTS
    assert failed.keys() == set[str]().union(*DEFECTS.values())
    assert verdict.passed is False


@pytest.mark.parametrize("dialect", Dialect)
async def test_cycle_goes_through_and_tells_what_fails(dialect: Dialect) -> None:
    """Users arrive; groups with Microsoft's URN and managers as bare text do not, and the report says so."""
    async with ScimClient(THEIR_BASE, "token", transport=OtherServer()) as client:
        assert (await check_connection(client)).failure is None
        report = await run_cycle(FABRIKAM, client, state=State(), job=Job(dialect))
        assert report.counts[Kind.USER][Action.CREATED] == 9
        assert Counter(failure.kind for failure in report.failures)[Kind.GROUP] == 3
        assert {failure.detail.partition(":")[0] for failure in report.failures} == {"Unknown extension schemas"}
        assert all("take URNs in schemas that are not known" in failure.advice for failure in report.failures)
        plain = await run_cycle(FABRIKAM, client, state=State(), job=Job(dialect, microsoft_schema=False))
    assert (plain.failures, plain.counts[Kind.GROUP][Action.CREATED]) == ([], 3)
