"""What a client believes: the users and groups that it wrote, each known by the name that it gave.

A `World` is a value; every write that a client can do gives the next one.  Names hold a slot (``w3-u7``) that stays
through renames, so worlds can be compared with what a directory lists, ids left aside.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from scim.json_types import JsonObject


@dataclass(frozen=True)
class World:
    """``users``: slot → userName and displayName.  ``groups``: slot → the slots of its members."""

    users: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def with_user(self, slot: str, user_name: str, display_name: str) -> "World":
        return dataclasses.replace(self, users={**self.users, slot: (user_name, display_name)})

    def without_user(self, slot: str) -> "World":
        users = {name: each for name, each in self.users.items() if name != slot}
        return World(users, {name: members - {slot} for name, members in self.groups.items()})

    def with_group(self, slot: str, members: frozenset[str]) -> "World":
        return dataclasses.replace(self, groups={**self.groups, slot: members})

    def without_group(self, slot: str) -> "World":
        return dataclasses.replace(self, groups={name: each for name, each in self.groups.items() if name != slot})


def listed(users: list[JsonObject], groups: list[JsonObject], worker: str) -> World:
    """The part of a listed directory that *worker* wrote."""
    slots = {str(each["id"]): slot_of(str(each["userName"])) for each in users}
    mine = {slot_of(str(each["userName"])): each for each in users if str(each["userName"]).startswith(f"{worker}-")}
    return World(
        {slot: (str(each["userName"]), str(each.get("displayName", ""))) for slot, each in mine.items()},
        {
            str(each["displayName"]): frozenset(slots.get(member, member) for member in _member_ids(each))
            for each in groups
            if str(each["displayName"]).startswith(f"{worker}-")
        },
    )


def slot_of(user_name: str) -> str:
    """``w3-u7`` of ``w3-u7.2@example.com``."""
    return user_name.partition("@")[0].partition(".")[0]


def _member_ids(group: JsonObject) -> list[str]:
    members = group.get("members") or []
    assert isinstance(members, list)
    return [str(each["value"]) for each in members if isinstance(each, dict)]
