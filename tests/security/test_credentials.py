"""50,000 credentials that open nothing: none gets in.  `tests.security.credentials` and `foreign_tokens` tell of which
kinds they are."""

from itertools import islice
from random import Random
from typing import Any

import pytest
from scim2_models import UnauthorizedException

from domain.access.signin import Doorkeeper, NotAuthenticated
from routes.auth import authenticate
from tests.routes.calls import make_request
from tests.security.credentials import KINDS as OURS
from tests.security.credentials import Kind, Lock, sealed
from tests.security.foreign_tokens import FOREIGN

KINDS = {**OURS, **FOREIGN}
EACH = -(-50_000 // len(KINDS))
"""So many of each kind, 50,000 in all."""
_SEED = 20_260_301


@pytest.fixture(scope="module")
async def lock() -> Lock:
    made = Lock()
    await made.open()
    return made


async def _gets_in(lock: Lock, text: str, account: str = "acme", scheme: str = "Bearer") -> bool:
    """Whether a request with this credential is let in; any other answer than a refusal fails the test."""
    request = make_request(headers={"authorization": f"{scheme} {text}"})
    try:
        await authenticate(lock.doorkeeper, request, account)
    except UnauthorizedException:
        return False
    return True


async def test_valid_credentials_get_in(lock: Lock) -> None:
    """Else the rest would prove nothing."""
    assert all([await _gets_in(lock, each) for each in lock.valid])
    assert all([await _gets_in(lock, each, "other") for each in lock.of_other])
    assert sealed(lock.valid[0][:-8]) == lock.valid[0]
    assert all([await _gets_in(lock, each) for each in (*lock.access, lock.provider.token())])


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
async def test_none_gets_in(lock: Lock, kind: Kind) -> None:
    """Not one of thousands, also after valid ones were remembered."""
    for each in lock.valid:
        await _gets_in(lock, each)
    random = Random(_SEED)
    accepted = [text for text in islice(kind(lock, random), EACH) if await _gets_in(lock, text)]
    assert accepted == []


@pytest.mark.parametrize("scheme", ["", "Basic", "Digest", "Token", "Bearer:", "Bearer,", "bear", "Bearer Bearer"])
async def test_other_schemes_do_not_get_in(lock: Lock, scheme: str) -> None:
    """A valid token under another name."""
    assert not [each for each in lock.valid if await _gets_in(lock, each, scheme=scheme)]


@pytest.mark.parametrize("account", ["other", "Acme", "ACME", "acme ", "", "nobody", "acme/../other", "acme\x00"])
async def test_valid_credentials_open_no_other_account(lock: Lock, account: str) -> None:
    """The account in the path and that in the token must be the same."""
    assert not [each for each in lock.valid if await _gets_in(lock, each, account)]


@pytest.mark.parametrize("kind", ["noise", "altered", "of_another_account"])
async def test_forgeries_cost_no_round_trip(lock: Lock, kind: str) -> None:
    """What is no token of ours, or names another account, is refused without asking the storage."""
    doorkeeper = Doorkeeper(Unasked(), lock.api.clock)
    for text in islice(KINDS[kind](lock, Random(_SEED)), 1_000):
        with pytest.raises(NotAuthenticated):
            await doorkeeper.caller(text, "acme")


class Unasked:
    """A store that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked")
