"""``enterprise-app`` as an operator sees it: what is printed, and the exit codes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner, Result

from cli import session
from cli.__main__ import app
from domain.access import tokens
from outbound import graph
from outbound.graph import Graph, SignInFailed
from tests.cli.enterprise.graph_service import GraphService
from tests.cli.enterprise.world import DECLARED, URL
from tests.cli.test_commands import MemoryStores
from wiring import Settings


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStores:
    """Rollcall's storage in memory; the declaration lies in the current folder."""
    made = MemoryStores()

    def make(_: Settings) -> MemoryStores:
        return made

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "make_stores", make)
    monkeypatch.setenv("SCIM_STORAGE", "UseDevelopmentStorage=true")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    Path("enterprise-application.yaml").write_text(json.dumps(DECLARED), "utf-8")  # JSON is YAML
    return made


@pytest.fixture
def service(stores: MemoryStores, monkeypatch: pytest.MonkeyPatch) -> GraphService:
    """A tenant that lasts over several commands, each of which signs in."""

    async def opens(url: str, secret: str) -> bool:
        shown = tokens.read(secret)
        return (
            url == URL and shown is not None and shown.is_of((await stores.policies.get_access("acme", shown.id)).token)
        )

    tenant = GraphService(opens)

    @asynccontextmanager
    async def signed_in() -> AsyncIterator[Graph]:
        async with TestServer(tenant.app()) as server, ClientSession() as client:
            tenant.base = str(server.make_url("/v1.0"))

            async def token() -> str:
                return tenant.token

            async def no_sleep(_: float) -> None: ...

            yield Graph(client, token, base=tenant.base, sleep=no_sleep)

    monkeypatch.setattr(graph, "signed_in", signed_in)
    return tenant


def run(*arguments: str, exit_code: int = 0, typed: str = "") -> str:
    """What ``enterprise-app`` prints; an exception that escapes it fails the test."""
    result: Result = CliRunner().invoke(app, ["enterprise-app", *arguments], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.output


def test_plan_then_apply_then_nothing(service: GraphService) -> None:
    """The plan names each step and ends with 2; after apply it has nothing left, and ends with 0."""
    planned = run("plan", exit_code=2)
    assert "+ make the synchronization job" in planned
    assert "11 to do" in planned
    applied = run("apply")
    assert "11 done; everything is as declared" in applied
    assert service.applications[0].app_id in applied
    assert "nothing to do" in run("plan")
    assert "nothing to do" in run("apply")


def test_plan_shows_what_differs(service: GraphService) -> None:
    """Of a mapping that somebody changed by hand: what is there, and what was declared."""
    run("apply")
    user = service.applications[0].schema["synchronizationRules"][0]["objectMappings"][1]
    user["attributeMappings"][0]["source"]["expression"] = "[mail]"
    lines = [each.strip() for each in run("plan", exit_code=2).splitlines()]
    assert lines[:4] == [
        "+ write mappings and scoping filters",
        "User.userName",
        "- [mail] · match 1",
        "+ [userPrincipalName] · match 1",
    ]


def test_secret_is_never_printed(service: GraphService) -> None:
    """Neither the token nor a part of it reaches the terminal."""
    printed = run("apply") + run("status") + run("plan")
    secret = tokens.read(service.applications[0].secrets["SecretToken"])
    assert secret is not None
    assert secret.secret not in printed


_QUARANTINE = {
    "code": "Quarantine",
    "lastExecution": {
        "state": "EntryLevelErrors", "timeBegan": "2030-01-01T00:00:00Z", "timeEnded": "2030-01-01T00:01:00Z",
        "countImported": 10, "countEntitledForProvisioning": 9, "countExported": 8, "countEscrowed": 1,
    },
    "progress": [{"units": "Users", "completedUnits": 5, "totalUnits": 10}],
    "quarantine": {
        "reason": "EncounteredQuarantineException", "currentBegan": "2030-01-02T00:00:00Z",
        "nextAttempt": "2030-01-03T00:00:00Z",
        "error": {"code": "SystemForCrossDomainIdentityManagementInvalidCredentials", "message": "401"},
    },
    "steadyStateFirstAchievedTime": "0001-01-01T00:00:00Z",
    "synchronizedEntryCountByType": [{"key": "User", "value": 8}],
}  # fmt: skip


def _log(status: str, **more: Any) -> dict[str, Any]:
    return {
        "activityDateTime": "2030-01-01T00:00:30Z",
        "provisioningAction": "create",
        "sourceIdentity": {"displayName": "Kim"},
        "provisioningStatusInfo": {"status": status, "errorInformation": more or None},
    }


def test_status_of_a_job_in_trouble(service: GraphService) -> None:
    """Cycle, counts, quarantine and its cause, what to do, and the objects that failed."""
    run("apply")
    job = service.applications[0].job
    assert job is not None
    job["status"] = _QUARANTINE
    service.logs = [_log("failure", errorCode="EntryConflict", reason="409"), _log("success")]
    shown = run("status")
    for each in ("Quarantine (schedule Active)", "5 of 10 Users", "EntryLevelErrors", "failed, to be tried again",
                 "not complete yet", "provisioned Users", "the token is wrong or expired: run apply", "2030-01-03",
                 "Kim", "EntryConflict", "same userName"):  # fmt: skip
        assert each in shown
    assert shown.count("Kim") == 1


@pytest.mark.usefixtures("service")
def test_status_of_a_new_job() -> None:
    """A job that has not run yet has no cycle, and no failure."""
    run("apply")
    shown = run("status")
    assert "not complete yet" in shown
    assert "no failure among the last 100" in shown


def test_status_without_the_log(service: GraphService) -> None:
    """Who may not read the log sees the rest, and what is missing."""
    run("apply")
    service.forbidden = "auditLogs"
    assert "ProvisioningLog.Read.All" in run("status")


def test_connection_is_tested(service: GraphService) -> None:
    """With the credentials that Entra has; a token that was revoked is told."""
    run("apply")
    assert "Entra reaches the service" in run("test")
    service.applications[0].secrets["SecretToken"] = "rc.acme.wrong"
    assert "InvalidCredentials" in run("test", exit_code=1)


@pytest.mark.parametrize(("arguments", "scope"), [((), "Watermark, Escrows, QuarantineState"), (("--full",), "Full")])
def test_restart(service: GraphService, arguments: tuple[str, ...], scope: str) -> None:
    """Links between users are kept unless all is to be forgotten."""
    run("apply")
    run("restart", *arguments)
    assert service.restarts == [{"resetScope": scope}]


def test_remove(service: GraphService, stores: MemoryStores) -> None:
    """Only after a yes; then application and token are gone, and the account is still there."""
    run("apply")
    run("remove", typed="n\n", exit_code=1)
    assert len(service.applications) == 1
    assert "tokens revoked: 1" in run("remove", "--yes")
    assert service.applications == []
    assert _names(stores) == ["Acme"]
    assert "there is no application" in run("remove", "--yes", exit_code=1)


def test_remove_where_the_application_is_gone(service: GraphService) -> None:
    """A run that was cut off, or somebody's deletion, leaves tokens: they are revoked after a yes."""
    run("apply")
    service.applications.clear()
    assert "tokens revoked: 1" in run("remove", typed="y\n")


def _names(stores: MemoryStores) -> list[str]:
    return [each.name for each in asyncio.run(stores.accounts.list_accounts())]


@pytest.mark.parametrize("command", ["status", "test", "restart"])
def test_nothing_applied_yet(service: GraphService, command: str) -> None:
    """Without an application there is nothing to look at, and one line says so."""
    assert "there is no application rollcall-test; run apply" in run(command, exit_code=1)
    assert service.writes == []


@pytest.mark.parametrize("command", ["status", "restart"])
def test_no_job_yet(service: GraphService, command: str) -> None:
    """Where apply was cut off before the job was made, one line says so."""
    run("apply")
    service.applications[0].job = None
    assert "no synchronization job; run apply" in run(command, exit_code=1)


@pytest.mark.parametrize(
    ("what", "code"), [("instantiate", "Authorization_RequestDenied"), ("validateCredentials", "UnknownError")]
)
def test_missing_permission(service: GraphService, what: str, code: str) -> None:
    """What is missing is named, and what would do, though the synchronization API answers 401 and gives no reason."""
    service.forbidden = what
    told = run("apply", exit_code=1)
    assert code in told
    assert "Application.ReadWrite.OwnedBy" in told


@pytest.mark.usefixtures("service")
def test_expression_that_entra_does_not_know() -> None:
    """Graph parses expressions before anything is written; the wrong one is named."""
    users = {"attributes": [{"target": "userName", "expression": "no function", "match": 1}]}
    Path("enterprise-application.yaml").write_text(json.dumps(DECLARED | {"mappings": {"users": users}}), "utf-8")
    assert "no function: Unexpected token" in run("apply", exit_code=1)


def test_wrong_file(service: GraphService) -> None:
    """Before anybody signs in."""
    assert "cannot be read" in run("plan", "-f", "none.yaml", exit_code=1)
    assert service.requests == []


class NobodySignedIn:
    """What happens on a machine where nobody ran ``az login``."""

    async def __aenter__(self) -> Graph:
        raise SignInFailed("nobody is signed in; run: az login")

    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.usefixtures("stores")
def test_nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says how to sign in."""
    monkeypatch.setattr(graph, "signed_in", NobodySignedIn)
    assert "az login" in run("plan", exit_code=1)
