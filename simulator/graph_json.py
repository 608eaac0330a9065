"""Reads a directory from JSON in the shape of Microsoft Graph's answers.

``users*.json`` and ``groups*.json`` hold a page (``{"@odata.nextLink": …, "value": […]}``), a list of pages, or a plain
list. Managers come as ``$expand=manager`` writes them. Members come as ``$expand=members`` writes them, or in
``members*.json``: an object from group id to the answer of ``/groups/{id}/members``. ``appRoleAssignedTo*.json`` holds
who is assigned to the application, ``servicePrincipal.json`` its roles, ``domains*.json`` the answer of ``/domains``,
of which the default one counts. The folders below ``deltas/`` hold pages of
``/users/delta`` and ``/groups/delta``, one folder for each incremental cycle.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.directory import Directory, DirectoryError, SourceGroup, SourceUser
from simulator.graph_delta import SOFT_DELETED, Objects, apply_groups, apply_users
from simulator.graph_shapes import unlike_graph
from simulator.protocol import JsonObject
from simulator.values import AppRole, Value

# Graph property -> source attribute of the mapping page, where the two differ.
_RENAMED = {
    "officeLocation": "physicalDeliveryOfficeName",
    "mobilePhone": "mobile",
    "faxNumber": "facsimileTelephoneNumber",
}
_NO_ATTRIBUTES = frozenset({"id", "manager", "members", "accountEnabled", "businessPhones", SOFT_DELETED})
_DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"


class GraphFolder:
    """A folder of Graph's answers, as it was at first and after each of its delta pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._deltas = sorted(each for each in (folder / "deltas").glob("*") if each.is_dir())
        self._users: Objects = {}
        self._groups: Objects = {}
        self._purged: set[str] = set()
        self._applied = -1

    @property
    def number_of_deltas(self) -> int:
        """Return how many folders of delta pages there are."""
        return len(self._deltas)

    def at(self, deltas: int) -> Directory:
        """Return the directory after so many delta folders.

        Raises:
            DirectoryError: A file is not JSON, is no Graph answer, or an object in it has no id.
        """
        if self._applied < 0 or deltas < self._applied:
            self._begin()
        for folder in self._deltas[self._applied : deltas]:
            self._purged |= apply_users(self._users, _read_all(folder, "users*.json"))
            apply_groups(self._groups, _read_all(folder, "groups*.json"))
            self._applied += 1
        return Directory(
            {id: _user(item) for id, item in self._users.items()},
            {id: _group(item) for id, item in self._groups.items()},
            _assignments([self._folder, *self._deltas[:deltas]]),
            frozenset(self._purged),
            next((item["id"] for item in _read_all(self._folder, "domains*.json") if item.get("isDefault")), ""),
        )

    def _begin(self) -> None:
        self._users = _by_id(_read_all(self._folder, "users*.json"), self._folder)
        self._groups = _by_id(_read_all(self._folder, "groups*.json"), self._folder)
        for id, members in _read_members(self._folder).items():
            if id in self._groups:
                group = self._groups[id]
                group["members"] = [*(group.get("members") or []), *members]
        self._purged, self._applied = set(), 0


def read(folder: Path) -> Directory:
    """Return the directory in *folder* as it was at first.

    Raises:
        DirectoryError: A file is not JSON, is no Graph answer, or an object in it has no id.
    """
    return GraphFolder(folder).at(0)


def _by_id(items: Iterable[JsonObject], folder: Path) -> Objects:
    found: Objects = {}
    for item in items:
        if found.setdefault(item["id"], item) != item:
            raise DirectoryError(f"{folder}: two different objects have the id {item['id']}")
    return found


def _read_all(folder: Path, pattern: str) -> Iterator[JsonObject]:
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
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text)
        if "\\ud" in text.lower():
            # Half of a surrogate pair is JSON, but no Unicode, and could be written into no request.
            json.dumps(content, ensure_ascii=False).encode()
    except OSError as error:
        raise DirectoryError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise DirectoryError(f"{path}: not JSON in UTF-8, or no Unicode: {error}") from error
    return content


def _items(content: Any, path: Path) -> Iterable[JsonObject]:
    if isinstance(content, dict) and isinstance(content.get("value"), list):
        content = content["value"]
    if not isinstance(content, list):
        raise DirectoryError(f"{path}: expected a page with a value array, or an array")
    for item in content:
        if isinstance(item, dict) and "value" in item and "id" not in item:
            yield from _items(item, path)
        elif isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]:
            if wrong := unlike_graph(item):
                raise DirectoryError(f"{path}: object {item['id']}: not as Graph has it: {', '.join(wrong)}")
            yield item
        else:
            raise DirectoryError(f"{path}: an object has no id")


def _user(item: Mapping[str, Any]) -> SourceUser:
    attributes = _attributes(item)
    phones = item.get("businessPhones") or []
    if phones:
        attributes["telephoneNumber"] = phones[0]
    manager = item.get("manager") or {}
    return SourceUser(
        id=item["id"],
        attributes=attributes,
        account_enabled=item.get("accountEnabled") is not False,
        manager_id=manager.get("id"),
        soft_deleted=bool(item.get(SOFT_DELETED)),
    )


def _attributes(item: Mapping[str, Any]) -> dict[str, Value]:
    """Return the properties that are text, numbers, booleans or lists of text; those of extensions stand beside."""
    extensions = item.get("onPremisesExtensionAttributes") or {}
    named = {**item, **extensions}
    found = ((_RENAMED.get(name, name), _attribute(value)) for name, value in named.items() if _is_attribute(name))
    return {name: value for name, value in found if value is not None}


def _is_attribute(name: str) -> bool:
    return name not in _NO_ATTRIBUTES and "@" not in name


def _attribute(value: Any) -> Value:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return tuple(value)
    return value if isinstance(value, bool | int | float) else None


def _group(item: Mapping[str, Any]) -> SourceGroup:
    found = item.get("members") or []
    return SourceGroup(
        id=item["id"],
        display_name=(item.get("displayName") or "").strip(),
        members=_unique(member["id"] for member in found if _type(member) == "user"),
        nested_groups=_unique(member["id"] for member in found if _type(member) == "group"),
        attributes=_attributes(item),
    )


def _type(member: Mapping[str, Any]) -> str:
    return str(member.get("@odata.type", "#microsoft.graph.user")).rpartition(".")[2]


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _assignments(folders: Iterable[Path]) -> dict[str, tuple[AppRole, ...]] | None:
    """Return who is assigned, by the last of *folders* that says so."""
    for folder in reversed(list(folders)):
        if paths := sorted(folder.glob("appRoleAssignedTo*.json")):
            roles = _roles(folder)
            assigned: dict[str, tuple[AppRole, ...]] = {}
            for item in (each for path in paths for each in _assigned(path)):
                role = roles.get(item.get("appRoleId", ""), AppRole(item.get("appRoleId") or _DEFAULT_ACCESS, "", ""))
                assigned[item["principalId"]] = (*assigned.get(item["principalId"], ()), role)
            return assigned
    return None


def _assigned(path: Path) -> Iterator[JsonObject]:
    for item in _items(_load(path), path):
        if "principalId" not in item:
            raise DirectoryError(f"{path}: object {item['id']} has no principalId")
        yield item


def _roles(folder: Path) -> dict[str, AppRole]:
    for parent in (folder, folder.parent.parent):
        path = parent / "servicePrincipal.json"
        if path.is_file():
            try:
                listed = _load(path).get("appRoles") or []
                return {
                    each["id"]: AppRole(each["id"], each.get("value") or "", each["displayName"]) for each in listed
                }
            except (KeyError, TypeError, AttributeError) as error:
                raise DirectoryError(f"{path}: no service principal with appRoles: {error}") from error
    return {}
