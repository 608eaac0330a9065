"""The SCIM Validator's preview tests: several operations in one PATCH, and deletes that come twice.

Source: recorded runs of the validator.
"""

from simulator.protocol import JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.groups import members_of
from simulator.validation.samples import new_group, small_user
from simulator.validation.session import Session, require, require_same

preview = Collection(Suite.PREVIEW, required=False)


async def _patched(session: Session, *operations: JsonObject) -> JsonObject:
    created = await session.create("Users", small_user(session) | {"preferredLanguage": "cy-GB"})
    path = f"/Users/{created['id']}"
    await session.patch(path, *operations)
    return await session.get(path)


@preview.check("P1", "Patch User - Multiple Ops on different attributes")
async def several_attributes(session: Session) -> None:
    external_id, name = session.word(), session.word()
    after = await _patched(
        session,
        {"op": "remove", "path": "preferredLanguage"},
        {"op": "add", "path": "externalId", "value": external_id},
        {"op": "replace", "path": "displayName", "value": name},
    )
    require(not after.get("preferredLanguage"), "preferredLanguage is still there", "Apply every operation, in order.")
    require_same(after, [("externalId", external_id), ("displayName", name)])


@preview.check("P2", "Patch User - Multiple Ops on same attribute")
async def one_attribute(session: Session) -> None:
    last = session.word()
    after = await _patched(
        session,
        {"op": "remove", "path": "displayName"},
        {"op": "add", "path": "displayName", "value": session.word()},
        {"op": "replace", "path": "displayName", "value": last},
    )
    require_same(after, [("displayName", last)])


@preview.check("P3", "Delete a non-existent User")
async def delete_missing_user(session: Session) -> None:
    await session.expect(404, "DELETE", f"/Users/{session.word()}")


@preview.check("P4", "Delete the same User twice")
async def delete_user_twice(session: Session) -> None:
    created = await session.create("Users", small_user(session))
    await session.delete(f"/Users/{created['id']}")
    await session.expect(404, "DELETE", f"/Users/{created['id']}")


@preview.check("P5", "Patch Group - Add and remove a member in one request")
async def add_and_remove(session: Session) -> None:
    group = await session.create("Groups", new_group(session, session.word()))
    user = await session.create("Users", small_user(session))
    path = f"/Groups/{group['id']}"
    await session.patch(
        path,
        {"op": "add", "path": "members", "value": [{"value": user["id"]}]},
        {"op": "remove", "path": f'members[value eq "{user["id"]}"]'},
    )
    got = members_of(await session.get(path))
    require(not got, f"the group has {len(got)} members, none was due", "Apply every operation, in order.")


@preview.check("P6", "Delete a non-existent Group")
async def delete_missing_group(session: Session) -> None:
    await session.expect(404, "DELETE", f"/Groups/{session.word()}")


@preview.check("P7", "Delete the same Group twice")
async def delete_group_twice(session: Session) -> None:
    group = await session.create("Groups", new_group(session, session.word()))
    await session.delete(f"/Groups/{group['id']}")
    await session.expect(404, "DELETE", f"/Groups/{group['id']}")
