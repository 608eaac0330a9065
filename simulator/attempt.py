"""One object on its way from import to export: what each step found, and how it ends."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.errors import ProvisioningError
from simulator.mapping.apply import Change
from simulator.outcome import Action, CycleReport, Failure, Kind, LogEntry, Modified, Status, Step, StepRecord
from simulator.values import Redacted, Roles

REDUNDANT = "RedundantExport: the target is as the source is"


@dataclass
class Attempt:
    """The provisioning of one object, or of *number* members of a group.

    ``step`` is where a failure will be said to have happened.
    """

    kind: Kind
    id: str
    name: str
    step: Step
    at: datetime
    number: int = 1
    target_id: str = ""
    steps: list[StepRecord] = field(default_factory=list)
    modified: tuple[Modified, ...] = ()
    action: Action | None = None
    reason: str = ""
    staged: bool = False
    _began: float = field(default_factory=time.perf_counter)

    def passed(self, step: Step, text: str, **details: str) -> None:
        """Note a step that went well."""
        self.steps.append(StepRecord(step, Status.SUCCESS, text, details))

    def imported(self) -> None:
        """Note that the object was read from the source."""
        self.passed(Step.IMPORT, f"{self.name} was read from the source directory", objectId=self.id)

    def out_of_scope(self, reason: str) -> None:
        """Say that the object is not provisioned, and why."""
        self.steps.append(StepRecord(Step.SCOPING, Status.SKIPPED, reason))
        self.skip(reason)

    def goes_to(self, step: Step) -> None:
        """Say which step comes now."""
        self.step = step

    def done(self, action: Action, changes: Iterable[Change] = ()) -> None:
        """Say what became of the object."""
        self.action = action
        self.modified = tuple(Modified(str(change.target), change.old, logged(change.value)) for change in changes)

    def unchanged(self) -> None:
        """Say that the target is as the source is."""
        self.done(Action.UNCHANGED)
        self.reason = REDUNDANT

    def skip(self, reason: str) -> None:
        """Say that the object is left out on purpose, and why."""
        self.done(Action.SKIPPED)
        self.reason = reason

    def hold(self, reason: str) -> None:
        """Say that a deprovisioning is held back by the threshold for accidental deletions."""
        self.skip(reason)
        self.staged = True

    def succeed(self, report: CycleReport) -> None:
        """Report how the attempt ended; without an outcome it leaves no trace."""
        if self.action is None:
            return
        if self.action is Action.SKIPPED:
            report.skip(self.kind, self.name, self.reason)
        else:
            report.count(self.kind, self.action, self.number)
        status = Status.SKIPPED if self.action in (Action.SKIPPED, Action.UNCHANGED) else Status.SUCCESS
        if status is Status.SUCCESS:
            self.passed(Step.EXPORT, f"{self.action} in the target")
        report.log.append(self._entry(self.action, status))

    def fail(self, report: CycleReport, error: ProvisioningError) -> None:
        """Report that the attempt failed in the current step."""
        failure = report.fail(self.kind, self.name, self.step, error, number=self.number)
        self.steps.append(StepRecord(self.step, Status.FAILURE, error.detail, {"ErrorCode": error.code}))
        report.log.append(self._entry(Action.FAILED, Status.FAILURE, failure))

    def _entry(self, action: Action, status: Status, failure: Failure | None = None) -> LogEntry:
        duration = round((time.perf_counter() - self._began) * 1000)
        return LogEntry(
            self.at,
            duration,
            self.kind,
            action,
            status,
            self.id,
            self.target_id,
            self.name,
            tuple(self.steps),
            self.modified,
            failure,
            self.reason,
            self.staged,
        )


def logged(value: object) -> object:
    """Return *value* as the provisioning log shows it: what ``Redact`` was applied to is hidden."""
    if isinstance(value, Redacted):
        return "[Redact]"
    return [role.value for role in value.roles] if isinstance(value, Roles) else value
