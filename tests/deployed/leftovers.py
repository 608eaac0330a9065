"""What conversations made in somebody's account, so that it can be taken away again."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx


class Leftovers:
    """Notes the address of all that a client makes, alone or by a bulk request."""

    def __init__(self) -> None:
        self._made: list[str] = []

    async def note(self, answer: httpx.Response) -> None:
        """A hook for the answers of a client."""
        if answer.request.method != "POST" or answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
            return
        if location := answer.headers.get("Location"):
            self._made.append(location)
        elif answer.request.url.path.endswith("/Bulk"):
            await answer.aread()
            self._made += _locations(json.loads(answer.content))

    async def take_away(self, client: httpx.AsyncClient, token: str) -> None:
        """Delete all that was made, the latest first; what is gone already is passed over."""
        while self._made:
            await client.delete(self._made.pop(), headers={"Authorization": f"Bearer {token}"})


def _locations(told: dict[str, Any]) -> Iterator[str]:
    for each in told.get("Operations", []):
        if each.get("method", "").upper() == "POST" and "location" in each:
            yield each["location"]
