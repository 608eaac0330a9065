"""Microsoft Graph for the configurator: sign-in, throttling, and errors that say what to do.

GraphError
├── SignInFailed         nobody is signed in, or the token is refused again and again
├── PermissionMissing    signed in, but not allowed; says which permission would do
├── NotThere             the object does not exist, or is not known everywhere yet
├── Refused              Graph does not take the request
└── Unavailable          Graph does not answer, or is busy for too long
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
)

BASE = "https://graph.microsoft.com/v1.0"
SCOPE = "https://graph.microsoft.com/.default"

type Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
type Sleep = Callable[[float], Awaitable[None]]
type TokenSource = Callable[[], Awaitable[str]]
"""Gives a bearer token; asked again when Graph no longer takes the one before."""

_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
"""Seconds: a service that asks for more is as good as away."""
_TIMEOUT = ClientTimeout(total=60, connect=10)
_BUSY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
_EXPIRED = "InvalidAuthenticationToken"
_log = logging.getLogger(__name__)


class GraphError(Exception):
    """Graph did not do what it was asked; ``code`` is Graph's own word for it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SignInFailed(GraphError):
    """No token, or one that Graph does not take."""


class PermissionMissing(GraphError):
    """Signed in, but not allowed to do this."""


class NotThere(GraphError):
    """There is no such object, or not yet: Graph's copies take some seconds to agree."""


class Refused(GraphError):
    """The request is wrong in Graph's eyes."""


class Unavailable(GraphError):
    """No answer, or busy for longer than we wait."""


class Graph:
    """Requests to Graph, each repeated as far as that is safe.

    429 is repeated for every method, since nothing was done then.  What fails otherwise is repeated only where doing it
    twice is the same as once; a POST whose answer was lost is for the caller to look after.
    """

    def __init__(
        self, session: ClientSession, token: TokenSource, *, base: str = BASE, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._session = session
        self._source = token
        self.base = base
        self._sleep = sleep
        self._token: str | None = None

    async def get(self, path: str, **parameters: str) -> Any:
        """The JSON at *path*, or at ``/beta/…``; parameters get their dollar sign here.  Raises: GraphError."""
        root = self.base.rpartition("/")[0] if path.startswith("/beta/") else self.base
        return await self._ask("GET", root + path, parameters={f"${key}": each for key, each in parameters.items()})

    async def list_all(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """All objects of a collection, page by page.  Raises: GraphError."""
        page = await self.get(path, **parameters)
        found = list(page["value"])
        while link := page.get("@odata.nextLink"):
            if not link.startswith(self.base):
                raise Refused("a next page leads away from Graph; the token is not sent there")
            page = await self._ask("GET", link)
            found += page["value"]
        return found

    async def post(self, path: str, body: Any = None) -> Any:
        """Raises: GraphError."""
        return await self._ask("POST", self.base + path, body)

    async def put(self, path: str, body: Any) -> None:
        """Raises: GraphError."""
        await self._ask("PUT", self.base + path, body)

    async def patch(self, path: str, body: Any) -> None:
        """Raises: GraphError."""
        await self._ask("PATCH", self.base + path, body)

    async def delete(self, path: str) -> None:
        """Raises: GraphError."""
        await self._ask("DELETE", self.base + path)

    async def _ask(self, verb: Verb, url: str, body: Any = None, parameters: Mapping[str, str] | None = None) -> Any:
        refused_token = False
        for attempt in range(_ATTEMPTS):
            if self._token is None:
                self._token = await self._source()
            try:
                async with self._send(verb, url, body, parameters) as answer:
                    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                        return await _content(answer)
                    if answer.status == HTTPStatus.UNAUTHORIZED and not refused_token:
                        self._token, refused_token = None, True
                        continue
                    if not _may_repeat(verb, answer.status):
                        raise await _error(answer)
                    wait = _wait(answer.headers.get("Retry-After"), attempt)
            except (ClientConnectionError, ClientPayloadError, TimeoutError) as error:
                if verb == "POST":
                    raise Unavailable(f"Graph does not answer: {type(error).__name__}") from error
                wait = _wait(None, attempt)
            _log.info("%s is to be asked again in %.1f s", verb, wait)
            await self._sleep(wait)
        raise Unavailable("Graph is busy, or does not answer; try again later")

    def _send(self, verb: Verb, url: str, body: Any, parameters: Mapping[str, str] | None) -> Any:
        return self._session.request(
            verb,
            url,
            json=body,
            params=parameters,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=_TIMEOUT,
            allow_redirects=False,
        )


def _may_repeat(verb: Verb, status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or (status in _BUSY and verb != "POST")


def _wait(retry_after: str | None, attempt: int) -> float:
    """Seconds before the next attempt.  Raises: Unavailable: it is asked for more than is sensible."""
    wait = float(retry_after) if retry_after and retry_after.isdecimal() else 2.0**attempt
    if wait > _LONGEST_WAIT:
        raise Unavailable(f"Graph asks to come back in {wait:.0f} s; try again then")
    return wait


async def _content(answer: ClientResponse) -> Any:
    """The JSON of an answer; None where nothing was asked for and nothing came.  Raises: Refused: it is not Graph's."""
    text = await answer.read()
    if not text and answer.method != "GET":
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused("an answer is no JSON; is there a proxy between here and Graph?") from error


async def _error(answer: ClientResponse) -> GraphError:
    try:
        told = (await answer.json())["error"]
        code, message = str(told["code"]), str(told["message"]) or f"status {answer.status}"
    except (ValueError, KeyError, TypeError, ClientError):
        code, message = "", f"status {answer.status}"
    kind = {401: SignInFailed, 403: PermissionMissing, 404: NotThere}.get(answer.status, Refused)
    if answer.status == HTTPStatus.UNAUTHORIZED and code not in ("", _EXPIRED):
        kind = PermissionMissing  # so the synchronization API, without a reason (entra.md §8.7)
    return (Unavailable if answer.status in _BUSY else kind)(f"{code}: {message}" if code else message, code)


@asynccontextmanager
async def signed_in() -> AsyncIterator[Graph]:
    """Graph as whoever is signed in: ``az login``, a pipeline's federated identity, or a managed identity."""
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity.aio import DefaultAzureCredential

    async with DefaultAzureCredential() as credential, ClientSession(cookie_jar=DummyCookieJar()) as session:

        async def token() -> str:
            try:
                return (await credential.get_token(SCOPE)).token
            except ClientAuthenticationError as error:
                raise SignInFailed("nobody is signed in; run: az login") from error

        yield Graph(session, token)
