"""Sends what a provisioning log tells of again, to another service provider: ids of its resources are found anew."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from time import perf_counter
from typing import Any

from simulator import bodies
from simulator.attempt import Attempt
from simulator.context import OnProgress, Progress
from simulator.errors import InvalidAnchor, ProvisioningError, Quarantine
from simulator.job import Job
from simulator.mapping.apply import Change, Mapped
from simulator.mapping.model import ACTIVE, DISPLAY_NAME, MANAGER, MEMBERS, USER_NAME, is_boolean
from simulator.outcome import Action, CycleReport, Kind, Modified, Step
from simulator.paths import TargetPath
from simulator.protocol import Dialect, JsonObject
from simulator.recorded import Row
from simulator.scim_client import ScimClient


class UnknownAttribute(ProvisioningError):
    """A row of the log names an attribute in a form that cannot be sent."""

    code = "SchemaAttributeNotFound"
    advice = "Take this property out of the log, or name it by its target attribute."


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
        attempt = Attempt(row.kind, next(iter(row.ids), ""), row.name, Step.MATCHING, self.now())
        try:
            await self._carry_out(row, attempt)
        except Quarantine:
            raise
        except ProvisioningError as error:
            attempt.fail(self.report, error)
        else:
            attempt.succeed(self.report)

    async def _carry_out(self, row: Row, attempt: Attempt) -> None:
        if row.unreadable:
            raise UnknownAttribute(row.unreadable)
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
        found = await self._find(row, str(wanted[matching])) if matching in wanted else None
        if found is not None:
            attempt.target_id = self._remember(row, found["id"])
            attempt.skip("was in the target already")
            return
        attempt.goes_to(Step.EXPORT)
        body = bodies.new_group(wanted) if row.resource_type == "Groups" else bodies.new_user(wanted)
        attempt.target_id = self._remember(row, await self.target.create(row.resource_type, body))
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
        """Return the resource for that of *row*: by its creation in the log, else by what it may be called."""
        for id in row.ids:
            if id in self.ids:
                return self.ids[id]
        for value in row.sought:
            found = await self._find(row, value)
            if found is not None:
                return self._remember(row, found["id"])
        raise InvalidAnchor(f"the log changes {row.name}, who is neither created in it nor in the target")

    async def _find(self, row: Row, value: str) -> JsonObject | None:
        """Return the resource of the kind of *row* with this matching value."""
        if row.resource_type == "Groups":
            return await self.target.find("Groups", [(str(DISPLAY_NAME), value)], excludedAttributes="members")
        return await self.target.find("Users", [(str(USER_NAME), value)])

    def _remember(self, row: Row, id: str) -> str:
        self.ids |= dict.fromkeys(row.ids, id)
        return id


async def replay(
    rows: Sequence[Row],
    target: ScimClient,
    *,
    dialect: Dialect = Dialect.LEGACY,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_progress: OnProgress = lambda _: None,
) -> CycleReport:
    """Send *rows* in order, and return what came of each; a rejected token or the like stops the replay."""
    report = CycleReport(initial=False, began=now())
    running, begin = _Replay(target, Job(dialect), report, now), perf_counter()
    total, done = Counter(row.kind for row in rows), Counter[Kind]()
    try:
        for row in rows:
            await running.send(row)
            done[row.kind] += 1
            on_progress(Progress(row.kind, done[row.kind], total[row.kind]))
    except Quarantine as error:
        report.quarantine = error
    report.requests, report.waits = target.requests, target.waits
    report.duration_seconds = perf_counter() - begin
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
