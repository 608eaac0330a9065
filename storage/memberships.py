"""Memberships as rows, read both ways: the members of a group and the groups of a member."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from domain.model import Kind, Member, Origin
from storage import keys
from storage.client import Entity, Table
from storage.entities import to_member

_COLUMNS = ["RowKey", "kind"]
_KEY_COLUMNS = ["RowKey", "origin"]
_ONE_ROUND = 40
"""Ids whose change takes two round trips, one to read and one to write; for more, requests are saved instead."""
_POINT_READS = 100
"""As many ids are looked up one by one; more of them by reading the keys that lie between, if those are few."""
_KEYS_A_READ = 40
"""Keys read in a page for the price of one point read."""


async def members_of(table: Table, account: str, group_id: str, *, native: bool = False) -> tuple[Member, ...]:
    """All members in the order of their ids, 16 ranges side by side: for groups of any size."""
    ranges = keys.ranges(keys.members(group_id, native=native))
    found = await asyncio.gather(*(_range(table, account, low, high) for low, high in ranges))
    return tuple(to_member(row) for rows in found for row in rows)


async def groups_of(table: Table, account: str, member_id: str, *, native: bool = False) -> tuple[str, ...]:
    """The ids of the groups that a user or group is a direct member of, in their order."""
    rows = await table.rows(account, keys.member_of(member_id, native=native), select=_COLUMNS)
    return tuple(keys.last_part(row["RowKey"]) for row in rows)


async def members_among(
    table: Table, account: str, group_id: str, ids: Iterable[str], *, native: bool = False
) -> frozenset[str]:
    """Which of *ids* are members of the group now: one round trip for up to 40, or in a group of less than 1,000."""
    prefix, wanted = keys.members(group_id, native=native), frozenset(ids)
    if len(wanted) > _ONE_ROUND:  # as in Entra's batches: most groups are read whole for the price of one id
        rows, token = await table.page(account, prefix, keys.after_prefix(prefix), select=["RowKey"])
        if not token:
            return wanted & {row["RowKey"].removeprefix(prefix) for row in rows}
    return frozenset(row["RowKey"].removeprefix(prefix) for row in await existing(table, account, prefix, wanted))


async def kinds_of(table: Table, account: str, ids: Iterable[str]) -> dict[str, Kind]:
    """Which of *ids* exist, and as what: one round trip for up to 40 of them, or where all are users."""
    wanted = tuple(ids)
    if len(wanted) <= _ONE_ROUND:
        found = await asyncio.gather(*(_existing_as(kind, table, account, wanted) for kind in Kind))
        return {each: kind for kind, ids in zip(Kind, found, strict=True) for each in ids}
    kinds: dict[str, Kind] = {}
    for kind in (Kind.USER, Kind.GROUP):
        missing = [each for each in wanted if each not in kinds]
        kinds |= dict.fromkeys(await _existing_as(kind, table, account, missing), kind)
    return kinds


async def _existing_as(kind: Kind, table: Table, account: str, ids: Sequence[str]) -> list[str]:
    """Which of *ids* are of *kind*; groups that no client provisions are not."""
    rows = await existing(table, account, keys.RESOURCE[kind], ids)
    shown = (row for row in rows if kind is Kind.USER or row["origin"] == Origin.SCIM.value)
    return [keys.last_part(row["RowKey"]) for row in shown]


async def related(
    table: Table, account: str, prefix: str, ids: Sequence[str], *, adjacent: bool
) -> Mapping[str, Sequence[Entity]]:
    """The membership rows of each of *ids*, which are in order; *prefix* says in which direction.

    *adjacent* says that no other resource lies between them: then one range holds all their rows.
    """
    if adjacent and len(ids) > 1:
        return await _related_adjacent(table, account, prefix, ids)
    found = await asyncio.gather(*(table.rows(account, f"{prefix}{each}:", select=_COLUMNS) for each in ids))
    return dict(zip(ids, found, strict=True))


async def existing(table: Table, account: str, prefix: str, ids: Iterable[str]) -> list[Entity]:
    """The rows of *ids* below *prefix* that exist, with key and origin, in one round of reads for up to 100 ids."""
    wanted = sorted({each for each in ids if keys.is_id(each)})
    if len(wanted) <= _POINT_READS:
        found = await asyncio.gather(*(table.find(account, f"{prefix}{each}", _KEY_COLUMNS) for each in wanted))
        return [row for row in found if row is not None]
    shares = [[each for each in wanted if each[0] == digit] for digit in keys.HEX]
    parts = await asyncio.gather(*(_walk(table, account, prefix, share) for share in shares if share))
    return [row for part in parts for row in part]


async def _walk(table: Table, account: str, prefix: str, wanted: Sequence[str]) -> list[Entity]:
    """The rows of the sorted ids *wanted*, read in order by pages that begin at the next one still wanted."""
    found: list[Entity] = []
    names = [f"{prefix}{each}" for each in wanted]
    while names:
        size = min(1000, _KEYS_A_READ * len(names))
        rows, token = await table.page(account, names[0], f"{names[-1]};", select=_KEY_COLUMNS, page_size=size)
        among = set(names)
        found += [row for row in rows if row["RowKey"] in among]
        names = names[bisect_right(names, rows[-1]["RowKey"]) :] if token else []
    return found


async def _range(table: Table, account: str, low: str, high: str) -> list[Entity]:
    return [row async for page in table.pages(account, low, high, select=_COLUMNS) for row in page]


async def _related_adjacent(
    table: Table, account: str, prefix: str, ids: Sequence[str]
) -> Mapping[str, Sequence[Entity]]:
    """One page of the common range; what it does not reach is read apart, side by side."""
    rows: dict[str, list[Entity]] = {each: [] for each in ids}
    page, token = await table.page(account, f"{prefix}{ids[0]}:", f"{prefix}{ids[-1]};", select=_COLUMNS)
    for row in page:
        rows.setdefault(row["RowKey"].removeprefix(prefix).partition(":")[0], []).append(row)
    if not token:
        return rows
    reached = page[-1]["RowKey"].removeprefix(prefix).partition(":")[0]
    rest = [each for each in ids if each >= reached]
    return {**rows, **await related(table, account, prefix, rest, adjacent=False)}
