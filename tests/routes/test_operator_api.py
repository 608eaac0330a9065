"""Accounts opened over HTTP by whoever runs the service."""

import hashlib
from typing import Any

import pytest

from domain.access.rates import Rates
from tests.routes.calls import PUBLIC_URL, REQUEST_ID, Answer, Api

_KEY = "a long random key of the operator"


@pytest.fixture
def operated(api: Api) -> Api:
    """A service with an operator key."""
    api.operator_key = hashlib.sha256(_KEY.encode()).hexdigest()
    return api


async def post(
    api: Api, body: bytes = b'{"name": "New", "id": "new"}', key: str | None = _KEY, address: str = "8.8.8.8"
) -> Answer:
    headers = {"x-forwarded-for": address} | ({} if key is None else {"authorization": f"Bearer {key}"})
    return await api.send("POST", f"{PUBLIC_URL}/operator/accounts", body, headers)


async def test_operator_opens_an_account(operated: Api) -> None:
    """And gets a token of its administrator, which is not cached on the way."""
    answer = await post(operated)
    opened = answer.json
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    assert (opened["id"], opened["tenantUrl"]) == ("new", f"{PUBLIC_URL}/scim/account/new")
    assert (await operated.call("GET", "/Users", token=opened["adminToken"], account="new")).status == 200
    told = [(each.actor, each.kind, each.address) for each in operated.directory.changes("new")]
    assert sorted(told) == [("operator", "Account", "public"), ("operator", "Token", "public")]
    assert {each.correlation_id for each in operated.directory.changes("new")} == {REQUEST_ID}


async def test_account_may_get_a_random_id(operated: Api) -> None:
    """Where none is chosen."""
    assert len((await post(operated, b'{"name": "New"}')).json["id"]) == 22


@pytest.mark.parametrize("key", [None, "", "x", f"{_KEY}x", hashlib.sha256(_KEY.encode()).hexdigest(), "é"])
async def test_other_keys_open_no_account(operated: Api, key: str | None) -> None:
    """The hash of the key is none either."""
    answer = await post(operated, key=key)
    assert (answer.status, answer.media_type) == (401, "application/problem+json")
    assert len(await operated.accounts.list_accounts()) == 2


async def test_tokens_of_accounts_open_no_account(operated: Api) -> None:
    """However much they may."""
    assert (await post(operated, key=operated.token)).status == 401


@pytest.mark.parametrize("key", [None, "", _KEY])
async def test_nobody_opens_accounts_without_an_operator_key(api: Api, key: str | None) -> None:
    """There is nothing at that path then."""
    assert (await post(api, key=key)).status == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "X", "id": "acme"}', 409, "TAKEN"),
        (b'{"name": "X", "id": "a/b"}', 400, "INVALID_VALUE"),
        (b'{"name": " "}', 400, "INVALID_VALUE"),
        (b"{}", 400, "INVALID_REQUEST"),
        (b'{"name": "X", "settings": {}}', 400, "INVALID_REQUEST"),
        (b"[]", 400, "INVALID_REQUEST"),
    ],
)
async def test_odd_account_is_refused(operated: Api, body: bytes, status: int, code: Any) -> None:
    """With its reason, as a problem."""
    answer = await post(operated, body)
    assert (answer.status, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"x" * 2_000_000])
@pytest.mark.parametrize(("configured", "status"), [(True, 401), (False, 404)])
async def test_nothing_is_read_of_what_strangers_send(api: Api, body: bytes, configured: bool, status: int) -> None:
    """The key comes before the body, whatever is wrong with that."""
    api.operator_key = hashlib.sha256(_KEY.encode()).hexdigest() if configured else ""
    assert (await post(api, body, "x")).status == status


async def test_keys_cannot_be_tried_fast(operated: Api) -> None:
    """Whoever tried too many waits, even with the right one; other addresses do not."""
    operated.rates = Rates(operated.clock, per_address=6)
    assert (await post(operated, key="x")).status == 401
    refused = await post(operated)
    assert (refused.status, refused.headers["Retry-After"], refused.json["code"]) == (429, "10", "TOO_MANY_REQUESTS")
    assert len(await operated.accounts.list_accounts()) == 2
    assert (await post(operated, address="8.8.4.4")).status == 201
    operated.clock.move(seconds=10)
    assert (await post(operated, key="x")).status == 401
