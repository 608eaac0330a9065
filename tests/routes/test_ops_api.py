"""Liveness, readiness, and the line that each request leaves in the log."""

import json
import logging
from typing import Any

import pytest

from domain.ports import StoreUnavailable
from tests.domain.builders import NOBODY
from tests.routes.calls import PUBLIC_URL, REQUEST_ID, Api


async def get(api: Api, path: str) -> tuple[int, Any]:
    answer = await api.send("GET", f"{PUBLIC_URL}/{path}", b"", {})
    return answer.status, answer.json


async def test_health_asks_nothing(api: Api) -> None:
    """It needs no token, and no storage."""
    api.unreachable = StoreUnavailable("down")
    assert await get(api, "health") == (200, {"status": "ok"})


async def test_ready_asks_the_storage(api: Api) -> None:
    """503 where it does not answer, and when to come back."""
    assert await get(api, "ready") == (200, {"status": "ok", "storage": "ok"})
    api.unreachable = StoreUnavailable("down")
    answer = await api.send("GET", f"{PUBLIC_URL}/ready", b"", {})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the requests told."""
    return [json.loads(each.getMessage()) for each in caplog.records if each.name == "rollcall.telemetry"]


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/Users", "users_list", 200),
        ("DELETE", f"/Users/{NOBODY}", "users_delete", 404),
        ("GET", "/Nowhere", "zz_fallback", 404),
    ],
)
async def test_each_request_is_one_line(
    api: Api, caplog: pytest.LogCaptureFixture, method: str, path: str, route: str, status: int
) -> None:
    """With route, status, time, account, and the id by which the answer and the provisioning log name it."""
    with caplog.at_level(logging.INFO, "rollcall.telemetry"):
        await api.call(method, path)
    (line,) = lines(caplog)
    assert (line["event"], line["route"], line["method"], line["status"]) == ("request", route, method, status)
    assert (line["requestId"], line["ms"] >= 0) == (REQUEST_ID, True)
    assert line.get("account") == (None if route == "zz_fallback" else "acme")


async def test_no_line_tells_names(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """Nor tokens: only routes, ids and numbers."""
    with caplog.at_level(logging.DEBUG):
        await api.create_user("ann@contoso.example", displayName="Ann Lee")
        await api.create_user("ann@contoso.example")
        await api.call("GET", '/Users?filter=userName eq "ann@contoso.example"', account="<script>")
    assert len(lines(caplog)) == 3
    for hidden in ("contoso", "Ann Lee", api.token, "script"):
        assert hidden not in caplog.text
