"""Refused attempts, counted so that a flood writes little: equal ones within a minute are one entry with a number.

An entry is written when its number is a power of two, so n equal attempts write it about log n times.  The number that
was not written yet follows with the next refusal of the account; one that a process takes to its end is lost, so the
log says at least how many there were.
"""

import dataclasses
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from domain.changes import change_id
from domain.model import Action, Change, Outcome, Source

TOGETHER = timedelta(minutes=1)
"""Equal attempts within this time are one entry."""

_REMEMBERED = 10_000
_LATE_AT_ONCE = 10
_ABOUT_NO_OBJECT = frozenset({401, 403, 429, 503})
"""Statuses that say something of the caller or of us: whatever the request was about, they are the same refusal."""
_FORBIDDEN = 403
_OURS = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a refused request tried, and the answer that it got; the fields are as in `Change`."""

    account: str
    actor: str
    action: Action
    kind: str
    status: int
    scim_type: str = ""
    reason: str = ""
    resource_id: str = ""
    resource_name: str = ""
    external_id: str | None = None
    source: Source = Source.SCIM
    correlation_id: str = ""
    address: str = ""

    def generalised(self) -> "Attempt":
        """Without what would make equal refusals differ: the object, where it does not matter, and our own ids.

        To what an administrator was forbidden it does: there is told who tried to get what.
        """
        whole = self
        if self.status >= _OURS:
            whole = dataclasses.replace(whole, reason="the service failed; the request may succeed later")
        administrative = self.source is Source.MANAGER and self.status == _FORBIDDEN
        if self.status in _ABOUT_NO_OBJECT and not administrative:
            whole = dataclasses.replace(whole, kind="", resource_id="", resource_name="", external_id=None)
        return whole


@dataclass(slots=True)
class _Entry:
    attempt: Attempt
    began: datetime
    time: datetime
    id: str = ""
    count: int = 0
    written: int = 0

    def is_over(self, now: datetime) -> bool:
        return now - self.began >= TOGETHER

    def change(self) -> Change:
        of = self.attempt
        return Change(
            id=self.id,
            time=self.time,
            actor=of.actor,
            source=of.source,
            action=of.action,
            kind=of.kind,
            resource_id=of.resource_id,
            external_id=of.external_id,
            correlation_id=of.correlation_id,
            resource_name=of.resource_name,
            outcome=Outcome.FAILURE,
            status=of.status,
            scim_type=of.scim_type,
            reason=of.reason,
            count=self.count,
            address=of.address,
        )


@dataclass(slots=True)
class Attempts:
    """The refused attempts of this process that are not over; one in a process."""

    _open: OrderedDict[tuple[object, ...], _Entry] = field(default_factory=OrderedDict)

    def count(self, attempt: Attempt, now: datetime) -> list[Change]:
        """What to write now that *attempt* was refused; tell `written` or `failed` how that ended."""
        key, due = _key(attempt), self._late(attempt.account, now)
        entry = self._open.get(key)
        if entry is None or entry.is_over(now):
            if entry is not None and entry.count > entry.written and entry not in due:
                due.append(entry)
            entry = self._open[key] = _Entry(attempt.generalised(), now, now)
            self._open.move_to_end(key)
        entry.count += 1
        new = not entry.id
        if new:
            entry.id, entry.time = change_id(now), now
        if new or entry.count.bit_count() == 1:
            due.append(entry)
        while len(self._open) > _REMEMBERED:
            self._open.popitem(last=False)
        return [each.change() for each in due]

    def written(self, changes: list[Change]) -> None:
        """Remember that *changes* are in the log with their numbers."""
        counts = {each.id: each.count for each in changes}
        for entry in self._open.values():
            if entry.id in counts:
                entry.written = max(entry.written, counts[entry.id])

    def failed(self, changes: list[Change]) -> None:
        """Forget the places of those of *changes* that were never written: readers may have passed them later."""
        ids = {each.id for each in changes}
        for entry in self._open.values():
            if entry.id in ids and not entry.written:
                entry.id = ""

    def _late(self, account: str, now: datetime) -> list[_Entry]:
        """Entries of the account whose minute is over and whose last number is not in the log; the others go."""
        over = list(takewhile(lambda item: item[1].is_over(now), self._open.items()))
        for key, each in over:
            if each.written >= each.count:
                del self._open[key]
        late = [each for _, each in over if each.attempt.account == account and 0 < each.written < each.count]
        return late[:_LATE_AT_ONCE]


def _key(attempt: Attempt) -> tuple[object, ...]:
    whole = attempt.generalised()
    about = whole.resource_id or whole.resource_name or whole.external_id
    return (
        whole.account,
        whole.actor,
        whole.source,
        whole.action,
        whole.kind,
        about,
        whole.status,
        whole.reason,
        whole.address,
    )
