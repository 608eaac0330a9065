"""What ended long ago leaves its account, and what is of nobody; the rest stays."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.access.bindings import bind_role
from domain.access.keys import revoke_token, rotate_token
from domain.access.principals import DEFAULT_KEY, ApiKey, Binding, Principal, PrincipalKind
from domain.access.roles import AUDITOR
from domain.access.upkeep import KEPT_FOR, LOOKED_AT, drop_ended
from domain.native.scopes import ACCOUNT
from domain.ports import VersionConflict
from domain.provisioning.groups import create_group, delete_group
from domain.provisioning.users import delete_user
from tests.domain.builders import NOW, group, make_account, make_caller, make_desk
from tests.domain.office import Premises, premises

_DAY = timedelta(days=1)


@pytest.fixture
async def place() -> Premises:
    return await premises()


async def left(place: Premises) -> list[str]:
    return sorted(each.name for each in (await place.policy()).tokens)


async def drop(place: Premises) -> int:
    return await drop_ended(place.policies, place.directory, place.clock, make_account("acme"))


async def test_ended_tokens_leave_after_a_month(place: Premises) -> None:
    """Whether they expired, were revoked or rotated; those that still open something, or did lately, stay."""
    expired = await place.issue(name="expired", lifetime=_DAY)
    revoked, rotated = await place.issue(name="revoked"), await place.issue(name="rotated", never_expires=True)
    await place.issue(name="never", never_expires=True)
    await revoke_token(place.office, place.operator, revoked.token.id)
    await rotate_token(place.office, place.operator, rotated.token.id)
    place.pass_time(days=KEPT_FOR.days)
    assert await drop(place) == 0
    place.pass_time(hours=1)
    assert await drop(place) == 2
    assert expired.token.name in await left(place)
    place.pass_time(days=1)
    assert await drop(place) == 1
    assert await left(place) == ["never", "rotated"]


async def test_administrators_come_first(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the policy changes meanwhile, the next run goes on."""

    async def conflicted(*_: object) -> None:
        raise VersionConflict

    await place.issue(lifetime=_DAY)
    place.pass_time(days=32)
    monkeypatch.setattr(place.policies, "change_policy", conflicted)
    assert await drop(place) == 0


async def test_account_without_a_policy_is_passed_over() -> None:
    """There is nothing to drop."""
    assert await drop(Premises()) == 0


async def test_what_is_of_deleted_users_and_groups_leaves(place: Premises) -> None:
    """Keys, tokens that never end, and roles; what others have stays, and so does what all users have."""
    record, ann = await place.user()
    _, bob = await place.user("bob@contoso.example")
    desk, caller = make_desk(place.directory), make_caller(place.account)
    team, club = [await create_group(desk, caller, group(each)) for each in ("Team", "Club")]
    everybody = Principal(PrincipalKind.GROUP, ACCOUNT.all_users)
    bound = [Principal(PrincipalKind.GROUP, each.id) for each in (team, club)]
    for principal in (ann, bob, *bound, everybody):
        await bind_role(place.office, place.operator, Binding(principal, AUDITOR))
    for owner in (ann, bob):
        await place.policies.add("acme", ApiKey(owner, DEFAULT_KEY, "Laptop", NOW))
        await place.issue(owner, name=owner.id, never_expires=True)
    await delete_user(desk, caller, record.id, if_match=None)
    await delete_group(desk, caller, team.id, if_match=None)
    assert await drop(place) == 4
    assert await drop(place) == 0
    policy = await place.policy()
    assert {each.owner for each in policy.keys} & {ann, bob} == {each.owner for each in policy.tokens} == {bob}
    assert {each.principal for each in policy.bindings} & {ann, bob, *bound, everybody} == {bob, bound[1], everybody}


async def test_each_run_looks_for_some(place: Premises) -> None:
    """One after the other they look for all, however many there are."""
    gone = [Principal(PrincipalKind.USER, str(uuid4())) for _ in range(LOOKED_AT * 5 // 2)]
    await place.policies.add("acme", *(Binding(each, AUDITOR) for each in gone))
    dropped = []
    for _ in range(6):
        dropped.append(await drop(place))
        place.pass_time(minutes=5)
    assert (max(dropped), sum(dropped)) == (LOOKED_AT, len(gone))
