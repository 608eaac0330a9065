"""Applies pages of Graph's delta queries to users and groups as Graph answered them.

An object has the properties that changed, ``null`` for those that are gone. ``"@removed": {"reason": "changed"}`` means
the recycle bin, ``"deleted"`` gone for good; ``members@delta`` and ``manager@delta`` list references that came or went.
Source: Microsoft Graph, "Use delta query to track changes in Microsoft Graph data".
"""

from collections.abc import Iterable
from typing import Any

from simulator.protocol import JsonObject

SOFT_DELETED = "simulator.softDeleted"

type Objects = dict[str, JsonObject]


def apply_users(users: Objects, changes: Iterable[JsonObject]) -> set[str]:
    """Change *users* in place and return the ids of those who were deleted for good."""
    purged: set[str] = set()
    for change in changes:
        id, removed = change["id"], change.get("@removed")
        if removed and removed.get("reason") == "deleted":
            users.pop(id, None)
            purged.add(id)
        elif removed:
            users.setdefault(id, {"id": id})[SOFT_DELETED] = True
        else:
            user = users.setdefault(id, {"id": id})
            user.pop(SOFT_DELETED, None)
            user.update({name: value for name, value in change.items() if not name.endswith("@delta")})
            if "manager@delta" in change:
                present = [each for each in change["manager@delta"] if "@removed" not in each]
                user["manager"] = present[-1] if present else None
    return purged


def apply_groups(groups: Objects, changes: Iterable[JsonObject]) -> None:
    """Change *groups* in place; a removed one is gone, whatever the reason."""
    for change in changes:
        if "@removed" in change:
            groups.pop(change["id"], None)
            continue
        group = groups.setdefault(change["id"], {"id": change["id"]})
        group.update({name: value for name, value in change.items() if not name.endswith("@delta")})
        if "members@delta" in change:
            group["members"] = _members(group.get("members") or [], change["members@delta"])


def _members(former: Iterable[JsonObject], changes: Iterable[JsonObject]) -> list[Any]:
    members = {member["id"]: member for member in former}
    for each in changes:
        if "@removed" in each:
            members.pop(each["id"], None)
        else:
            members[each["id"]] = each
    return list(members.values())
