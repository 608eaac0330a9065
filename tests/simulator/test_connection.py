"""Test Connection passes on a service provider that answers as Entra demands, and says why it fails."""

from dataclasses import replace

import pytest

from simulator.connection import check_connection
from simulator.errors import CredentialsRejected, MembersNotExcluded, RequestRefused, ServiceIncompatible
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import EXTERNAL_ID
from simulator.scim_client import ScimClient
from tests.simulator.fake_service import BASE, FakeService


async def test_requests(client: ScimClient, service: FakeService) -> None:
    """Users and groups are probed with values that cannot exist, then read, then schemas are discovered."""
    report = await check_connection(client, new_value=iter(["guid-1", "guid-2"]).__next__)
    assert report.failure is None
    assert [(sent.method, sent.path, sent.query) for sent in service.sent] == [
        ("GET", "/Users", {"filter": 'userName eq "guid-1"'}),
        ("GET", "/Groups", {"excludedAttributes": "members", "filter": 'displayName eq "guid-2"'}),
        ("GET", "/Users", {"startIndex": "1", "count": "1"}),
        ("GET", "/Groups", {"excludedAttributes": "members", "startIndex": "1", "count": "1"}),
        ("GET", "/Schemas", {}),
    ]


@pytest.mark.parametrize(
    ("path", "status", "expected", "checks"),
    [
        ("/Users", 404, ServiceIncompatible, 1),
        ("/Groups", 404, ServiceIncompatible, 2),
        ("/Groups", 500, RequestRefused, 2),
    ],
)
async def test_failure_ends_the_test(
    client: ScimClient, service: FakeService, path: str, status: int, expected: type[Exception], checks: int
) -> None:
    """The first failing request decides; groups count even if none are provisioned."""
    service.answer_once("GET", path, status)
    report = await check_connection(client)
    assert isinstance(report.failure, expected)
    assert len(report.checks) == checks


async def test_absent_schemas_do_not_fail_it(client: ScimClient, service: FakeService) -> None:
    """Discovery is not needed for provisioning."""
    service.answer_once("GET", "/Schemas", 404)
    report = await check_connection(client)
    assert report.failure is None
    assert report.checks[-1].error is not None


async def test_wrong_token(service: FakeService) -> None:
    """A rejected token is told as invalid credentials."""
    async with ScimClient(BASE, "wrong", transport=service.transport) as client:
        assert isinstance((await check_connection(client)).failure, CredentialsRejected)


async def test_members_that_were_to_be_excluded(client: ScimClient, service: FakeService) -> None:
    """A group must come without members when they are excluded."""
    service.groups["g"] = {"id": "g", "displayName": "Sales", "members": [{"value": "u"}]}
    service.honours_exclusion = False
    assert isinstance((await check_connection(client)).failure, MembersNotExcluded)


async def test_probe_asks_by_the_matching_attribute(client: ScimClient, service: FakeService) -> None:
    """What the mapping matches by is what the service provider must be able to filter on."""
    rows = DEFAULT_SCHEMA.users.attributes
    by_id = replace(next(each for each in rows if each.target == EXTERNAL_ID), matching_priority=1)
    schema = replace(DEFAULT_SCHEMA, users=replace(DEFAULT_SCHEMA.users, attributes=(by_id,)))
    await check_connection(client, schema, new_value=lambda: "x")
    assert service.sent[0].query == {"filter": 'externalId eq "x"'}
