"""The stores of the log and of what is made of it, and the questions that administrators ask of them."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import timedelta

from domain.history.cycles import Cycle
from domain.history.faults import Fault
from domain.history.health import Condition, condition
from domain.history.ledger import LedgerStore
from domain.history.log import LogPage, LogQuery, LogStore
from domain.ports import RecordNotFound

_CHANGE_ID = re.compile(r"[0-9a-f]{28}")
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Logbook:
    """The log, and the ledger that the timer keeps of it."""

    log: LogStore
    ledger: LedgerStore


@dataclass(frozen=True, slots=True)
class Synchronization:
    """How provisioning of an account fares: its condition, the last cycle, and what fails, the oldest first."""

    condition: Condition
    last: Cycle | None
    failing: tuple[Fault, ...]


async def read_log(logbook: Logbook, account: str, query: LogQuery, cycle_id: str = "") -> LogPage:
    """The newest entries that *query* asks for, of one cycle where its id is given.  Raises: RecordNotFound."""
    if cycle_id:
        cycle = await find_cycle(logbook, account, cycle_id)
        since = max(filter(None, (query.since, cycle.began)))
        until = min(filter(None, (query.until, cycle.ended + _MOMENT)))
        if query.actor not in ("", cycle.actor):
            return LogPage(())
        query = dataclasses.replace(query, since=since, until=until, actor=cycle.actor)
    return await logbook.log.newest(account, query)


async def find_cycle(logbook: Logbook, account: str, cycle_id: str) -> Cycle:
    """The cycle with that id, whatever characters were typed.  Raises: RecordNotFound."""
    if not _CHANGE_ID.fullmatch(cycle_id):
        raise RecordNotFound
    return await logbook.ledger.get_cycle(account, cycle_id)


async def synchronization(logbook: Logbook, account: str) -> Synchronization:
    """How provisioning of the account fares, as far as the timer has read the log."""
    ledger = await logbook.ledger.read_ledger(account)
    (last, *_), _ = await logbook.ledger.list_cycles(account, "", 1) if ledger.known else ((None,), None)
    return Synchronization(condition(ledger.failing, last), last, ledger.failing)
