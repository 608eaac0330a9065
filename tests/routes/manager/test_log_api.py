"""The provisioning log in the manager API: what can be asked, how it is shown, and who may see it."""

import csv
import dataclasses
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from domain.access.principals import ADMIN
from domain.history.ledger import Ledger
from domain.model import Action, Outcome, Source
from routes.manager.log_api import LogAsk
from tests.domain.builders import NOBODY, NOW
from tests.domain.log_builders import entry, failure, folded
from tests.routes.calls import Api, replacement


@pytest.fixture
async def api(api: Api) -> Api:
    """The API, called by an administrator."""
    api.token = await api.issue(owner=ADMIN)
    return api


async def entries(api: Api, query: str = "", **headers: str) -> list[dict[str, Any]]:
    """What the log has."""
    answer = await api.manage("GET", f"/log{query}", **headers)
    assert (answer.status, answer.media_type) == (200, "application/json")
    return list(answer.json["items"])


async def test_entries_tell_what_happened(api: Api) -> None:
    """The newest first; a refusal says why, and what to do about it."""
    user = await api.create_user("ann@contoso.example", externalId="E1")
    api.clock.move(minutes=1)
    await api.create_user("ann@contoso.example")
    refused, created = await entries(api)
    assert created | {"id": "", "correlationId": ""} == {
        "id": "",
        "time": NOW.isoformat().replace("+00:00", "Z"),
        "outcome": "success",
        "action": "create",
        "actor": created["actor"],
        "source": "scim",
        "resourceType": "User",
        "resourceId": user["id"],
        "resourceName": "ann@contoso.example",
        "externalId": "E1",
        "attributes": ["externalId", "userName", "active"],
        "count": 1,
        "correlationId": "",
    }
    assert (refused["outcome"], refused["status"], refused["scimType"]) == ("failure", 409, "uniqueness")
    assert "has this name already" in refused["recommendedAction"]
    assert refused["resourceName"] == "ann@contoso.example"


async def test_pages_lead_to_the_end(api: Api) -> None:
    """By sealed cursors, which serve the same question only."""
    for number in range(5):
        await api.create_user(f"user{number}@contoso.example")
        api.clock.move(minutes=1)
    first = (await api.manage("GET", "/log?limit=2")).json
    second = (await api.manage("GET", f"/log?limit=2&cursor={first['nextCursor']}")).json
    last = (await api.manage("GET", f"/log?limit=2&cursor={second['nextCursor']}")).json
    names = [each["resourceName"][4] for page in (first, second, last) for each in page["items"]]
    assert (names, "nextCursor" in last) == (list("43210"), False)
    other = await api.manage("GET", f"/log?limit=2&outcome=failure&cursor={first['nextCursor']}")
    assert (other.status, other.json["code"]) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?outcome=failure", ["ann"]),
        ("?outcome=success&action=create", ["bob", "ann"]),
        ("?object=bob@contoso.example", ["bob"]),
        ("?object=E-bob", ["bob"]),
        ("?actor=token:nobody", []),
        ("?source=manager", []),
        ("?type=Group", []),
        (f"?until={quote((NOW + timedelta(seconds=30)).isoformat())}", ["ann"]),
        ("?since=2026-03-01T09:30:30", ["ann", "bob"]),  # without a zone it is UTC
        ("?correlation=nothing", []),
    ],
)
async def test_filters(api: Api, query: str, names: list[str]) -> None:
    """Each is a condition, and all must hold."""
    for name in ("ann", "bob", "ann"):
        await api.create_user(f"{name}@contoso.example", externalId=f"E-{name}")
        api.clock.move(minutes=1)
    assert [each["resourceName"].partition("@")[0] for each in await entries(api, query)] == names


def test_filters_know_all_words() -> None:
    """The query's words are those of the entries, and the description lists them."""
    told = LogAsk.model_json_schema()["properties"]
    for name, words in (("outcome", Outcome), ("action", Action), ("source", Source)):
        assert told[name]["anyOf"][0]["enum"] == [each.value for each in words]


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=1001", "?outcome=bad", "?since=yesterday", "?nonsense=1", "?format=xml", "?cursor=x"]
)
async def test_question_that_does_not_fit(api: Api, query: str) -> None:
    """Is refused, and the answer says which parameter it was."""
    answer = await api.manage("GET", f"/log{query}")
    assert (answer.status, answer.media_type) == (400, "application/problem+json")


async def test_time_that_is_none_is_answered_with_one(api: Api) -> None:
    """In words of ours, and not of the library that reads it."""
    answer = await api.manage("GET", "/log?since=yesterday")
    assert answer.json["detail"] == "since: must be a time such as 2030-01-31T00:00:00Z"


async def test_values_are_shown_where_the_account_keeps_them(api: Api) -> None:
    """Old and new; what was or is nothing is left out."""
    account = await api.accounts.get_account("acme")
    settings = dataclasses.replace(account.settings, log_values=True)
    await api.accounts.replace_account(dataclasses.replace(account, settings=settings))
    user = await api.create_user("ann@contoso.example", title="a")
    api.clock.move(minutes=1)
    await api.call("PATCH", f"/Users/{user['id']}", replacement("title", "b"))
    changed, created = await entries(api)
    assert changed["values"] == [{"attribute": "title", "old": "a", "new": "b"}]
    assert {"attribute": "title", "new": "a"} in created["values"]


@pytest.mark.parametrize(("query", "headers"), [("?format=csv", {}), ("", {"Accept": "text/csv"})])
async def test_csv(api: Api, query: str, headers: dict[str, str]) -> None:
    """With a heading, and no cell is a formula to a spreadsheet."""
    await api.create_user("=1+1@contoso.example")
    answer = await api.manage("GET", f"/log{query}", **headers)
    assert answer.media_type == "text/csv"
    assert "provisioning-log.csv" in answer.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["resourceName"], row["attributes"]) == ("'=1+1@contoso.example", "userName active")


async def test_json_lines_go_on(api: Api) -> None:
    """Each line is an entry; the Link header leads to the next page, which goes on."""
    for number in range(3):
        await api.create_user(f"user{number}@contoso.example")
        api.clock.move(minutes=1)
    first = await api.manage("GET", "/log?limit=2&outcome=success", Accept="application/x-ndjson;q=0.9, text/html")
    assert first.media_type == "application/x-ndjson"
    address = first.headers["Link"].partition(">")[0].removeprefix("<https://rollcall.example/manager/account/acme")
    second = await api.manage("GET", address, Accept="application/x-ndjson")
    lines = [json.loads(each) for each in (first.content + second.content).splitlines()]
    assert [each["resourceName"][4] for each in lines] == list("210")
    assert "Link" not in second.headers


async def test_next_page_of_csv_has_no_heading(api: Api) -> None:
    """So that pages can be put together."""
    for number in range(2):
        await api.create_user(f"user{number}@contoso.example")
    first = await api.manage("GET", "/log?limit=1&format=csv")
    address = first.headers["Link"].partition(">")[0].removeprefix("<https://rollcall.example/manager/account/acme")
    second = await api.manage("GET", address)
    assert len((first.content + second.content).decode().splitlines()) == 3


async def test_cycles_and_their_entries(api: Api) -> None:
    """A cycle says what became of its objects, and its id filters the log."""
    one, two, later = entry(0, "ann"), failure(1, "bob"), entry(60, "ann")
    await api.directory.record("acme", one, two, later)
    await api.ledger.write_ledger("acme", Ledger(), before := folded(one, two))
    await api.ledger.write_ledger("acme", await api.ledger.read_ledger("acme"), folded(later, ledger=before))
    newest, oldest = (await api.manage("GET", "/log/cycles")).json["items"]
    assert (newest["kind"], oldest["kind"]) == ("incremental", "initial")
    assert (oldest["counts"]["updated"], oldest["counts"]["failed"]) == (1, 1)
    found = await entries(api, f"?cycle={oldest['id']}")
    assert [each["id"] for each in found] == [two.id, one.id]
    assert await entries(api, f"?cycle={oldest['id']}&outcome=success&actor=token:9") == []


@pytest.mark.parametrize("cycle", ["x", "0" * 28, "a/b", "%00"])
async def test_unknown_cycle(api: Api, cycle: str) -> None:
    """Is not found."""
    assert (await api.manage("GET", f"/log?cycle={cycle}")).status == 404


async def test_synchronization(api: Api) -> None:
    """Health, the last cycle, and the objects that fail, since when and how often."""
    assert (await api.manage("GET", "/log/synchronization")).json == {
        "health": "healthy",
        "failing": [],
        "failingTotal": 0,
    }
    await api.ledger.write_ledger("acme", Ledger(), folded(failure(0), failure(40)))
    told = (await api.manage("GET", "/log/synchronization")).json
    (failing,) = told["failing"]
    assert (told["health"], told["failingTotal"], told["lastCycle"]["counts"]["failed"]) == ("warnings", 1, 1)
    assert (failing["resourceName"], failing["count"], failing["since"]) == ("ann", 2, "2026-03-01T09:30:00.120456Z")
    assert "has this name already" in failing["recommendedAction"]


@pytest.mark.parametrize("path", ["/log", "/log/cycles", "/log/synchronization"])
async def test_who_may_see_the_log(api: Api, path: str) -> None:
    """Administrators and auditors of this account, not the client that provisions."""
    assert (await api.manage("GET", path, account="other")).status == 401
    few = await api.issue()
    assert (await api.manage("GET", path, token=few)).status == 403


async def test_log_tells_no_other_accounts_entries(api: Api) -> None:
    """Also where the object has the same id."""
    await api.directory.record("other", entry(0, "ann"))
    assert await entries(api, "?object=id-ann") == []
    assert (await api.call("DELETE", f"/Users/{NOBODY}")).status == 404
    assert len(await entries(api)) == 1
