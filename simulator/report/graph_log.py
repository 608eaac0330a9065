"""The provisioning log in the shape of Graph's ``auditLogs/provisioning``.

Source: Microsoft Graph, resource type provisioningObjectSummary; Microsoft Learn, "How to analyze provisioning logs".
"""

import json
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from simulator.outcome import Action, CycleReport, Kind, LogEntry, Status, StepRecord
from simulator.protocol import JsonObject
from simulator.report.remedies import remedy_of

_IDS = uuid.UUID("5f0d2c9e-1d0b-4b6a-9a77-6d1a7b0c2f11")
_ACTIONS = {
    Action.CREATED: "create",
    Action.UPDATED: "update",
    Action.DISABLED: "disable",
    Action.DELETED: "delete",
}
_CATEGORIES = {
    "SystemForCrossDomainIdentityManagementInvalidCredentials": "failure",
    "InsufficientRights": "failure",
}
_SOURCE = {"id": "azure-active-directory", "displayName": "Azure Active Directory", "details": {}}


def write_log(reports: Iterable[CycleReport], path: Path, *, tenant_url: str) -> None:
    """Write all entries of *reports* to *path* as one answer of Graph."""
    value = [item for report in reports for item in log_of(report, tenant_url)]
    content = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#auditLogs/provisioning", "value": value}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def log_of(report: CycleReport, tenant_url: str) -> Iterator[JsonObject]:
    """Yield one item for each object that was looked at in the target, or was to be."""
    job = str(uuid.uuid5(_IDS, tenant_url))
    cycle = str(uuid.uuid5(_IDS, f"{job} {report.began.isoformat()}"))
    for number, entry in enumerate(report.log):
        yield _item(entry, job, cycle, number)


def _item(entry: LogEntry, job: str, cycle: str, number: int) -> JsonObject:
    return {
        "id": str(uuid.uuid5(_IDS, f"{cycle} {number}")),
        "activityDateTime": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
        "tenantId": str(_IDS),
        "jobId": f"scim.{job.replace('-', '')}",
        "cycleId": cycle,
        "changeId": str(uuid.uuid5(_IDS, f"{cycle} {entry.source_id}")),
        "provisioningAction": _action(entry),
        "durationInMilliseconds": entry.duration_ms,
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
        "servicePrincipal": {"id": job, "displayName": "SCIM application"},
        "sourceSystem": _SOURCE,
        "targetSystem": {"id": job, "displayName": "SCIM application", "details": {}},
        "sourceIdentity": _identity(entry, entry.source_id),
        "targetIdentity": _identity(entry, entry.target_id),
        "provisioningStatusInfo": {"status": entry.status.value, "errorInformation": _error(entry)},
        "modifiedProperties": [
            {"displayName": each.name, "oldValue": text_of(each.old), "newValue": text_of(each.new)}
            for each in entry.modified
        ],
        "provisioningSteps": [_step(each) for each in entry.steps],
    }


def _action(entry: LogEntry) -> str:
    if entry.staged:
        return "stageddelete"
    if entry.kind is Kind.MEMBERSHIP and entry.action in _ACTIONS:
        return "update"
    return _ACTIONS.get(entry.action, "other")


def _identity(entry: LogEntry, id: str) -> JsonObject:
    group = entry.kind in (Kind.GROUP, Kind.MEMBERSHIP)
    return {"id": id, "displayName": entry.name, "identityType": "Group" if group else "User", "details": {}}


def _error(entry: LogEntry) -> JsonObject | None:
    if entry.failure is not None:
        return {
            "errorCode": entry.failure.code,
            "reason": entry.failure.detail,
            "errorCategory": _CATEGORIES.get(entry.failure.code, "nonServiceFailure"),
            "recommendedAction": entry.failure.advice,
        }
    if entry.status is Status.SKIPPED:
        code, colon, rest = entry.reason.partition(": ")
        named = colon and " " not in code
        return {
            "errorCode": code if named else "EntrySynchronizationSkipped",
            "reason": rest if named else entry.reason,
            "errorCategory": "nonServiceFailure",
            "recommendedAction": remedy_of(entry.reason) or None,
        }
    return None


def _step(step: StepRecord) -> JsonObject:
    return {
        "name": f"Entry{step.step.value[0].upper()}{step.step.value[1:]}",
        "provisioningStepType": step.step.value,
        "status": step.status.value,
        "description": step.text,
        "details": dict(step.details),
    }


def text_of(value: Any) -> str | None:
    """Return a value as the log has it: text as it is, everything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
