"""Request bodies byte for byte as Entra writes them, in both dialects.

Source: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint" (creation, members) and "Known issues and
resolutions with SCIM 2.0 protocol compliance" (what the feature flag changes).
"""

from collections.abc import Iterable, Sequence

from simulator.mapping import ACTIVE, EXTERNAL_ID, MANAGER, Change, Mapped
from simulator.paths import Scalar, TargetPath
from simulator.protocol import (
    ENTERPRISE_URN,
    GROUP_URN,
    MICROSOFT_GROUP_URN,
    PATCH_URN,
    USER_URN,
    Dialect,
    JsonObject,
)

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
    """Return the body that creates a user: both URNs always, an empty ``roles`` and ``meta``, and real booleans."""
    written: JsonObject = {}
    for target, value in mapped.items():
        target.write(written, value == "True" if target == ACTIVE else value)
    return {
        "schemas": [USER_URN, ENTERPRISE_URN],
        **{name: written[name] for name in _USER_ORDER if name in written},
        "meta": {"resourceType": "User"},
        "roles": [],
    }


def new_group(mapped: Mapped) -> JsonObject:
    """Return the body that creates a group, always without members: they follow in the reference pass."""
    written: JsonObject = {}
    for target in (EXTERNAL_ID, *mapped):
        target.write(written, mapped[target])
    return {"schemas": [GROUP_URN, MICROSOFT_GROUP_URN], **written, "members": [], "meta": {"resourceType": "Group"}}


def patch(changes: Sequence[Change], dialect: Dialect) -> JsonObject:
    """Return the body that makes *changes*.

    Legacy: one operation for each attribute. Flag: value paths stay operations of their own, all other attributes go
    into one operation without path for each verb; a single attribute keeps its path.
    """
    if dialect is Dialect.LEGACY:
        return _message(_operation(change, dialect) for change in changes)
    selected = [change for change in changes if change.target.has_value_filter]
    plain = [change for change in changes if not change.target.has_value_filter]
    joined = [[change for change in plain if change.had_value], [change for change in plain if not change.had_value]]
    return _message(
        [
            *(_operation(change, dialect) for change in selected),
            *(_joined_operation(part, dialect) for part in joined if part),
        ]
    )


def set_manager(manager_id: str, dialect: Dialect, *, had_value: bool) -> JsonObject:
    """Return the body that writes a user's manager: a bare string, as recorded of the service in both dialects."""
    return patch([Change(MANAGER, manager_id, had_value)], dialect)


def disable(dialect: Dialect) -> JsonObject:
    """Return the body that soft-deletes a user."""
    return patch([Change(ACTIVE, "False", had_value=True)], dialect)


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


def _operation(change: Change, dialect: Dialect) -> JsonObject:
    value = _value(change.target, change.value, dialect)
    return {"op": _verb(change, dialect), "path": str(change.target), "value": value}


def _joined_operation(changes: Sequence[Change], dialect: Dialect) -> JsonObject:
    if len(changes) == 1:
        return _operation(changes[0], dialect)
    value = {str(change.target): _value(change.target, change.value, dialect) for change in changes}
    return {"op": _verb(changes[0], dialect), "value": value}


def _verb(change: Change, dialect: Dialect) -> str:
    verb = "Replace" if change.had_value else "Add"
    return verb if dialect is Dialect.LEGACY else verb.lower()


def _value(target: TargetPath, value: str, dialect: Dialect) -> Scalar:
    return value == "True" if target == ACTIVE and dialect is Dialect.FLAG else value
