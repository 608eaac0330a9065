"""Speaks to the service provider under test, keeps every exchange, and says what is wrong with an answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from string import ascii_uppercase
from textwrap import shorten
from typing import Any

import httpx

from simulator.paths import TargetPath, parse_path
from simulator.protocol import LIST_URN, PATCH_URN, SCIM_MEDIA_TYPE, JsonObject
from simulator.scim_client import encode
from simulator.validation.advice import Exchange, advice_on

type Query = Mapping[str, str]

_LONGEST_ANSWER, _LONGEST_DETAIL = 4000, 300
_VALIDATOR_TYPE = f"{SCIM_MEDIA_TYPE}; charset=utf-8"


class Finding(Exception):
    """Something is wrong with the service provider: what was due, what came, and what to do."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


@dataclass(frozen=True)
class Answer:
    """One answer: status, and the JSON object of its body, empty without one."""

    status: int
    media_type: str
    body: JsonObject
    exchange: Exchange


@dataclass
class Session:
    """The conversation with one service provider."""

    http: httpx.AsyncClient
    base: str
    random: Random
    exchanges: list[Exchange] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)

    def word(self, length: int = 12) -> str:
        """Return random capital letters."""
        return "".join(self.random.choice(ascii_uppercase) for _ in range(length))

    def address(self) -> str:
        """Return a random e-mail address."""
        return f"{self.word(8).lower()}@{self.word(6).lower()}.example"

    async def send(
        self, method: str, path: str, body: JsonObject | None = None, *, query: Query | None = None
    ) -> Answer:
        """Return the answer to one request.

        Raises:
            Finding: There is no answer, or it has a body that is no JSON object in the media type of SCIM.
        """
        content = None if body is None else encode(body)
        headers = {} if content is None else {"Content-Type": _VALIDATOR_TYPE}
        try:
            response = await self.http.request(method, self.base + path, params=query, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Finding(f"{method} {path}: {str(error) or type(error).__name__}", "Look for a crash.") from error
        url = str(response.request.url)
        exchange = Exchange(
            method, url, url.removeprefix(self.base), body, response.status_code, response.text[:_LONGEST_ANSWER]
        )
        self.exchanges.append(exchange)
        return Answer(response.status_code, _media_type(response), _json(response, method, path), exchange)

    async def get(self, path: str, **query: str) -> JsonObject:
        """Return the body of a successful read."""
        return _due(await self.send("GET", path, query=query or None), 200).body

    async def find(self, resource_type: str, path: str, value: str, **query: str) -> list[JsonObject]:
        """Return what a filter finds; the answer must be a whole ListResponse, however little it holds."""
        return resources_of(await self.search(resource_type, **query, filter=f'{path} eq "{value}"'))

    async def search(self, resource_type: str, **query: str) -> Answer:
        """Return the answer to any query, which must be 200."""
        return _due(await self.send("GET", f"/{resource_type}", query=query), 200)

    async def create(self, resource_type: str, body: JsonObject) -> JsonObject:
        """Return the created resource, which is deleted in the end."""
        answer = _due(await self.send("POST", f"/{resource_type}", body), 201)
        id = answer.body.get("id")
        if not isinstance(id, str) or not id:
            raise Finding(f"POST /{resource_type} answered without an id", "Answer with the whole resource.")
        self._made.append(f"/{resource_type}/{id}")
        return answer.body

    async def patch(self, path: str, *operations: JsonObject) -> None:
        """Send a PATCH, which must answer 200 or 204."""
        _due(await self.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}), 200, 204)

    async def delete(self, path: str) -> None:
        """Delete a resource, which must answer 204."""
        _due(await self.send("DELETE", path), 204)

    async def expect(self, status: int, method: str, path: str, body: JsonObject | None = None) -> Answer:
        """Send a request that must answer *status*."""
        return _due(await self.send(method, path, body), status)

    async def clean(self) -> None:
        """Delete what is left of what was created."""
        for path in reversed(self._made):
            try:
                await self.send("DELETE", path)
            except Finding:
                continue
        self._made.clear()


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _json(response: httpx.Response, method: str, path: str) -> JsonObject:
    if not response.content:
        return {}
    if response.is_success and _media_type(response) != SCIM_MEDIA_TYPE:
        raise Finding(
            f"{method} {path} answered in {_media_type(response) or 'no media type'}",
            f"Answer every success in {SCIM_MEDIA_TYPE}; Microsoft's validator stops at anything else.",
        )
    try:
        content = response.json()
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    if response.is_success:
        raise Finding(f"{method} {path} did not answer with a JSON object", "Answer with a SCIM message.")
    return {}


def _due(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        detail = " ".join(str(answer.body.get("detail") or "").split())
        said = f": {shorten(detail, _LONGEST_DETAIL, placeholder=' …')}" if detail else ""
        raise Finding(
            f"{answer.exchange.method} {answer.exchange.path} answered {answer.status}, {wanted} was due{said}",
            advice_on(answer.exchange),
        )
    return answer


def resources_of(answer: Answer) -> list[JsonObject]:
    """Return the resources in a ListResponse, all members of which must be there and of the right type."""
    body = answer.body
    if LIST_URN not in (body.get("schemas") or ()):
        raise Finding("a list came without the schema of a ListResponse", "Answer every query with a ListResponse.")
    found = body.get("Resources")
    if not isinstance(found, list):
        raise Finding("a ListResponse came without Resources", "Write Resources, with a capital R, also when empty.")
    if not isinstance(body.get("totalResults"), int) or isinstance(body.get("totalResults"), bool):
        raise Finding("totalResults is no number", "Write totalResults, startIndex and itemsPerPage as numbers.")
    return found


def require(holds: bool, what: str, advice: str) -> None:
    """Raise a finding unless something *holds*."""
    if not holds:
        raise Finding(what, advice)


def require_same(resource: JsonObject, wanted: Iterable[tuple[str, Any]]) -> None:
    """Raise a finding unless *resource* has these values at these paths, booleans as text included."""
    for text, value in wanted:
        path = parse_path(text)
        got = path.read(resource)
        if not _same(got, value):
            raise Finding(
                f"{text} is {json.dumps(got, ensure_ascii=False)}, {json.dumps(value, ensure_ascii=False)} was written",
                "Keep every value as it was sent, and give it back in the next read.",
            )


def require_absent(resource: JsonObject, path: TargetPath, advice: str) -> None:
    """Raise a finding unless *resource* has no value at *path*."""
    value = path.read(resource)
    require(value in (None, {}), f"{path} is still {json.dumps(value, ensure_ascii=False)}", advice)


def _same(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool) or str(wanted) in ("True", "False"):
        return str(got).lower() == str(wanted).lower()
    return bool(got == wanted)
