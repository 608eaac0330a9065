"""Checks find what is wrong with a service provider, say it, clean up, and come to a verdict."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from simulator.protocol import LIST_URN, USER_URN, JsonObject
from simulator.validation.checks import Check, Suite
from simulator.validation.onboarding import flattened
from simulator.validation.run import ALL_CHECKS, validate
from simulator.validation.samples import BY_PATH, JOINED, new_values, values_of, whole_user
from simulator.validation.session import Answer, Finding, Session, require_same, resources_of
from tests.simulator.fake_service import BASE, TOKEN, FakeService

type Handle = Callable[[httpx.Request], httpx.Response]


def session_of(handle: Handle) -> Session:
    return Session(httpx.AsyncClient(transport=httpx.MockTransport(handle)), BASE, Random(1))


def check_of(run: Any, *, required: bool = True) -> Check:
    return Check("X1", "A check", Suite.USERS, run, required)


def test_checks_by_their_numbers() -> None:
    """Fifteen tests of users, twelve of groups, seven previews; keys are unique."""
    keys = [check.key for check in ALL_CHECKS]
    count = {suite: sum(check.suite is suite for check in ALL_CHECKS) for suite in Suite}
    assert (count[Suite.USERS], count[Suite.GROUPS], count[Suite.PREVIEW]) == (15, 12, 7)
    assert len(set(keys)) == len(keys)


def test_recorded_bodies() -> None:
    """36 attributes are patched, 16 by a path each; the body has one boolean as text and a manager who is nobody."""
    session = session_of(lambda _: httpx.Response(200))
    body = whole_user(session)
    assert (len(BY_PATH), len(JOINED), len(new_values(session))) == (16, 20, 36)
    assert body["roles"][0]["primary"] == "True"
    assert len({each["value"] for each in body["phoneNumbers"]}) == 1
    assert len(values_of(body)) == 38


@pytest.mark.parametrize(
    ("response", "what"),
    [
        (
            httpx.Response(200, json={"id": "1"}, headers={"Content-Type": "application/json"}),
            "answered in application/json",
        ),
        (
            httpx.Response(200, content=b"[]", headers={"Content-Type": "application/scim+json"}),
            "not answer with a JSON object",
        ),
        (
            httpx.Response(200, content=b"x", headers={"Content-Type": "application/scim+json"}),
            "not answer with a JSON object",
        ),
        (httpx.Response(404, json={"detail": "gone"}), "answered 404, 200 was due: gone"),
        (httpx.Response(500, content=b"<html>"), "answered 500, 200 was due"),
    ],
)
async def test_odd_answers(response: httpx.Response, what: str) -> None:
    """A wrong media type, no JSON, and a wrong status each have words of their own."""
    with pytest.raises(Finding, match=what):
        await session_of(lambda _: response).get("/Users/1")


async def test_no_answer() -> None:
    """A connection that breaks is a finding, not a crash of ours."""

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Finding, match="refused"):
        await session_of(gone).get("/Users/1")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"totalResults": 0, "Resources": []}, "without the schema"),
        ({"schemas": [LIST_URN], "totalResults": 0}, "without Resources"),
        ({"schemas": [LIST_URN], "totalResults": 0, "resources": []}, "without Resources"),
        ({"schemas": [LIST_URN], "totalResults": "0", "Resources": []}, "no number"),
        ({"schemas": [LIST_URN], "totalResults": True, "Resources": []}, "no number"),
    ],
)
def test_list_response(body: JsonObject, what: str) -> None:
    """Every member of a ListResponse is looked at."""
    with pytest.raises(Finding, match=what):
        resources_of(Answer(200, "", body, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resource", "path", "value", "same"),
    [
        ({"title": "a"}, "title", "a", True),
        ({"title": "A"}, "title", "a", False),
        ({}, "title", "a", False),
        ({"active": False}, "active", False, True),
        ({"active": "False"}, "active", False, True),
        ({"active": True}, "active", False, False),
        ({"roles": [{"primary": True, "value": "x"}]}, 'roles[primary eq "True"].value', "x", True),
    ],
)
def test_comparison(resource: JsonObject, path: str, value: Any, same: bool) -> None:
    """Values are compared as they are, booleans also as text."""
    if same:
        require_same(resource, [(path, value)])
        return
    with pytest.raises(Finding, match="was written"):
        require_same(resource, [(path, value)])


def test_flattened_schema() -> None:
    """Types with canonical values become bracket paths, those without are selected by ``primary``."""
    sub = [{"name": "type", "canonicalValues": ["work"]}, {"name": "value"}, {"name": "primary"}]
    schema = {
        "id": USER_URN,
        "attributes": [
            {"name": "userName", "type": "string"},
            {
                "name": "name",
                "type": "complex",
                "subAttributes": [{"name": "givenName"}, {"name": "x", "type": "complex"}],
            },
            {"name": "emails", "type": "complex", "multiValued": True, "subAttributes": sub},
            {"name": "roles", "type": "complex", "multiValued": True, "subAttributes": sub[1:]},
            {"name": "manager", "type": "complex"},
        ],
    }
    assert flattened(schema) == [
        "userName",
        "name.givenName",
        'emails[type eq "work"].value',
        'roles[primary eq "True"].value',
        "manager",
    ]
    assert flattened({"id": "urn:x", "attributes": [{"name": "badge", "type": "string"}]}) == ["urn:x:badge"]


async def test_what_a_check_makes_is_deleted(service: FakeService) -> None:
    """Also when the check fails; the requests of a failed check are kept."""

    async def run(session: Session) -> None:
        await session.create("Users", {"userName": "x"})
        raise Finding("wrong", "mend it")

    verdict = await validate(BASE, TOKEN, checks=[check_of(run)], transport=service.transport)
    (result,) = verdict.results
    assert (service.users, [each.method for each in result.exchanges], verdict.passed) == (
        {},
        ["POST"],
        False,
    )


@pytest.mark.parametrize(("required", "passed"), [(True, False), (False, True)])
async def test_only_required_checks_decide(service: FakeService, required: bool, passed: bool) -> None:
    """An optional check that fails is told and does not fail the verdict."""

    async def run(_: Session) -> None:
        raise Finding("wrong", "mend it")

    verdict = await validate(BASE, TOKEN, checks=[check_of(run, required=required)], transport=service.transport)
    assert (verdict.passed, len(verdict.failures)) == (passed, 1)
    assert json.loads(json.dumps(verdict.to_json()))["results"][0]["advice"] == "mend it"


async def test_odd_shape_is_a_finding(service: FakeService) -> None:
    """An answer that no check expects is said to be the service provider's doing."""

    async def run(session: Session) -> None:
        (await session.get("/Users"))["nowhere"]

    verdict = await validate(BASE, TOKEN, checks=[check_of(run)], transport=service.transport)
    assert verdict.failures[0].finding is not None
    assert "unexpected shape" in verdict.failures[0].finding.what


async def test_small_service_provider_fails_some(service: FakeService) -> None:
    """The fake of these tests cannot do all that Microsoft asks; which checks it fails shows that they look."""
    verdict = await validate(BASE, TOKEN, transport=service.transport)
    failed = {each.check.key for each in verdict.failures}
    assert {"U4", "U14", "G6", "G12", "P4", "W6"} & failed == set()
    assert {"U6", "S1"} <= failed


def _gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("broke", request=request)


@pytest.mark.parametrize(
    ("handle", "what"),
    [
        (_gone, f"no connection to {BASE}: refused"),
        (lambda _: httpx.Response(401, json={}), "token was not accepted"),
        (lambda _: httpx.Response(200, html="<p>Welcome</p>"), "answered 200 with a web page"),
        (lambda _: httpx.Response(404, html="<p>Gone</p>"), "answered 404 with a web page"),
    ],
)
async def test_nothing_to_check(handle: Handle, what: str) -> None:
    """Where there is no SCIM, or no way in, that is said once."""
    verdict = await validate(BASE, TOKEN, transport=httpx.MockTransport(handle))
    assert (verdict.passed, verdict.results) == (False, ())
    assert verdict.obstacle is not None
    assert what in verdict.obstacle.what
    assert json.loads(json.dumps(verdict.to_json()))["obstacle"]["what"] == verdict.obstacle.what


@pytest.mark.parametrize("handle", [_broken, lambda _: httpx.Response(500, json={})])
async def test_broken_service_provider_is_checked(handle: Handle) -> None:
    """What speaks, however badly, is told from check to check."""
    verdict = await validate(BASE, TOKEN, transport=httpx.MockTransport(handle))
    assert (verdict.obstacle, len(verdict.failures)) == (None, len(ALL_CHECKS))


async def test_findings_are_one_line() -> None:
    """The path is told without the tenant URL, and a long detail in part."""
    detail = "first\n  second " + "word " * 100
    with pytest.raises(Finding) as found:
        await session_of(lambda _: httpx.Response(400, json={"detail": detail})).get("/Users/1")
    assert found.value.what.startswith("GET /Users/1 answered 400, 200 was due: first second word")
    assert len(found.value.what) < 400


@pytest.mark.parametrize("key", ["U3", "U4", "U5", "G5", "G6", "G7"])
async def test_ignored_filter_is_found_out(key: str) -> None:
    """A service provider that answers every query with all it has does not pass by having nothing else."""
    service = FakeService()

    def without_filter(request: httpx.Request) -> httpx.Response:
        return service.handle(
            httpx.Request(
                request.method,
                request.url.copy_remove_param("filter"),
                headers=request.headers,
                content=request.content,
            )
        )

    check = next(each for each in ALL_CHECKS if each.key == key)
    verdict = await validate(BASE, TOKEN, checks=[check], transport=httpx.MockTransport(without_filter))
    assert len(verdict.failures) == 1
