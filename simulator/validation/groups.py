"""The SCIM Validator's tests of groups, by the names that it shows.

Source: Microsoft Learn, "Tutorial: Test your SCIM endpoint"; recorded runs of the validator.
"""

import uuid

from simulator.protocol import JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.samples import new_group, small_user
from simulator.validation.session import Session, require, require_same

groups = Collection(Suite.GROUPS)
_EXCLUDE = "Leave members out of every answer to excludedAttributes=members."


def _external_id(session: Session) -> str:
    return str(uuid.UUID(int=session.random.getrandbits(128), version=4))


async def _new(session: Session) -> JsonObject:
    return await session.create("Groups", new_group(session, _external_id(session)))


async def _user(session: Session) -> str:
    return str((await session.create("Users", small_user(session)))["id"])


def members_of(group: JsonObject) -> set[str]:
    """Return the ids of the members of *group*."""
    return {str(member.get("value")) for member in group.get("members") or ()}


async def _one(session: Session, name: str, **query: str) -> JsonObject:
    found = await session.find("Groups", "displayName", name, **query)
    require(len(found) == 1, f"{len(found)} groups are found by displayName, 1 was due", "Compare without letter case.")
    return found[0]


@groups.check("G1", "Create a new Group")
async def create(session: Session) -> None:
    body = new_group(session, _external_id(session))
    created = await session.create("Groups", body)
    wanted = [(name, body[name]) for name in ("displayName", "externalId")]
    require_same(await session.get(f"/Groups/{created['id']}"), wanted)


@groups.check("G2", "Create a duplicate Group")
async def create_duplicate(session: Session) -> None:
    body = new_group(session, _external_id(session))
    await session.create("Groups", body)
    await session.expect(409, "POST", "/Groups", body)


async def _with_member(session: Session) -> JsonObject:
    group, user = await _new(session), await _user(session)
    await session.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "members", "value": [{"value": user}]})
    return group


@groups.check("G3", "Get group by id excluding members")
async def get_without_members(session: Session) -> None:
    group = await _with_member(session)
    got = await session.get(f"/Groups/{group['id']}", excludedAttributes="members")
    require(not got.get("members"), "the group came with members", _EXCLUDE)


@groups.check("G4", "Filter for existing group excluding members")
async def find_without_members(session: Session) -> None:
    group = await _with_member(session)
    found = await _one(session, group["displayName"], excludedAttributes="members")
    require(not found.get("members"), "the group came with members", _EXCLUDE)


# Another group stands beside, so that a service provider that ignores filters does not pass.
@groups.check("G5", "Filter for an existing group")
async def find_existing(session: Session) -> None:
    await _new(session)
    await _one(session, (await _new(session))["displayName"])


@groups.check("G6", "Filter for a non-existing group")
async def find_missing(session: Session) -> None:
    await _new(session)
    found = await session.find("Groups", "displayName", session.word())
    require(not found, "a group is found that cannot exist", "Evaluate the filter.")


@groups.check("G7", "Filter for an existing group with a different case")
async def find_in_other_case(session: Session) -> None:
    await _new(session)
    await _one(session, (await _new(session))["displayName"].lower())


async def _replaced(session: Session, name: str, value: str) -> None:
    group = await _new(session)
    await session.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {name: value}})
    require_same(await session.get(f"/Groups/{group['id']}"), [(name, value)])


@groups.check("G8", "Patch Group - Replace Attributes")
async def replace_attributes(session: Session) -> None:
    await _replaced(session, "externalId", _external_id(session))


@groups.check("G9", "Update Group displayName")
async def update_display_name(session: Session) -> None:
    await _replaced(session, "displayName", session.word())


@groups.check("G10", "Patch Group - Add Member")
async def add_member(session: Session) -> None:
    group, user = await _new(session), await _user(session)
    path = f"/Groups/{group['id']}"
    await session.patch(path, {"op": "replace", "path": "members", "value": [{"value": user}]})
    got = members_of(await session.get(path))
    require(got == {user}, f"the group has {len(got)} members, the new one was due", "Keep members as they are sent.")


@groups.check("G11", "Patch Group - Remove Member")
async def remove_member(session: Session) -> None:
    group, leaving, staying = await _new(session), await _user(session), await _user(session)
    path, both = f"/Groups/{group['id']}", [{"value": leaving}, {"value": staying}]
    await session.patch(path, {"op": "replace", "path": "members", "value": both})
    await session.patch(path, {"op": "remove", "path": f'members[value eq "{leaving}"]'})
    got = members_of(await session.get(path))
    require(got == {staying}, f"the group has {len(got)} members, only the other one was due", "Remove by a filter.")


@groups.check("G12", "Delete a Group")
async def delete(session: Session) -> None:
    group = await _new(session)
    await session.delete(f"/Groups/{group['id']}")
    await session.expect(404, "GET", f"/Groups/{group['id']}")
