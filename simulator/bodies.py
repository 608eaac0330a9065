"""Request bodies byte for byte as Entra writes them, in both dialects.

Source: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint" (creation, members), "Known issues and
resolutions with SCIM 2.0 protocol compliance" (what the feature flag changes), "Customize attribute mappings" (roles).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from simulator.mapping.apply import Change, Mapped, Wanted
from simulator.mapping.model import EXTERNAL_ID, MANAGER
from simulator.paths import TargetPath
from simulator.protocol import (
    ENTERPRISE_URN,
    GROUP_URN,
    MICROSOFT_GROUP_URN,
    PATCH_URN,
    USER_URN,
    Dialect,
    JsonObject,
)
from simulator.values import AppRole, Roles

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"

# The order of the documented creation body; "name" is assembled from three mappings and so needs no place of its own.
_USER_ORDER = (
    "externalId",
    "userName",
    "active",
    "displayName",
    "title",
    "preferredLanguage",
    "name",
    "emails",
    "phoneNumbers",
    "addresses",
    ENTERPRISE_URN,
)


def new_user(mapped: Mapped) -> JsonObject:
    """Return the body that creates a user: both URNs always, ``roles`` and ``meta``, and real booleans.

    The URNs of custom extensions are not declared, as recorded of the service.
    """
    written = _written(mapped)
    known = {name: written[name] for name in _USER_ORDER if name in written}
    others = {name: value for name, value in written.items() if name not in known and name != "roles"}
    return {
        "schemas": [USER_URN, ENTERPRISE_URN],
        **known,
        **others,
        "meta": {"resourceType": "User"},
        "roles": written.get("roles", []),
    }


def new_group(mapped: Mapped, *, microsoft_schema: bool = True) -> JsonObject:
    """Return the body that creates a group, always without members: they follow in the reference pass."""
    ordered = {target: mapped[target] for target in (EXTERNAL_ID, *mapped) if target in mapped}
    written = _written(ordered)
    schemas = [GROUP_URN, MICROSOFT_GROUP_URN] if microsoft_schema else [GROUP_URN]
    return {"schemas": schemas, **written, "members": [], "meta": {"resourceType": "Group"}}


def _written(mapped: Mapped) -> JsonObject:
    written: JsonObject = {}
    for target, value in mapped.items():
        if isinstance(value, Roles):
            written["roles"] = [_role(value, role) for role in value.roles]
        else:
            target.write(written, list(value) if isinstance(value, tuple) else value)
    return written


def patch(changes: Sequence[Change], dialect: Dialect) -> JsonObject:
    """Return the body that makes *changes*.

    Legacy: one operation for each attribute. Flag: value paths and roles stay operations of their own, all other
    attributes go into one operation without path for each verb; a single attribute keeps its path.
    """
    if dialect is Dialect.LEGACY:
        return _message(_operation(change, dialect) for change in changes)
    apart = [change for change in changes if _stays_apart(change)]
    plain = [change for change in changes if not _stays_apart(change)]
    joined = [[change for change in plain if change.had_value], [change for change in plain if not change.had_value]]
    return _message(
        [
            *(_operation(change, dialect) for change in apart),
            *(_joined_operation(part, dialect) for part in joined if part),
        ]
    )


def set_manager(manager_id: str, dialect: Dialect, *, had_value: bool) -> JsonObject:
    """Return the body that writes a user's manager: a bare string, as recorded of the service in both dialects."""
    return patch([Change(MANAGER, manager_id, had_value)], dialect)


def add_members(ids: Iterable[str], dialect: Dialect) -> JsonObject:
    """Return the body that adds users to a group, all in one operation."""
    if dialect is Dialect.LEGACY:
        value: list[JsonObject] = [{"$ref": None, "value": id} for id in ids]
        return _message([{"op": "Add", "path": "members", "value": value}])
    return _message([{"op": "add", "path": "members", "value": [{"value": id} for id in ids]}])


def remove_members(ids: Iterable[str], dialect: Dialect) -> JsonObject:
    """Return the body that removes users from a group: one listed operation, or by the flag one operation for each."""
    if dialect is Dialect.LEGACY:
        return _message([{"op": "Remove", "path": "members", "value": [{"value": id} for id in ids]}])
    return _message({"op": "remove", "path": f'members[value eq "{id}"]'} for id in ids)


def _message(operations: Iterable[JsonObject]) -> JsonObject:
    return {"schemas": [PATCH_URN], "Operations": list(operations)}


def _stays_apart(change: Change) -> bool:
    return change.target.has_value_filter or isinstance(change.value, Roles)


def _operation(change: Change, dialect: Dialect) -> JsonObject:
    path = TargetPath("roles") if isinstance(change.value, Roles) else change.target
    return {"op": _verb(change, dialect), "path": str(path), "value": _value(change.value, dialect)}


def _joined_operation(changes: Sequence[Change], dialect: Dialect) -> JsonObject:
    if len(changes) == 1:
        return _operation(changes[0], dialect)
    value = {str(change.target): _value(change.value, dialect) for change in changes}
    return {"op": _verb(changes[0], dialect), "value": value}


def _verb(change: Change, dialect: Dialect) -> str:
    verb = "Replace" if change.had_value else "Add"
    return verb if dialect is Dialect.LEGACY else verb.lower()


def _value(value: Wanted, dialect: Dialect) -> Any:
    if isinstance(value, Roles):
        return [_role(value, role) if dialect is Dialect.FLAG else _role_as_text(role) for role in value.roles]
    if isinstance(value, bool) and dialect is Dialect.LEGACY:
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _role(roles: Roles, role: AppRole) -> JsonObject:
    if roles.function == "SingleAppRoleAssignment":
        return {"primary": True, "type": ROLE_TYPE, "value": role.value}
    return {"primary": False, "type": ROLE_TYPE, "display": role.display_name, "value": role.value}


def _role_as_text(role: AppRole) -> JsonObject:
    """Return a role as the legacy dialect writes it: JSON within a string."""
    content = {"id": role.id, "value": role.value, "displayName": role.display_name}
    return {"value": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}
