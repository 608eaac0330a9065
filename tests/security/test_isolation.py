"""No account sees another: every route, with every id of another account, as if that did not exist.

The routes are those of the table, so a new one is looked at too.  Where its body is not in ``/openapi.json`` as an
example, `tests.security.foreign` needs one.
"""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from domain.access import signin
from domain.history.attempts import Attempts
from domain.schemas import register_schema
from routes.route import Route
from routes.table import ROUTES
from tests.routes.calls import group_body, patch_body, user_body
from tests.scim.extension_builders import EVERYTHING, URN
from tests.security.foreign import Pair, foreign_values, like, parameters, twin
from tests.security.test_partitions import HOSTILE
from tests.stack import PUBLIC_URL, Service, Tenant, open_tenant

_CLOSED = [each for each in ROUTES if not each.public]
_WITH_IDS = [each for each in _CLOSED if parameters(each)]
_READING = [each for each in _CLOSED if each.method == "GET" and not parameters(each)]
_OPEN = [each for each in ROUTES if each.public and "{account}" in each.template]
_SAME_FOR_ALL = {"resource_types_get", "manager_integration_members_list"}
"""Routes whose ids are of no account."""
_REFUSED = {401, 403, 404}


@pytest.fixture(scope="module")
async def pair(service: Service) -> AsyncIterator[Pair]:
    """Two accounts with something of everything that has an id.

    Refusals are not written down meanwhile: equal ones are counted together, so not each costs a round trip, and the
    log of the account that asks would tell what it asked for.  Callers are remembered to the end: the one request that
    looks a caller up anew would stand out by its round trips.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Attempts, "count", lambda *_: [])
        patch.setattr(signin, "REMEMBERED_FOR", timedelta(hours=1))
        async with _opened(service) as opened:
            yield opened


@asynccontextmanager
async def _opened(service: Service) -> AsyncIterator[Pair]:
    async with open_tenant(service) as asking, open_tenant(service) as hidden:
        opened = Pair(service, asking, hidden)
        await _register(service, hidden)  # first: who is remembered does not see it
        for tenant in (asking, hidden):
            await _fill(tenant)
        await opened.look()
        opened.ids += [URN, opened.hidden.account]
        await opened.send(_READING[0], asking.account, ())  # the caller is known from here on
        yield opened


async def _fill(tenant: Tenant) -> None:
    user = await tenant.create(
        "User", **user_body(f"{tenant.account}@contoso.example", externalId=f"E{tenant.account}")
    )
    await tenant.create("Group", **group_body(f"Group {tenant.account}", user["id"]))
    manager = f"{PUBLIC_URL}/manager/account/{tenant.account}"
    org, project = (f"{kind}_{secrets.token_hex(8)}" for kind in ("org", "project"))
    for url, body in (
        (f"{manager}/channels", {"kind": "log"}),
        (f"{manager}/orgs", {"name": org, "identifier": org}),
        (f"{manager}/orgs/{org}/projects", {"name": project, "identifier": project}),
    ):
        made = await tenant.client.post(url, json=body, headers={"Accept": "application/json"})
        assert made.status_code == 201, made.text


async def _register(service: Service, tenant: Tenant) -> None:
    await register_schema(service.stores.accounts, tenant.account, EVERYTHING, "User", required=False)


def _name(route: Route) -> str:
    return route.name


def test_routes_are_found() -> None:
    """All of them, not an empty list."""
    assert len(_WITH_IDS) > 10
    assert len(_READING) > 5


@pytest.mark.parametrize("route", [each for each in _WITH_IDS if each.method == "GET"], ids=_name)
async def test_ids_name_something_on_every_route(pair: Pair, route: Route) -> None:
    """The hidden account itself finds by one of these ids what a route is about; else `_fill` makes too little."""
    if route.name in _SAME_FOR_ALL:
        return
    own = Pair(pair.service, pair.hidden, pair.hidden, pair.ids, pair.ids)
    seen = [(await own.send(route, pair.hidden.account, values)).status for values in foreign_values(route, own)]
    assert 200 in seen


@pytest.mark.parametrize("route", _WITH_IDS, ids=_name)
async def test_what_is_elsewhere_does_not_exist(pair: Pair, route: Route) -> None:
    """The status, the headers, the body and the number of round trips are those of an id that exists nowhere."""
    before, statuses = await pair.state(), set()
    for values in foreign_values(route, pair):
        elsewhere = await pair.send(route, pair.asking.account, values)
        nowhere = await pair.send(route, pair.asking.account, twin(values, pair.ids))
        assert 400 <= elsewhere.status < 500, f"{route.name} {values}: {elsewhere}"
        assert elsewhere == nowhere, values
        statuses.add(elsewhere.status)
    assert statuses & _REFUSED, "no id of the right form, or the route needs a body in tests.security.foreign"
    assert await pair.state() == before


@pytest.mark.parametrize("route", _CLOSED, ids=_name)
async def test_token_opens_its_own_account_only(pair: Pair, route: Route) -> None:
    """For another's path there is one answer, whether that account exists or not, and no round trip."""
    before = await pair.state()
    for values in [*foreign_values(route, pair)][:3]:
        found = await pair.send(route, pair.hidden.account, values)
        assert found.status == 401
        for account in (like(pair.hidden.account), pair.hidden.account.swapcase(), "nobody", "-", "a' or 'a' eq 'a"):
            assert await pair.send(route, account, values) == found
        assert found.rounds == 0
    assert await pair.state() == before


@pytest.mark.parametrize("token", ["", "x", "rc.{hidden}.0123456789abcdef.x"], ids=["none", "malformed", "forged"])
@pytest.mark.parametrize("route", _CLOSED, ids=_name)
async def test_without_a_token_nothing_is_told(pair: Pair, route: Route, token: str) -> None:
    """An account that exists answers as one that does not."""
    values = next(foreign_values(route, pair), ())
    seen = [
        await pair.send(route, account, values, token.replace("{hidden}", account))
        for account in (pair.hidden.account, like(pair.hidden.account))
    ]
    assert seen[0] == seen[1]
    assert seen[0].status == 401


@pytest.mark.parametrize("account", [each for each in HOSTILE if each.strip() and each.isprintable()], ids=ascii)
async def test_hostile_accounts_are_like_any_other(pair: Pair, account: str) -> None:
    """No failure of ours, and no word on what is wrong with them."""
    seen = await pair.send(_READING[0], account, ())
    assert seen.status == 401


async def test_open_routes_tell_no_accounts_apart(pair: Pair) -> None:
    """Those that take no token answer for an account that exists as for one that does not."""
    for route in _OPEN:
        values = next(foreign_values(route, pair), ())
        found = await pair.send(route, pair.hidden.account, values, "")
        assert await pair.send(route, like(pair.hidden.account), values, "") == found, route.name


@pytest.mark.parametrize("route", _READING, ids=_name)
async def test_lists_hold_nothing_of_others(pair: Pair, route: Route) -> None:
    """No id, no name and no schema of another account."""
    seen = await pair.send(route, pair.asking.account, ())
    assert not [each for each in pair.ids if each in seen.text]


# Ids in bodies and queries


def _requests(base: str, own: dict[str, str], foreign: str) -> list[tuple[str, str, Any]]:
    """Requests on one's own resources that name another's."""
    member = [{"value": foreign}]
    bulk = [{"method": "PATCH", "path": f"/Users/{foreign}", "data": patch_body({"op": "remove", "path": "title"})}]
    return [
        ("GET", f'{base}/Users?filter=id eq "{foreign}"', None),
        ("GET", f'{base}/Groups?filter=members.value eq "{foreign}"', None),
        ("GET", f'{base}/Users?filter=groups.value eq "{foreign}"', None),
        ("GET", f'{base}/GroupMembers?filter=group.value eq "{foreign}"', None),
        ("GET", f'{base}/?filter=id eq "{foreign}"', None),
        ("PATCH", f"{base}/Groups/{own['group']}", patch_body({"op": "add", "path": "members", "value": member})),
        (
            "PATCH",
            f"{base}/Groups/{own['group']}",
            patch_body({"op": "remove", "path": f'members[value eq "{foreign}"]'}),
        ),
        ("PUT", f"{base}/Groups/{own['group']}", group_body("Own", foreign)),
        ("POST", f"{base}/GroupMembers", {"group": {"value": own["group"]}, "member": {"value": foreign}}),
        ("POST", f"{base}/GroupMembers", {"group": {"value": foreign}, "member": {"value": own["user"]}}),
        (
            "POST",
            f"{base}/Bulk",
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": bulk},
        ),
    ]


async def test_references_lead_nowhere(pair: Pair) -> None:
    """In a filter, as a member, in a bulk request: what is elsewhere is told as what is nowhere."""
    user = await pair.asking.create("User", **user_body("own@contoso.example"))
    group = await pair.asking.create("Group", **group_body("Own"))
    own, before = {"user": user["id"], "group": group["id"]}, await pair.state()
    for foreign in pair.ids:
        other = like(foreign)
        pairs = zip(_requests(pair.asking.url, own, foreign), _requests(pair.asking.url, own, other), strict=True)
        for (method, url, body), (_, twin_url, twin_body) in pairs:
            elsewhere = await pair.call(method, url, body, hide=(foreign,))
            nowhere = await pair.call(method, twin_url, twin_body, hide=(other,))
            assert _without_versions(elsewhere.text) == _without_versions(nowhere.text)
            assert (elsewhere.status, elsewhere.rounds) == (nowhere.status, nowhere.rounds), (method, url)
    assert await pair.state() == before


def _without_versions(text: str) -> str:
    return re.sub(r'"(version|lastModified)":"(\\"|[^"])*"', "", text)


async def test_tokens_of_both_accounts_are_apart(pair: Pair) -> None:
    """Each opens its own and not the other, in either direction."""
    for tenant, other in ((pair.asking, pair.hidden), (pair.hidden, pair.asking)):
        assert (
            await pair.call("GET", f"{PUBLIC_URL}/scim/account/{tenant.account}/Users", None, tenant.token)
        ).status == 200
        assert (
            await pair.call("GET", f"{PUBLIC_URL}/scim/account/{other.account}/Users", None, tenant.token)
        ).status == 401
