"""Service accounts: created, changed, removed with all that is theirs."""

import pytest

from domain.access.bindings import bind_role
from domain.access.keys import create_key
from domain.access.principals import ADMIN, PROVISIONING, ApiKey, Binding, Principal, PrincipalKind, service_account
from domain.access.refused_acts import AlreadyExists, Invalid, LastAdmin, LimitReached
from domain.access.roles import ACCOUNT_ADMIN, AUDITOR, VIEW
from domain.access.service_accounts import change_service_account, create_service_account, remove_service_account
from domain.access.signin import NotAuthenticated
from domain.model import Action
from domain.ports import RecordNotFound
from tests.domain.builders import NOW
from tests.domain.office import Premises, premises

_BOT = service_account("bot")


@pytest.fixture
async def place() -> Premises:
    made = await premises()
    await create_service_account(made.office, made.operator, "bot", "A bot")
    await create_key(made.office, made.operator, ApiKey(_BOT, "default", "x", NOW))
    return made


async def test_new_service_account_may_do_nothing(place: Premises) -> None:
    """Until a role is bound to it, which counts at once."""
    issued = await place.issue(_BOT)
    assert (await place.keeper.caller(issued.text, "acme")).permissions == frozenset()
    await bind_role(place.office, place.operator, Binding(_BOT, AUDITOR))
    assert (await place.keeper.caller(issued.text, "acme")).permissions == VIEW


@pytest.mark.parametrize(
    ("identifier", "name", "error"),
    [
        ("bot", "x", AlreadyExists),
        ("BOT", "x", AlreadyExists),
        ("", "x", Invalid),
        ("a b", "x", Invalid),
        ("a/b", "x", Invalid),
        ("new", "  ", Invalid),
    ],
)
async def test_odd_service_account_is_refused(
    place: Premises, identifier: str, name: str, error: type[Exception]
) -> None:
    """And the same one, in any letter case."""
    with pytest.raises(error):
        await create_service_account(place.office, place.operator, identifier, name)


async def test_service_accounts_are_limited(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are there already."""
    monkeypatch.setattr("domain.access.service_accounts.MOST", 4)
    await create_service_account(place.office, place.operator, "fourth", "x")
    with pytest.raises(LimitReached):
        await create_service_account(place.office, place.operator, "fifth", "x")


async def test_disabled_service_account_has_dead_tokens(place: Premises) -> None:
    """At once, and until it is enabled again."""
    issued = await place.issue(_BOT)
    await place.keeper.caller(issued.text, "acme")
    await change_service_account(place.office, place.operator, "bot", active=False)
    with pytest.raises(NotAuthenticated):
        await place.keeper.caller(issued.text, "acme")
    await change_service_account(place.office, place.operator, "bot", active=True)
    await place.keeper.caller(issued.text, "acme")
    told = [each.action for each in place.acts("ServiceAccount")]
    assert sorted(told) == sorted([Action.CREATE, Action.DEACTIVATE, Action.REACTIVATE])


async def test_removed_service_account_leaves_nothing(place: Premises) -> None:
    """No key, no token, no role; a later one of the same id gets none of it."""
    issued = await place.issue(_BOT)
    await bind_role(place.office, place.operator, Binding(_BOT, AUDITOR))
    await remove_service_account(place.office, place.operator, "Bot")
    policy = await place.policy()
    assert _BOT not in {each.owner for each in policy.keys}
    assert _BOT not in {each.owner for each in policy.tokens}
    assert _BOT not in {each.principal for each in policy.bindings}
    await create_service_account(place.office, place.operator, "bot", "Another")
    with pytest.raises(NotAuthenticated):
        await place.keeper.caller(issued.text, "acme")


async def test_last_administrator_stays(place: Premises) -> None:
    """It is neither disabled nor removed, until another holds the role."""
    for attempt in (
        change_service_account(place.office, place.operator, "admin", active=False),
        remove_service_account(place.office, place.operator, "admin"),
    ):
        with pytest.raises(LastAdmin):
            await attempt
    _, ann = await place.user()
    await bind_role(place.office, place.operator, Binding(ann, ACCOUNT_ADMIN))
    await remove_service_account(place.office, place.operator, "admin")
    assert ADMIN not in {each.principal for each in (await place.policy()).service_accounts}


async def test_name_and_description_change(place: Premises) -> None:
    """What is not given stays; odd ones are refused."""
    changed = await change_service_account(place.office, place.operator, "bot", description="for tests")
    assert (changed.name, changed.description, changed.active) == ("A bot", "for tests", True)
    with pytest.raises(Invalid):
        await change_service_account(place.office, place.operator, "bot", name=" ")


async def test_unknown_service_account_is_not_found(place: Premises) -> None:
    """Neither to change nor to remove; a user is none."""
    _, ann = await place.user()
    for each in ("nobody", "", ann.id):
        with pytest.raises(RecordNotFound):
            await change_service_account(place.office, place.operator, each, active=False)
        with pytest.raises(RecordNotFound):
            await remove_service_account(place.office, place.operator, each)


def test_principals_are_named_as_actors() -> None:
    """As the provisioning log names them."""
    assert str(PROVISIONING) == "service-account:provisioning"
    assert str(Principal(PrincipalKind.USER, "7")) == "user:7"
