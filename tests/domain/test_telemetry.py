"""Structured lines: what was counted where, and nothing personal."""

import asyncio
import json
import logging

import pytest

from domain.telemetry import count, counting, tell


async def test_counts_belong_to_their_request() -> None:
    """Also those of tasks that it began; what nobody counts is lost quietly."""

    async def request(number: int) -> int:
        with counting() as counts:
            await asyncio.gather(*(asyncio.to_thread(count, "trips") for _ in range(number)))
            count("trips")
        return counts["trips"]

    count("trips")
    assert list(await asyncio.gather(request(1), request(5))) == [2, 6]


def test_line_is_json(caplog: pytest.LogCaptureFixture) -> None:
    """One line, without what is empty."""
    with caplog.at_level(logging.INFO, "rollcall.telemetry"):
        tell("request", route="users_get", status=200, account=None, late=False, ms=1.5)
    assert json.loads(caplog.messages[0]) == {
        "event": "request",
        "route": "users_get",
        "status": 200,
        "late": False,
        "ms": 1.5,
    }
