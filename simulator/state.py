"""What the service remembers between cycles: the links, what it last saw, escrows, and the job's schedule."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from simulator.escrow import Escrow
from simulator.quarantine import JobCode, Quarantine, Reason, Schedule


class StateError(Exception):
    """A state file cannot be read or written; the message names it and says why."""


class Standing(StrEnum):
    """How a source user stands to the job.

    Who left scope is not managed any more; who was deleted is deleted in the target as well, thirty days later.
    """

    MANAGED = "managed"
    LEFT_SCOPE = "leftScope"
    DELETED = "deleted"


class ResetScope(StrEnum):
    """What a restart forgets."""

    FULL = "Full"
    WATERMARK = "Watermark"
    ESCROWS = "Escrows"
    QUARANTINE = "QuarantineState"


@dataclass
class UserLink:
    """One source user: its resource (``None`` if it was skipped) and a mark of what it was like when last seen to."""

    target_id: str | None
    seen: str = ""
    name: str = ""
    manager: str | None = None
    standing: Standing = Standing.MANAGED
    since: str = ""


@dataclass
class GroupLink:
    """One source group: its resource, a mark of what it was like, and the source ids of members as last seen to.

    ``skipped`` are members who could not be referred to when they came, and are not looked at again. ``matched`` stands
    until the members of a resource that may have others have been compared once.
    """

    target_id: str
    seen: str = ""
    name: str = ""
    members: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    matched: bool = False


@dataclass
class State:
    """The memory of one provisioning job; changed in place while a cycle runs.

    ``watermark`` is the time at which the last complete cycle began; without one the next cycle is an initial cycle.
    ``deltas`` is how many delta pages of the source were taken. ``escrow`` is keyed by kind and source id. An object
    whose change failed keeps its old mark (or none), so that it is seen as changed.
    """

    tenant_url: str = ""
    watermark: str | None = None
    mapping: str = ""
    deltas: int = 0
    users: dict[str, UserLink] = field(default_factory=dict)
    groups: dict[str, GroupLink] = field(default_factory=dict)
    escrow: dict[str, Escrow] = field(default_factory=dict)
    schedule: Schedule = field(default_factory=Schedule)

    def restart(self, scopes: Iterable[ResetScope]) -> None:
        """Forget what *scopes* name; ``Full`` is everything but where the job points to."""
        chosen = set(scopes)
        if ResetScope.FULL in chosen:
            self.users.clear()
            self.groups.clear()
            chosen = set(ResetScope)
        if ResetScope.WATERMARK in chosen:
            self.watermark = None
            self.forget_marks()
        if ResetScope.ESCROWS in chosen:
            self.escrow.clear()
        if ResetScope.QUARANTINE in chosen:
            self.schedule = Schedule()

    def forget_marks(self) -> None:
        """Make the next cycle look at every object again; links stay."""
        for user in self.users.values():
            user.seen = user.seen if user.standing is not Standing.MANAGED else ""
            user.manager = None
        for group in self.groups.values():
            group.seen, group.matched, group.skipped = "", True, []


def load(path: Path) -> State:
    """Return the state in *path*, an empty one if there is no such file.

    Raises:
        StateError: The file is no state file.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        state = State(
            tenant_url=content["tenant_url"],
            watermark=content["watermark"],
            mapping=content["mapping"],
            deltas=content["deltas"],
            users={id: _user_link(link) for id, link in content["users"].items()},
            groups={id: GroupLink(**link) for id, link in content["groups"].items()},
            escrow={key: Escrow(**entry) for key, entry in content["escrow"].items()},
            schedule=_schedule(content["schedule"]),
        )
        _check(state)
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise StateError(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError(f"{path}: not a state file: {error}") from error
    return state


def _check(state: State) -> None:
    """Find what was written by hand, or by something else.

    Raises:
        TypeError, ValueError: A value is of another type, or a text that should be a time is none.
    """
    escrows, schedule = state.escrow.values(), state.schedule
    ids = [user.target_id for user in state.users.values() if user.target_id is not None]
    ids += [group.target_id for group in state.groups.values()]
    texts = [state.tenant_url, state.mapping, *ids, *(each.mark for each in escrows), *schedule.notices]
    lists = [each for group in state.groups.values() for each in (group.members, group.skipped)]
    numbers = [state.deltas, *(each.attempts for each in escrows)]
    times = [
        *(each for each in (state.watermark, schedule.next_run) if each),
        *(user.since for user in state.users.values() if user.since),
        *(each.first_failed for each in escrows),
        *(each.next_try for each in escrows if each.next_try),
        *((schedule.quarantine.began, schedule.quarantine.next_attempt) if schedule.quarantine else ()),
    ]
    for values, kind in ((texts, str), (lists, list), (numbers, int)):
        if not all(isinstance(each, kind) for each in values):
            raise TypeError(f"a value is not of the type {kind.__name__}")
    if state.deltas < 0:
        raise ValueError("deltas is negative")
    if not all(datetime.fromisoformat(each).tzinfo for each in times):
        raise ValueError("a time is without its zone")


def _user_link(content: dict[str, Any]) -> UserLink:
    return UserLink(**{**content, "standing": Standing(content["standing"])})


def _schedule(content: dict[str, Any]) -> Schedule:
    stay = content["quarantine"]
    quarantine = Quarantine(**{**stay, "reason": Reason(stay["reason"])}) if stay else None
    return Schedule(JobCode(content["code"]), content["next_run"], quarantine, list(content["notices"]))


def save(state: State, path: Path) -> None:
    """Write *state* to *path* so that a reader finds the old or the new one, never a part.

    Raises:
        StateError: It cannot be written.
    """
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(state, default=vars, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error}") from error
