"""Accounts are opened with what they need, and administrative acts are done once and written down."""

import asyncio
import dataclasses

import pytest

from domain.access.administration import Act, Edit, edit, find_account, open_account
from domain.access.keys import create_key, issue_token, revoke_token
from domain.access.principals import ADMIN, PROVISIONING, ApiKey, Policy, ServiceAccount
from domain.access.refused_acts import Invalid
from domain.access.roles import ALL, PROVISION
from domain.accounts import InvalidAccount
from domain.model import Account, AccountSettings, Action, Outcome, Source, UnmatchedFilter
from domain.ports import RecordNotFound, StoreUnavailable, Taken
from tests.domain.builders import NOW
from tests.domain.office import Premises, premises
from tests.memory import MemoryAccounts


@pytest.fixture
async def place() -> Premises:
    return await premises()


async def test_opened_account_is_stored() -> None:
    """With its settings and the moment."""
    settings = AccountSettings(UnmatchedFilter.NO_TARGET)
    place = Premises()
    account = await open_account(place.office, "Acme", account_id="acme", settings=settings)
    assert await place.accounts.get_account("acme") == account
    assert (account.created, account.settings) == (NOW, settings)


@pytest.mark.parametrize(("owner", "permissions"), [(PROVISIONING, PROVISION), (ADMIN, ALL)])
async def test_opened_account_can_be_used(place: Premises, owner: ServiceAccount, permissions: frozenset[str]) -> None:
    """One service account may provision and no more, and one may do everything."""
    issued = await issue_token(place.office, place.operator, owner=owner)  # type: ignore[arg-type]
    assert (await place.keeper.caller(issued.text, "acme")).permissions == permissions


async def test_account_id_is_unique(place: Premises) -> None:
    """The first account stays as it is, and so does its access."""
    before = await place.policy()
    with pytest.raises(Taken):
        await open_account(place.office, "Other", account_id="acme")
    assert await place.accounts.list_accounts() == (place.account,)
    assert await place.policy() == before


async def test_opening_that_was_cut_off_is_finished() -> None:
    """What a first attempt left behind does not keep the second from it."""

    class Failing(MemoryAccounts):
        async def create_account(self, account: Account) -> None:  # noqa: ARG002  it fails whichever it is
            raise StoreUnavailable

    place = Premises()
    broken = Premises(accounts=Failing())
    broken.office = dataclasses.replace(place.office, accounts=broken.accounts)
    with pytest.raises(StoreUnavailable):
        await open_account(broken.office, "Acme", account_id="acme")
    await place.open()
    assert {each.id for each in (await place.policy()).service_accounts} == {"admin", "provisioning"}


@pytest.mark.parametrize(("name", "account_id"), [("Acme", "a/b"), (" ", "acme")])
async def test_odd_account_is_not_stored(name: str, account_id: str) -> None:
    """Neither a bad id nor a blank name."""
    place = Premises()
    with pytest.raises(InvalidAccount):
        await open_account(place.office, name, account_id=account_id)
    assert await place.accounts.list_accounts() == ()


@pytest.mark.parametrize("account_id", ["nobody", "a/b", ""])
async def test_unknown_account_is_not_found(place: Premises, account_id: str) -> None:
    """Whatever was typed."""
    with pytest.raises(RecordNotFound):
        await find_account(place.accounts, account_id)


async def test_opening_is_written_down(place: Premises) -> None:
    """By the operator, on this machine."""
    (act,) = place.acts("Account")
    assert (act.actor, act.source, act.action) == ("operator", Source.SYSTEM, Action.CREATE)
    assert (act.resource_id, act.resource_name, act.address) == ("acme", "Acme", "local")


async def test_acts_are_written_down_by_who_did_them(place: Premises) -> None:
    """The token, the request, the outcome; never the secret."""
    caller = place.caller(*ALL)
    issued = await issue_token(place.office, caller, owner=PROVISIONING, name="Entra")
    (act,) = place.acts("Token")
    assert (act.actor, act.source, act.correlation_id) == (f"token:{caller.token_id}", Source.MANAGER, "request-1")
    assert (act.resource_id, act.resource_name, act.outcome) == (issued.token.id, "Entra", Outcome.SUCCESS)
    assert issued.text.rpartition(".")[2][:43] not in repr(place.directory.changes("acme"))
    assert issued.token.secret_hash not in repr(place.directory.changes("acme"))


async def test_refused_acts_are_written_down(place: Premises) -> None:
    """With the reason, and nothing is changed."""
    before = await place.policy()
    with pytest.raises(Invalid):
        await create_key(place.office, place.operator, ApiKey(PROVISIONING, "no id", "x", NOW))
    with pytest.raises(RecordNotFound):
        await revoke_token(place.office, place.operator, "s0000000000000000")
    (revocation,) = place.acts("Token")
    assert (revocation.outcome, revocation.action) == (Outcome.FAILURE, Action.DELETE)
    assert (revocation.resource_id, revocation.reason) == ("s0000000000000000", "no such thing in this account")
    assert await place.policy() == before


async def test_acts_at_once_are_all_done(place: Premises) -> None:
    """Each decides on what the others left."""
    names = [f"key{number}" for number in range(4)]
    await asyncio.gather(
        *(create_key(place.office, place.operator, ApiKey(PROVISIONING, each, each, NOW)) for each in names)
    )
    theirs = {each.id for each in (await place.policy()).keys if each.owner == PROVISIONING}
    assert theirs == {"default", *names}


async def test_act_that_always_comes_second_is_given_up(place: Premises) -> None:
    """The caller is told to come back."""
    act = Act(Action.CREATE, "ServiceAccount", "late")
    new = ServiceAccount("late", "x", NOW)

    async def overtaken(_: Policy) -> Edit:
        await place.policies.add("acme", new)
        return Edit(act, put=(new,))

    with pytest.raises(StoreUnavailable):
        await edit(place.office, place.operator, act, overtaken)
    assert place.acts("ServiceAccount") == []


async def test_act_that_changes_nothing_is_not_written_down(place: Premises) -> None:
    """Nothing happened."""
    act = Act(Action.UPDATE, "ServiceAccount", "admin")
    await edit(place.office, place.operator, act, lambda _: Edit(act))
    assert place.acts("ServiceAccount") == []
