"""When a timer last ran and when it is to run next: kept over restarts, so that a missed run is made up for."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self

from localhost.ncrontab import Schedule

_log = logging.getLogger(__name__)
_NO_TIME = "0001-01-01T00:00:00"


@dataclass(frozen=True)
class Status:
    """What is stored of a timer, in UTC; *last* is ``None`` until the first run under the present schedule."""

    last: datetime | None
    next: datetime
    updated: datetime | None

    def to_json(self) -> dict[str, str]:
        """Return the status as the host stores it and hands it to a function."""
        return {"Last": _to_text(self.last), "Next": _to_text(self.next), "LastUpdated": _to_text(self.updated)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the status that ``to_json`` wrote.

        Raises:
            ValueError: It is none.
        """
        next_run = _to_time(document.get("Next"))
        if next_run is None:
            raise ValueError("no next run")
        return cls(_to_time(document.get("Last")), next_run, _to_time(document.get("LastUpdated")))


@dataclass(frozen=True)
class Review:
    """A status brought up to date; *changed* if it has to be stored, *overdue* is zero unless a run was missed."""

    status: Status
    changed: bool
    overdue: timedelta


class StatusStore(Protocol):
    """Keeps the status of every timer."""

    def read(self, timer: str) -> Status | None:
        """Return what was written last, ``None`` if nothing was."""

    def write(self, timer: str, status: Status) -> None:
        """Keep *status*."""


class StatusInMemory:
    """Forgets everything at the end of the process."""

    def __init__(self) -> None:
        self._statuses: dict[str, Status] = {}

    def read(self, timer: str) -> Status | None:
        """Return what was written last, ``None`` if nothing was."""
        return self._statuses.get(timer)

    def write(self, timer: str, status: Status) -> None:
        """Keep *status*."""
        self._statuses[timer] = status


class StatusInFolder:
    """Keeps one JSON file a timer in *folder*, which is made when needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, timer: str) -> Status | None:
        """Return what was written last, ``None`` if nothing was or the file is broken."""
        path = self._path(timer)
        try:
            return Status.from_json(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, AttributeError):
            _log.warning("%s holds no timer status and is ignored", path)
            return None

    def write(self, timer: str, status: Status) -> None:
        """Keep *status*; a reader sees the old file or the new one, never a part."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(timer)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(status.to_json()), "utf-8")
        partial.replace(path)

    def _path(self, timer: str) -> Path:
        return self._folder / f"{timer}.json"


def review(stored: Status | None, schedule: Schedule, now: datetime) -> Review:
    """Compare what was *stored* with *schedule* at the start of the host.

    However many runs were missed, one is overdue. A changed schedule is never overdue, and forgets the last run.
    """
    if stored is None:
        return Review(Status(None, schedule.next_after(now), now), changed=True, overdue=timedelta())
    basis = stored.last or stored.updated or now
    expected = schedule.next_after(basis)
    if stored.next == expected:
        return Review(stored, changed=False, overdue=max(now - stored.next, timedelta()))
    if now > expected:
        basis, expected = now, schedule.next_after(now)
    return Review(Status(None, expected, basis), changed=True, overdue=timedelta())


def after_run(schedule: Schedule, now: datetime) -> Status:
    """Return the status after a run that began at *now*."""
    return Status(now, schedule.next_after(now), now)


def _to_text(moment: datetime | None) -> str:
    return _NO_TIME if moment is None else moment.isoformat()


def _to_time(text: object) -> datetime | None:
    if not isinstance(text, str) or text == _NO_TIME:
        return None
    return datetime.fromisoformat(text).astimezone(UTC)
