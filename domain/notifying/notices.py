"""Notices: what an account's administrators are told of faults, in one digest a run, and where it still has to go."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.changes import change_id
from domain.history.advice import advice
from domain.history.faults import Fault
from domain.history.ledger import MOST_ROWS, Ledger, LedgerStore

MOST_FAULTS = 1_000
"""Faults that one notice marks as told; the others are in the next run's."""
MOST_ITEMS = 50
"""Faults that one notice tells in full; of the others it tells the number."""


type Names = Callable[[Sequence[Fault]], Awaitable[Mapping[str, str]]]
"""Gives what the resources of faults are called that did not say it, by their ids, as far as they exist."""


@dataclass(frozen=True, slots=True)
class Item:
    """One fault as a notice tells it: what failed, for whom, why, since when and how often, and what to do."""

    name: str
    kind: str
    action: str
    reason: str
    advice: str
    since: datetime
    last: datetime
    count: int
    resource_id: str = ""
    status: int = 0
    scim_type: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One digest: objects that fail, objects that recovered, and how many of both it has no room for."""

    id: str
    time: datetime
    failures: tuple[Item, ...] = ()
    recoveries: tuple[Item, ...] = ()
    failures_left_out: int = 0
    recoveries_left_out: int = 0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice that still has to go to a channel.

    ``due`` is when it is tried next.  ``claimed`` is until when the run that tries it now has it for itself; a run that
    was killed in between leaves it to others after that.  ``version`` is opaque.
    """

    notice: str
    channel: str
    due: datetime
    attempts: int = 0
    claimed: datetime | None = None
    version: str = ""

    @property
    def id(self) -> str:
        """The same on each attempt: by it the receiver knows a repetition."""
        return f"{self.notice}.{self.channel}"

    def is_due(self, now: datetime) -> bool:
        return self.due <= now and (self.claimed is None or self.claimed <= now)


class NoticeStore(Protocol):
    """The notices of all accounts, and their deliveries; any call may raise StoreUnavailable."""

    async def open_notice(self, account: str, ledger: Ledger, notice: Notice, channels: Sequence[str]) -> Ledger:
        """Store a notice, its deliveries and, in the ledger, that its faults are to be marked; all or nothing.

        Raises:
            VersionConflict: Another has written the ledger since *ledger* was read.
        """

    async def get_notice(self, account: str, notice_id: str) -> Notice:
        """Raises: RecordNotFound."""

    async def list_notices(self, account: str) -> tuple[str, ...]:
        """The ids of the notices that are there, the oldest first."""

    async def list_deliveries(self, account: str) -> tuple[Delivery, ...]:
        """What still has to go, the oldest first."""

    async def replace_delivery(self, account: str, delivery: Delivery) -> Delivery:
        """Raises: VersionConflict, RecordNotFound."""

    async def remove_delivery(self, account: str, delivery: Delivery) -> None:
        """It arrived, or was given up; nothing where it is gone already."""

    async def drop_notice(self, account: str, notice_id: str) -> None:
        """Nothing where it is gone already."""


async def tell(
    ledgers: LedgerStore,
    notices: NoticeStore,
    account: str,
    channels: Sequence[str],
    now: datetime,
    *,
    names: Names,
) -> int:
    """Open a notice of all that is due, for these *channels*; the answer is how many faults it tells.

    What an earlier run began is finished first.  Without channels nothing is told, and the faults stay untold.

    Raises:
        VersionConflict: Another run came first.
    """
    ledger = await ledgers.read_ledger(account)
    if ledger.notice:
        ledger = await _mark(ledgers, notices, account, ledger)
    due = [each for each in ledger.faults.values() if each.is_due(now) or (each.owes and not each.is_open)]
    if not due or not channels:
        return 0
    due = sorted(due, key=lambda each: (each.since, each.key))[:MOST_FAULTS]
    notice = digest(due, now, await names([each for each in due if not each.resource_name][:MOST_ITEMS]))
    ledger = await notices.open_notice(account, ledger, notice, channels)
    await _mark(ledgers, notices, account, ledger)
    return len(due)


def digest(due: Sequence[Fault], now: datetime, names: Mapping[str, str]) -> Notice:
    """The notice that tells the faults *due*."""
    failing = [_item(each, names) for each in due if each.is_open]
    recovered = [_item(each, names) for each in due if not each.is_open]
    return Notice(
        id=change_id(now),
        time=now,
        failures=tuple(failing[:MOST_ITEMS]),
        recoveries=tuple(recovered[:MOST_ITEMS]),
        failures_left_out=max(0, len(failing) - MOST_ITEMS),
        recoveries_left_out=max(0, len(recovered) - MOST_ITEMS),
        keys=tuple(each.key for each in due),
    )


async def _mark(ledgers: LedgerStore, notices: NoticeStore, account: str, ledger: Ledger) -> Ledger:
    """Mark the faults of the notice that the ledger names as told by it, then let the ledger forget the notice."""
    notice = await notices.get_notice(account, ledger.notice)  # it is dropped only after it is marked
    untold = [each for each in notice.keys if each in ledger.faults and ledger.faults[each].notice != notice.id]
    for start in range(0, len(untold), MOST_ROWS):
        told = {key: ledger.faults[key].told_in(notice.id, notice.time) for key in untold[start : start + MOST_ROWS]}
        ledger = await ledgers.write_ledger(account, ledger, _replace(ledger, told, ledger.notice))
    return await ledgers.write_ledger(account, ledger, _replace(ledger, {}, ""))


def _replace(ledger: Ledger, told: Mapping[str, Fault], notice: str) -> Ledger:
    return Ledger(ledger.position, {**ledger.faults, **told}, ledger.cycles, ledger.known, notice, ledger.version)


def _item(fault: Fault, names: Mapping[str, str]) -> Item:
    return Item(
        name=fault.resource_name or names.get(fault.resource_id, fault.resource_id) or fault.actor,
        kind=fault.kind,
        action=fault.action.value,
        reason=fault.reason,
        advice=advice(fault.as_change()) or "",
        since=fault.since,
        last=fault.last if fault.recovered is None else fault.recovered,
        count=fault.count,
        resource_id=fault.resource_id,
        status=fault.status,
        scim_type=fault.scim_type,
        correlation_id=fault.correlation_id,
    )
