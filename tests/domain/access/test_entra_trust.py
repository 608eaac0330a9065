"""Whom an account trusts: chosen, checked, written down."""

import dataclasses
from typing import Any

import pytest

from domain.access.entra_trust import trust_entra
from domain.access.refused_acts import Invalid, NotAllowed
from domain.access.roles import PROVISION
from domain.model import Account, Outcome
from domain.ports import RecordNotFound
from tests.domain.office import Premises, premises
from tests.identity_provider import TENANT, TRUST


@pytest.fixture
async def place() -> Premises:
    return await premises(tokens_per_key=3)


async def test_trust_is_kept_and_ended(place: Premises) -> None:
    """GUIDs in lower case; the other settings stay."""
    await trust_entra(place.office, place.operator, dataclasses.replace(TRUST, tenant=TENANT.upper()))
    settings = (await place.accounts.get_account("acme")).settings
    assert (settings.entra, settings.tokens_per_key) == (TRUST, 3)
    await trust_entra(place.office, place.operator, None)
    assert (await place.accounts.get_account("acme")).settings.entra is None
    assert sorted(each.attributes for each in place.acts("Account")) == [(), ("entra",), ("entra",)]


@pytest.mark.parametrize(
    "fields",
    [
        {"tenant": ""},
        {"tenant": "common"},
        {"tenant": "contoso.onmicrosoft.com"},
        {"tenant": f"{{{TENANT}}}"},
        {"tenant": TENANT.replace("-", "")},
        {"audiences": ()},
        {"audiences": ("",)},
        {"audiences": ("x",) * 11},
        {"app_ids": ()},
        {"app_ids": ("x" * 201,)},
        {"client_subject": ""},
        {"client_subject": "nobody"},
        {"client_audiences": ()},
    ],
)
async def test_odd_trust_is_refused(place: Premises, fields: dict[str, Any]) -> None:
    """And written down, with nothing changed."""
    with pytest.raises(Invalid):
        await trust_entra(place.office, place.operator, dataclasses.replace(TRUST, **fields))
    assert (await place.accounts.get_account("acme")).settings.entra is None
    assert [each.outcome for each in place.acts("Account")].count(Outcome.FAILURE) == 1


async def test_nobody_is_trusted_with_more_than_the_caller_has(place: Premises) -> None:
    """Nor as somebody who does not exist."""
    caller = place.caller(*PROVISION, "core_authsetting_edit")
    with pytest.raises(NotAllowed):
        await trust_entra(place.office, caller, dataclasses.replace(TRUST, service_account="admin"))
    with pytest.raises(RecordNotFound):
        await trust_entra(place.office, place.operator, dataclasses.replace(TRUST, service_account="nobody"))
    await trust_entra(place.office, caller, TRUST)


async def test_settings_changed_at_the_same_time_are_kept(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is a trust that was ended brought back by another setting, nor the other way round."""
    read = place.accounts.get_account
    others = iter([4])

    async def read_before_another_wrote(account_id: str) -> Account:
        account = await read(account_id)
        for keys in others:
            settings = dataclasses.replace(account.settings, keys_per_owner=keys)
            monkeypatch.setattr(place.accounts, "get_account", read)
            await place.accounts.replace_account(dataclasses.replace(account, settings=settings))
        return account

    monkeypatch.setattr(place.accounts, "get_account", read_before_another_wrote)
    await trust_entra(place.office, place.operator, TRUST)
    settings = (await place.accounts.get_account("acme")).settings
    assert (settings.entra, settings.keys_per_owner) == (TRUST, 4)
