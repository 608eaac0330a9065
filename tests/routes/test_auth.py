"""The bearer check before every route."""

import pytest
from scim2_models import ForbiddenException, UnauthorizedException

from domain import tokens
from domain.administration import first_holdings
from domain.signin import Doorkeeper
from routes.auth import authenticate
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.memory import MemoryAccounts
from tests.memory_policies import MemoryPolicies
from tests.routes.calls import REQUEST_ID, make_request

_VIEW = frozenset({"core_user_view"})
_ISSUED = tokens.issue("acme", "x", now=NOW, permissions=_VIEW)


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
