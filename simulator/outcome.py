"""What a cycle did: counts by object and action, every failure, every skipped object with its reason."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from simulator.errors import ProvisioningError
from simulator.protocol import JsonObject


class Kind(StrEnum):
    """What is counted."""

    USER = "users"
    GROUP = "groups"
    MANAGER = "managers"
    MEMBERSHIP = "memberships"


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

    MATCHING = "matching"
    EXPORT = "export"
    REFERENCES = "referenceResolution"


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


@dataclass
class CycleReport:
    """The result of one provisioning cycle; filled while it runs."""

    initial: bool
    counts: dict[Kind, Counter[Action]] = field(default_factory=lambda: {kind: Counter() for kind in Kind})
    failures: list[Failure] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    quarantine: ProvisioningError | None = None
    requests: int = 0
    waits: int = 0
    duration_seconds: float = 0.0

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

    def fail(self, kind: Kind, name: str, step: Step, error: ProvisioningError, *, number: int = 1) -> None:
        """Count and keep one failed change, of *number* objects."""
        self.count(kind, Action.FAILED, number)
        self.failures.append(
            Failure(kind, name, step, error.code, error.detail, error.advice, error.status, error.scim_type, number)
        )

    def to_json(self) -> JsonObject:
        """Return the report as JSON; ``quarantine`` is null unless the cycle was stopped."""
        stopped = self.quarantine
        return {
            "cycle": self.cycle,
            "changes": self.changes,
            "counts": {kind: {action: counter[action] for action in Action} for kind, counter in self.counts.items()},
            "requests": self.requests,
            "waits": self.waits,
            "durationSeconds": round(self.duration_seconds, 3),
            "quarantine": {"code": stopped.code, "detail": stopped.detail} if stopped else None,
            "failures": [_camel(asdict(failure)) for failure in self.failures],
            "skipped": [asdict(skip) for skip in self.skips],
        }


def _camel(row: JsonObject) -> JsonObject:
    return {"scimType" if name == "scim_type" else name: value for name, value in row.items()}
