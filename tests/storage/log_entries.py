"""Entries for tests of the log: many, of some resources, a minute apart."""

import dataclasses
import secrets
from datetime import UTC, datetime, timedelta

from domain.model import Action, Change, Outcome, Source
from storage import keys
from storage.client import Table, upsert
from storage.directory import TableDirectory
from storage.log import TableLog

START = datetime(2026, 3, 30, 22, tzinfo=UTC)
"""Two days before the end of a month, so that entries lie in two."""


def make_entry(number: int = 0, *, at: datetime | None = None, **fields: object) -> Change:
    """The entry with that number: of one of seven people, each third one a failure."""
    moment = at or START + timedelta(minutes=number)
    entry = Change(
        id=f"{int(moment.timestamp() * 1000):012x}{secrets.token_hex(8)}",
        time=moment,
        actor=f"token:{number % 2}",
        source=Source.SCIM,
        action=Action.CREATE if number % 5 == 0 else Action.UPDATE,
        kind="User",
        resource_id=f"person-{number % 7}",
        external_id=f"E{number % 7}",
        attributes=("title", "name"),
        correlation_id=secrets.token_hex(16),
        resource_name=f"user{number % 7}@contoso.example",
        outcome=Outcome.SUCCESS if number % 3 else Outcome.FAILURE,
        status=0 if number % 3 else 409,
        scim_type="" if number % 3 else "uniqueness",
        reason="" if number % 3 else "another resource has this userName",
    )
    return dataclasses.replace(entry, **fields)  # type: ignore[arg-type]


def make_entries(count: int) -> list[Change]:
    """So many entries in the order of their ids."""
    return [make_entry(number) for number in range(count)]


async def settle(table: Table, account: str) -> None:
    """Let the totals and the notices have seen everything, so that it may be compacted."""
    await TableDirectory(table).checkpoint(account, datetime(2027, 1, 1, tzinfo=UTC), 100_000)
    await table.write(
        account, upsert({"RowKey": keys.NOTIFIED, "upTo": keys.moment_id(datetime(2027, 1, 1, tzinfo=UTC))})
    )


async def compact_all(log: TableLog, account: str, before: datetime, limit: int = 4_000) -> int:
    """Compact until nothing is left to do; how many entries were moved."""
    moved = 0
    for _ in range(200):
        step = await log.compact(account, before, limit)
        moved += step
        if step == 0 and await log.compact(account, before, limit) == 0:
            return moved
    raise AssertionError("compaction does not end")
