"""Requests of older documentation, of the reference collection and of recorded bodies; nice to take, not needed.

Source: older revisions of Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint"; the Postman collection
of Microsoft's SCIM reference code; recorded traffic.
"""

from simulator.protocol import ENTERPRISE_URN, PATCH_URN, USER_URN, JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.groups import members_of
from simulator.validation.samples import MANAGER, new_group, small_user
from simulator.validation.session import Session, require, require_same, resources_of

older = Collection(Suite.OLDER, required=False)
_CUSTOM = "urn:ietf:params:scim:schemas:extension:Contoso:2.0:User"


async def _user(session: Session) -> str:
    return str((await session.create("Users", small_user(session)))["id"])


async def _group_of_two(session: Session) -> tuple[str, str, str]:
    """Return the path of a new group and the ids of its two members."""
    group = await session.create("Groups", new_group(session, session.word()))
    first, second = await _user(session), await _user(session)
    path = f"/Groups/{group['id']}"
    await session.patch(path, {"op": "add", "path": "members", "value": [{"value": first}, {"value": second}]})
    return path, first, second


async def _require_members(session: Session, path: str, wanted: set[str]) -> None:
    got = members_of(await session.get(path))
    require(got == wanted, f"the group has {len(got)} members, {len(wanted)} were due", "Change those members alone.")


@older.check("O1", "Manager with $ref in an array")
async def manager_in_array(session: Session) -> None:
    user, boss = await _user(session), await _user(session)
    value = [{"$ref": f"{session.base}/Users/{boss}", "value": boss}]
    await session.patch(f"/Users/{user}", {"op": "Add", "path": "manager", "value": value})
    require_same(await session.get(f"/Users/{user}"), [(f"{MANAGER}.value", boss)])


@older.check("O2", "Look a manager up by a filter")
async def find_by_manager(session: Session) -> None:
    user, boss = await _user(session), await _user(session)
    await session.patch(f"/Users/{user}", {"op": "Add", "path": MANAGER, "value": boss})
    filter = f'id eq "{user}" and manager eq "{boss}"'
    found = resources_of(await session.search("Users", filter=filter, attributes="id"))
    require(len(found) == 1, f"{len(found)} users are found, 1 was due", "Compare manager with the manager's id.")


@older.check("O3", "Look a member up by a filter")
async def find_by_member(session: Session) -> None:
    path, first, _ = await _group_of_two(session)
    filter = f'id eq "{path.rpartition("/")[2]}" and members eq "{first}"'
    found = resources_of(await session.search("Groups", filter=filter, attributes="id"))
    require(len(found) == 1, f"{len(found)} groups are found, 1 was due", "Compare members with the ids of members.")


@older.check("O4", "Remove a member with $ref null")
async def remove_with_null_reference(session: Session) -> None:
    path, first, second = await _group_of_two(session)
    await session.patch(path, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": first}]})
    await _require_members(session, path, {second})


@older.check("O5", "Remove all members")
async def remove_all(session: Session) -> None:
    path, *_ = await _group_of_two(session)
    await session.patch(path, {"op": "remove", "path": "members"})
    await _require_members(session, path, set())


@older.check("O6", "Names that mean nothing in operations and bodies")
async def additional_names(session: Session) -> None:
    path, first, second = await _group_of_two(session)
    third = await _user(session)
    value = [{"displayName": "X", "value": third}]
    operation = {"name": "addMember", "op": "add", "path": "members", "value": value}
    body = {"id": path.rpartition("/")[2], "schemas": [PATCH_URN], "Operations": [operation]}
    answer = await session.send("PATCH", path, body)
    refused = f"a PATCH with members that mean nothing was answered {answer.status}"
    require(answer.status in (200, 204), refused, "Ignore members of a message that are not known.")
    await _require_members(session, path, {first, second, third})


@older.check("O7", "Nulls, booleans as text and meta in a new user")
async def odd_user(session: Session) -> None:
    nulls: JsonObject = dict.fromkeys(("addresses", "phoneNumbers", "title", "nickName"))
    odd = {"active": "True", "meta": {"resourceType": "User"}, "roles": []}
    created = await session.create("Users", small_user(session) | nulls | odd)
    require_same(await session.get(f"/Users/{created['id']}"), [("active", True)])


@older.check("O8", "Extension that is not declared")
async def undeclared_extension(session: Session) -> None:
    body = small_user(session) | {"schemas": [USER_URN, ENTERPRISE_URN], _CUSTOM: {"badge": session.word()}}
    await session.create("Users", body)


@older.check("O9", "Extension as an object in an operation without path")
async def nested_extension(session: Session) -> None:
    user, department = await _user(session), session.word()
    await session.patch(f"/Users/{user}", {"op": "Add", "value": {ENTERPRISE_URN: {"department": department}}})
    require_same(await session.get(f"/Users/{user}"), [(f"{ENTERPRISE_URN}:department", department)])


@older.check("O10", "Filter with a value that is not quoted")
async def unquoted_filter(session: Session) -> None:
    body = small_user(session) | {"externalId": session.word()}
    await session.create("Users", body)
    found = resources_of(await session.search("Users", filter=f"externalId eq {body['externalId']}"))
    require(len(found) == 1, f"{len(found)} users are found, 1 was due", "Take a value without quotes as text.")
