"""The bearer check before every route."""

from dataclasses import dataclass

import pytest
from scim2_models import ForbiddenException, UnauthorizedException

from domain.access import tokens
from domain.access.administration import first_holdings
from domain.access.rates import Rates
from domain.access.signin import Doorkeeper
from routes.auth import address_class, admit, authenticate, network_of
from scim.errors import TooManyRequests
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.memory import MemoryAccounts
from tests.memory_policies import MemoryPolicies
from tests.routes.calls import REQUEST_ID, make_request

_VIEW = frozenset({"core_user_view"})
_ISSUED = tokens.issue("acme", "x", now=NOW, permissions=_VIEW)


@dataclass
class _Door:
    doorkeeper: Doorkeeper
    rates: Rates


@pytest.fixture
async def keeper() -> Doorkeeper:
    """The keeper of an account with one token, which may see users and no more."""
    accounts = MemoryAccounts()
    policies = MemoryPolicies(accounts)
    await accounts.create_account(make_account("acme"))
    await policies.add("acme", *first_holdings(NOW), _ISSUED.token)
    return Doorkeeper(policies, StoppedClock())


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "Bearer {} "])
async def test_token_opens_its_account(keeper: Doorkeeper, header: str) -> None:
    """The scheme knows no letter case (RFC 9110 §11.1); the caller knows its request."""
    request = make_request(headers={"authorization": header.format(_ISSUED.text)})
    caller = await authenticate(keeper, request, "acme", _VIEW)
    assert (caller.account.id, caller.request_id) == ("acme", REQUEST_ID)


@pytest.mark.requirement("7644-2-03", "7644-2-05")
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        _ISSUED.text,  # the prefix is missing
        f"Basic {_ISSUED.text}",
        f"Token {_ISSUED.text}",
        f"Bearer{_ISSUED.text}",
        "Bearer x",
        "Bearer rc.acme.0.0",
        f"Bearer {_ISSUED.text}x",
        f"Bearer {_ISSUED.text}, Bearer {_ISSUED.text}",  # two headers, as the host joins them
        "Bearer é",
    ],
    ids=lambda _: "header",
)
async def test_other_headers_open_nothing(keeper: Doorkeeper, header: str | None) -> None:
    """401 whatever is wrong, and no word on what it was (harness.md §2.2)."""
    request = make_request(headers={} if header is None else {"authorization": header})
    with pytest.raises(UnauthorizedException) as raised:
        await authenticate(keeper, request, "acme")
    assert _ISSUED.text not in str(raised.value.detail)


@pytest.mark.parametrize("account", ["other", "unknown", "", "ACME"])
async def test_token_of_another_account_opens_nothing(keeper: Doorkeeper, account: str) -> None:
    """Whether that account exists or not: the answer is the same."""
    request = make_request(headers={"authorization": f"Bearer {_ISSUED.text}"})
    with pytest.raises(UnauthorizedException, match="not valid for this account"):
        await authenticate(keeper, request, account)


@pytest.mark.requirement("7644-2-02")
async def test_missing_permissions_are_named(keeper: Doorkeeper) -> None:
    """In a fixed order, and only those that are missing."""
    needed = _VIEW | {"core_user_manage", "core_user_invite"}
    request = make_request(headers={"authorization": f"Bearer {_ISSUED.text}"})
    with pytest.raises(ForbiddenException, match=r"permission core_user_invite, core_user_manage$"):
        await authenticate(keeper, request, "acme", needed)


@pytest.mark.requirement("7644-7.6-01")
async def test_fast_caller_is_told_when_to_come_back(keeper: Doorkeeper) -> None:
    """429 with the seconds, before its permissions are looked at; one that waits gets in."""
    clock = StoppedClock()
    door = _Door(keeper, Rates(clock, per_token=6))
    request = make_request(headers={"authorization": f"Bearer {_ISSUED.text}"})
    await admit(door, request, "acme")
    with pytest.raises(TooManyRequests) as raised:
        await admit(door, request, "acme", frozenset({"core_user_manage"}))
    assert raised.value.retry_after == 10
    clock.move(seconds=10)
    await admit(door, request, "acme")


async def test_strangers_are_counted_as_nobody(keeper: Doorkeeper) -> None:
    """A flood of wrong tokens keeps no right one out."""
    door = _Door(keeper, Rates(StoppedClock(), per_token=6, per_account=6))
    stranger = tokens.issue("acme", "x", now=NOW).text
    for _ in range(20):
        with pytest.raises(UnauthorizedException):
            await admit(door, make_request(headers={"authorization": f"Bearer {stranger}"}), "acme")
    await admit(door, make_request(headers={"authorization": f"Bearer {_ISSUED.text}"}), "acme")


@pytest.mark.parametrize(
    ("forwarded", "told"),
    [
        (None, ""),
        ("", ""),
        ("nonsense", ""),
        ("8.8.8.8", "public"),
        ("8.8.8.8:4711", "public"),
        ("10.1.2.3:4711", "private"),
        ("8.8.8.8, 192.168.1.5:80", "private"),  # what the client claims stands before
        ("10.0.0.1, 8.8.8.8", "public"),
        ("127.0.0.1:5", "local"),
        ("[2001:4860:4860::8888]:443", "public"),
        ("2001:4860:4860::8888", "public"),
        ("fd00::1", "private"),
        ("::1", "local"),
    ],
)
def test_address_is_told_by_its_class(forwarded: str | None, told: str) -> None:
    """Never the address itself."""
    assert address_class({} if forwarded is None else {"x-forwarded-for": forwarded}) == told


@pytest.mark.parametrize(
    ("forwarded", "told"),
    [
        (None, ""),
        ("nonsense", ""),
        ("8.8.8.8:4711", "8.8.8.8"),
        ("8.8.8.8, 8.8.4.4:80", "8.8.4.4"),
        ("[2001:4860:4860:1:aaaa::1]:443", "2001:4860:4860:1::/64"),
        ("2001:4860:4860:1:bbbb::2", "2001:4860:4860:1::/64"),
    ],
)
def test_network_is_what_one_subscriber_has(forwarded: str | None, told: str) -> None:
    """Else whoever has IPv6 would have a new address for each request."""
    assert network_of({} if forwarded is None else {"x-forwarded-for": forwarded}) == told
