"""Requests over HTTP to a server of any kind, one at a time over a connection that is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from benchmarks.calls import Answer, Call, Unexpected

_TIMEOUT = aiohttp.ClientTimeout(total=120)


@dataclass(frozen=True, slots=True)
class HttpClient:
    """Speaks to one base URL."""

    base_url: str
    session: aiohttp.ClientSession

    async def ask(self, call: Call) -> Answer:
        """The answer, read whole.  Raises: Unexpected: It is no success."""
        headers = {"Content-Type": "application/scim+json"} if call.body else {}
        url = URL(self.base_url + call.path, encoded=True)
        async with self.session.request(call.method, url, data=call.body or None, headers=headers) as response:
            answer = Answer(response.status, await response.read())
        if not 200 <= answer.status < 300:
            raise Unexpected(call, answer)
        return answer


@asynccontextmanager
async def http_client(base_url: str, token: str) -> AsyncIterator[HttpClient]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
    async with aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as session:
        yield HttpClient(base_url, session)
