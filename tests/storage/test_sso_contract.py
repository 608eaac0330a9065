"""What every store of sign-in integrations promises."""

from dataclasses import replace

import pytest

from domain.native.sso import Generation, Integration, Mechanism, SsoStore
from domain.ports import RecordNotFound, VersionConflict
from storage.client import Tables
from storage.sso import TableSso
from tests.memory_sso import MemorySso
from tests.storage.build import NOW

FG, NG = Generation.FIRST_GEN, Generation.NEXT_GEN


@pytest.fixture(params=["memory", "tables"])
def sso(request: pytest.FixtureRequest, tables: Tables) -> SsoStore:
    """In memory, and over tables."""
    return MemorySso() if request.param == "memory" else TableSso(tables.accounts)


async def test_integration_is_kept(sso: SsoStore, account: str) -> None:
    """One of each generation; another account knows nothing of it."""
    first = await sso.put_integration(account, Integration(FG, Mechanism.SAML, NOW))
    second = await sso.put_integration(account, Integration(NG, Mechanism.OIDC, NOW, enabled=False))
    assert await sso.integrations(account) == {FG: first, NG: second}
    assert await sso.integrations(f"{account}x") == {}


async def test_stale_write_is_refused(sso: SsoStore, account: str) -> None:
    """Also one that takes for new what is there, or for there what is gone."""
    first = await sso.put_integration(account, Integration(FG, Mechanism.SAML, NOW))
    await sso.put_integration(account, replace(first, enabled=False))
    for stale in (replace(first, mechanism=Mechanism.LDAP), Integration(FG, Mechanism.LDAP, NOW)):
        with pytest.raises(VersionConflict):
            await sso.put_integration(account, stale)
    await sso.delete_integration(account, FG)
    with pytest.raises(RecordNotFound):
        await sso.put_integration(account, first)
    with pytest.raises(RecordNotFound):
        await sso.delete_integration(account, FG)


async def test_members_are_kept(sso: SsoStore, account: str) -> None:
    """By their exact address, also more than one transaction takes, until the integration goes."""
    await sso.put_integration(account, Integration(FG, Mechanism.SAML, NOW))
    emails = [f"user_{number:03}@corp.example" for number in range(130)]
    await sso.change_members(account, FG, emails, ())
    await sso.change_members(account, FG, emails[:2], [emails[5], "nobody@corp.example"])
    assert await sso.member_of(account, emails[0]) == {FG}
    for other in (emails[5], "user000@corp.example", "", "a/b:c#?"):
        assert await sso.member_of(account, other) == frozenset()
    first = await sso.members(account, FG, "", 100)
    rest = await sso.members(account, FG, str(first.next), 100)
    assert ([*first.items, *rest.items], rest.next) == ([each for each in emails if each != emails[5]], None)
    await sso.delete_integration(account, FG)
    assert await sso.member_of(account, emails[0]) == frozenset()
