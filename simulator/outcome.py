"""What a cycle did: counts by object and action, every failure, every skipped object with its reason, and the log."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.errors import ProvisioningError
from simulator.protocol import JsonObject


class Kind(StrEnum):
    """What is counted."""

    USER = "users"
    GROUP = "groups"
    MANAGER = "managers"
    MEMBERSHIP = "memberships"


REFERENCES = (Kind.MANAGER, Kind.MEMBERSHIP)


class Action(StrEnum):
    """What became of it; a membership is created and deleted, a manager updated."""

    CREATED = "created"
    UPDATED = "updated"
    DISABLED = "disabled"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


CHANGES = (Action.CREATED, Action.UPDATED, Action.DISABLED, Action.DELETED)


class Step(StrEnum):
    """The step of provisioning, as the provisioning log names it."""

    IMPORT = "import"
    SCOPING = "scoping"
    MATCHING = "matching"
    PROCESSING = "processing"
    REFERENCES = "referenceResolution"
    EXPORT = "export"


class Status(StrEnum):
    """How a step, or the whole, ended."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Failure:
    """One failed change, as a row of the provisioning log."""

    kind: Kind
    name: str
    step: Step
    code: str
    detail: str
    advice: str
    status: int | None = None
    scim_type: str | None = None
    count: int = 1


@dataclass(frozen=True)
class Skip:
    """One object that is left out on purpose."""

    kind: Kind
    name: str
    reason: str


@dataclass(frozen=True)
class StepRecord:
    """One step of one object's provisioning."""

    step: Step
    status: Status
    text: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Modified:
    """One attribute that was written: what stood there, and what stands there now."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class LogEntry:
    """One object's provisioning from its import to its export."""

    at: datetime
    duration_ms: int
    kind: Kind
    action: Action
    status: Status
    source_id: str
    target_id: str
    name: str
    steps: tuple[StepRecord, ...] = ()
    modified: tuple[Modified, ...] = ()
    failure: Failure | None = None
    reason: str = ""
    staged: bool = False


@dataclass
class CycleReport:
    """The result of one provisioning cycle; filled while it runs."""

    initial: bool
    began: datetime
    counts: dict[Kind, Counter[Action]] = field(default_factory=lambda: {kind: Counter() for kind in Kind})
    failures: list[Failure] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    quarantine: ProvisioningError | None = None
    requests: int = 0
    waits: int = 0
    duration_seconds: float = 0.0
    escrowed: int = 0

    @property
    def cycle(self) -> str:
        """Return ``initial`` or ``incremental``."""
        return "initial" if self.initial else "incremental"

    @property
    def changes(self) -> int:
        """Return how many changes were made in the target."""
        return sum(counter[action] for counter in self.counts.values() for action in CHANGES)

    @property
    def succeeded(self) -> bool:
        """Tell whether the cycle ran to its end and nothing failed."""
        return not self.failures and self.quarantine is None

    def count(self, kind: Kind, action: Action, number: int = 1) -> None:
        """Count *number* objects."""
        self.counts[kind][action] += number

    def skip(self, kind: Kind, name: str, reason: str) -> None:
        """Count and keep one object that is left out on purpose."""
        self.count(kind, Action.SKIPPED)
        self.skips.append(Skip(kind, name, reason))

    def fail(self, kind: Kind, name: str, step: Step, error: ProvisioningError, *, number: int = 1) -> Failure:
        """Count and keep one failed change, of *number* objects."""
        self.count(kind, Action.FAILED, number)
        failure = Failure(
            kind, name, step, error.code, error.detail, error.advice, error.status, error.scim_type, number
        )
        self.failures.append(failure)
        return failure

    def to_json(self) -> JsonObject:
        """Return the report as JSON; ``quarantine`` is null unless the cycle was stopped."""
        stopped = self.quarantine
        return {
            "cycle": self.cycle,
            "began": self.began.isoformat(),
            "changes": self.changes,
            "counts": {kind: {action: counter[action] for action in Action} for kind, counter in self.counts.items()},
            "requests": self.requests,
            "waits": self.waits,
            "durationSeconds": round(self.duration_seconds, 3),
            "inEscrow": self.escrowed,
            "quarantine": {"code": stopped.code, "detail": stopped.detail} if stopped else None,
            "failures": [_camel(asdict(failure)) for failure in self.failures],
            "skipped": [asdict(skip) for skip in self.skips],
        }


def _camel(row: JsonObject) -> JsonObject:
    return {"scimType" if name == "scim_type" else name: value for name, value in row.items()}
