"""Tokens that ended long ago leave their account; others stay."""

from datetime import timedelta

import pytest

from domain.access.keys import revoke_token, rotate_token
from domain.access.token_upkeep import KEPT_FOR, drop_ended_tokens
from domain.ports import VersionConflict
from tests.domain.office import Premises, premises

_DAY = timedelta(days=1)


@pytest.fixture
async def place() -> Premises:
    return await premises()


async def left(place: Premises) -> list[str]:
    return sorted(each.name for each in (await place.policy()).tokens)


async def test_ended_tokens_leave_after_a_month(place: Premises) -> None:
    """Whether they expired, were revoked or rotated; those that still open something, or did lately, stay."""
    expired = await place.issue(name="expired", lifetime=_DAY)
    revoked, rotated = await place.issue(name="revoked"), await place.issue(name="rotated", never_expires=True)
    await place.issue(name="never", never_expires=True)
    await revoke_token(place.office, place.operator, revoked.token.id)
    await rotate_token(place.office, place.operator, rotated.token.id)
    place.pass_time(days=KEPT_FOR.days)
    assert await drop_ended_tokens(place.policies, place.clock, place.account) == 0
    place.pass_time(hours=1)
    assert await drop_ended_tokens(place.policies, place.clock, place.account) == 2
    assert expired.token.name in await left(place)
    place.pass_time(days=1)
    assert await drop_ended_tokens(place.policies, place.clock, place.account) == 1
    assert await left(place) == ["never", "rotated"]


async def test_administrators_come_first(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the policy changes meanwhile, the next run goes on."""

    async def conflicted(*_: object) -> None:
        raise VersionConflict

    await place.issue(lifetime=_DAY)
    place.pass_time(days=32)
    monkeypatch.setattr(place.policies, "change_policy", conflicted)
    assert await drop_ended_tokens(place.policies, place.clock, place.account) == 0


async def test_account_without_a_policy_is_passed_over(place: Premises) -> None:
    """There is nothing to drop."""
    assert await drop_ended_tokens(Premises().policies, place.clock, place.account) == 0
