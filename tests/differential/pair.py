"""Rollcall and scim2-server side by side: the same request goes to both, and their answers are made comparable."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
from scim2_models import ScimProvider
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from domain.model import UnmatchedFilter
from tests.conformance.builders import BULK_URN
from tests.differential.differences import comparable
from tests.domain.builders import make_account
from tests.routes.calls import BASE, Api

THEIR_BASE = "http://other.example/v2"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the body with names in the place of ids; None where there is none."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        return self.status < 300


@dataclass
class Pair:
    """Both servers, empty; a resource has one name and an id with each."""

    api: Api
    other: httpx.Client
    run: asyncio.Runner
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[Answer, Answer]:
        """What Rollcall and scim2-server answer; names in *path* and *body* become the ids of each."""
        target = f"{path}?{urlencode(query)}" if query else path
        text = "" if body is None else json.dumps(body)
        mine = self.run.run(self.api.call(method, self._with_ids(target, 0), self._with_ids(text, 0).encode()))
        sent = self._with_ids(text, 1)
        theirs = self.other.request(method, THEIR_BASE + self._with_ids(target, 1), content=sent, headers=_HEADERS)
        return self._read(mine.status, mine.content, 0), self._read(theirs.status_code, theirs.content, 1)

    def same(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """Our answer, which says the same as the other's in all that is comparable."""
        mine, theirs = self.send(method, path, body, **query)
        self._assert_same(method, f"{path} {query}", body, mine, theirs)
        return mine

    def created(self, name: str, kind: str, body: Any) -> bool:
        """Whether both have created a resource, which is known by *name* from now on."""
        mine, theirs = self.send("POST", f"/{kind}s", body)
        self._assert_same("POST", f"/{kind}s", body, mine, theirs)
        if mine.good:
            self.ids[name] = (mine.body["id"], theirs.body["id"])
        return mine.good

    def created_in_bulk(self, operations: list[dict[str, Any]]) -> list[str]:
        """Which of the resources both have created in one request; each is known by its bulkId from now on."""
        message = {"schemas": [BULK_URN], "Operations": operations}
        mine, theirs = self.send("POST", "/Bulk", message)
        self._assert_same("POST", "/Bulk", message, mine, theirs)
        made = []
        for ours, other in zip(mine.body["Operations"], theirs.body["Operations"], strict=True):
            if ours["status"] == "201":
                ids = tuple(each["location"].rpartition("/")[2] for each in (ours, other))
                self.ids[ours["bulkId"]] = (ids[0], ids[1])
                made.append(ours["bulkId"])
        return made

    def _assert_same(self, method: str, path: str, body: Any, mine: Answer, theirs: Answer) -> None:
        ours, others = (comparable(method, each.status, each.body, self.deleted) for each in (mine, theirs))
        assert ours == others, f"{method} {path} {json.dumps(body)}\nours:   {mine}\ntheirs: {theirs}"

    def _with_ids(self, text: str, side: int) -> str:
        for name, ids in self.ids.items():
            text = text.replace(name, ids[side])
        return text

    def _read(self, status: int, content: bytes, side: int) -> Answer:
        text = content.decode().replace((BASE, THEIR_BASE)[side], "")
        for name, ids in self.ids.items():
            text = text.replace(ids[side], name)
        return Answer(status, json.loads(text) if text else None)


@contextmanager
def open_pair() -> Iterator[Pair]:
    """Both servers; ours by the letter of the RFC below value filters without a match."""
    application = WSGIApplication(InMemoryStorage(), provider())
    transport = httpx.WSGITransport(application)
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as run, httpx.Client(transport=transport) as other:
        api = Api()
        run.run(api.open())
        by_letter = make_account("acme", unmatched_filter=UnmatchedFilter.NO_TARGET)
        run.run(api.accounts.replace_account(by_letter))
        yield Pair(api, other, run)


_HEADERS = {"Content-Type": "application/scim+json"}


@cache
def provider() -> ScimProvider:
    """What scim2-server serves: users, groups and their schemas as it has them by default."""
    return ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
