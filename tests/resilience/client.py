"""A client that does random writes one after the other, and remembers what was answered and what was under way."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.resilience.world import World

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_MOST_USERS = 140
_BIG_CHANGES = (60, 110)  # members: more than one transaction holds, and more than two


@dataclass
class Client:
    """One worker; ``known`` holds all that was answered, ``next`` what holds if the write under way was done."""

    name: str
    http: httpx.AsyncClient
    chance: random.Random
    known: World = field(default_factory=World)
    next: World | None = None
    refused: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    def knows(self, slot: str, user_id: str) -> None:
        """Take over a user that is there already."""
        self.known = self.known.with_user(slot, f"{slot}.0@example.com", "new")
        self._ids[slot] = user_id
        self._made += 1

    async def work(self) -> None:
        """Write until the service goes away."""
        while True:
            write = self._choose()
            try:
                await write()
            except httpx.TransportError:
                return
            self.next = None

    def _choose(self) -> Callable[[], Awaitable[None]]:
        if len(self.known.users) < 5:
            return self._create_user
        if not self.known.groups:
            return self._create_group
        writes = [self._rename_user, self._describe_user, self._set_members, self._add_members, self._remove_members]
        more = [self._create_user] * 4 if len(self.known.users) < _MOST_USERS else [self._delete_user]
        return self.chance.choice([*writes, *more, self._delete_user, self._create_group, self._delete_group])

    async def _create_user(self) -> None:
        slot = self._new_slot("u")
        body = {"schemas": [_USER], "userName": f"{slot}.0@example.com", "displayName": "new", "externalId": slot}
        self.next = self.known.with_user(slot, f"{slot}.0@example.com", "new")
        await self._send("POST", "/Users", body, slot)

    async def _rename_user(self) -> None:
        slot = self._some(self.known.users)
        old, shown = self.known.users[slot]
        number = int(old.partition("@")[0].rpartition(".")[2]) + 1
        name = f"{slot}.{number}@example.com"
        self.next = self.known.with_user(slot, name, shown)
        await self._send("PATCH", f"/Users/{self._ids[slot]}", _replace({"userName": name}))

    async def _describe_user(self) -> None:
        slot = self._some(self.known.users)
        shown = f"shown {self.chance.randrange(1000)}"
        self.next = self.known.with_user(slot, self.known.users[slot][0], shown)
        await self._send("PATCH", f"/Users/{self._ids[slot]}", _replace({"displayName": shown}))

    async def _delete_user(self) -> None:
        slot = self._some(self.known.users)
        self.next = self.known.without_user(slot)
        await self._send("DELETE", f"/Users/{self._ids[slot]}")

    async def _create_group(self) -> None:
        slot, members = self._new_slot("g"), self._some_users()
        body = {"schemas": [_GROUP], "displayName": slot, "members": self._values(members)}
        self.next = self.known.with_group(slot, members)
        await self._send("POST", "/Groups", body, slot)

    async def _set_members(self) -> None:
        slot, members = self._some(self.known.groups), self._some_users()
        self.next = self.known.with_group(slot, members)
        await self._patch_members(slot, "replace", members)

    async def _add_members(self) -> None:
        slot, members = self._some(self.known.groups), self._some_users()
        self.next = self.known.with_group(slot, self.known.groups[slot] | members)
        await self._patch_members(slot, "add", members)

    async def _remove_members(self) -> None:
        slot, members = self._some(self.known.groups), self._some_users()
        self.next = self.known.with_group(slot, self.known.groups[slot] - members)
        await self._patch_members(slot, "remove", members)

    async def _delete_group(self) -> None:
        slot = self._some(self.known.groups)
        self.next = self.known.without_group(slot)
        await self._send("DELETE", f"/Groups/{self._ids[slot]}")

    async def _patch_members(self, slot: str, op: str, members: frozenset[str]) -> None:
        operation = {"op": op, "path": "members", "value": self._values(members)}
        await self._send("PATCH", f"/Groups/{self._ids[slot]}", {"schemas": [_PATCH], "Operations": [operation]})

    async def _send(self, method: str, path: str, body: Any = None, slot: str = "") -> None:
        answer = await self.http.request(method, path, json=body)
        if not answer.is_success:
            self.refused.append(f"{method} {path}: {answer.status_code} {answer.text}")
            return
        assert self.next is not None
        self.known = self.next
        if slot:
            self._ids[slot] = answer.json()["id"]

    def _new_slot(self, kind: str) -> str:
        self._made += 1
        return f"{self.name}-{kind}{self._made}"

    def _some(self, slots: Any) -> str:
        chosen: str = self.chance.choice(sorted(slots))
        return chosen

    def _some_users(self) -> frozenset[str]:
        slots = sorted(self.known.users)
        number = min(len(slots), self.chance.choice([1, 2, 5, *_BIG_CHANGES]))
        return frozenset(self.chance.sample(slots, number))

    def _values(self, slots: frozenset[str]) -> list[dict[str, str]]:
        return [{"value": self._ids[slot]} for slot in sorted(slots)]


def _replace(values: dict[str, str]) -> dict[str, Any]:
    return {"schemas": [_PATCH], "Operations": [{"op": "replace", "value": values}]}
