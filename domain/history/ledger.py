"""The ledger: what the timer has made of the log so far, entry by entry, each exactly once.

It is its position in the log, the faults, and the cycles under way; all of it moves in one transaction.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from domain.history import cycles, faults
from domain.history.cycles import Cycle, CycleKind
from domain.history.faults import Fault
from domain.model import Change, Outcome

_REMEMBERED_ACTORS = 500


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state at one ``position`` of the log.

    ``faults`` by their keys, ``cycles`` the last one of each actor, those that ended long ago left out; ``known`` are
    the actors that had a cycle, the last ones; ``notice`` is one whose faults are not all marked as told.  ``version``
    is opaque, empty before the ledger is first written.
    """

    position: str = ""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    cycles: Mapping[str, Cycle] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    notice: str = ""
    version: str = ""

    @property
    def failing(self) -> tuple[Fault, ...]:
        """The faults that are open, the oldest first."""
        return tuple(sorted((each for each in self.faults.values() if each.is_open), key=lambda each: each.since))


class LedgerStore(Protocol):
    """The ledgers of all accounts; any call may raise StoreUnavailable."""

    async def read_ledger(self, account: str) -> Ledger:
        """The ledger; an empty one before the first is written."""

    async def write_ledger(self, account: str, before: Ledger, after: Ledger) -> Ledger:
        """Write what differs, at most `MOST_ROWS` faults and cycles; the answer has the new version.

        Raises:
            VersionConflict: Another has written it since *before* was read.
        """

    async def list_cycles(self, account: str, position: str, count: int) -> tuple[tuple[Cycle, ...], str | None]:
        """At most *count* cycles, the newest first, and the position that more follow at, if any; "" is the newest."""

    async def get_cycle(self, account: str, cycle_id: str) -> Cycle:
        """Raises: RecordNotFound."""

    async def drop_cycles(self, account: str, before: datetime, limit: int) -> int:
        """Drop at most *limit* cycles that began before *before*; how many were dropped."""


MOST_ROWS = 90
"""Faults and cycles that one step may change: they are written in one transaction."""


def fold(ledger: Ledger, changes: Iterable[Change], end: str) -> tuple[Ledger, int]:
    """The ledger after *changes*, or after as many of them as one step takes; and how many these are.

    *end* is the position after the last of *changes*.
    """
    step, taken = _Step.after(ledger), 0
    for change in changes:
        if not step.takes(change):
            return step.result(ledger), taken
        step.take(change)
        taken += 1
    step.position = max(step.position, end)
    return step.result(ledger), taken


@dataclass(slots=True)
class _Step:
    """A step under way: the parts of the ledger, changed in place, and the rows that it will write."""

    position: str
    faults: dict[str, Fault]
    cycles: dict[str, Cycle]
    known: dict[str, None]
    open: dict[str, set[str]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    @classmethod
    def after(cls, ledger: Ledger) -> "_Step":
        """The step that goes on from *ledger*; cycles that nothing can belong to any more are left out."""
        latest = max((each.ended for each in ledger.cycles.values()), default=datetime.min.replace(tzinfo=UTC))
        under_way = {actor: each for actor, each in ledger.cycles.items() if latest - each.ended < cycles.GAP}
        step = cls(ledger.position, dict(ledger.faults), under_way, dict.fromkeys(ledger.known))
        for fault in ledger.faults.values():
            step.index(fault)
        return step

    def index(self, fault: Fault) -> None:
        for hook in faults.hooks(fault) if fault.is_open else ():
            self.open.setdefault(hook, set()).add(fault.key)

    def takes(self, change: Change) -> bool:
        """Whether the step has room for *change*; where it ends more faults than that, the first of them are ended."""
        room = MOST_ROWS - len(self.touched) - 2
        if room < 0 or self._begins_another_cycle(change):
            return False
        ended = self._ended_by(change)
        if len(ended) <= room:
            return True
        for each in ended[:room]:
            self._put(faults.recovered(each, change))
        return False

    def take(self, change: Change) -> None:
        if faults.is_failure(change):
            known = self.faults.get(faults.key_of(change))
            self._put(faults.new_fault(change) if known is None else known.with_(change))
        for each in self._ended_by(change):
            self._put(faults.recovered(each, change))
        if cycles.belongs_to_a_cycle(change):
            self._join(change)
        self.position = change.id

    def _ended_by(self, change: Change) -> list[Fault]:
        if change.outcome is not Outcome.SUCCESS:
            return []
        keys = {key for name in faults.names(change) for key in self.open.get(name, ())}
        found = (self.faults[each] for each in sorted(keys))
        return [each for each in found if each.is_open and faults.is_ended(each, change)]

    def _put(self, fault: Fault) -> None:
        self.faults[fault.key] = fault
        self.touched.add(fault.key)
        self.index(fault)

    def _begins_another_cycle(self, change: Change) -> bool:
        """Whether the actor's cycle, which this step writes, would make room for the next one."""
        cycle = self.cycles.get(change.actor)
        return cycle is not None and cycle.id in self.touched and not cycle.takes(change)

    def _join(self, change: Change) -> None:
        cycle = self.cycles.get(change.actor)
        if cycle is not None and cycle.takes(change):
            cycle = cycle.with_(change)
        else:
            cycle = cycles.begin(change, CycleKind.INCREMENTAL if change.actor in self.known else CycleKind.INITIAL)
        self.cycles[change.actor] = cycle
        self.known.pop(change.actor, None)
        self.known[change.actor] = None
        self.touched.add(cycle.id)

    def result(self, before: Ledger) -> Ledger:
        return dataclasses.replace(
            before,
            position=self.position,
            faults=self.faults,
            cycles=self.cycles,
            known=tuple(self.known)[-_REMEMBERED_ACTORS:],
        )
