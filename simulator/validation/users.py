"""The SCIM Validator's tests of users, by the names that it shows.

Each one sends no more than it needs, so that one objection of the service provider does not hide the others.
Source: Microsoft Learn, "Tutorial: Test your SCIM endpoint"; recorded runs of the validator.
"""

from simulator.paths import parse_path
from simulator.protocol import JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.samples import BY_PATH, JOINED, MANAGER, new_values, small_user, values_of, whole_user
from simulator.validation.session import Session, require, require_absent, require_same

users = Collection(Suite.USERS)
_ONE = "Find the one user by a filter on userName, right after it was written."


async def _found(session: Session, user_name: str) -> JsonObject:
    found = await session.find("Users", "userName", user_name)
    require(len(found) == 1, f"{len(found)} users are found by userName, 1 was due", _ONE)
    return found[0]


@users.check("U1", "Create a new User")
async def create(session: Session) -> None:
    body = whole_user(session)
    await session.create("Users", body)
    require_same(await _found(session, body["userName"]), values_of(body))


@users.check("U2", "Create a duplicate User")
async def create_duplicate(session: Session) -> None:
    body = whole_user(session)
    await session.create("Users", body)
    await session.expect(409, "POST", "/Users", body)


async def _somebody_else(session: Session) -> None:
    """Make a user who must not be found, so that a service provider that ignores filters does not pass."""
    await session.create("Users", small_user(session))


@users.check("U3", "Filter for an existing user")
async def find_existing(session: Session) -> None:
    await _somebody_else(session)
    body = whole_user(session)
    await session.create("Users", body)
    await _found(session, body["userName"])


@users.check("U4", "Filter for a non-existing user")
async def find_missing(session: Session) -> None:
    await _somebody_else(session)
    found = await session.find("Users", "userName", session.address())
    require(not found, "a user is found who cannot exist", "Evaluate the filter.")


@users.check("U5", "Filter for an existing user with a different case")
async def find_in_other_case(session: Session) -> None:
    await _somebody_else(session)
    body = small_user(session)
    await session.create("Users", body)
    await _found(session, body["userName"].upper())


async def _patched(session: Session, body: JsonObject, *operations: JsonObject, values: dict[str, str | bool]) -> None:
    created = await session.create("Users", body)
    path = f"/Users/{created['id']}"
    await session.patch(path, *operations)
    require_same(await session.get(path), values.items())


def _short(op: str, values: dict[str, str | bool]) -> list[JsonObject]:
    pathed: list[JsonObject] = [{"op": op, "path": path, "value": values[path]} for path in BY_PATH]
    return [*pathed, {"op": op, "value": {path: values[path] for path in JOINED}}]


def _verbose(op: str, values: dict[str, str | bool]) -> list[JsonObject]:
    return [{"op": op, "path": path, "value": values[path]} for path in (*BY_PATH, *JOINED)]


@users.check("U6", "Patch User - Replace Attributes")
async def replace_attributes(session: Session) -> None:
    values = new_values(session)
    await _patched(session, whole_user(session), *_short("replace", values), values=values)


@users.check("U7", "Patch User - Replace Attributes Verbose")
async def replace_verbosely(session: Session) -> None:
    values = new_values(session)
    await _patched(session, whole_user(session), *_verbose("replace", values), values=values)


@users.check("U8", "Patch User - Add Attributes Verbose")
async def add_verbosely(session: Session) -> None:
    values = new_values(session)
    await _patched(session, small_user(session), *_verbose("add", values), values=values)


@users.check("U8b", "Patch User - Add Attributes")
async def add_attributes(session: Session) -> None:
    values = new_values(session)
    await _patched(session, small_user(session), *_short("add", values), values=values)


@users.check("U9", "Update User userName")
async def update_user_name(session: Session) -> None:
    created, name = await session.create("Users", small_user(session)), session.address()
    await session.patch(f"/Users/{created['id']}", {"op": "replace", "value": {"userName": name}})
    found = await _found(session, name)
    require(found["id"] == created["id"], "the id changed with the userName", "An id never changes.")


@users.check("U10", "Disable User")
async def disable(session: Session) -> None:
    body = small_user(session)
    created = await session.create("Users", body)
    await session.patch(f"/Users/{created['id']}", {"op": "replace", "path": "active", "value": False})
    require_same(await session.get(f"/Users/{created['id']}"), [("active", False)])
    await _found(session, body["userName"])


async def _with_manager(session: Session, op: str, value: str) -> None:
    created = await session.create("Users", small_user(session))
    path = f"/Users/{created['id']}"
    await session.patch(path, {"op": op, "path": MANAGER, "value": {"value": value}})
    after = await session.get(path)
    if value:
        require_same(after, [(f"{MANAGER}.value", value)])
    else:
        require_absent(after, parse_path(f"{MANAGER}.value"), "An empty manager removes the manager.")


@users.check("U11", "Patch User - Add Manager")
async def add_manager(session: Session) -> None:
    await _with_manager(session, "add", session.word())


@users.check("U12", "Patch User - Replace Manager")
async def replace_manager(session: Session) -> None:
    await _with_manager(session, "replace", session.word())


@users.check("U13", "Patch User - Remove Manager")
async def remove_manager(session: Session) -> None:
    await _with_manager(session, "replace", "")


@users.check("U14", "Delete a User")
async def delete(session: Session) -> None:
    created = await session.create("Users", small_user(session))
    await session.delete(f"/Users/{created['id']}")
    await session.expect(404, "GET", f"/Users/{created['id']}")
