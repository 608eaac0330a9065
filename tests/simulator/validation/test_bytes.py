"""The forms that only older documents, validators and recorded oddities have go out byte for byte as they are there."""

from contextlib import suppress
from random import Random

import httpx
import pytest

from simulator.protocol import ENTERPRISE_URN
from simulator.validation.run import ALL_CHECKS
from simulator.validation.session import Finding, Session
from tests.simulator.fake_service import BASE

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
CORE = '"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]'
MANAGER = f"{ENTERPRISE_URN}:manager"


class Plain(Session):
    """A session whose random words are ``W1``, ``W2``, … in the order in which they are made up."""

    made = 0

    def word(self, length: int = 12) -> str:  # noqa: ARG002  the session's own words have a length
        self.made += 1
        return f"W{self.made}"

    def address(self) -> str:
        return f"{self.word()}@x"


async def sent(key: str) -> list[str]:
    """What one check sends to a service provider that takes everything and keeps nothing, up to what it objects to."""
    lines: list[str] = []

    def take(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode("ascii").removeprefix("/scim")
        lines.append(f"{request.method} {path} {request.content.decode()}".rstrip())
        number = sum(line.startswith("POST") for line in lines)
        status = {"POST": 201, "PATCH": 204}.get(request.method, 200)
        return httpx.Response(status, json={"id": f"{number}"}, headers={"Content-Type": "application/scim+json"})

    check = next(each for each in ALL_CHECKS if each.key == key)
    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as http:
        with suppress(Finding, KeyError):
            await check.run(Plain(http, BASE, Random(1)))
    return lines


@pytest.mark.parametrize(
    ("key", "operations"),
    [
        ("U13", f'{{"op":"replace","path":"{MANAGER}","value":{{"value":""}}}}'),
        ("S5", f'{{"op":"Add","path":"{MANAGER}","value":"2"}}'),
        ("O1", f'{{"op":"Add","path":"manager","value":[{{"$ref":"{BASE}/Users/2","value":"2"}}]}}'),
        ("O4", '{"op":"Remove","path":"members","value":[{"$ref":null,"value":"2"}]}'),
        ("O5", '{"op":"remove","path":"members"}'),
        ("O9", f'{{"op":"Add","value":{{"{ENTERPRISE_URN}":{{"department":"W2"}}}}}}'),
        (
            "Q2",
            '{"op":"Add","path":"emails[type eq \\"work\\"].primary","value":"True"},'
            '{"op":"Replace","value":{"active":"False"}}',
        ),
        ("Q3", '{"op":"Replace","value":{"emails.value":"W3@x"}}'),
        ("Q4", '{"op":"Replace","value":{"name":{"givenName":"W1"}}}'),
        ("Q5", '{"op":"Replace","path":"displayName","value":["W2"]}'),
        (
            "Q6",
            '{"op":"Replace","path":"DisplayName","value":"W2"},'
            '{"op":"Add","path":"addresses[type eq \\"other\\"].Formatted","value":"W3"}',
        ),
        ("Q8", f'{{"op":"remove","path":"{MANAGER}"}}'),
        ("Q9", f'{{"op":"replace","path":"{MANAGER}","value":null}}'),
        ("Q11", '{"op":"Replace","path":"displayName","value":"W1"}'),
        ("Q12", '{"op":"Remove","path":"title","value":"W1"}'),
        ("Q13", '{"op":"remove","path":"members[value eq \\"W3\\"]"}'),
        ("Q14", '{"op":"add","path":"members","value":"string id 1"}'),
    ],
)
async def test_operations(key: str, operations: str) -> None:
    """The last PATCH of each check."""
    patches = [line for line in await sent(key) if line.startswith("PATCH")]
    assert patches[-1].partition(" {")[2] == f"{PATCH}{operations}]}}"[1:]


async def test_names_that_mean_nothing() -> None:
    """An id beside the operations, and a name within one, as in the reference collection."""
    (*_, line) = (each for each in await sent("O6") if each.startswith("PATCH"))
    value = '[{"displayName":"X","value":"4"}]'
    operation = f'{{"name":"addMember","op":"add","path":"members","value":{value}}}'
    assert line == f'PATCH /Groups/1 {{"id":"1",{PATCH[1:]}{operation}]}}'


@pytest.mark.parametrize(
    ("key", "body"),
    [
        (
            "O7",
            f'{{"userName":"W1@x",{CORE},"addresses":null,"phoneNumbers":null,"title":null,"nickName":null,'
            '"active":"True","meta":{"resourceType":"User"},"roles":[]}',
        ),
        (
            "O8",
            f'{{"userName":"W1@x","schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{ENTERPRISE_URN}"],'
            '"urn:ietf:params:scim:schemas:extension:Contoso:2.0:User":{"badge":"W2"}}',
        ),
        (
            "Q7",
            f'{{"userName":"W3@x",{CORE},"emails":[{{"primary":true,"type":"work","value":"W1@x"}},'
            '{"primary":true,"type":"other","value":"W2@x"}]}',
        ),
        (
            "Q10",
            '{"userName":"W4@x","schemas":["urn:ietf:params:scim:schemas:core:2.0:User",'
            '"urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],'
            '"emails":[{"Primary":true,"type":"work","value":"W3@x"}],'
            f'"{ENTERPRISE_URN}":{{"Department":"W1","Manager":{{"Value":"W2"}}}}}}',
        ),
    ],
)
async def test_new_user(key: str, body: str) -> None:
    """Nulls, booleans as text, extensions that are not declared, other letter case."""
    assert (await sent(key))[0] == f"POST /Users {body}"


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("W5", "GET /Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22W2%40x%22"),
        ("W7", "GET /Users?aadOptscim062020&count=1"),
        ("O2", "GET /Users?filter=id+eq+%221%22+and+manager+eq+%222%22&attributes=id"),
        ("O3", "GET /Groups?filter=id+eq+%221%22+and+members+eq+%222%22&attributes=id"),
        ("O10", "GET /Users?filter=externalId+eq+W2"),
        ("Q1", "GET /Users?filter=userName+eq+%22W1%40x%22&startIndex=1&count=100"),
    ],
)
async def test_queries(key: str, line: str) -> None:
    """Filters beside ``attributes`` and pages, and with a value that is not quoted."""
    assert (await sent(key))[-1] == line
