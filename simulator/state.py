"""What the service remembers between cycles: the links, what it last wrote, and the watermark."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


class StateError(Exception):
    """A state file cannot be read; the message names it and says why."""


@dataclass
class UserLink:
    """One source user: its resource (``None`` if it was skipped) and the mapped attributes as last seen to."""

    target_id: str | None
    attributes: dict[str, str]
    manager: str | None = None


@dataclass
class GroupLink:
    """One source group: its resource, the mapped attributes and the source ids of members as last seen to.

    ``matched`` stands until the members of a resource that existed before have been compared once.
    """

    target_id: str
    attributes: dict[str, str]
    members: list[str] = field(default_factory=list)
    matched: bool = False


@dataclass
class State:
    """The memory of one provisioning job; changed in place while a cycle runs.

    ``watermark`` is the time at which the last complete cycle began; without one the next cycle is an initial cycle.
    An object whose change failed keeps its old entry (or none), so the next cycle sees it as changed: its escrow.
    """

    tenant_url: str = ""
    watermark: str | None = None
    users: dict[str, UserLink] = field(default_factory=dict)
    groups: dict[str, GroupLink] = field(default_factory=dict)


def load(path: Path) -> State:
    """Return the state in *path*, an empty one if there is no such file.

    Raises:
        StateError: The file is no state file.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return State(
            tenant_url=content["tenant_url"],
            watermark=content["watermark"],
            users={id: UserLink(**link) for id, link in content["users"].items()},
            groups={id: GroupLink(**link) for id, link in content["groups"].items()},
        )
    except FileNotFoundError:
        return State()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{path}: not a state file: {error}") from error


def save(state: State, path: Path) -> None:
    """Write *state* to *path* so that a reader finds the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, path)
