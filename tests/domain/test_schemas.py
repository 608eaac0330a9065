"""Extension schemas of an account, from registration to the resources that have them."""

import dataclasses
from typing import Any

import pytest

from domain import schemas
from domain.access.signin import Caller
from domain.model import Action, Kind
from domain.ports import RecordNotFound, Taken
from domain.provisioning import groups, users
from domain.provisioning.representation import resource
from domain.writing import Desk
from scim.extension_schemas import InvalidSchema
from scim.operations import parse_patch
from scim.resources import Submitted, read_resource
from tests.domain.builders import make_account, make_caller, make_desk
from tests.memory import MemoryAccounts
from tests.scim.builders import make_body, message, replace
from tests.scim.extension_builders import EVERYTHING, URN, attribute, schema

GROUP_URN = "urn:example:params:scim:schemas:teams:1.0:Group"
CALLER = make_caller(dataclasses.replace(make_account(), schemas=(schema(),)))
TEAMS = make_caller(
    dataclasses.replace(
        make_account(),
        schemas=(schema(attribute("code", uniqueness="server"), urn=GROUP_URN, kind="Group"),),
    )
)


@pytest.fixture
async def store() -> MemoryAccounts:
    """Two accounts."""
    made = MemoryAccounts()
    for each in ("acme", "other"):
        await made.create_account(make_account(each))
    return made


def user(name: str, caller: Caller = CALLER, **data: Any) -> Submitted:
    """A user with data of the extension, as the caller's account understands it."""
    return read_resource(make_body(userName=name, **{URN: data}), caller.type(Kind.USER))


def group(name: str, **data: Any) -> Submitted:
    """A group with data of its extension."""
    return read_resource(make_body("Group", displayName=name, **{GROUP_URN: data}), TEAMS.type(Kind.GROUP))


# Registering


async def test_schema_is_of_one_account(store: MemoryAccounts) -> None:
    """It is there in any letter case of its URN, and in no other account."""
    registered = await schemas.register_schema(store, "acme", EVERYTHING, "User")
    assert await schemas.list_schemas(store, "acme") == (registered,)
    assert await schemas.get_schema(store, "acme", URN.upper()) == registered
    assert await schemas.list_schemas(store, "other") == ()
    with pytest.raises(RecordNotFound):
        await schemas.get_schema(store, "other", URN)


async def test_schema_is_removed(store: MemoryAccounts) -> None:
    """And can be registered again, also in another form."""
    await schemas.register_schema(store, "acme", EVERYTHING, "User")
    with pytest.raises(InvalidSchema):
        await schemas.register_schema(store, "acme", EVERYTHING, "Group")
    await schemas.remove_schema(store, "acme", URN.upper())
    assert await schemas.list_schemas(store, "acme") == ()
    with pytest.raises(RecordNotFound):
        await schemas.remove_schema(store, "acme", URN)
    await schemas.register_schema(store, "acme", EVERYTHING, "Group", required=True)


async def test_unknown_account_has_no_schemas(store: MemoryAccounts) -> None:
    """Neither to register nor to list."""
    with pytest.raises(RecordNotFound):
        await schemas.register_schema(store, "nobody", EVERYTHING, "User")
    with pytest.raises(RecordNotFound):
        await schemas.list_schemas(store, "nobody")


# Using


@pytest.fixture
def desk() -> Desk:
    """An empty directory."""
    return make_desk()


@pytest.mark.requirement("7643-7-08")
async def test_unique_value_is_held(desk: Desk) -> None:
    """A second user cannot have it, the first may keep it, and gives it up by changing."""
    ann = await users.create_user(desk, CALLER, user("ann", badge="B-1"))
    with pytest.raises(Taken) as taken:
        await users.create_user(desk, CALLER, user("bob", badge="b-1"))
    assert taken.value.attribute == f"{URN}:badge"
    await users.replace_user(desk, CALLER, ann.id, user("ann", badge="B-1", floor=1), if_match=None)
    patch = parse_patch(message(replace(f"{URN}:badge", "B-2")), CALLER.type("User"))
    await users.patch_user(desk, CALLER, ann.id, patch, if_match=None)
    await users.create_user(desk, CALLER, user("bob", badge="b-1"))


async def test_unique_value_is_held_by_patch(desk: Desk) -> None:
    """A change to a value that another user has is refused."""
    await users.create_user(desk, CALLER, user("ann", badge="B-1"))
    bob = await users.create_user(desk, CALLER, user("bob"))
    patch = parse_patch(message(replace(f"{URN}:badge", "B-1")), CALLER.type("User"))
    with pytest.raises(Taken):
        await users.patch_user(desk, CALLER, bob.id, patch, if_match=None)


async def test_groups_have_extensions_too(desk: Desk) -> None:
    """Checked, unique, and kept by a PATCH of something else."""
    one = await groups.create_group(desk, TEAMS, group("One", code="1"))
    with pytest.raises(Taken):
        await groups.create_group(desk, TEAMS, group("Two", code="1"))
    patch = parse_patch(message(replace("displayName", "First")), TEAMS.type("Group"))
    renamed = await groups.patch_group(desk, TEAMS, one.id, patch, if_match=None)
    assert renamed.document == {"displayName": "First", GROUP_URN: {"code": "1"}}
    replaced = await groups.replace_group(desk, TEAMS, one.id, group("First", code="2"), if_match=None)
    assert replaced.document[GROUP_URN] == {"code": "2"}
    await groups.create_group(desk, TEAMS, group("Two", code="1"))


async def test_data_outlives_the_schema(desk: Desk) -> None:
    """Callers without the schema neither see the data nor take it or its unique value away."""
    plain = make_caller()
    ann = await users.create_user(desk, CALLER, user("ann", badge="B-1"))
    patch = parse_patch(message(replace("title", "Dr")), "User")
    changed = await users.patch_user(desk, plain, ann.id, patch, if_match=None)
    assert URN not in resource(changed, kind=plain.type("User"))
    changed = await users.replace_user(
        desk, plain, ann.id, read_resource(make_body(userName="ann"), "User"), if_match=None
    )
    assert resource(changed, kind=CALLER.type("User"))[URN] == {"badge": "B-1"}
    with pytest.raises(Taken):
        await users.create_user(desk, CALLER, user("bob", badge="B-1"))


async def test_log_names_the_attributes(desk: Desk) -> None:
    """With their URN, never their values."""
    ann = await users.create_user(desk, CALLER, user("ann"))
    patch = parse_patch(message(replace(f"{URN}:badge", "B-2")), CALLER.type("User"))
    await users.patch_user(desk, CALLER, ann.id, patch, if_match=None)
    directory: Any = desk.directory
    updates = [each for each in directory.changes("acme") if each.action is Action.UPDATE]
    assert [each.attributes for each in updates] == [(f"{URN}:badge",)]
