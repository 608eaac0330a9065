"""Speaks SCIM over HTTP: sends a request, waits where it is told to, and turns the answer into a value or an error."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

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
from simulator.faults import INJECTED, INTENDED
from simulator.oddities import oddities_of
from simulator.protocol import LIST_URN, SCIM_MEDIA_TYPE, JsonObject

_WAITING_STATUSES = (429, 503)
_LONGEST_WAIT_SECONDS = 60.0

type Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """Spaces requests evenly, so that there are at most *rate* in a second, and holds all of them back when told to."""

    def __init__(self, rate: float | None, sleep: Sleep, time: Callable[[], float] = monotonic) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._sleep = sleep
        self._time = time
        self._next = 0.0

    async def wait(self) -> None:
        """Return when the next request may go out."""
        now = self._time()
        begin = max(self._next, now)
        self._next = begin + self._interval
        if begin > now:
            await self._sleep(begin - now)

    def hold(self, seconds: float) -> None:
        """Let no request out for *seconds* from now on."""
        self._next = max(self._next, self._time() + seconds)


def encode(body: JsonObject) -> bytes:
    """Return *body* as it goes over the wire: compact, and in UTF-8 without escapes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class ScimClient:
    """A service provider as Entra sees it; use it as an async context manager.

    The query of the tenant URL (the feature flag) is for Entra itself and is not sent. ``requests`` counts what went
    out, repetitions included; ``waits`` how often the service provider asked for patience. *rate* is the number of
    requests a second that are not exceeded.
    """

    def __init__(
        self,
        tenant_url: str,
        token: str,
        *,
        concurrency: int = 8,
        timeout_seconds: float = 30.0,
        retries: int = 4,
        rate: float | None = None,
        sleep: Sleep = asyncio.sleep,
        time: Callable[[], float] = monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.tenant_url = tenant_url.partition("?")[0].rstrip("/")
        self.requests = 0
        self.waits = 0
        self._retries = retries
        self._pace = Pace(rate, sleep, time)
        self._slots = asyncio.Semaphore(concurrency)
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}", "Accept": SCIM_MEDIA_TYPE},
            timeout=httpx.Timeout(timeout_seconds, pool=None),
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def list_resources(self, resource_type: str, **query: str) -> list[JsonObject]:
        """Return the resources of the first page of a query.

        Raises:
            ServiceIncompatible: Anything but a ListResponse came, a 404 included.
        """
        try:
            answer = await self._send("GET", f"/{resource_type}", query)
        except RequestRefused as error:
            if error.status == 404:
                raise ServiceIncompatible(f"GET /{resource_type} answered 404: {error.detail}", status=404) from error
            raise
        schemas, resources = answer.get("schemas"), answer.get("Resources", [])
        if not (isinstance(schemas, list) and LIST_URN in schemas and _are_objects(resources)):
            raise ServiceIncompatible(f"GET /{resource_type} did not answer with a ListResponse")
        return list(resources)

    async def find(self, resource_type: str, clauses: Sequence[tuple[str, str]], **query: str) -> JsonObject | None:
        """Return the one resource of which every ``(attribute path, value)`` of *clauses* is true, or ``None``.

        Raises:
            DuplicateTargetEntries: There are several.
        """
        filter = " and ".join(f"{path} eq {json.dumps(value, ensure_ascii=False)}" for path, value in clauses)
        # As documented: what is left out stands before the filter, what alone is asked for after it.
        after = {"attributes": query.pop("attributes")} if "attributes" in query else {}
        found = await self.list_resources(resource_type, **query, filter=filter, **after)
        if len(found) > 1:
            raise DuplicateTargetEntries(f"{len(found)} resources match {clauses[0][0]}", status=200)
        return _with_id(found[0], resource_type) if found else None

    async def get(self, resource_type: str, id: str, **query: str) -> JsonObject:
        """Return one resource.

        Raises:
            RequestRefused: It does not exist (404), or the service provider failed.
            ServiceIncompatible: What came has no id.
        """
        return _with_id(await self._send("GET", f"/{resource_type}/{id}", query), resource_type)

    async def create(self, resource_type: str, body: JsonObject) -> str:
        """Create a resource and return its id."""
        answer = await self._send("POST", f"/{resource_type}", body=body)
        return str(_with_id(answer, resource_type)["id"])

    async def patch(self, resource_type: str, id: str, body: JsonObject) -> None:
        """Change a resource; whatever body the answer has is not read."""
        await self._send("PATCH", f"/{resource_type}/{id}", body=body)

    async def delete(self, resource_type: str, id: str) -> None:
        """Delete a resource."""
        await self._send("DELETE", f"/{resource_type}/{id}")

    async def read(self, path: str) -> JsonObject:
        """Return whatever stands at *path* below the tenant URL."""
        return await self._send("GET", path)

    async def _send(
        self, method: str, path: str, query: dict[str, str] | None = None, body: JsonObject | None = None
    ) -> JsonObject:
        url = self.tenant_url + path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else encode(body)
        headers = {} if content is None else {"Content-Type": SCIM_MEDIA_TYPE}
        async with self._slots:
            for attempt in range(self._retries + 1):
                response = await self._request(method, url, content, headers)
                if response.status_code not in _WAITING_STATUSES or attempt == self._retries:
                    break
                self.waits += 1
                # Entra pauses the whole job; the other requests would only be refused as well.
                self._pace.hold(_wait_seconds(response, attempt))
        return _understand(response, method, path, body)

    async def _request(self, method: str, url: str, content: bytes | None, headers: dict[str, str]) -> httpx.Response:
        await self._pace.wait()
        self.requests += 1
        try:
            return await self._http.request(method, url, content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise TargetUnreachable(
                f"no connection to {self.tenant_url}: {str(error) or type(error).__name__}"
            ) from error
        except httpx.TimeoutException as error:
            raise _lost(RequestTimedOut(_told(f"{method} was not answered in time", error))) from error
        except httpx.TransportError as error:
            raise _lost(ProtocolBroken(_told(f"{method} broke off", error))) from error


def _told(what: str, error: httpx.TransportError) -> str:
    return f"{what}: {str(error) or type(error).__name__}"


def _lost(error: ProvisioningError) -> ProvisioningError:
    """Return *error*, which advises nothing if the fault is one of our own."""
    if INJECTED in error.detail:
        error.advice = INTENDED
    return error


def _are_objects(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(each, dict) for each in content)


def _with_id(resource: JsonObject, resource_type: str) -> JsonObject:
    if not (isinstance(resource.get("id"), str) and resource["id"]):
        raise ServiceIncompatible(f"a resource of /{resource_type} has no id that is text")
    return resource


def _wait_seconds(response: httpx.Response, attempt: int) -> float:
    """Return how long to wait: as ``Retry-After`` says (seconds or date), else doubling from one second."""
    told = response.headers.get("Retry-After", "")
    if told.isdigit():
        return min(float(told), _LONGEST_WAIT_SECONDS)
    try:
        seconds = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        seconds = 2.0**attempt
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def _understand(response: httpx.Response, method: str, path: str, body: JsonObject | None) -> JsonObject:
    if response.status_code == 401:
        raise CredentialsRejected("the token was not accepted", status=401)
    if not response.is_success:
        raise _refusal(response, body)
    if method in ("PATCH", "DELETE") or not response.content:
        return {}
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != SCIM_MEDIA_TYPE:
        raise ServiceIncompatible(
            f"{method} {path} answered in {media_type or 'no media type'}, not {SCIM_MEDIA_TYPE}",
            status=response.status_code,
        )
    answer = _json_object(response)
    if answer is None:
        raise ServiceIncompatible(f"{method} {path} did not answer with a JSON object", status=response.status_code)
    return answer


def _refusal(response: httpx.Response, body: JsonObject | None) -> RequestRefused:
    error = _json_object(response) or {}
    detail = error.get("detail") or response.reason_phrase or "no detail"
    scim_type = error.get("scimType")
    return RequestRefused(
        str(detail),
        status=response.status_code,
        scim_type=str(scim_type) if scim_type else None,
        form=oddities_of(body),
    )


def _json_object(response: httpx.Response) -> JsonObject | None:
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
