"""Random sequences of requests have the same results with Rollcall and with scim2-server."""

import os
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.conformance.builders import patch, user
from tests.differential import bodies
from tests.differential.pair import Pair, open_pair

_SOAK = int(os.environ.get("ROLLCALL_DIFFERENTIAL_EXAMPLES", "0"))
"""How many sequences of requests a soak tries, new ones each time; else it is a few, always the same."""
_SETTINGS = settings(
    max_examples=_SOAK or 40,
    stateful_step_count=15,
    derandomize=not _SOAK,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if _SOAK else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def change(pair: Pair, method: str, path: str, body: Any) -> None:
    """Change a resource; both show the same afterwards, and our version is new just if it is another state."""
    before = pair.same("GET", path).body
    pair.same(method, path, body)
    after = pair.same("GET", path).body
    new_version = before["meta"]["version"] != after["meta"]["version"]
    changed = {**before, "meta": None} != {**after, "meta": None}
    assert new_version == changed, f"{method} {path} {body}\n{before}\n{after}"


class SameResults(RuleBasedStateMachine):
    """What a client may do with users and groups; each request goes to both servers."""

    users: Bundle[str] = Bundle("users")
    groups: Bundle[str] = Bundle("groups")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.pair = self._stack.enter_context(open_pair())
        self._made = 0

    def teardown(self) -> None:
        self._stack.close()

    # Users

    @initialize(target=users, body=bodies.USERS)
    def first_user(self, body: Any) -> Any:
        return self.create_user(body)

    @rule(target=users, body=bodies.USERS)
    def create_user(self, body: Any) -> Any:
        return self._create("User", body)

    @rule(user=users, body=bodies.USERS)
    def replace_user(self, user: str, body: Any) -> None:
        change(self.pair, "PUT", f"/Users/{user}", body)

    @rule(user=users, operations=st.lists(bodies.OPERATIONS, min_size=1, max_size=3))
    def patch_user(self, user: str, operations: list[Any]) -> None:
        change(self.pair, "PATCH", f"/Users/{user}", patch(*operations))

    @rule(user=users, query=bodies.PROJECTIONS)
    def read_user(self, user: str, query: dict[str, str]) -> None:
        self.pair.same("GET", f"/Users/{user}", **query)

    @rule(user=consumes(users))
    def delete_user(self, user: str) -> None:
        self._delete(f"/Users/{user}")

    @rule(query=bodies.LISTS)
    def list_users(self, query: dict[str, str]) -> None:
        self.pair.same("GET", "/Users", **query)

    @rule(query=bodies.LISTS)
    def search_users(self, query: dict[str, str]) -> None:
        self.pair.same("POST", "/Users/.search", bodies.search(query))

    # Groups

    @rule(target=groups, members=st.lists(users, max_size=3, unique=True))
    def create_group(self, members: list[str]) -> Any:
        return self._create("Group", bodies.group(f"Team {self._made}", members))

    @rule(group=groups, members=st.lists(users, max_size=3, unique=True))
    def replace_group(self, group: str, members: list[str]) -> None:
        change(self.pair, "PUT", f"/Groups/{group}", bodies.group(f"Renamed {group}", members))

    @rule(group=groups, op=st.sampled_from(["add", "replace"]), members=st.lists(users, max_size=3, unique=True))
    def give_members(self, group: str, op: str, members: list[str]) -> None:
        value = [{"value": each} for each in members]
        change(self.pair, "PATCH", f"/Groups/{group}", patch({"op": op, "path": "members", "value": value}))

    @rule(group=groups, user=users)
    def remove_member(self, group: str, user: str) -> None:
        change(self.pair, "PATCH", f"/Groups/{group}", patch({"op": "remove", "path": f'members[value eq "{user}"]'}))

    @rule(group=groups)
    def remove_members(self, group: str) -> None:
        change(self.pair, "PATCH", f"/Groups/{group}", patch({"op": "remove", "path": "members"}))

    @rule(group=groups, name=bodies.TEXTS)
    def change_group(self, group: str, name: str) -> None:
        change(self.pair, "PATCH", f"/Groups/{group}", patch({"op": "replace", "path": "externalId", "value": name}))

    @rule(group=consumes(groups))
    def delete_group(self, group: str) -> None:
        self._delete(f"/Groups/{group}")

    @rule(user=users)
    def groups_of_user(self, user: str) -> None:
        self.pair.same("GET", "/Groups", filter=f'members.value eq "{user}"')

    # Anything

    @rule(target=users, new=st.lists(bodies.USERS, min_size=1, max_size=2), backwards=st.booleans())
    def create_in_bulk(self, new: list[Any], backwards: bool) -> Any:
        users = [self._name() for _ in new]
        team = bodies.group(f"Bulk {self._made}", [f"bulkId:{each}" for each in users])
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": name, "data": body}
            for name, body in zip(users, new, strict=True)
        ]
        operations.insert(
            0 if backwards else len(users), {"method": "POST", "path": "/Groups", "bulkId": self._name(), "data": team}
        )
        made = self.pair.created_in_bulk(operations)
        for name in made:
            self.pair.same("GET", f"/{'Users' if name in users else 'Groups'}/{name}")
        return multiple(*(each for each in made if each in users))

    @rule(text=bodies.ROOT_FILTERS)
    def search_root(self, text: str) -> None:
        self.pair.same("POST", "/.search", bodies.search({"filter": text}))

    @rule(method=st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]), kind=st.sampled_from(["Users", "Groups"]))
    def miss(self, method: str, kind: str) -> None:
        whole = bodies.group("x", []) if kind == "Groups" else user("x")
        body = {"PUT": whole, "PATCH": patch({"op": "remove", "path": "externalId"})}.get(method)
        self.pair.same(method, f"/{kind}/00000000-0000-4000-8000-000000000000", body)

    def _name(self) -> str:
        self._made += 1
        return f"@{self._made}@"

    def _create(self, kind: str, body: Any) -> Any:
        name = self._name()
        return name if self.pair.created(name, kind, body) else multiple()

    def _delete(self, path: str) -> None:
        self.pair.deleted.add(path.rpartition("/")[2])
        for method in ("DELETE", "GET", "DELETE"):
            self.pair.same(method, path)


def test_requests() -> None:
    """Whatever is created, replaced, patched, listed and deleted, in whatever order."""
    run_state_machine_as_test(SameResults, settings=_SETTINGS)


@given(bodies.USERS, st.lists(st.lists(bodies.OPERATIONS, min_size=1, max_size=2), min_size=1, max_size=6))
@_SETTINGS
def test_patches(body: Any, patches: list[list[Any]]) -> None:
    """Whatever one user goes through by PATCH."""
    with open_pair() as pair:
        assert pair.created("@1@", "User", body)
        for operations in patches:
            change(pair, "PATCH", "/Users/@1@", patch(*operations))
