"""Reads a directory from JSON in the shape of Microsoft Graph's ``users``, ``groups`` and ``members`` answers.

``users*.json`` and ``groups*.json`` hold a page (``{"@odata.nextLink": …, "value": […]}``), a list of pages, or a plain
list. Managers come as ``$expand=manager`` writes them. Members come as ``$expand=members`` writes them, or in
``members*.json``: an object from group id to the answer of ``/groups/{id}/members``.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulator.directory import Directory, DirectoryError, SourceGroup, SourceUser, directory_of
from simulator.protocol import JsonObject

# Graph property -> source attribute of the mapping page, where the two differ.
_RENAMED = {
    "officeLocation": "physicalDeliveryOfficeName",
    "mobilePhone": "mobile",
    "faxNumber": "facsimileTelephoneNumber",
}


def read(folder: Path) -> Directory:
    """Return the directory in *folder*.

    Raises:
        DirectoryError: A file is not JSON, is no Graph answer, or an object in it has no id.
    """
    members = _read_members(folder)
    return directory_of(
        (_user(item) for item in _read_all(folder, "users*.json")),
        (_group(item, members.get(item["id"], [])) for item in _read_all(folder, "groups*.json")),
    )


def _read_all(folder: Path, pattern: str) -> Iterable[JsonObject]:
    for path in sorted(folder.glob(pattern)):
        yield from _items(_load(path), path)


def _read_members(folder: Path) -> dict[str, list[JsonObject]]:
    members: dict[str, list[JsonObject]] = {}
    for path in sorted(folder.glob("members*.json")):
        content = _load(path)
        if not isinstance(content, dict):
            raise DirectoryError(f"{path}: expected an object from group id to its members")
        for group_id, answer in content.items():
            members.setdefault(group_id, []).extend(_items(answer, path))
    return members


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DirectoryError(f"{path}: not JSON in UTF-8: {error}") from error


def _items(content: Any, path: Path) -> Iterable[JsonObject]:
    if isinstance(content, dict) and isinstance(content.get("value"), list):
        content = content["value"]
    if not isinstance(content, list):
        raise DirectoryError(f"{path}: expected a page with a value array, or an array")
    for item in content:
        if isinstance(item, dict) and "value" in item and "id" not in item:
            yield from _items(item, path)
        elif isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]:
            yield item
        else:
            raise DirectoryError(f"{path}: an object has no id")


def _user(item: Mapping[str, Any]) -> SourceUser:
    attributes = {
        _RENAMED.get(name, name): value.strip()
        for name, value in item.items()
        if isinstance(value, str) and value.strip() and name != "id" and "@odata" not in name
    }
    phones = item.get("businessPhones") or []
    if phones:
        attributes["telephoneNumber"] = phones[0]
    manager = item.get("manager") or {}
    return SourceUser(
        id=item["id"],
        attributes=attributes,
        account_enabled=item.get("accountEnabled") is not False,
        manager_id=manager.get("id"),
    )


def _group(item: Mapping[str, Any], listed: Iterable[JsonObject]) -> SourceGroup:
    found = [*(item.get("members") or []), *listed]
    return SourceGroup(
        id=item["id"],
        display_name=(item.get("displayName") or "").strip(),
        members=_unique(member["id"] for member in found if _type(member) == "user"),
        nested_groups=_unique(member["id"] for member in found if _type(member) == "group"),
    )


def _type(member: Mapping[str, Any]) -> str:
    return str(member.get("@odata.type", "#microsoft.graph.user")).rpartition(".")[2]


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
