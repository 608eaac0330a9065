"""Requests to Graph: what is repeated and for how long, what is not, and what each error says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import azure.identity.aio
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import ClientAuthenticationError

from outbound import graph
from outbound.graph import (
    SCOPE,
    Graph,
    NotThere,
    PermissionMissing,
    Refused,
    SignInFailed,
    Unavailable,
)

HALF = '{"value": ['


@dataclass
class Script:
    """Answers in turn: a status, or a status with headers and JSON; the last one for ever.

    None drops the line before an answer, HALF within it; a text is an answer that is no JSON.
    """

    answers: list[Any]
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        self.tokens.append(request.headers["Authorization"])
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if told is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(told, str):
            return await self._text(request, told)
        status, headers, body = told if isinstance(told, tuple) else (told, {}, {"value": []})
        return (
            web.json_response(body, status=status, headers=headers)
            if body
            else web.Response(status=status, headers=headers)
        )

    async def _text(self, request: web.Request, told: str) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(told) + (told == HALF)
        await response.prepare(request)
        await response.write(told.encode())
        if told == HALF:
            assert request.transport is not None
            request.transport.close()
        return response

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def script() -> Script:
    """Every answer is an empty collection, until a test says otherwise."""
    return Script([200])


@pytest.fixture
async def client(script: Script) -> AsyncIterator[Graph]:
    """Graph as *script* plays it; the n-th token is called ``token-n``."""
    app, given = web.Application(), iter(range(1, 100))
    app.router.add_route("*", "/{path:.*}", script.answer)

    async def token() -> str:
        return f"token-{next(given)}"

    async with TestServer(app) as server, ClientSession() as session:
        yield Graph(session, token, base=str(server.make_url("/v1.0")), sleep=script.sleep)


def error(status: int, code: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """An answer with an error in Graph's form."""
    return status, {}, {"error": {"code": code, "message": "why"}}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_reading_is_repeated(client: Graph, script: Script, status: int) -> None:
    """A busy Graph is asked again, with waits that double where it names none."""
    script.answers = [status, status, 200]
    assert await client.get("/me") == {"value": []}
    assert script.slept == [1.0, 2.0]


async def test_retry_after_is_kept(client: Graph, script: Script) -> None:
    """The wait is the one that Graph names."""
    script.answers = [(429, {"Retry-After": "17"}, {}), 200]
    await client.get("/me")
    assert script.slept == [17.0]


async def test_throttled_writing_is_repeated(client: Graph, script: Script) -> None:
    """429 says that nothing was done."""
    script.answers = [429, 200]
    await client.post("/groups", {})
    assert script.asked == ["POST /v1.0/groups"] * 2


@pytest.mark.parametrize("trouble", [503, 504, None])
async def test_creating_is_not_repeated(client: Graph, script: Script, trouble: int | None) -> None:
    """Of a POST whose answer is lost nobody knows whether it was done; the caller looks."""
    script.answers = [trouble, 200]
    with pytest.raises(Unavailable):
        await client.post("/groups", {})
    assert len(script.asked) == 1


@pytest.mark.parametrize("broken", [None, HALF])
async def test_dropped_line_is_asked_again(client: Graph, script: Script, broken: str | None) -> None:
    """A read or a replacement whose connection breaks, before or within the answer, is repeated."""
    script.answers = [broken, 204]
    await client.put("/me", {})
    script.answers = [broken, 200]
    assert await client.list_all("/me") == []
    assert len(script.asked) == 4


async def test_answer_that_is_not_graph_s(client: Graph, script: Script) -> None:
    """A proxy's page in place of JSON is told in a line; a request that is done may have an empty answer."""
    script.answers = ["<html>Sign in to the network</html>"]
    with pytest.raises(Refused, match="no JSON"):
        await client.get("/me")
    script.answers = [""]
    assert await client.post("/me/start") is None
    with pytest.raises(Refused, match="no JSON"):
        await client.get("/me")


@pytest.mark.parametrize(("answer", "asked"), [(429, 6), ((429, {"Retry-After": "900"}, {}), 1)])
async def test_patience_ends(client: Graph, script: Script, answer: Any, asked: int) -> None:
    """After six attempts, or at once where Graph asks for a quarter of an hour."""
    script.answers = [answer]
    with pytest.raises(Unavailable):
        await client.get("/me")
    assert len(script.asked) == asked


async def test_one_token_serves_all(client: Graph, script: Script) -> None:
    """A token is asked for once, and again only where it is refused; then that request goes on with the new one."""
    script.answers = [200, error(401, "InvalidAuthenticationToken"), 200]
    await client.get("/a")
    await client.get("/b")
    assert script.tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (error(401, "InvalidAuthenticationToken"), SignInFailed, "InvalidAuthenticationToken: why"),
        ((401, {}, {"error": {"code": "UnknownError", "message": ""}}), PermissionMissing, "UnknownError: status 401"),
        (error(403, "Authorization_RequestDenied"), PermissionMissing, "Authorization_RequestDenied: why"),
        (error(404, "Request_ResourceNotFound"), NotThere, "Request_ResourceNotFound: why"),
        (error(400, "BadRequest"), Refused, "BadRequest: why"),
        ((400, {}, {"odd": "shape"}), Refused, "status 400"),
        ((500, {}, {}), Refused, "status 500"),
        ((302, {"Location": "https://elsewhere.example"}, {"a": 1}), Refused, "status 302"),
    ],
)
async def test_error_says_what_graph_said(
    client: Graph, script: Script, answer: Any, kind: type[Exception], text: str
) -> None:
    """Each kind of refusal has a class of its own; an answer that is no error of Graph's tells its status."""
    script.answers = [answer]
    with pytest.raises(kind, match=text):
        await client.get("/me")


async def test_pages_are_followed_within_graph(client: Graph, script: Script) -> None:
    """A next page is asked for as it is named; one that leads elsewhere is not, for the token would go there."""
    script.answers = [(200, {}, {"value": [{"id": "1"}], "@odata.nextLink": f"{client.base}/users?$skiptoken=x"}), 200]
    assert await client.list_all("/users", filter="a eq 'b'") == [{"id": "1"}]
    assert script.asked[1] == "GET /v1.0/users?$skiptoken=x"
    script.answers = [(200, {}, {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/users"})]
    with pytest.raises(Refused, match="away from Graph"):
        await client.list_all("/users")


# Signing in


@dataclass
class FakeCredential:
    """Whoever is signed in, or nobody."""

    token: str | None = "given"

    async def __aenter__(self) -> "FakeCredential":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def get_token(self, scope: str) -> Any:
        if self.token is None:
            raise ClientAuthenticationError("a long list of what was tried")
        assert scope == SCOPE
        return self


async def test_signed_in_as_whoever_is(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is for Graph, and of the identity that the machine has."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.answer)
    monkeypatch.setattr(azure.identity.aio, "DefaultAzureCredential", FakeCredential)
    async with TestServer(app) as server, graph.signed_in() as client:
        client.base = str(server.make_url("/v1.0"))
        await client.get("/me")
    assert script.tokens == ["Bearer given"]


async def test_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, not the list of all ways that were tried."""
    monkeypatch.setattr(azure.identity.aio, "DefaultAzureCredential", lambda: FakeCredential(None))
    async with graph.signed_in() as client:
        with pytest.raises(SignInFailed, match=r"^nobody is signed in; run: az login$"):
            await client.get("/me")
