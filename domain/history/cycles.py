"""Provisioning cycles: requests of one token that follow each other within ten minutes, and what they did.

A cycle is known by what was written or refused; a client that finds nothing to change leaves none.
"""

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.model import Action, Change, Outcome, Source
from scim.group_member import GROUP_MEMBER

_NOT_LET_IN = 401

GAP = timedelta(minutes=10)
"""A pause of this length ends a cycle; the client begins one about every 40 minutes (entra.md §5.3)."""


class CycleKind(StrEnum):
    """Whether the client went through everything or through what had changed."""

    INITIAL = "initial"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the objects of a cycle; a membership whose member is not there is skipped."""

    created: int = 0
    updated: int = 0
    disabled: int = 0
    deleted: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return sum(dataclasses.astuple(self))

    def with_(self, change: Change) -> "Counts":
        """These, and *change*."""
        name = _counted_as(change)
        return dataclasses.replace(self, **{name: getattr(self, name) + change.count})


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle; ``id`` is that of its first entry, ``ended`` the time of its last one so far."""

    id: str
    actor: str
    kind: CycleKind
    began: datetime
    ended: datetime
    counts: Counts = field(default_factory=Counts)

    def takes(self, change: Change) -> bool:
        """Whether *change*, of the same actor, still belongs to the cycle."""
        return change.time - self.ended < GAP

    def with_(self, change: Change) -> "Cycle":
        """The cycle with one more entry."""
        return dataclasses.replace(self, ended=max(self.ended, change.time), counts=self.counts.with_(change))


def belongs_to_a_cycle(change: Change) -> bool:
    """Whether *change* came from a client that provisions."""
    return change.source is Source.SCIM and change.status != _NOT_LET_IN


def begin(change: Change, kind: CycleKind) -> Cycle:
    """The cycle that *change* is the first entry of."""
    return Cycle(change.id, change.actor, kind, change.time, change.time, Counts().with_(change))


def _counted_as(change: Change) -> str:
    if change.outcome is Outcome.SKIPPED or (change.kind == GROUP_MEMBER and not change.status):
        return "skipped"
    return "failed" if change.outcome is Outcome.FAILURE else _BY_ACTION.get(change.action, "updated")


_BY_ACTION = {
    Action.CREATE: "created",
    Action.DEACTIVATE: "disabled",
    Action.DELETE: "deleted",
}
