"""Every request of the service goes over the wire byte for byte as it is documented or recorded.

Source: the request forms of Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint", "Known issues and
resolutions with SCIM 2.0 protocol compliance", "Customize attribute mappings" (roles), and recorded traffic.
"""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from simulator.connection import check_connection
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping, Schema
from simulator.paths import parse_path
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State
from simulator.values import AppRole
from tests.simulator.builders import cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import BASE, TOKEN, FakeService

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ADMIN, READER = AppRole("r1", "Admin", "Administrator"), AppRole("r2", "Reader", "Reader")
AVERY = make_user(
    "avery",
    displayName="Avery Kline",
    jobTitle="Analyst",
    preferredLanguage="en-US",
    givenName="Avery",
    surname="Kline",
    mail="avery@contoso.example",
    telephoneNumber="+1 555 0100",
    physicalDeliveryOfficeName="HQ/3",
    city="Oslo",
    employeeId="7001",
    department="Finance",
)


class Wire(httpx.AsyncBaseTransport):
    """Hands requests to the fake and keeps them as the bytes that go out."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.lines: list[str] = []
        self.headers: list[httpx.Headers] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.headers.append(request.headers)
        target = request.url.raw_path.decode("ascii").removeprefix("/scim")
        self.lines.append(f"{request.method} {target} {request.content.decode()}".rstrip())
        return self.service.handle(request)


async def sent(service: FakeService, *sources: Any, dialect: Dialect = Dialect.LEGACY, **job: Any) -> list[str]:
    """The requests of the last of several cycles."""
    wire, state = Wire(service), State()
    async with ScimClient(BASE, TOKEN, transport=wire) as client:
        for source in sources:
            wire.lines.clear()
            await cycle(client, source, state, dialect, **job)
    return wire.lines


async def test_headers(service: FakeService) -> None:
    """A bearer token on every request, the media type of SCIM on every body."""
    wire = Wire(service)
    async with ScimClient(f"{BASE}?aadOptscim062020", TOKEN, transport=wire) as client:
        await cycle(client, make_directory(make_user("ada")))
    assert [each["Authorization"] for each in wire.headers] == [f"Bearer {TOKEN}"] * 2
    assert [each.get("Content-Type") for each in wire.headers] == [None, "application/scim+json"]


async def test_connection(service: FakeService) -> None:
    """Two probes for what cannot exist, two reads and discovery."""
    wire = Wire(service)
    async with ScimClient(BASE, TOKEN, transport=wire) as client:
        await check_connection(client, new_value=lambda: "5c2e1d")
    assert wire.lines == [
        "GET /Users?filter=userName+eq+%225c2e1d%22",
        "GET /Groups?excludedAttributes=members&filter=displayName+eq+%225c2e1d%22",
        "GET /Users?startIndex=1&count=1",
        "GET /Groups?excludedAttributes=members&startIndex=1&count=1",
        "GET /Schemas",
    ]


async def test_user_is_created(service: FakeService) -> None:
    """Both URNs, an empty array of roles, ``meta``, and no manager."""
    assert await sent(service, make_directory(AVERY)) == [
        "GET /Users?filter=userName+eq+%22avery%40contoso.example%22",
        'POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",'
        '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"avery",'
        '"userName":"avery@contoso.example","active":true,"displayName":"Avery Kline","title":"Analyst",'
        '"preferredLanguage":"en-US",'
        '"name":{"givenName":"Avery","familyName":"Kline","formatted":"Avery Kline"},'
        '"emails":[{"primary":true,"type":"work","value":"avery@contoso.example"}],'
        '"phoneNumbers":[{"type":"work","value":"+1 555 0100"}],'
        '"addresses":[{"type":"work","formatted":"HQ/3","locality":"Oslo"}],'
        f'"{ENTERPRISE}":{{"employeeNumber":"7001","department":"Finance"}},'
        '"meta":{"resourceType":"User"},"roles":[]}',
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("externalId", "externalId+eq+%22avery%22"),
        ('emails[type eq "work"].value', "emails%5Btype+eq+%22work%22%5D.value+eq+%22avery%40contoso.example%22"),
    ],
)
async def test_other_matching_attributes(service: FakeService, path: str, query: str) -> None:
    """Users may be matched by externalId or work e-mail."""
    rows = tuple(
        replace(each, matching_priority=int(str(each.target) == path)) for each in DEFAULT_SCHEMA.users.attributes
    )
    schema = replace(DEFAULT_SCHEMA, users=replace(DEFAULT_SCHEMA.users, attributes=rows))
    lines = await sent(service, make_directory(AVERY), schema=schema)
    assert lines[0] == f"GET /Users?filter={query}"


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            Dialect.LEGACY,
            '{"op":"Replace","path":"displayName","value":"Avery K"},'
            '{"op":"Replace","path":"emails[type eq \\"work\\"].value","value":"a.k@contoso.example"},'
            '{"op":"Replace","path":"name.familyName","value":"K"},'
            '{"op":"Replace","path":"name.formatted","value":"Avery K"},'
            '{"op":"Add","path":"phoneNumbers[type eq \\"mobile\\"].value","value":"+1 5"},'
            f'{{"op":"Replace","path":"{ENTERPRISE}:employeeNumber","value":"7002"}}]}}',
        ),
        (
            Dialect.FLAG,
            '{"op":"replace","path":"emails[type eq \\"work\\"].value","value":"a.k@contoso.example"},'
            '{"op":"add","path":"phoneNumbers[type eq \\"mobile\\"].value","value":"+1 5"},'
            '{"op":"replace","value":{"displayName":"Avery K","name.familyName":"K","name.formatted":"Avery K",'
            f'"{ENTERPRISE}:employeeNumber":"7002"}}}}]}}',
        ),
    ],
)
async def test_user_is_changed(service: FakeService, dialect: Dialect, body: str) -> None:
    """The user is read by id; only what differs is sent."""
    changed = {"displayName": "Avery K", "mail": "a.k@contoso.example", "surname": "K", "mobile": "+1 5"}
    edited = replace(AVERY, attributes={**AVERY.attributes, **changed, "employeeId": "7002"})
    lines = await sent(service, make_directory(AVERY), make_directory(edited), dialect=dialect)
    assert lines == ["GET /Users/u-1", f"PATCH /Users/u-1 {PATCH}{body}"]


@pytest.mark.parametrize(
    ("dialect", "disabled", "restored"),
    [
        (
            Dialect.LEGACY,
            '{"op":"Replace","path":"active","value":"False"}]}',
            '{"op":"Replace","path":"active","value":"True"}]}',
        ),
        (
            Dialect.FLAG,
            '{"op":"replace","path":"active","value":false}]}',
            '{"op":"replace","path":"active","value":true}]}',
        ),
    ],
)
async def test_user_is_disabled_and_restored(
    service: FakeService, dialect: Dialect, disabled: str, restored: str
) -> None:
    """A string without the flag, a boolean with it."""
    there, gone = make_directory(AVERY), make_directory()
    lines = await sent(service, there, gone, dialect=dialect)
    assert lines == ["GET /Users/u-1", f"PATCH /Users/u-1 {PATCH}{disabled}"]
    lines = await sent(service, there, gone, there, dialect=dialect)
    assert lines == ["GET /Users/u-1", f"PATCH /Users/u-1 {PATCH}{restored}"]


async def test_user_is_deleted(service: FakeService) -> None:
    """Deleted for good is DELETE by id."""
    gone = replace(make_directory(), purged=frozenset({"avery"}))
    assert await sent(service, make_directory(AVERY), gone) == ["DELETE /Users/u-1"]


@pytest.mark.parametrize(("dialect", "ops"), [(Dialect.LEGACY, ("Add", "Replace")), (Dialect.FLAG, ("add", "replace"))])
async def test_manager(service: FakeService, dialect: Dialect, ops: tuple[str, str]) -> None:
    """A bare string at the path with the URN, added and then replaced."""
    people = [make_user("b"), make_user("c")]
    first, second = (make_directory(make_user("a", manager=id), *people) for id in ("b", "c"))
    lines = await sent(service, first, dialect=dialect)
    assert lines[-1] == f'PATCH /Users/u-1 {PATCH}{{"op":"{ops[0]}","path":"{ENTERPRISE}:manager","value":"u-2"}}]}}'
    lines = await sent(service, first, second, dialect=dialect)
    assert lines == [
        "GET /Users/u-1",
        f'PATCH /Users/u-1 {PATCH}{{"op":"{ops[1]}","path":"{ENTERPRISE}:manager","value":"u-3"}}]}}',
    ]


def with_roles(function: str) -> Schema:
    path = 'roles[primary eq "True"].value' if function.startswith("Single") else "roles"
    row = AttributeMapping(parse_path(path), f"{function}([appRoleAssignments])")
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    return replace(DEFAULT_SCHEMA, users=users)


ROLE_TYPE = '"type":"WindowsAzureActiveDirectoryRole"'
ONE = f'[{{"primary":true,{ROLE_TYPE},"value":"Admin"}}]'
BOTH = (
    f'[{{"primary":false,{ROLE_TYPE},"display":"Administrator","value":"Admin"}},'
    f'{{"primary":false,{ROLE_TYPE},"display":"Reader","value":"Reader"}}]'
)
IN_A_STRING = r'{"value":"{\"id\":\"r1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}'
SECOND_IN_A_STRING = r'{"value":"{\"id\":\"r2\",\"value\":\"Reader\",\"displayName\":\"Reader\"}"}'


@pytest.mark.parametrize(
    ("function", "created", "dialect", "operation"),
    [
        ("SingleAppRoleAssignment", ONE, Dialect.LEGACY, f'{{"op":"Add","path":"roles","value":[{IN_A_STRING}]}}'),
        ("SingleAppRoleAssignment", ONE, Dialect.FLAG, f'{{"op":"add","path":"roles","value":{ONE}}}'),
        ("AppRoleAssignmentsComplex", BOTH, Dialect.FLAG, f'{{"op":"add","path":"roles","value":{BOTH}}}'),
        (
            "AppRoleAssignmentsComplex",
            BOTH,
            Dialect.LEGACY,
            f'{{"op":"Add","path":"roles","value":[{IN_A_STRING},{SECOND_IN_A_STRING}]}}',
        ),
        ("AssertiveAppRoleAssignmentsComplex", BOTH, Dialect.FLAG, f'{{"op":"replace","path":"roles","value":{BOTH}}}'),
        (
            "AssertiveAppRoleAssignmentsComplex",
            BOTH,
            Dialect.LEGACY,
            f'{{"op":"Replace","path":"roles","value":[{IN_A_STRING},{SECOND_IN_A_STRING}]}}',
        ),
    ],
)
async def test_roles(service: FakeService, function: str, created: str, dialect: Dialect, operation: str) -> None:
    """Objects in a creation and with the flag; without it JSON in a string; the assertive function replaces."""
    schema, assigned = with_roles(function), {"avery": (ADMIN, READER)}
    lines = await sent(service, make_directory(AVERY, assigned=assigned), schema=schema, dialect=dialect)
    assert lines[-1].endswith(f'"roles":{created}}}')
    service.users.clear()
    before, after = make_directory(AVERY), make_directory(AVERY, assigned=assigned)
    lines = await sent(service, before, after, schema=schema, dialect=dialect)
    assert lines[-1] == f"PATCH /Users/u-2 {PATCH}{operation}]}}"


async def test_custom_extension_is_not_declared(service: FakeService) -> None:
    """Its data is sent, its URN is not among the schemas."""
    row = AttributeMapping(parse_path("urn:ietf:params:scim:schemas:extension:Contoso:2.0:User:badge"), '"7"')
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    lines = await sent(service, make_directory(AVERY), schema=replace(DEFAULT_SCHEMA, users=users))
    assert '"urn:ietf:params:scim:schemas:extension:Contoso:2.0:User":{"badge":"7"}' in lines[-1]
    assert lines[-1].startswith(
        f'POST /Users {{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{ENTERPRISE}"],'
    )


GROUP = make_group("g", name="Sales & Marketing")


async def test_group_is_created(service: FakeService) -> None:
    """Matched without members, created with Microsoft's URN and an empty array of members."""
    assert await sent(service, make_directory(GROUP)) == [
        "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Sales+%26+Marketing%22",
        'POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",'
        '"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"g",'
        '"displayName":"Sales & Marketing","members":[],"meta":{"resourceType":"Group"}}',
    ]


async def test_group_is_created_as_newer_traffic_has_it(service: FakeService) -> None:
    """With the standard's URN alone."""
    lines = await sent(service, make_directory(GROUP), microsoft_schema=False)
    assert lines[-1] == (
        'POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"g",'
        '"displayName":"Sales & Marketing","members":[],"meta":{"resourceType":"Group"}}'
    )


@pytest.mark.parametrize(("dialect", "op"), [(Dialect.LEGACY, "Replace"), (Dialect.FLAG, "replace")])
async def test_group_is_renamed(service: FakeService, dialect: Dialect, op: str) -> None:
    """Read by id without members, then one PATCH."""
    renamed = make_directory(replace(GROUP, display_name="Größe"))
    assert await sent(service, make_directory(GROUP), renamed, dialect=dialect) == [
        "GET /Groups/g-1?excludedAttributes=members",
        f'PATCH /Groups/g-1 {PATCH}{{"op":"{op}","path":"displayName","value":"Größe"}}]}}',
    ]


async def test_group_is_deleted(service: FakeService) -> None:
    """A group that left is deleted."""
    assert await sent(service, make_directory(GROUP), make_directory()) == ["DELETE /Groups/g-1"]


@pytest.mark.parametrize(
    ("dialect", "added", "removed"),
    [
        (
            Dialect.LEGACY,
            '{"op":"Add","path":"members","value":[{"$ref":null,"value":"u-1"},{"$ref":null,"value":"u-2"}]}',
            '{"op":"Remove","path":"members","value":[{"value":"u-1"},{"value":"u-2"}]}',
        ),
        (
            Dialect.FLAG,
            '{"op":"add","path":"members","value":[{"value":"u-1"},{"value":"u-2"}]}',
            '{"op":"remove","path":"members[value eq \\"u-1\\"]"},{"op":"remove","path":"members[value eq \\"u-2\\"]"}',
        ),
    ],
)
async def test_members(service: FakeService, dialect: Dialect, added: str, removed: str) -> None:
    """Several members in one operation; with the flag a removal is one operation for each."""
    people = [make_user("a"), make_user("b")]
    full, empty = make_directory(*people, make_group("g", "a", "b")), make_directory(*people, make_group("g"))
    lines = await sent(service, full, dialect=dialect)
    assert lines[-1] == f"PATCH /Groups/g-1 {PATCH}{added}]}}"
    lines = await sent(service, full, empty, dialect=dialect)
    assert lines == [f"PATCH /Groups/g-1 {PATCH}{removed}]}}"]


async def test_members_of_an_existing_group_are_asked_for(service: FakeService) -> None:
    """The membership check of older documentation, for each member."""
    source = make_directory(make_user("a"), make_group("g", "a"))
    await sent(service, source)
    lines = await sent(service, source)
    assert lines[-1] == "GET /Groups?filter=id+eq+%22g-1%22+and+members+eq+%22u-1%22&attributes=id"
