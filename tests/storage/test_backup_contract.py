"""What every store of backups promises: over memory and over tables."""

from datetime import timedelta

import pytest

from domain.lifecycle.ports import BackupStore, NotEmpty, StoredRow, Unfinished
from domain.ports import AccountStore, RecordNotFound, Taken
from storage.accounts import TableAccounts
from storage.backup import TableBackups
from storage.client import Tables, upsert
from tests.domain.builders import NOW, SEAL_KEY
from tests.memory_backups import MemoryBackups

LATER = NOW + timedelta(minutes=5)
USER = StoredRow("directory", "u:1", {"userName": "ada"})
PAGE = StoredRow("log", "p:1", {"lines": {"binary": "AAEC"}}, part="2026-02")
OTHER_PAGE = StoredRow("log", "p:1", {"lines": {"binary": "AAED"}}, part="2026-03")
TOKEN = StoredRow("accounts", "t:1", {"name": "x"})
OWN = StoredRow(
    "accounts",
    "account",
    {"name": "Acme", "settings": "{}", "created": {"datetime": NOW.isoformat()}, "sealKey": SEAL_KEY},
)
ROWS = [USER, PAGE, OTHER_PAGE, TOKEN]

type Both = tuple[BackupStore, AccountStore]


@pytest.fixture(params=["memory", "tables"])
def both(request: pytest.FixtureRequest, tables: Tables) -> Both:
    """The store of backups, and that of the same accounts."""
    if request.param == "tables":
        return TableBackups(tables), TableAccounts(tables.accounts)
    memory = MemoryBackups()
    return memory, memory


async def _restore(store: BackupStore, account: str, mark: str = "m", seal_key: str | None = None) -> None:
    assert await store.begin_restore(account, "Acme", mark, NOW) == 0
    await store.write(account, ROWS, len(ROWS))
    await store.finish_restore(account, OWN, mark, seal_key)


async def _keys(store: BackupStore, account: str) -> list[tuple[str, str, str]]:
    return [(row.table, row.part, row.key) async for some in store.rows(account) for row in some]


async def test_written_rows_are_read(both: Both, account: str) -> None:
    """All of them, the account's own last."""
    store, accounts = both
    await _restore(store, account)
    read = [row async for some in store.rows(account) for row in some]
    assert sorted(map(str, read[:-1])) == sorted(map(str, ROWS))
    assert (read[-1].key, (await accounts.get_account(account)).name) == ("account", "Acme")


async def test_nobody_gets_in_before_the_end(both: Both, account: str) -> None:
    """The account is not found and not listed, and no other can be opened under its id."""
    store, accounts = both
    await store.begin_restore(account, "Acme", "m", NOW)
    await store.write(account, ROWS, len(ROWS))
    with pytest.raises(RecordNotFound):
        await accounts.get_account(account)
    assert account not in [each.id for each in await accounts.list_accounts()]
    await store.finish_restore(account, OWN, "m", None)
    assert account in [each.id for each in await accounts.list_accounts()]


async def test_progress_is_remembered(both: Both, account: str) -> None:
    """How many rows are written, and that all are."""
    store, _ = both
    assert await store.begin_restore(account, "Acme", "m", NOW) == 0
    await store.write(account, ROWS[:2], 2)
    assert await store.begin_restore(account, "Acme", "m", LATER) == 2
    await store.write(account, ROWS[2:], 4)
    await store.finish_restore(account, OWN, "m", None)
    assert await store.begin_restore(account, "Acme", "m", LATER) is None


@pytest.mark.parametrize(("seal_key", "kept"), [(None, SEAL_KEY), ("another", "another")])
async def test_seal_key(both: Both, account: str, seal_key: str | None, kept: str) -> None:
    """The account's own, or another one."""
    store, accounts = both
    await _restore(store, account, seal_key=seal_key)
    assert (await accounts.get_account(account)).seal_key == kept


async def test_only_one_restoration_at_a_time(both: Both, account: str) -> None:
    """Another is refused while one is unfinished, and once the account is there."""
    store, _ = both
    await store.begin_restore(account, "Acme", "m", NOW)
    with pytest.raises(Unfinished):
        await store.begin_restore(account, "Acme", "n", NOW)
    await store.finish_restore(account, OWN, "m", None)
    with pytest.raises(Taken):
        await store.begin_restore(account, "Acme", "n", NOW)


async def test_deleted_account_leaves_its_name(both: Both, account: str) -> None:
    """Its rows are gone in all tables, it is in no list, and can be restored again."""
    store, accounts = both
    await _restore(store, account)
    closed = await store.begin_delete(account, NOW)
    assert (closed.name, closed.since, closed.deleting) == ("Acme", NOW, True)
    with pytest.raises(RecordNotFound):
        await accounts.get_account(account)
    assert sum([removed async for removed in store.empty(account)]) == len(ROWS)
    await store.finish_delete(account, closed)
    assert not await store.remains(account)
    assert await store.closed(account) is None
    assert ("Acme", NOW) in [(each.name, each.since) for each in await store.list_deleted() if each.account == account]
    await _restore(store, account, "n")
    assert len(await _keys(store, account)) == len(ROWS) + 1


async def test_deletion_begun_twice_began_once(both: Both, account: str) -> None:
    """The time it was closed stays, and it is known what goes on."""
    store, _ = both
    await _restore(store, account)
    closed = await store.begin_delete(account, NOW)
    assert await store.begin_delete(account, LATER) == closed == await store.closed(account)
    with pytest.raises(Unfinished):
        await store.begin_restore(account, "Acme", "n", NOW)


async def test_unfinished_restoration_can_be_deleted(both: Both, account: str) -> None:
    """Where its file is lost, say."""
    store, _ = both
    await store.begin_restore(account, "Acme", "m", NOW)
    await store.write(account, ROWS, len(ROWS))
    closed = await store.begin_delete(account, LATER)
    assert (closed.name, closed.deleting) == ("Acme", True)
    [removed async for removed in store.empty(account)]
    await store.finish_delete(account, closed)
    assert not await store.remains(account)


async def test_rest_of_an_account_can_be_deleted(both: Both, account: str) -> None:
    """What was written while it was deleted; until then nothing is restored beside it."""
    store, _ = both
    await _rest(store, account)
    with pytest.raises(NotEmpty):
        await store.begin_restore(account, "Acme", "m", NOW)
    closed = await store.begin_delete(account, NOW)
    [removed async for removed in store.empty(account)]
    await store.finish_delete(account, closed)
    assert not await store.remains(account)


async def _rest(store: BackupStore, account: str) -> None:
    if isinstance(store, MemoryBackups):
        store._rows[account] = {(USER.table, "", USER.key): USER}
    elif isinstance(store, TableBackups):
        await store._directory.write(account, upsert({"RowKey": USER.key}))


@pytest.mark.parametrize(
    ("row", "stays"), [(TOKEN, True), (StoredRow("accounts", "channel:1", {}), True), (OWN, False), (USER, False)]
)
def test_what_no_other_account_may_get_is_known(both: Both, row: StoredRow, stays: bool) -> None:
    """Credentials, and where notices go."""
    assert both[0].stays(row) is stays


async def test_unknown_account_is_not_deleted(both: Both, account: str) -> None:
    """There is nothing to close."""
    with pytest.raises(RecordNotFound):
        await both[0].begin_delete(account, NOW)


@pytest.mark.parametrize(
    ("row", "opens"), [(TOKEN, True), (OWN, False), (USER, False), (StoredRow("directory", "t:1", {}), False)]
)
def test_credentials_are_known(both: Both, row: StoredRow, opens: bool) -> None:
    """By where they lie."""
    assert both[0].opens(row) is opens
