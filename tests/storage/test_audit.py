"""The audit finds each fault that a row can have, and mends it."""

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from domain.model import Totals
from storage import keys
from storage.audit import Fault
from storage.client import Operation, Tables, create, delete, merge
from storage.directory import TableDirectory
from storage.entities import index_rows
from tests.storage.build import creation, make_group, make_user, members

USER_ID, GROUP_ID, NOBODY = (f"{digit}0000000-0000-4000-8000-000000000000" for digit in "abc")
ANN = make_user("ann@example.com", externalId="A", emails=[{"value": "ann@example.com"}])
USER, OTHER = dataclasses.replace(ANN, id=USER_ID), make_user("bob")
GROUP = dataclasses.replace(make_group("Team", externalId="T"), id=GROUP_ID)
M, UM = f"m:{GROUP.id}:{USER.id}", f"um:{USER.id}:{GROUP.id}"


@dataclass
class Place:
    directory: TableDirectory
    account: str
    write: Callable[[Operation], Awaitable[str]]


@pytest.fixture
async def place(directory: TableDirectory, tables: Tables, account: str) -> Place:
    """Two users and a group of one of them, all in order."""
    for user in (USER, OTHER):
        await directory.create_user(account, user, creation(user))
    await directory.create_group(account, GROUP, members(USER), creation(GROUP))
    return Place(directory, account, lambda operation: tables.directory.write(account, operation))


async def findings(place: Place, *, repair: bool = False) -> list[tuple[Fault, str]]:
    return [(each.fault, each.row_key) async for each in place.directory.audit(place.account, repair=repair)]


async def test_nothing_is_wrong_with_what_we_write(place: Place) -> None:
    """No findings."""
    assert await findings(place) == []


@pytest.mark.parametrize(
    ("damage", "fault", "row_key"),
    [
        (delete("un:ann@example.com"), Fault.MISSING, "un:ann@example.com"),
        (delete(f"ux:A:{USER.id}"), Fault.MISSING, f"ux:A:{USER.id}"),
        (delete(f"ue:ann@example.com:{USER.id}"), Fault.MISSING, f"ue:ann@example.com:{USER.id}"),
        (delete("gn:team"), Fault.MISSING, "gn:team"),
        (create({"RowKey": "un:eve", "id": NOBODY}), Fault.ORPHAN, "un:eve"),
        (create({"RowKey": "un:eve", "id": USER.id}), Fault.ORPHAN, "un:eve"),
        (create({"RowKey": f"gx:t:{GROUP.id}", "id": GROUP.id}), Fault.ORPHAN, f"gx:t:{GROUP.id}"),
        (delete(M), Fault.HALF, UM),
        (delete(UM), Fault.HALF, M),
        (merge({"RowKey": f"g:{GROUP.id}", "pending": "c1"}), Fault.UNFINISHED, f"g:{GROUP.id}"),
        (create({"RowKey": keys.TOTALS, "users": 3, "groups": 0, "upTo": ""}), Fault.TOTALS, keys.TOTALS),
    ],
)
async def test_fault_is_found_and_mended(place: Place, damage: Operation, fault: Fault, row_key: str) -> None:
    """One damage, one finding; without repair it stays, after a repair nothing is left to find."""
    await place.write(damage)
    assert await findings(place) == [(fault, row_key)]
    assert await findings(place, repair=True) == [(fault, row_key)]
    assert await findings(place) == []
    assert await place.directory.totals(place.account) == Totals(users=2, groups=1)


@pytest.mark.parametrize("group_id", [GROUP.id, NOBODY])
async def test_membership_of_nobody_is_removed(place: Place, group_id: str) -> None:
    """Of a member or of a group that does not exist."""
    member_id = OTHER.id if group_id == NOBODY else NOBODY
    rows = [f"m:{group_id}:{member_id}", f"um:{member_id}:{group_id}"]
    for row_key in rows:
        await place.write(create({"RowKey": row_key}))
    assert await findings(place, repair=True) == [(Fault.LOST, rows[0])]
    assert await findings(place) == []


async def test_repair_gives_the_right_rows_back(place: Place) -> None:
    """After losing all rows that lead to it a user is found again."""
    for row_key in index_rows(USER):
        await place.write(delete(row_key))
    assert len(await findings(place, repair=True)) == 3
    assert await findings(place) == []
