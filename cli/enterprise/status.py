"""What ``status`` shows: how the job fares, why it is in quarantine, and the last objects that failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.enterprise.tenant import Job
from outbound.graph import Graph

_COUNTS = {
    "countImported": "read from Entra",
    "countEntitledForProvisioning": "in scope",
    "countExported": "written",
    "countEscrowed": "failed, to be tried again",
}
_NEVER = "0001-01-01T00:00:00Z"

ADVICE = {
    "SystemForCrossDomainIdentityManagementInvalidCredentials": "the token is wrong or expired: run apply",
    "SystemForCrossDomainIdentityManagementServiceIncompatible": "an answer was not what SCIM says: run make verify",
    "InvalidAnchor": "an object that Entra knows is gone: run restart --full",
    "DuplicateTargetEntries": "several users match one of Entra's: look at the matching attribute",
    "EntryConflict": "another user has the same userName or externalId",
    "Conflict": "another user has the same userName or externalId",
    "TooManyRequests": "throttled; it is tried again by itself",
    "InternalServerError": "a fault of ours; see the logs of the app at that time",
}
"""What to do about an error of Entra's (entra.md §5.2); docs/deploy.md tells more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An object that could not be provisioned."""

    at: str
    action: str
    who: str
    code: str
    reason: str


def lines(job: Job) -> Iterator[tuple[str, str]]:
    """What the job says of itself, as labels and values."""
    status = job.shown["status"]
    yield "job", job.id
    yield "state", f"{status['code']} (schedule {job.shown['schedule']['state']})"
    if progress := status.get("progress"):
        yield (
            "progress",
            ", ".join(f"{each['completedUnits']} of {each['totalUnits']} {each['units']}" for each in progress),
        )
    if last := status.get("lastExecution"):
        yield "last cycle", f"{last['state']}, {last['timeBegan']} to {last['timeEnded']}"
        yield from ((label, str(last[count])) for count, label in _COUNTS.items() if count in last)
    steady = status.get("steadyStateFirstAchievedTime")
    yield "initial cycle", f"complete since {steady}" if steady and steady != _NEVER else "not complete yet"
    for entry in status.get("synchronizedEntryCountByType") or []:
        yield f"provisioned {entry['key']}s", str(entry["value"])
    if quarantine := status.get("quarantine"):
        yield from _quarantine(quarantine)


def _quarantine(quarantine: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "quarantine", f"{quarantine['reason']} since {quarantine['currentBegan']}"
    if error := quarantine.get("error"):
        yield "because", f"{error['code']}: {error['message']}"
        yield "what to do", ADVICE.get(error["code"], "see the troubleshooting in docs/deploy.md")
    yield "next attempt", str(quarantine["nextAttempt"])


async def failures(graph: Graph, job: Job, most: int) -> list[Failure]:
    """The failed among the last *most* entries of Entra's log, the latest first.

    Raises:
        GraphError: PermissionMissing among others: the log needs ProvisioningLog.Read.All, and a P1 licence.
    """
    page = await graph.get(
        "/auditLogs/provisioning", filter=f"jobId eq '{job.id}'", top=str(most), orderby="activityDateTime desc"
    )
    return [_failure(each) for each in page["value"] if each["provisioningStatusInfo"]["status"] == "failure"]


def _failure(entry: dict[str, Any]) -> Failure:
    error = entry["provisioningStatusInfo"].get("errorInformation") or {}
    return Failure(
        at=entry["activityDateTime"],
        action=entry["provisioningAction"],
        who=(entry.get("sourceIdentity") or {}).get("displayName") or "",
        code=error.get("errorCode") or "",
        reason=error.get("reason") or "",
    )
