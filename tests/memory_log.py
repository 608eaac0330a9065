"""The provisioning log over the directory in memory, and its ledgers."""

import asyncio
import dataclasses
from datetime import datetime

from domain.history.cycles import Cycle
from domain.history.ledger import Ledger
from domain.history.log import LogPage, LogQuery
from domain.ports import RecordNotFound, VersionConflict
from tests.memory import MemoryDirectory


class MemoryLog:
    """Fulfils `domain.history.log.LogStore` and `domain.history.log.PageStore`; nothing needs to be moved here."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory

    async def newest(self, account: str, query: LogQuery) -> LogPage:
        entries = reversed(self._directory.changes(account))
        found = [each for each in entries if query.selects(each) and each.id < (query.position or "~")]
        more = len(found) > query.count
        return LogPage(tuple(found[: query.count]), found[query.count - 1].id if more else None)

    async def following(self, account: str, position: str, until: datetime, count: int) -> LogPage:
        end = f"{int(until.timestamp() * 1000):012x}"
        found = [each for each in self._directory.changes(account) if position < each.id < end][:count]
        return LogPage(tuple(found), found[-1].id if found else position)

    async def compact(self, account: str, before: datetime, limit: int) -> int:  # noqa: ARG002  nothing to move
        return 0

    async def drop(self, account: str, before: datetime) -> int:  # noqa: ARG002  nothing to drop
        return 0


class MemoryLedger:
    """Fulfils `domain.history.ledger.LedgerStore`."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.cycles: dict[str, dict[str, Cycle]] = {}

    async def read_ledger(self, account: str) -> Ledger:
        return self.ledgers.get(account, Ledger())

    async def write_ledger(self, account: str, before: Ledger, after: Ledger) -> Ledger:
        await asyncio.sleep(0)
        if before.version != self.ledgers.get(account, Ledger()).version:
            raise VersionConflict
        written = dataclasses.replace(after, version=str(int(before.version or 0) + 1))
        self.ledgers[account] = written
        self.cycles.setdefault(account, {}).update({each.id: each for each in after.cycles.values()})
        return written

    async def list_cycles(self, account: str, position: str, count: int) -> tuple[tuple[Cycle, ...], str | None]:
        ids = sorted(self.cycles.get(account, {}), reverse=True)
        found = [each for each in ids if not position or each <= position]
        following = found[count] if len(found) > count else None
        return tuple(self.cycles[account][each] for each in found[:count]), following

    async def get_cycle(self, account: str, cycle_id: str) -> Cycle:
        try:
            return self.cycles.get(account, {})[cycle_id]
        except KeyError:
            raise RecordNotFound from None

    async def drop_cycles(self, account: str, before: datetime, limit: int) -> int:
        old = sorted(key for key, each in self.cycles.get(account, {}).items() if each.began < before)[:limit]
        for each in old:
            del self.cycles[account][each]
        return len(old)
