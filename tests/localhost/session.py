"""Runs the sample app in this process, for ``test_command.py``: one app a process, but that one repeatedly."""

import asyncio
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from localhost import LocalHost, create_app
from localhost.worker import AppNotLoaded
from tests.localhost.manual_clock import ManualClock, at
from tests.localhost.sample import SAMPLE_APP

SETTINGS = {"SAMPLE_SETTING": "in process", "SAMPLE_SCHEDULE": "0 0 * * * *"}


async def ask(app: LocalHost, path: str) -> httpx.Response:
    """Return the answer of *app* to a GET."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host.example") as client:
        return await client.get(path)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


async def serve_life(app: LocalHost) -> list[str]:
    """Take *app* through the life that an ASGI server gives it, and return what it says about it."""
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            _say((await ask(app, "/items/5")).text)

    await app({"type": "lifespan"}, receive, send)
    return said


async def main() -> None:
    """Print what the app answers before and after a restart, and that a second app is refused."""
    clock = ManualClock(at("10:59:00"))
    app = create_app(SAMPLE_APP, settings=SETTINGS, clock=clock)
    async with app.running():
        _say((await ask(app, "/items/5")).text)
        await clock.move_to(at("11:00:00"))
        seen = (await ask(app, "/runs")).json()
        _say(seen["setting"], [run["past_due"] for run in seen["runs"]])
    _say(*await serve_life(app))
    with suppress(AppNotLoaded):
        _say(*await serve_life(create_app(Path(sys.argv[1]))))
    _say("refused")


asyncio.run(main())
