"""The configurator between two things in memory: the accounts of Rollcall, and a stand-in for Graph on a port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from cli.enterprise.actions import World
from cli.enterprise.apply import apply, look
from cli.enterprise.declaration import Declaration
from cli.enterprise.rollcall import Rollcall
from domain.access import keys, tokens
from domain.access.administration import Office, operator
from outbound.graph import Graph
from tests.cli.enterprise.graph_service import GraphService
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative
from tests.memory_policies import MemoryPolicies

URL = "https://rollcall.example/scim/account/acme"
OWNER = "11111111-1111-4111-8111-111111111111"
STAFF = "22222222-2222-4222-8222-222222222222"
LEADS = "33333333-3333-4333-8333-333333333333"
APPLICATION = {"name": "Rollcall's test", "unique_name": "rollcall-test", "owners": [OWNER]}
DECLARED = {
    "application": APPLICATION,
    "account": {"id": "acme", "name": "Acme"},
    "tenant_url": URL,
    "assigned": [STAFF, LEADS],
    "notifications": {"email": "ops@rollcall.example"},
}


def declaration(**changes: Any) -> Declaration:
    """What the tests declare, with *changes*."""
    return Declaration.model_validate(_tuples(DECLARED | changes))


def _tuples(value: Any) -> Any:
    """The same with tuples for lists, which the models demand of Python values."""
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@dataclass
class HandClock:
    """A clock that moves when it is told to."""

    at: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


class Killed(BaseException):
    """The process ends here."""


class MortalGraph(Graph):
    """Dies at its *dies_at*-th writing request, before or after it is sent; 0 is never."""

    dies_at = 0
    dies_after = False
    _written = 0

    async def _ask(self, verb: Any, *rest: Any, **options: Any) -> Any:
        self._written += verb != "GET"
        dies = verb != "GET" and self._written == self.dies_at
        if dies and not self.dies_after:
            raise Killed
        answer = await super()._ask(verb, *rest, **options)
        if dies:
            raise Killed
        return answer


@dataclass
class Stage:
    """Everything a test needs: each ``run`` is a process of its own."""

    service: GraphService
    office: Office
    clock: HandClock
    session: ClientSession
    slept: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def token(self) -> str:
        return self.service.token

    def world(self, declared: Declaration | None = None, *, dies_at: int = 0, dies_after: bool = False) -> World:
        """As a new process sees it."""
        graph = MortalGraph(self.session, self.token, base=self.service.base, sleep=self.sleep)
        graph.dies_at, graph.dies_after = dies_at, dies_after
        declared = declared or declaration()
        rollcall = Rollcall(self.office, declared.account.id, declared.application.unique_name)
        return World(graph, rollcall, declared, declared.url({}))

    async def apply(self, declared: Declaration | None = None, **options: Any) -> int:
        """How many actions were needed."""
        return await apply(self.world(declared, **options), lambda each: self.told.append(each.title), sleep=self.sleep)

    async def planned(self, declared: Declaration | None = None) -> list[str]:
        return [each.title for each in await look(self.world(declared))]

    async def valid_keys(self) -> list[str]:
        listed = await keys.list_tokens(self.office, "acme")
        return [each.id for each in listed if tokens.is_valid(each, self.clock.now())]

    async def revoke(self, key: str) -> None:
        """As an operator does it."""
        account = await self.office.accounts.get_account("acme")
        await keys.revoke_token(self.office, operator(account), key)


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """An empty tenant, and a Rollcall without accounts."""
    accounts, directory, clock = MemoryAccounts(), MemoryDirectory(), HandClock()
    native = MemoryNative(directory)
    policies = MemoryPolicies(accounts, directory, native)

    async def opens(url: str, secret: str) -> bool:
        shown = tokens.read(secret)
        if url != URL or shown is None:
            return False
        stored = (await policies.get_access(shown.account, shown.id)).token
        return shown.is_of(stored) and tokens.is_valid(stored, clock.now())

    service = GraphService(opens)
    async with TestServer(service.app()) as server, ClientSession() as session:
        service.base = str(server.make_url("/v1.0"))
        yield Stage(service, Office(accounts, policies, directory, native, clock), clock, session)


def without_ids(stage: Stage) -> dict[str, Any]:
    """What Entra has in the end, but for ids and the token, which differ from run to run."""
    (application,) = stage.service.applications
    job = application.job or {}
    shown = replace(application, id="", app_id="", principal_id="", notes=None, job=None, secrets={})
    settings = {key: each for key, each in application.secrets.items() if key != "SecretToken"}
    return {"application": shown, "settings": settings, "state": job.get("schedule"), "code": job.get("status")}
