"""The requests of the provisioning service itself, in both of its dialects.

Source: Microsoft Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance"; recorded traffic.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from simulator import bodies
from simulator.mapping.apply import Change
from simulator.mapping.model import ACTIVE
from simulator.paths import parse_path
from simulator.protocol import ENTERPRISE_URN, MICROSOFT_GROUP_URN, Dialect, JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.groups import members_of
from simulator.validation.samples import MANAGER, new_group, small_user
from simulator.validation.session import Session, require, require_same

wire = Collection(Suite.WIRE)

type _Form = Callable[[Dialect, Session], Awaitable[None]]


def _in_both_dialects(key: str, name: str) -> Callable[[_Form], _Form]:
    def add(run: _Form) -> _Form:
        for dialect in Dialect:
            wire.check(f"{key}-{dialect}", f"{name} ({dialect})")(partial(run, dialect))
        return run

    return add


async def _send(session: Session, path: str, body: JsonObject) -> None:
    await session.patch(path, *body["Operations"])


@_in_both_dialects("W1", "Change several attributes")
async def change(dialect: Dialect, session: Session) -> None:
    created = await session.create("Users", small_user(session))
    wanted = {
        'emails[type eq "work"].value': session.address(),
        'phoneNumbers[type eq "mobile"].value': "+1 555 0100",
        "displayName": session.word(),
        "name.familyName": session.word(),
        f"{ENTERPRISE_URN}:department": session.word(),
    }
    path = f"/Users/{created['id']}"
    for had_value in (False, True):
        wanted = {name: session.word() if had_value else value for name, value in wanted.items()}
        changes = [Change(parse_path(name), value, had_value) for name, value in wanted.items()]
        await _send(session, path, bodies.patch(changes, dialect))
        require_same(await session.get(path), wanted.items())


@_in_both_dialects("W2", "Disable and restore")
async def disable(dialect: Dialect, session: Session) -> None:
    created = await session.create("Users", small_user(session) | {"active": True})
    path = f"/Users/{created['id']}"
    for active in (False, True):
        await _send(session, path, bodies.patch([Change(ACTIVE, active, had_value=True)], dialect))
        require_same(await session.get(path), [("active", active)])


@_in_both_dialects("W3", "Set the manager")
async def manager(dialect: Dialect, session: Session) -> None:
    created = await session.create("Users", small_user(session))
    boss = (await session.create("Users", small_user(session)))["id"]
    path = f"/Users/{created['id']}"
    await _send(session, path, bodies.set_manager(boss, dialect, had_value=False))
    require_same(await session.get(path), [(f"{MANAGER}.value", boss)])


@_in_both_dialects("W4", "Add and remove members")
async def members(dialect: Dialect, session: Session) -> None:
    group = await session.create("Groups", new_group(session, session.word()))
    path = f"/Groups/{group['id']}"
    ids = [str((await session.create("Users", small_user(session)))["id"]) for _ in range(3)]
    await _send(session, path, bodies.add_members(ids, dialect))
    await _send(session, path, bodies.add_members(ids[:1], dialect))
    got = members_of(await session.get(path))
    require(got == set(ids), f"the group has {len(got)} members, 3 were due", "Add members, and add none twice.")
    await _send(session, path, bodies.remove_members(ids[:2], dialect))
    got = members_of(await session.get(path))
    require(
        got == set(ids[2:]),
        f"the group has {len(got)} members, 1 was due",
        "A removal that lists members removes those only.",
    )


@wire.check("W5", "Match by work e-mail")
async def match_by_mail(session: Session) -> None:
    body = small_user(session) | {"emails": [{"type": "work", "value": session.address(), "primary": True}]}
    await session.create("Users", body)
    found = await session.find("Users", 'emails[type eq "work"].value', body["emails"][0]["value"])
    require(len(found) == 1, f"{len(found)} users are found", "Take Entra's filter on a matching attribute.")


@wire.check("W6", "Create a group with Microsoft's schema")
async def microsoft_group(session: Session) -> None:
    body = new_group(session, session.word())
    body |= {"members": [], "meta": {"resourceType": "Group"}, "schemas": [*body["schemas"], MICROSOFT_GROUP_URN]}
    await session.create("Groups", body)


@wire.check("W7", "Feature flag in the URL")
async def feature_flag(session: Session) -> None:
    answer = await session.send("GET", "/Users?aadOptscim062020&count=1")
    require(answer.status == 200, f"answered {answer.status}", "Ignore query parameters that are not known.")


@wire.check("W8", "Find a disabled user")
async def find_disabled(session: Session) -> None:
    body = small_user(session) | {"active": False}
    await session.create("Users", body)
    found = await session.find("Users", "userName", body["userName"])
    require(len(found) == 1, f"{len(found)} users are found", "Disabled users are found and read like all others.")
