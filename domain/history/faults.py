"""Faults: what fails for one object for one reason, from its first failure until the object succeeds.

The client keeps a failed object in escrow and tries it again and again (entra.md §5.4), so one fault is many entries of
the log.  An object that is not tried for 28 days is one that the client has given up.
"""

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.model import Action, Change, Outcome, Source
from scim.group_member import GROUP_MEMBER

GIVEN_UP = timedelta(days=28)
"""The client drops an object after this time."""
_DAY = timedelta(days=1)
_INTERVALS = (_DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY)
"""What passes before the same fault is told again, each time longer."""
_NOT_AUTHENTICATED = 401
_CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails for one object for one reason.

    The fields from ``actor`` to ``reason`` are those of the last entry; ``about`` says which object it is, ``key`` what
    fault.  ``since`` and ``last`` are the first and the last failure, ``count`` how many there were.  ``recovered`` is
    when the object succeeded.  ``told`` says in how many notices the fault was, ``notice`` in which one last,
    ``told_at`` and ``again`` when that was and when it may be told again, ``owes`` whether a recovery is to be told.
    """

    key: str
    about: str
    actor: str
    action: Action
    kind: str
    resource_id: str
    resource_name: str
    external_id: str | None
    correlation_id: str
    status: int
    scim_type: str
    reason: str
    since: datetime
    last: datetime
    count: int
    recovered: datetime | None = None
    told: int = 0
    notice: str = ""
    told_at: datetime | None = None
    again: datetime | None = None
    owes: bool = False

    @property
    def is_open(self) -> bool:
        return self.recovered is None

    def as_change(self) -> Change:
        """The last failure as an entry of the log has it."""
        return Change(
            id="",
            time=self.last,
            actor=self.actor,
            source=Source.SCIM,
            action=self.action,
            kind=self.kind,
            resource_id=self.resource_id,
            external_id=self.external_id,
            correlation_id=self.correlation_id,
            resource_name=self.resource_name,
            outcome=Outcome.FAILURE,
            status=self.status,
            scim_type=self.scim_type,
            reason=self.reason,
            count=self.count,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether a notice should tell that the fault is there: at once, then at growing intervals while it recurs."""
        if not self.is_open:
            return False
        return self.told_at is None or self.again is None or (now >= self.again and self.last > self.told_at)

    def is_stale(self, now: datetime) -> bool:
        """Whether nothing needs to be known of it any more."""
        if self.is_open:
            return now - self.last > GIVEN_UP
        return not self.owes and (self.again is None or now >= self.again)

    def with_(self, change: Change) -> "Fault":
        """The fault after one more failure; after a recovery it begins anew, but is told no sooner for that."""
        again = _fault(change)
        since, count = (self.since, self.count) if self.is_open else (change.time, 0)
        return dataclasses.replace(
            again,
            since=since,
            count=count + change.count,
            told=self.told,
            notice=self.notice,
            told_at=self.told_at,
            again=self.again,
            owes=self.owes,
        )

    def told_in(self, notice: str, now: datetime) -> "Fault":
        """The fault after *notice* told of it, as failing or as recovered; the same where it did so already."""
        if self.notice == notice:
            return self
        if not self.is_open:
            return dataclasses.replace(self, notice=notice, owes=False)
        wait = _INTERVALS[min(self.told, len(_INTERVALS) - 1)]
        return dataclasses.replace(self, notice=notice, told=self.told + 1, told_at=now, again=now + wait, owes=True)


def is_failure(change: Change) -> bool:
    """Whether *change* is a failure that somebody should hear of: of a client that provisions."""
    return change.source is Source.SCIM and change.outcome is Outcome.FAILURE


def key_of(change: Change) -> str:
    """Which fault a failure belongs to: the same object, tried alike, refused alike."""
    return _digest(_about(change), change.action, change.status, change.scim_type, change.reason)


def new_fault(change: Change) -> Fault:
    """The fault that *change* is the first failure of."""
    return _fault(change)


def hooks(fault: Fault) -> frozenset[str]:
    """What a success must have one of, among its `names`, to end the fault."""
    if fault.kind == GROUP_MEMBER:
        group_id, _, member_id = fault.resource_id.partition(".")
        return frozenset((_digest("Group", group_id), _digest("User", member_id), _digest("Group", member_id)))
    return frozenset((fault.about,) if fault.kind else (_CALLER,))


def names(change: Change) -> frozenset[str]:
    """What a success has that may end faults: all that failures of the same object may call it."""
    named = (change.resource_id, change.resource_name, change.external_id or "")
    caller = (_CALLER,) if change.source is Source.SCIM else ()
    return frozenset((*(_digest(change.kind, each.lower()) for each in named if each), *caller))


def is_ended(fault: Fault, change: Change) -> bool:
    """Whether the success *change*, one of whose names is a hook of the open *fault*, ends it."""
    if fault.kind == GROUP_MEMBER:  # the group is set again, or one of both is gone
        again = "members" in change.attributes and change.correlation_id != fault.correlation_id
        return change.action is Action.DELETE or (again and fault.resource_id.startswith(change.resource_id))
    return bool(fault.kind) or fault.status == _NOT_AUTHENTICATED or fault.actor == change.actor


def recovered(fault: Fault, change: Change) -> Fault:
    """The fault after the success *change*."""
    return dataclasses.replace(fault, recovered=change.time)


def _fault(change: Change) -> Fault:
    return Fault(
        key=key_of(change),
        about=_about(change),
        actor=change.actor,
        action=change.action,
        kind=change.kind,
        resource_id=change.resource_id,
        resource_name=change.resource_name,
        external_id=change.external_id,
        correlation_id=change.correlation_id,
        status=change.status,
        scim_type=change.scim_type,
        reason=change.reason,
        since=change.time,
        last=change.time,
        count=change.count,
    )


def _about(change: Change) -> str:
    """The object of a failure; what failed to be created has no id, but a name."""
    named = (each for each in (change.resource_id, change.resource_name, change.external_id or "") if each)
    return _digest(change.kind, next(named, change.actor).lower())


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
