"""Reads the changes out of a provisioning log, Entra's own export or one that was written here.

Source: Microsoft Graph, resource type provisioningObjectSummary.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.mapping.model import DISPLAY_NAME, MANAGER, USER_NAME
from simulator.outcome import Kind
from simulator.paths import BadPath, TargetPath, parse_path
from simulator.protocol import JsonObject

_ACTIONS = ("create", "update", "disable", "delete")
_PLAIN_MANAGER = TargetPath("manager")


class LogError(Exception):
    """A provisioning log cannot be read; the message names the file and says why."""


@dataclass(frozen=True)
class Row:
    """One change that a log tells of: on which resource, and the values that were there and are there.

    ``ids`` are those by which the log may refer to the object, ``sought`` the matching values that it may have in the
    target, likely ones first. ``unreadable`` says what in the row means nothing here.
    """

    action: str
    resource_type: str
    name: str
    ids: tuple[str, ...]
    sought: tuple[str, ...]
    properties: tuple[tuple[TargetPath, Any, Any], ...]
    unreadable: str = ""

    @property
    def kind(self) -> Kind:
        """Return what the change is counted as."""
        return Kind.GROUP if self.resource_type == "Groups" else Kind.USER


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
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogError(f"{path}: no provisioning log: {error}") from error


def _is_change(item: JsonObject) -> bool:
    return _action(item) in _ACTIONS and item["provisioningStatusInfo"]["status"].lower() == "success"


def _action(item: JsonObject) -> str:
    return str(item["provisioningAction"]).lower()


def _row(item: JsonObject) -> Row:
    source, target = item.get("sourceIdentity") or {}, item.get("targetIdentity") or {}
    group = str(target.get("identityType") or source.get("identityType")).lower().endswith("group")
    matching = DISPLAY_NAME if group else USER_NAME
    properties, unreadable = _properties(item)
    sought = (
        # What it is called before a change comes first.
        *(str(value) for path, *values in properties if path == matching for value in values if value),
        _upn(source) if not group else "",
        target.get("displayName"),
        source.get("displayName"),
    )
    ids = (target.get("id"), source.get("id"))
    names = tuple(dict.fromkeys(str(each) for each in sought if each))
    name = source.get("displayName") or target.get("displayName") or next(iter(names), "")
    return Row(
        _action(item),
        "Groups" if group else "Users",
        name,
        tuple(str(each) for each in ids if each),
        names,
        properties,
        unreadable,
    )


def _upn(identity: JsonObject) -> str:
    details = identity.get("details") or {}
    return next((str(value) for key, value in details.items() if key.lower() == "userprincipalname"), "")


def _properties(item: JsonObject) -> tuple[tuple[tuple[TargetPath, Any, Any], ...], str]:
    """Return the modified properties, and what is wrong with one that cannot be read."""
    properties: list[tuple[TargetPath, Any, Any]] = []
    for each in item.get("modifiedProperties") or ():
        try:
            path = parse_path(each["displayName"])
        except BadPath as error:
            return tuple(properties), str(error)
        properties.append((MANAGER if path == _PLAIN_MANAGER else path, each.get("oldValue"), each.get("newValue")))
    return tuple(properties), ""
