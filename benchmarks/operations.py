"""The operations of a provisioning cycle: each a short script with one request in it that is measured."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from urllib.parse import quote

from benchmarks import calls
from benchmarks.calls import Answer, Call

type Ask = Callable[[Call], Awaitable[Answer]]

BATCH, LARGE_BATCH = 40, 100
"""Members added at once: as many as fit into one transaction, and as many as Entra sends."""
_PAGE = 100


class Axis(StrEnum):
    """What grows while an operation is looked at."""

    USERS = "users"
    MEMBERS = "members"


@dataclass(slots=True)
class Ground:
    """What the operations work on: users ``0…size - 1`` by their ids, and one group.

    ``spare`` are the ids of users that exist and are no members of the group.
    """

    size: int
    user_ids: Sequence[str]
    spare: Sequence[str]
    group_id: str
    group_name: str
    numbers: "count[int]" = field(default_factory=lambda: count(1_000_000))
    choice: random.Random = field(default_factory=lambda: random.Random(7))

    def number(self) -> int:
        """The number of a user that exists."""
        return self.choice.randrange(len(self.user_ids))

    def user(self) -> str:
        return self.user_ids[self.number()]

    def fresh(self) -> int:
        """A number never used before, so that what is made of it is new."""
        return next(self.numbers)


@dataclass(frozen=True, slots=True)
class Turn:
    """One performance of a script: ``measure`` sends the request that counts, ``ask`` what surrounds it."""

    ground: Ground
    ask: Ask
    measure: Ask


@dataclass(frozen=True, slots=True)
class Operation:
    """*limit* is the most sequential round trips that it may take, None where none is promised."""

    name: str
    title: str
    axis: Axis
    script: Callable[[Turn], Awaitable[None]]
    limit: int | None = None


# Users


async def _user_filter_miss(turn: Turn) -> None:
    await turn.measure(calls.filtered("Users", f'userName eq "{calls.user_name(turn.ground.fresh())}"'))


async def _user_filter_hit(turn: Turn) -> None:
    await turn.measure(calls.filtered("Users", f'userName eq "{calls.user_name(turn.ground.number())}"'))


async def _user_filter_external_id(turn: Turn) -> None:
    await turn.measure(calls.filtered("Users", f'externalId eq "{calls.external_id(turn.ground.number())}"'))


async def _user_filter_email(turn: Turn) -> None:
    address = calls.user_name(turn.ground.number())
    await turn.measure(calls.filtered("Users", f'emails[type eq "work"].value eq "{address}"'))


async def _user_filter_and(turn: Turn) -> None:
    name = calls.user_name(turn.ground.number())
    await turn.measure(calls.filtered("Users", f'userName eq "{name}" and title eq "Engineer"'))


async def _user_post(turn: Turn) -> None:
    answer = await turn.measure(calls.post("/Users", calls.user_body(turn.ground.fresh())))
    await turn.ask(calls.delete(f"/Users/{answer.json()['id']}"))


async def _user_get(turn: Turn) -> None:
    await turn.measure(calls.get(f"/Users/{turn.ground.user()}"))


async def _user_patch(turn: Turn) -> None:
    path = f"/Users/{turn.ground.user()}"
    await turn.measure(calls.replace_value(path, "displayName", f"Renamed {turn.ground.fresh()}"))


async def _user_put(turn: Turn) -> None:
    number = turn.ground.number()
    body = calls.user_body(number) | {"displayName": f"Replaced {turn.ground.fresh()}"}
    await turn.measure(calls.put(f"/Users/{turn.ground.user_ids[number]}", body))


async def _user_disable(turn: Turn) -> None:
    path = f"/Users/{turn.ground.user()}"
    await turn.measure(calls.replace_value(path, "active", False))
    await turn.ask(calls.replace_value(path, "active", True))


async def _user_delete(turn: Turn) -> None:
    created = await turn.ask(calls.post("/Users", calls.user_body(turn.ground.fresh())))
    await turn.measure(calls.delete(f"/Users/{created.json()['id']}"))


async def _list_index(turn: Turn) -> None:
    await turn.measure(calls.get(f"/Users?startIndex=1&count={_PAGE}"))


async def _list_cursor(turn: Turn) -> None:
    await turn.measure(calls.get(f"/Users?cursor=&count={_PAGE}"))


async def _list_cursor_next(turn: Turn) -> None:
    """The second page; in a directory of one page, the second of two halves."""
    page = min(_PAGE, turn.ground.size // 2)
    first = await turn.ask(calls.get(f"/Users?cursor=&count={page}"))
    await turn.measure(calls.get(f"/Users?cursor={quote(str(first.json()['nextCursor']), safe='')}&count={page}"))


async def _list_deep(turn: Turn) -> None:
    start = max(1, turn.ground.size * 9 // 10)
    await turn.measure(calls.get(f"/Users?startIndex={start}&count={_PAGE}"))


# Groups


async def _group_post(turn: Turn) -> None:
    answer = await turn.measure(calls.post("/Groups", calls.group_body(f"New group {turn.ground.fresh()}")))
    await turn.ask(calls.delete(f"/Groups/{answer.json()['id']}"))


async def _group_filter(turn: Turn) -> None:
    text = f'displayName eq "{turn.ground.group_name}"'
    await turn.measure(calls.filtered("Groups", text, excludedAttributes="members"))


async def _group_get_bare(turn: Turn) -> None:
    await turn.measure(calls.get(f"/Groups/{turn.ground.group_id}?excludedAttributes=members"))


async def _group_get_full(turn: Turn) -> None:
    await turn.measure(calls.get(f"/Groups/{turn.ground.group_id}"))


async def _group_delete(turn: Turn) -> None:
    body = calls.group_body(f"Old group {turn.ground.fresh()}", turn.ground.spare[:BATCH])
    created = await turn.ask(calls.post("/Groups", body))
    await turn.measure(calls.delete(f"/Groups/{created.json()['id']}"))


def _adds(size: int) -> Callable[[Turn], Awaitable[None]]:
    async def script(turn: Turn) -> None:
        ids = turn.ground.choice.sample(turn.ground.spare, size)
        await turn.measure(calls.add_members(turn.ground.group_id, ids))
        await turn.ask(calls.remove_members(turn.ground.group_id, ids))

    return script


def _removes(size: int) -> Callable[[Turn], Awaitable[None]]:
    async def script(turn: Turn) -> None:
        ids = turn.ground.choice.sample(turn.ground.spare, size)
        await turn.ask(calls.add_members(turn.ground.group_id, ids))
        await turn.measure(calls.remove_members(turn.ground.group_id, ids))

    return script


_U, _M = Axis.USERS, Axis.MEMBERS

# those that read come first: a list counts the changes since the last checkpoint
OPERATIONS: Sequence[Operation] = (
    Operation("user_filter_miss", "GET Users, `userName eq`, nobody", _U, _user_filter_miss, 1),
    Operation("user_filter_hit", "GET Users, `userName eq`, one", _U, _user_filter_hit, 2),
    Operation("user_filter_external_id", "GET Users, `externalId eq`", _U, _user_filter_external_id, 2),
    Operation("user_filter_email", "GET Users, `emails[type eq …].value eq`", _U, _user_filter_email, 2),
    Operation("user_filter_and", "GET Users, `userName eq … and title eq …`", _U, _user_filter_and, 2),
    Operation("user_get", "GET user", _U, _user_get, 1),
    Operation("list_index", "list of 100 users, by index", _U, _list_index),
    Operation("list_cursor", "list of 100 users, by cursor", _U, _list_cursor, 2),
    Operation("list_cursor_next", "the page after, by cursor", _U, _list_cursor_next, 2),
    Operation("list_deep", "list from `startIndex` at 90 %", _U, _list_deep),
    Operation("user_post", "POST user", _U, _user_post, 1),
    Operation("user_patch", "PATCH user, displayName", _U, _user_patch, 2),
    Operation("user_put", "PUT user", _U, _user_put, 2),
    Operation("user_disable", "PATCH user, disable", _U, _user_disable, 2),
    Operation("user_delete", "DELETE user", _U, _user_delete, 2),
    Operation("group_filter", "GET Groups, `displayName eq`, without members", _M, _group_filter, 2),
    Operation("group_get_bare", "GET group without members", _M, _group_get_bare, 1),
    Operation("group_get_full", "GET group with members", _M, _group_get_full, 1),
    Operation("group_post", "POST group without members", _M, _group_post, 1),
    Operation("add_one", "PATCH group, add 1 member", _M, _adds(1), 2),
    Operation("remove_one", "PATCH group, remove 1 member", _M, _removes(1), 2),
    Operation("add_40", "PATCH group, add 40 members", _M, _adds(BATCH), 2),
    Operation("remove_40", "PATCH group, remove 40 members", _M, _removes(BATCH), 2),
    Operation("add_100", "PATCH group, add 100 members", _M, _adds(LARGE_BATCH)),
    Operation("group_delete", "DELETE group of 40 members", _M, _group_delete, 2),
)


def of_axis(axis: Axis) -> tuple[Operation, ...]:
    return tuple(each for each in OPERATIONS if each.axis is axis)
