"""What every account store promises, asked of the one in memory and of the one over tables."""

import asyncio
import dataclasses

import pytest

from domain.model import Account, AccountSettings, UnmatchedFilter
from domain.ports import AccountStore, RecordNotFound, Taken, VersionConflict
from scim.extension_schemas import ExtensionSchema
from storage.accounts import TableAccounts
from storage.client import Tables, merge
from tests.memory import MemoryAccounts
from tests.storage.build import NOW


@pytest.fixture(params=["memory", "tables"])
def store(request: pytest.FixtureRequest, tables: Tables) -> AccountStore:
    return MemoryAccounts() if request.param == "memory" else TableAccounts(tables.accounts)


def make_account(account_id: str) -> Account:
    return Account(account_id, "Mäkinen & Co", NOW, "seal", AccountSettings(UnmatchedFilter.NO_TARGET))


async def test_account_comes_back_whole(store: AccountStore, account: str) -> None:
    """Name, moment, key and settings."""
    await store.create_account(make_account(account))
    assert await store.get_account(account) == make_account(account)


async def test_account_id_is_unique(store: AccountStore, account: str) -> None:
    """A second account of the id is refused, and the first one stays."""
    await store.create_account(make_account(account))
    with pytest.raises(Taken, match="id"):
        await store.create_account(dataclasses.replace(make_account(account), name="other"))
    assert await store.get_account(account) == make_account(account)


async def test_unknown_account_is_not_found(store: AccountStore, account: str) -> None:
    """Neither to read nor to replace."""
    with pytest.raises(RecordNotFound):
        await store.get_account(account)
    with pytest.raises(RecordNotFound):
        await store.replace_account(make_account(account))


async def test_accounts_are_listed(store: AccountStore, account: str) -> None:
    """In the order of their ids."""
    for each in (f"{account}b", f"{account}a"):
        await store.create_account(make_account(each))
    ours = [each.id for each in await store.list_accounts() if each.id.startswith(account)]
    assert ours == [f"{account}a", f"{account}b"]


async def test_settings_are_replaced(store: AccountStore, account: str) -> None:
    """Name and settings change, nothing else does."""
    await store.create_account(make_account(account))
    changed = dataclasses.replace(make_account(account), name="new", settings=AccountSettings())
    await store.replace_account(changed)
    assert await store.get_account(account) == changed


async def test_settings_of_another_are_not_written_over(store: AccountStore, account: str) -> None:
    """Whoever read older ones is told; what is so already is no conflict, as after an answer that was lost."""
    first = make_account(account)
    await store.create_account(first)
    chosen = [dataclasses.replace(first, settings=AccountSettings(keys_per_owner=each)) for each in (7, 8)]
    await store.replace_account(chosen[0], over=first.settings)
    with pytest.raises(VersionConflict):
        await store.replace_account(chosen[1], over=first.settings)
    await store.replace_account(chosen[0], over=first.settings)
    assert await store.get_account(account) == chosen[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{}", AccountSettings()),
        ('{"unmatched_filter": "noTarget"}', AccountSettings(UnmatchedFilter.NO_TARGET)),
        ('{"unmatched_filter": "create", "of_a_later_version": [1]}', AccountSettings()),
    ],
)
async def test_settings_of_other_versions_are_read(
    tables: Tables, account: str, written: str, read: AccountSettings
) -> None:
    """What is missing has its default, and what is unknown is passed over."""
    store = TableAccounts(tables.accounts)
    await store.create_account(make_account(account))
    await tables.accounts.write(account, merge({"RowKey": "account", "settings": written}))
    assert (await store.get_account(account)).settings == read


SCHEMAS = tuple(
    ExtensionSchema(f"urn:example:{name}", kind, required, f'{{"id": "{name}"}}')
    for name, kind, required in (("a", "Group", True), ("b:1.0:User", "User", False))
)


async def test_schemas_come_with_the_account(store: AccountStore, account: str) -> None:
    """In the order of their URNs, and whole."""
    await store.create_account(make_account(account))
    for each in reversed(SCHEMAS):
        await store.add_schema(account, each)
    assert (await store.get_account(account)).schemas == SCHEMAS
    assert {each.id: each.schemas for each in await store.list_accounts()}[account] == SCHEMAS
    await store.replace_account(dataclasses.replace(make_account(account), name="new"))
    assert (await store.get_account(account)).schemas == SCHEMAS


async def test_schema_is_added_once(store: AccountStore, account: str) -> None:
    """Another one of its URN, in any letter case, is refused."""
    await store.create_account(make_account(account))
    await store.add_schema(account, SCHEMAS[0])
    for urn in (SCHEMAS[0].urn, SCHEMAS[0].urn.upper()):
        with pytest.raises(Taken):
            await store.add_schema(account, dataclasses.replace(SCHEMAS[0], urn=urn, kind="User"))
    assert (await store.get_account(account)).schemas == SCHEMAS[:1]


async def test_schemas_added_at_once_are_all_there(store: AccountStore, account: str) -> None:
    """As large as they may be, and none is lost."""
    await store.create_account(make_account(account))
    large = [ExtensionSchema(f"urn:example:{each}", "User", False, "x" * 30_000) for each in range(10)]
    for first, second in zip(large[::2], large[1::2], strict=True):
        await asyncio.gather(store.add_schema(account, first), store.add_schema(account, second))
    assert (await store.get_account(account)).schemas == tuple(large)


async def test_schema_is_removed(store: AccountStore, account: str) -> None:
    """In any letter case, from one account, and once."""
    for each in (account, f"{account}x"):
        await store.create_account(make_account(each))
        await store.add_schema(each, SCHEMAS[0])
    await store.remove_schema(account, SCHEMAS[0].urn.upper())
    assert (await store.get_account(account)).schemas == ()
    assert (await store.get_account(f"{account}x")).schemas == SCHEMAS[:1]
    with pytest.raises(RecordNotFound):
        await store.remove_schema(account, SCHEMAS[0].urn)
