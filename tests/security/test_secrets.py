"""Secrets and insides stay inside: no token, seal key, hash or traceback in an answer, nor a secret in a log."""

import logging
import re
from hashlib import sha256
from typing import Any

import orjson
import pytest

from domain.access import tokens
from routes.route import Route
from routes.table import ROUTES
from tests.domain.builders import NOW, OTHER_SEAL_KEY, SEAL_KEY, make_account
from tests.routes.calls import PUBLIC_URL, REQUEST_ID, Answer, Api, group_body, user_body
from tests.security.foreign import body_of
from wiring import Settings

_INSIDE = "what-went-wrong-inside"
_TRACES = re.compile(rf"Traceback|File \"|{_INSIDE}|\.py\b|RuntimeError", re.IGNORECASE)


@pytest.fixture
async def api() -> Api:
    """Two accounts over memory, and the token of the first."""
    made = Api()
    await made.open()
    return made


class Broken:
    """A store of which every call fails in a way that nobody expects."""

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any, **__: Any) -> Any:
            raise RuntimeError(_INSIDE)

        return call


async def _ask(api: Api, route: Route, token: str) -> Answer:
    path = re.sub(r"\{\w+\}", "1bc58c75-2125-4d29-a24d-ff1e0d89c758", route.template.replace("{account}", "acme"))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
    content = _json(body_of(route)) if route.reads_body else b""
    return await api.send(route.method, f"{PUBLIC_URL}/{path}", content, headers)


def _json(body: Any) -> bytes:
    return orjson.dumps(body)


def _name(route: Route) -> str:
    return route.name


@pytest.mark.parametrize("route", ROUTES, ids=_name)
async def test_failures_tell_nothing_but_their_id(
    api: Api, route: Route, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever breaks below a route: no traceback, no text of the error, and the id under which the log has it."""
    monkeypatch.setattr(api, "directory", Broken())
    answer = await _ask(api, route, api.token)
    assert answer.headers["X-Request-Id"] == REQUEST_ID
    assert not _TRACES.search(answer.content.decode())
    if answer.status == 500:
        assert REQUEST_ID in answer.content.decode()
        assert _INSIDE in caplog.text


async def test_some_failures_were_seen(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would prove nothing."""
    monkeypatch.setattr(api, "directory", Broken())
    assert (await api.call("GET", "/Users")).status == 500


@pytest.fixture
async def secrets(api: Api) -> list[str]:
    """What must be nowhere: the token, its secret and the hash of it, the seal keys."""
    shown = tokens.read(api.token)
    assert shown is not None
    return [api.token, shown.secret, sha256(shown.secret.encode()).hexdigest(), SEAL_KEY, OTHER_SEAL_KEY]


@pytest.mark.parametrize("route", ROUTES, ids=_name)
async def test_secrets_are_in_no_answer_and_no_log(
    api: Api, secrets: list[str], route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    """With a valid token, one of another account, an altered one and a forged one."""
    caplog.set_level(logging.DEBUG)
    await api.create_group("Finance", (await api.create_user())["id"])
    for token in (api.token, await api.issue("other"), f"{api.token}x", api.token.replace("rc.acme", "rc.other")):
        answer = await _ask(api, route, token)
        told = f"{answer.headers} {answer.content.decode()} {caplog.text}"
        assert [each for each in (*secrets, token) if each in told] == []


async def test_lists_hold_no_secrets(api: Api, secrets: list[str]) -> None:
    """Neither with everything that can be asked for."""
    await api.call("POST", "/Users", user_body("ann@contoso.example", password="correct horse"))
    await api.call("POST", "/Groups", group_body("Finance"))
    for path in ("/Users?attributes=password", "/Users", "/Groups", "/", "/Me", "/Schemas"):
        text = (await api.call("GET", path)).content.decode()
        assert "correct horse" not in text
        assert [each for each in secrets if each in text] == []


@pytest.mark.parametrize("what", ["settings", "token", "issued", "account"])
def test_secrets_are_not_printed(what: str) -> None:
    """A dataclass that lands in a log by mistake hides its secrets."""
    issued = tokens.issue("acme", "x", now=NOW)
    shown = tokens.read(issued.text)
    assert shown is not None
    printed = {
        "settings": Settings("https://x", connection_string=f"AccountKey={shown.secret}"),
        "token": (shown, issued.token),
        "issued": issued,
        "account": make_account(seal_key=shown.secret),
    }[what]
    assert shown.secret not in repr(printed)
    assert issued.token.secret_hash not in repr(printed)
