"""The client waits where it is told to and turns every answer into a value or an error of Entra's."""

from collections.abc import Callable

import httpx
import pytest

from simulator.errors import (
    CredentialsRejected,
    DuplicateTargetEntries,
    ProtocolBroken,
    ProvisioningError,
    RequestRefused,
    RequestTimedOut,
    ServiceIncompatible,
    TargetUnreachable,
)
from simulator.protocol import LIST_URN
from simulator.scim_client import ScimClient
from tests.simulator.fake_service import BASE, TOKEN, FakeService


async def test_match_query_is_encoded(client: ScimClient, service: FakeService) -> None:
    """Quotes, backslashes, ampersands and other scripts reach the service provider as they are."""
    name = 'R&D "東京" \\ O\'Neill+1'
    service.groups["g"] = {"id": "g", "displayName": name}
    assert await client.find("Groups", [("displayName", name)], excludedAttributes="members") is not None
    assert list(service.sent[0].query) == ["excludedAttributes", "filter"]


async def test_flag_in_tenant_url_is_not_sent() -> None:
    """The feature flag is for Entra; paths are appended to what stands before it."""
    service = FakeService()
    async with ScimClient(f"{BASE}/?aadOptscim062020", TOKEN, transport=service.transport) as client:
        await client.list_resources("Users")
    assert (service.sent[0].path, service.sent[0].query) == ("/Users", {})


@pytest.mark.parametrize(("status", "retry_after", "wait"), [(429, "7", 7.0), (503, "3600", 60.0), (503, "soon", 1.0)])
async def test_wait_is_honoured(
    client: ScimClient, service: FakeService, slept: list[float], status: int, retry_after: str, wait: float
) -> None:
    """429 and 503 are repeated after Retry-After, at most a minute, or after a second if it says nothing."""
    service.answer_once("GET", "/Users", status, retry_after=retry_after)
    assert await client.list_resources("Users") == []
    assert (slept, client.requests, client.waits) == ([wait], 2, 1)


async def test_retry_after_as_a_date_in_the_past_waits_nothing(
    client: ScimClient, service: FakeService, slept: list[float]
) -> None:
    """Retry-After may be an HTTP date."""
    service.answer_once("GET", "/Users", 429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
    await client.list_resources("Users")
    assert (slept, client.waits) == ([], 1)


async def test_all_requests_wait(service: FakeService) -> None:
    """What one request is told holds the next ones back too: Entra pauses the job."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    service.answer_once("GET", "/Users", 429, retry_after="9")
    async with ScimClient(BASE, TOKEN, sleep=sleep, time=lambda: 0.0, transport=service.transport) as client:
        await client.list_resources("Users")
        await client.list_resources("Groups")
    assert slept == [9.0, 9.0]


async def test_retries_are_bounded(client: ScimClient, service: FakeService, slept: list[float]) -> None:
    """A service provider that always throttles makes the object fail, after growing waits."""
    service.answer_once("GET", "/Users", 429, times=99)
    with pytest.raises(RequestRefused) as failed:
        await client.list_resources("Users")
    assert (failed.value.code, slept) == ("TooManyRequests", [1.0, 2.0, 4.0, 8.0])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "SchemaPropertyCanOnlyAcceptValue"),
        (403, "InsufficientRights"),
        (404, "InvalidAnchor"),
        (405, "MethodNotAllowed"),
        (409, "EntryConflict"),
        (422, "UnprocessableEntity"),
        (500, "InternalServerError"),
        (501, "NotImplemented"),
        (302, "UnprocessableEntity"),
    ],
)
async def test_status_has_the_code_of_the_provisioning_log(
    client: ScimClient, service: FakeService, status: int, code: str
) -> None:
    """Status, scimType and detail are kept, and the code is Entra's."""
    service.answer_once("POST", "/Users", status, scim_type="uniqueness", detail="taken")
    with pytest.raises(RequestRefused) as failed:
        await client.create("Users", {})
    error = failed.value
    assert (error.code, error.status, error.scim_type, error.detail) == (code, status, "uniqueness", "taken")


@pytest.mark.parametrize(("status", "named"), [(400, True), (409, False)])
async def test_refused_form_is_named(client: ScimClient, service: FakeService, status: int, named: bool) -> None:
    """A refusal of the request itself tells what in its form may be the reason."""
    service.answer_once("PATCH", "/Users/1", status)
    with pytest.raises(RequestRefused) as failed:
        await client.patch("Users", "1", {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]})
    assert ("booleans as text" in failed.value.advice) is named


async def test_wrong_token() -> None:
    """401 stops everything: Entra quarantines at once."""
    async with ScimClient(BASE, "wrong", transport=FakeService().transport) as client:
        with pytest.raises(CredentialsRejected):
            await client.list_resources("Users")


async def test_404_to_a_query_is_incompatible(client: ScimClient, service: FakeService) -> None:
    """A query without a hit must answer 200 with an empty list."""
    service.answer_once("GET", "/Users", 404)
    with pytest.raises(ServiceIncompatible):
        await client.find("Users", [("userName", "x")])


async def test_success_must_be_scim_json(client: ScimClient, service: FakeService) -> None:
    """A success in application/json is not understood."""
    service.media_type = "application/json"
    with pytest.raises(ServiceIncompatible, match="application/json"):
        await client.list_resources("Users")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b'{"schemas": []}', b'{"schemas": ["x"], "Resources": 1}', b'{"schemas": null}']
    + [f'{{"schemas": ["{LIST_URN}"], "Resources": {each}}}'.encode() for each in ("1", '["x"]', '{"id": "1"}')],
)
async def test_no_list_response_is_incompatible(client: ScimClient, service: FakeService, content: bytes) -> None:
    """What is no ListResponse is not understood."""
    headers = {"Content-Type": "application/scim+json"}
    service.faults.append(lambda _: httpx.Response(200, content=content, headers=headers))
    with pytest.raises(ServiceIncompatible):
        await client.list_resources("Users")


async def test_created_resource_without_id_is_incompatible(client: ScimClient, service: FakeService) -> None:
    """Without an id there is nothing to link to."""
    headers = {"Content-Type": "application/scim+json"}
    service.faults.append(lambda _: httpx.Response(201, json={}, headers=headers))
    with pytest.raises(ServiceIncompatible, match="no id"):
        await client.create("Users", {})


@pytest.mark.parametrize("resource", [{}, {"id": 7}, {"id": ""}])
async def test_read_resource_without_id_is_incompatible(
    client: ScimClient, service: FakeService, resource: dict[str, object]
) -> None:
    """Neither found nor read by its id, and a number is none."""
    headers = {"Content-Type": "application/scim+json"}
    service.faults.append(lambda _: httpx.Response(200, json=resource, headers=headers))
    with pytest.raises(ServiceIncompatible, match="no id"):
        await client.get("Users", "1")
    listed = {"schemas": [LIST_URN], "Resources": [resource]}
    service.faults[:] = [lambda _: httpx.Response(200, json=listed, headers=headers)]
    with pytest.raises(ServiceIncompatible, match="no id"):
        await client.find("Users", [("userName", "ada")])


async def test_several_matches(client: ScimClient, service: FakeService) -> None:
    """Two resources for one matching value cannot be linked."""
    service.users = {id: {"id": id, "userName": "ada"} for id in ("1", "2")}
    with pytest.raises(DuplicateTargetEntries):
        await client.find("Users", [("userName", "ada")])


def _raise(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), TargetUnreachable),
        (httpx.ConnectTimeout("slow"), TargetUnreachable),
        (httpx.ReadTimeout("slow"), RequestTimedOut),
        (httpx.RemoteProtocolError("broke"), ProtocolBroken),
    ],
)
async def test_broken_connection(error: Exception, expected: type[ProvisioningError]) -> None:
    """No connection stops the cycle; a slow or broken answer fails one object."""
    async with ScimClient(BASE, TOKEN, transport=httpx.MockTransport(_raise(error))) as client:
        with pytest.raises(expected):
            await client.list_resources("Users")


async def test_tenant_url_without_scheme() -> None:
    """A tenant URL that is none is told like an unreachable one."""
    async with ScimClient("scim.example/scim", TOKEN) as client:
        with pytest.raises(TargetUnreachable, match=r"scim\.example"):
            await client.list_resources("Users")
