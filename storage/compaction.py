"""Old rows of the log become pages, and old pages go.

One batch at a time is claimed in ``s:compacted``: which rows, for which page.  Then the page is written, exactly the
rows that are on it are deleted, and the claim is given up.  Who finds a claim finishes it, whoever made it and wherever
they were cut off: the page is only ever created, or replaced under the ETag that was read, so it has all rows of the
claim before the first of them is deleted.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from domain.model import Change
from domain.ports import RecordNotFound, StoreUnavailable, VersionConflict
from storage import keys, log_pages
from storage.client import Entity, Operation, Table, create, delete, etag_of, replace
from storage.entities import to_change
from storage.errors import AlreadyThere, Refused
from storage.limits import MAX_OPERATIONS
from storage.log_pages import Header, to_header
from storage.totals import read_checkpoint

ENOUGH = 500
"""Rows that are worth a page, or a longer one; fewer wait for more."""
LONGEST_WAIT = timedelta(days=1)
"""How long they wait beyond the time after which they are old."""

_SIDE_BY_SIDE = 4
_TRIES = 5
_GONE = 404


@dataclass(frozen=True, slots=True)
class Mark:
    """How far compaction is: the months that have pages, and the claim under way, if any.

    A claim is the rows from ``first`` to ``last``, for the page with the key ``page``.
    """

    months: tuple[str, ...] = ()
    page: str = ""
    first: str = ""
    last: str = ""
    etag: str = ""


async def read_mark(directory: Table, account: str) -> Mark:
    """The mark as it stands; an empty one before the first compaction."""
    row = await directory.find(account, keys.COMPACTED)
    if row is None:
        return Mark()
    return Mark(tuple(row["months"].split()), row["page"], row["first"], row["last"], etag_of(row))


async def compact(directory: Table, log: Table, account: str, before: datetime, limit: int) -> int:
    """Move at most *limit* rows written before *before* onto pages; the answer is how many this call moved.

    Rows wait until the totals have counted them, and until notices have read them.
    """
    mark = await read_mark(directory, account)
    if mark.page:
        return await _finish(directory, log, account, mark)
    end = await _settled(directory, account, before)
    changes = await _oldest(directory, account, end, min(limit, log_pages.MAX_ENTRIES))
    if not changes or not _is_worth_it(changes, before):
        return 0
    page, changes = await _place(log, account, changes)
    month = log_pages.month_of(changes[0].id)
    months = tuple(sorted({*mark.months, month}))
    claimed = await _write(directory, account, Mark(months, page, changes[0].id, changes[-1].id, mark.etag))
    return await _finish(directory, log, account, claimed) if claimed else 0


async def drop(directory: Table, log: Table, account: str, before: datetime) -> int:
    """Drop the pages of months that ended before *before*."""
    mark = await read_mark(directory, account)
    old = [month for month in mark.months if month < f"{before:%Y%m}"]
    if not old or mark.page:
        return 0
    dropped = 0
    for month in old:
        partition = log_pages.partition(account, month)
        async for rows in log.pages(partition, "", "~", select=["RowKey"]):
            await _delete(log, partition, [row["RowKey"] for row in rows])
            dropped += len(rows)
    await _write(directory, account, Mark(tuple(each for each in mark.months if each not in old), etag=mark.etag))
    return dropped


async def _settled(directory: Table, account: str, before: datetime) -> str:
    """The id before which all changes are old, counted and read."""
    checkpoint, read = await asyncio.gather(
        read_checkpoint(directory, account), directory.find(account, keys.NOTIFIED, ["upTo"])
    )
    return min(keys.moment_id(before), checkpoint.up_to, "" if read is None else str(read["upTo"]))


async def _oldest(directory: Table, account: str, end: str, limit: int) -> list[Change]:
    """The oldest rows before *end*, all of one month."""
    found: list[Change] = []
    async for rows in directory.pages(account, keys.CHANGE, f"{keys.CHANGE}{end}"):
        found += map(to_change, rows)
        if len(found) >= limit:
            break
    months = [log_pages.month_of(each.id) for each in found[:limit]]
    return [each for each, month in zip(found, months, strict=False) if month == months[0]]


def _is_worth_it(changes: Sequence[Change], before: datetime) -> bool:
    return len(changes) >= ENOUGH or changes[0].id < keys.moment_id(before - LONGEST_WAIT)


async def _place(log: Table, account: str, changes: list[Change]) -> tuple[str, list[Change]]:
    """The page that *changes* go to, or as many of them as it takes: the month's last one, or one of their own."""
    partition = log_pages.partition(account, log_pages.month_of(changes[0].id))
    headers: list[Header] = []
    async for rows in log.pages(partition, "", "~", select=log_pages.HEADER):
        headers += [to_header(partition, row) for row in rows]
    last = max(headers, key=lambda each: each.last, default=None)
    if last is not None and last.last < changes[0].id and last.count + len(changes) <= log_pages.MAX_ENTRIES:
        row = await log.find(partition, last.first)
        if row is not None and log_pages.to_page([*log_pages.from_page(row), *changes]) is not None:
            return last.first, changes
    while log_pages.to_page(changes) is None:
        changes = changes[: len(changes) // 2]
    return changes[0].id, changes


async def _finish(directory: Table, log: Table, account: str, claim: Mark) -> int:
    """Do what was claimed; the answer is how many rows it was, 0 where another has done it meanwhile."""
    partition = log_pages.partition(account, log_pages.month_of(claim.first))
    on_page = await _written(directory, log, account, partition, claim)
    ids = [each.id for each in on_page if claim.first <= each.id <= claim.last]
    there = await _ids(directory, account, claim)
    await _delete(directory, account, [keys.change(each) for each in ids if each in there])
    return len(ids) if await _write(directory, account, Mark(claim.months, etag=claim.etag)) else 0


async def _written(directory: Table, log: Table, account: str, partition: str, claim: Mark) -> list[Change]:
    """The entries of the claim's page, once it has all of the claim."""
    for _ in range(_TRIES):
        row = await log.find(partition, claim.page)
        if row is not None and row["last"] >= claim.last:
            return log_pages.from_page(row)
        before = [] if row is None else log_pages.from_page(row)
        changes = [*before, *(await _claimed(directory, account, claim))]
        entity = log_pages.to_page(changes)
        if entity is None:  # pragma: no cover  the claim was measured
            raise StoreUnavailable("a claim of the log does not fit onto its page")
        try:
            await log.write(partition, create(entity) if row is None else replace(entity, etag_of(row)))
        except (AlreadyThere, VersionConflict, RecordNotFound):
            continue  # another has written it
        return changes
    raise StoreUnavailable("a page of the log kept changing")


async def _claimed(directory: Table, account: str, claim: Mark) -> list[Change]:
    low, high = keys.change(claim.first), f"{keys.change(claim.last)}0"
    return [to_change(row) async for page in directory.pages(account, low, high) for row in page]


async def _ids(directory: Table, account: str, claim: Mark) -> set[str]:
    low, high = keys.change(claim.first), f"{keys.change(claim.last)}0"
    pages = directory.pages(account, low, high, select=["RowKey"])
    return {row["RowKey"].removeprefix(keys.CHANGE) async for page in pages for row in page}


async def _delete(table: Table, partition: str, row_keys: Sequence[str]) -> None:
    """Delete rows, of which others may have deleted some."""

    async def chunk(some: Sequence[str]) -> None:
        operations: list[Operation] = [delete(each) for each in some]
        while operations:
            try:
                await table.submit(partition, operations)
            except Refused as refused:
                if refused.status != _GONE:
                    raise
                del operations[refused.index]
                continue
            return

    for wave in batched(batched(row_keys, MAX_OPERATIONS, strict=False), _SIDE_BY_SIDE, strict=False):
        await asyncio.gather(*map(chunk, wave))


async def _write(directory: Table, account: str, mark: Mark) -> Mark | None:
    """The mark with its new ETag; None where another has moved it."""
    entity: Entity = {
        "RowKey": keys.COMPACTED,
        "months": " ".join(mark.months),
        "page": mark.page,
        "first": mark.first,
        "last": mark.last,
    }
    try:
        etag = await directory.write(account, replace(entity, mark.etag) if mark.etag else create(entity))
    except (AlreadyThere, VersionConflict, RecordNotFound):
        return None
    return Mark(mark.months, mark.page, mark.first, mark.last, etag)
