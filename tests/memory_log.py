"""The provisioning log over the directory in memory."""

from datetime import datetime

from domain.log import LogPage, LogQuery
from tests.memory import MemoryDirectory


class MemoryLog:
    """Fulfils `domain.log.LogStore` and `domain.log.PageStore`; nothing needs to be moved here."""

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
