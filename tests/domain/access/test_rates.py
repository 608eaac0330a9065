"""Rates: the allowed share gets through, whatever comes beside it."""

import dataclasses

import pytest

from domain.access import rates
from domain.access.rates import Rates
from domain.access.signin import Caller
from tests.domain.builders import StoppedClock, make_account, make_caller


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def caller(token_id: str = "s1", account: str = "acme") -> Caller:  # noqa: S107  an id is no secret
    return dataclasses.replace(make_caller(make_account(account)), token_id=token_id)


def admitted(limits: Rates, clock: StoppedClock, who: Caller, *, per_second: int, seconds: int) -> int:
    """How many requests of a steady stream are admitted."""
    passed = 0
    for _ in range(per_second * seconds):
        passed += limits.admit(who) == 0
        clock.move(seconds=1 / per_second)
    return passed


@pytest.mark.parametrize("times", [1, 2, 10, 50])
def test_allowed_share_gets_through(clock: StoppedClock, times: int) -> None:
    """As much as without the flood: 600 a minute, and once what 10 seconds allow."""
    limits = Rates(clock, per_token=600)
    passed = admitted(limits, clock, caller(), per_second=10 * times, seconds=120)
    assert passed == pytest.approx(1_200 if times == 1 else 1_300, abs=2)


@pytest.mark.parametrize("rate", [1, 3, 60, 3_000])
def test_silent_caller_may_send_some_at_once(clock: StoppedClock, rate: int) -> None:
    """What it may send in 10 seconds, and one at least."""
    limits = Rates(clock, per_token=rate)
    at_once = 0
    while limits.admit(caller()) == 0:
        at_once += 1
    assert at_once == max(1, rate // 6)


def test_wait_is_told_exactly(clock: StoppedClock) -> None:
    """A moment earlier is too early."""
    limits = Rates(clock, per_token=1)
    assert limits.admit(caller()) == 0
    wait = limits.admit(caller())
    assert wait == pytest.approx(60)
    clock.move(seconds=wait - 1)
    assert limits.admit(caller()) == pytest.approx(1)
    clock.move(seconds=1.001)
    assert limits.admit(caller()) == 0


def test_no_limit_limits_nobody(clock: StoppedClock) -> None:
    """0 stands for none, which is also what nobody says."""
    limits = Rates(clock)
    assert {limits.admit(caller()) for _ in range(10_000)} == {0}


def test_tokens_are_counted_apart(clock: StoppedClock) -> None:
    """One that is too fast takes nothing from another, nor from another account."""
    limits = Rates(clock, per_token=6)
    assert limits.admit(caller("s1")) == 0
    assert limits.admit(caller("s1")) > 0
    assert limits.admit(caller("s2")) == 0
    assert limits.admit(caller("s1", "other")) == 0


def test_account_is_counted_over_its_tokens(clock: StoppedClock) -> None:
    """Many tokens together are no faster; another account is not touched."""
    limits = Rates(clock, per_token=600, per_account=60)
    assert sum(limits.admit(caller(f"s{number}")) == 0 for number in range(100)) == 10
    assert limits.admit(caller("s1", "other")) == 0


def test_refused_request_counts_for_nothing(clock: StoppedClock) -> None:
    """Neither for its token where the account refuses, nor the other way round."""
    limits = Rates(clock, per_token=600, per_account=6)
    limits.admit(caller())
    for _ in range(1_000):
        assert limits.admit(caller()) > 0
    clock.move(seconds=10.001)
    assert limits.admit(caller()) == 0


def test_charge_delays_those_after_it(clock: StoppedClock) -> None:
    """A request that did the work of many is paid for afterwards."""
    limits = Rates(clock, per_token=60)
    limits.admit(caller())
    limits.charge(caller(), 99)
    assert limits.admit(caller()) == pytest.approx(91)


def test_callers_without_a_token_are_counted_by_name(clock: StoppedClock) -> None:
    """Those whom Entra signed in."""
    limits = Rates(clock, per_token=6)
    entra = dataclasses.replace(caller(""), owner=None)
    assert limits.admit(entra) == 0
    assert limits.admit(entra) > 0


def test_addresses_are_counted_apart(clock: StoppedClock) -> None:
    """And apart from tokens."""
    limits = Rates(clock, per_address=6)
    assert limits.admit_address("8.8.8.8") == 0
    assert limits.admit_address("8.8.8.8") == pytest.approx(10)
    assert limits.admit_address("8.8.4.4") == limits.admit(caller()) == 0


def test_memory_is_bounded(clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that sent least lately is forgotten."""
    monkeypatch.setattr(rates, "_REMEMBERED", 2)
    limits = Rates(clock, per_token=6)
    for token_id in ("s1", "s2", "s3"):
        assert limits.admit(caller(token_id)) == 0
    assert limits.admit(caller("s3")) > 0
    assert limits.admit(caller("s1")) == 0
