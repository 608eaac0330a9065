"""Sends what a provisioning log tells of again, to another service provider: ids of its resources are found anew."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

from simulator import bodies
from simulator.attempt import Attempt
from simulator.errors import InvalidAnchor, ProvisioningError, Quarantine
from simulator.job import Job
from simulator.mapping.apply import Change, Mapped
from simulator.mapping.model import ACTIVE, DISPLAY_NAME, MANAGER, MEMBERS, USER_NAME, is_boolean
from simulator.outcome import Action, CycleReport, Kind, Modified, Step
from simulator.paths import BadPath, TargetPath, parse_path
from simulator.protocol import Dialect, JsonObject
from simulator.scim_client import ScimClient

_ACTIONS = ("create", "update", "disable", "delete")


class LogError(Exception):
    """A provisioning log cannot be read; the message names the file and says why."""


@dataclass(frozen=True)
class Row:
    """One change that a log tells of: on which resource, and the values that were there and are there."""

    action: str
    resource_type: str
    name: str
    target_id: str
    properties: tuple[tuple[TargetPath, Any, Any], ...]


def load(path: Path) -> list[Row]:
    """Return the changes in a log of Graph's ``auditLogs/provisioning``, oldest first.

    Raises:
        LogError: The file is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        items = content["value"] if isinstance(content, dict) else content
        ordered = sorted(items, key=lambda item: str(item.get("activityDateTime", "")))
        return [_row(item) for item in ordered if _is_change(item)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadPath) as error:
        raise LogError(f"{path}: no provisioning log: {error}") from error


def _is_change(item: JsonObject) -> bool:
    return item["provisioningAction"] in _ACTIONS and item["provisioningStatusInfo"]["status"] == "success"


def _row(item: JsonObject) -> Row:
    source, target = item["sourceIdentity"], item["targetIdentity"]
    group = str(target.get("identityType") or source.get("identityType")).lower().endswith("group")
    properties = (
        (parse_path(each["displayName"]), each.get("oldValue"), each.get("newValue"))
        for each in item.get("modifiedProperties") or ()
    )
    return Row(
        item["provisioningAction"],
        "Groups" if group else "Users",
        source.get("displayName") or target.get("displayName") or "",
        target.get("id") or "",
        tuple(properties),
    )


@dataclass
class _Replay:
    """A replay under way; ``ids`` tells which resource stands for one of the log."""

    target: ScimClient
    job: Job
    report: CycleReport
    now: Callable[[], datetime]
    ids: dict[str, str] = field(default_factory=dict)

    async def send(self, row: Row) -> None:
        """Do again what *row* tells; a failure is reported and does not stop the others."""
        kind = Kind.GROUP if row.resource_type == "Groups" else Kind.USER
        attempt = Attempt(kind, row.target_id, row.name, Step.MATCHING, self.now())
        try:
            await self._carry_out(row, attempt)
        except Quarantine:
            raise
        except ProvisioningError as error:
            attempt.fail(self.report, error)
        else:
            attempt.succeed(self.report)

    async def _carry_out(self, row: Row, attempt: Attempt) -> None:
        if row.action == "create":
            await self._create(row, attempt)
            return
        attempt.target_id = id = await self._target(row)
        attempt.goes_to(Step.EXPORT)
        if row.action == "delete":
            await self.target.delete(row.resource_type, id)
            attempt.done(Action.DELETED)
            return
        changes = _changes(row)
        if row.action == "disable" and not changes:
            changes = [Change(ACTIVE, False, had_value=True)]
        plain = [change for change in changes if change.target not in (MANAGER, MEMBERS)]
        if plain:
            await self.target.patch(row.resource_type, id, bodies.patch(plain, self.job.dialect))
        await self._references(row, id)
        attempt.done(Action.DISABLED if row.action == "disable" else Action.UPDATED, plain)
        attempt.modified += tuple(Modified(str(path), old, new) for path, old, new in row.properties if _refers(path))

    async def _create(self, row: Row, attempt: Attempt) -> None:
        wanted: Mapped = {change.target: change.value for change in _changes(row)}
        matching = DISPLAY_NAME if row.resource_type == "Groups" else USER_NAME
        found = None
        if matching in wanted:
            hidden = {"excludedAttributes": "members"} if row.resource_type == "Groups" else {}
            clause = (str(matching), str(wanted[matching]))
            found = await self.target.find(row.resource_type, [clause], **hidden)
        if found is not None:
            self.ids[row.target_id] = attempt.target_id = found["id"]
            attempt.skip("was in the target already")
            return
        attempt.goes_to(Step.EXPORT)
        body = bodies.new_group(wanted) if row.resource_type == "Groups" else bodies.new_user(wanted)
        self.ids[row.target_id] = attempt.target_id = await self.target.create(row.resource_type, body)
        attempt.done(Action.CREATED, _changes(row))

    async def _references(self, row: Row, id: str) -> None:
        for path, old, new in row.properties:
            if path == MANAGER and new:
                body = bodies.set_manager(self._known(str(new)), self.job.dialect, had_value=old is not None)
                await self.target.patch("Users", id, body)
            elif path == MEMBERS:
                for value, write in ((new, bodies.add_members), (old, bodies.remove_members)):
                    for batch in batched(self._members(value), self.job.members_per_patch, strict=False):
                        await self.target.patch("Groups", id, write(batch, self.job.dialect))

    def _members(self, value: Any) -> list[str]:
        listed = json.loads(value) if isinstance(value, str) and value.startswith("[") else [value] if value else []
        return [self._known(str(each)) for each in listed]

    def _known(self, id: str) -> str:
        if id not in self.ids:
            raise InvalidAnchor(f"the log refers to {id}, which it does not create")
        return self.ids[id]

    async def _target(self, row: Row) -> str:
        """Return the resource for that of *row*: by its creation in the log, else by name."""
        if row.target_id in self.ids:
            return self.ids[row.target_id]
        path = DISPLAY_NAME if row.resource_type == "Groups" else USER_NAME
        hidden = {"excludedAttributes": "members"} if row.resource_type == "Groups" else {}
        found = await self.target.find(row.resource_type, [(str(path), row.name)], **hidden)
        if found is None:
            raise InvalidAnchor(f"the log changes {row.name}, who is neither created in it nor in the target")
        self.ids[row.target_id] = found["id"]
        return str(found["id"])


async def replay(
    rows: Iterable[Row],
    target: ScimClient,
    *,
    dialect: Dialect = Dialect.LEGACY,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CycleReport:
    """Send *rows* in order, and return what came of each; a rejected token or the like stops the replay."""
    report = CycleReport(initial=False, began=now())
    running = _Replay(target, Job(dialect), report, now)
    try:
        for row in rows:
            await running.send(row)
    except Quarantine as error:
        report.quarantine = error
    report.requests, report.waits = target.requests, target.waits
    return report


def _refers(path: TargetPath) -> bool:
    return path in (MANAGER, MEMBERS)


def _changes(row: Row) -> list[Change]:
    """Return what is written besides references; roles cannot be told from a log and stay out."""
    return [
        Change(path, _value(path, new), old is not None, old)
        for path, old, new in row.properties
        if new is not None and not _refers(path) and path.attribute != "roles"
    ]


def _value(path: TargetPath, value: Any) -> str | bool:
    return str(value).lower() == "true" if is_boolean(path) else str(value)
