"""Quarantine: when a job is slowed down, how long, and when it is switched off.

Source: Microsoft Learn, "Application provisioning in quarantine status"; Microsoft Graph, synchronizationQuarantine.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

CYCLE_INTERVAL = timedelta(minutes=40)
QUARANTINE_INTERVAL = timedelta(days=1)
DISABLED_AFTER = timedelta(weeks=4)


class Reason(StrEnum):
    """Why a job is in quarantine, as Graph names it."""

    BASE_ESCROWS = "EncounteredBaseEscrowThreshold"
    TOTAL_ESCROWS = "EncounteredTotalEscrowThreshold"
    PROPORTION = "EncounteredEscrowProportionThreshold"
    EXCEPTION = "EncounteredQuarantineException"
    TOO_MANY_DELETES = "TooManyDeletes"


class JobCode(StrEnum):
    """What state a job is in, as Graph names it."""

    NOT_RUN = "NotRun"
    ACTIVE = "Active"
    PAUSED = "Paused"
    QUARANTINE = "Quarantine"


@dataclass(frozen=True)
class Thresholds:
    """How many failures are too many; those of references count in ``total`` only."""

    evaluated_from: int = 5_000
    proportion: float = 0.4
    base: int = 40_000
    total: int = 60_000

    def exceeded(self, *, objects: int, references: int, operations: int) -> Reason | None:
        """Return the reason for a quarantine if so many failed of *operations*, which do not count references."""
        if objects + references >= self.total:
            return Reason.TOTAL_ESCROWS
        if objects < self.evaluated_from:
            return None
        if objects > self.base:
            return Reason.BASE_ESCROWS
        return Reason.PROPORTION if objects > self.proportion * operations else None


@dataclass
class Quarantine:
    """One stay in quarantine; times are ISO 8601 in UTC."""

    reason: Reason
    began: str
    next_attempt: str
    code: str = ""
    message: str = ""
    count: int = 1


@dataclass
class Schedule:
    """When the job runs next, and whether it is in quarantine or switched off."""

    code: JobCode = JobCode.NOT_RUN
    next_run: str = ""
    quarantine: Quarantine | None = None
    notices: list[str] = field(default_factory=list)

    def passed(self, now: datetime) -> None:
        """Note a cycle that ended well enough: a quarantine is over."""
        self.code, self.quarantine = JobCode.ACTIVE, None
        self.next_run = (now + CYCLE_INTERVAL).isoformat()

    def stopped(self, now: datetime, reason: Reason, code: str, message: str) -> None:
        """Note a cycle that leads to quarantine or keeps the job there; four weeks of it switch the job off.

        A notice is due on entering, and when the reason is another one.
        """
        former = self.quarantine
        if former is None or former.reason is not reason:
            self.notices.append(f"{now.isoformat()} {reason}: {code} {message}".strip())
        began = former.began if former else now.isoformat()
        count = former.count + 1 if former else 1
        self.next_run = (now + QUARANTINE_INTERVAL).isoformat()
        self.quarantine = Quarantine(reason, began, self.next_run, code, message, count)
        overdue = now - datetime.fromisoformat(began) > DISABLED_AFTER
        self.code = JobCode.PAUSED if overdue else JobCode.QUARANTINE
