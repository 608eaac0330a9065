"""What the client and administrators do, and what each act means for access."""

from domain.access.principals import service_account
from tests.routes.access_model import ALL_USERS, MANAGES, PERMISSIONS, PLACES, SCOPES
from tests.routes.access_walk import AccessWalk, Act
from tests.routes.calls import group_body, patch_body, replacement, user_body

_BY_GROUP = 0.5
"""How often somebody is Account Admin by a group, and nobody else is one."""

# What the client does; who is put into its groups has their roles, so that it gives freely


async def provision_user(walk: AccessWalk) -> bool:
    walk.number += 1
    body = user_body(f"u{walk.number}@contoso.example")
    if answer := await walk.scim("POST", "/Users", body, needs="core_user_manage"):
        await walk.come(answer.json["id"], body["userName"], scim=True)
    return True


async def adopt_user(walk: AccessWalk) -> bool:
    user, active = walk.a_user(), walk.chance.choice([True, False])
    person = walk.model.users.get(user)
    if person is None or person.scim:
        return True
    if await walk.scim("POST", "/Users", user_body(person.email, active=active), needs="core_user_manage"):
        person.active, person.scim = active, True
    return True


async def turn_user(walk: AccessWalk) -> bool:
    user, active = walk.a_user(), walk.chance.choice([True, False])
    if await walk.scim("PATCH", f"/Users/{user}", replacement("active", active), needs="core_user_manage"):
        person = walk.model.users[user]
        person.scim = person.scim or person.active is not active
        person.active = active
    return True


async def deprovision_user(walk: AccessWalk) -> bool:
    user = walk.a_user()
    if await walk.scim("DELETE", f"/Users/{user}", needs="core_user_manage"):
        walk.model.forget_user(user)
    return True


async def provision_group(walk: AccessWalk) -> bool:
    walk.number += 1
    user = walk.a_user()
    body = group_body(f"G {walk.number}", user)
    if answer := await walk.scim("POST", "/Groups", body, needs="core_usergroup_manage"):
        walk.model.groups[answer.json["id"]] = {user} & walk.model.users.keys()
    return True


async def provision_member(walk: AccessWalk) -> bool:
    group, user, comes = walk.a_group(native=False), walk.a_user(), walk.chance.choice([True, False])
    add = {"op": "add", "path": "members", "value": [{"value": user}]}
    remove = {"op": "remove", "path": f'members[value eq "{user}"]'}
    body = patch_body(add if comes else remove)
    if await walk.scim("PATCH", f"/Groups/{group}", body, needs="core_usergroup_manage"):
        members = walk.model.groups[group]
        walk.model.groups[group] = (members | {user} if comes else members - {user}) & walk.model.users.keys()
    return True


async def provision_members(walk: AccessWalk) -> bool:
    group, user = walk.a_group(native=False), walk.a_user()
    body = group_body(f"G {group}", user)
    if await walk.scim("PUT", f"/Groups/{group}", body, needs="core_usergroup_manage"):
        walk.model.groups[group] = {user} & walk.model.users.keys()
    return True


async def deprovision_group(walk: AccessWalk) -> bool:
    group = walk.a_group(native=walk.chance.choice([True, False]))
    if await walk.scim("DELETE", f"/Groups/{group}", needs="core_usergroup_manage"):
        assert group not in walk.model.native
        del walk.model.groups[group]
    return True


# What administrators do


async def invite(walk: AccessWalk) -> bool:
    """Who joins has the roles of all users."""
    walk.number += 1
    body = {"email": f"u{walk.number}@contoso.example"}
    answer = await walk.manage("POST", "/users", body, needs="core_user_invite")
    if answer is not None:
        user = answer.json["user"]["id"]
        code = {"code": answer.json["user"]["invitation"]["code"]}
        assert await walk.manage("POST", f"/users/{user}/accept", code, needs="core_user_invite")
        await walk.come(user, body["email"], scim=False)
    return True


async def turn_key(walk: AccessWalk) -> bool:
    """Who is let in again has what others gave."""
    user, locked = walk.a_user(), walk.chance.choice([True, False])
    path = f"/users/{user}/{'lock' if locked else 'unlock'}"
    if await walk.manage("POST", path, needs="core_user_manage"):
        walk.model.users[user].locked = locked
    return not locked


async def release_user(walk: AccessWalk) -> bool:
    user = walk.a_user()
    if await walk.manage("POST", f"/users/{user}/release", needs="core_user_manage"):
        walk.model.users[user].scim = False
    return False


async def remove_user(walk: AccessWalk) -> bool:
    user = walk.a_user()
    if await walk.manage("DELETE", f"/users/{user}", needs="core_user_manage"):
        walk.model.forget_user(user)
    return False


async def create_group(walk: AccessWalk) -> bool:
    walk.number += 1
    scope = walk.chance.choice(SCOPES)
    path = f"{PLACES.get(scope, '')}/groups"
    body = {"name": f"N {walk.number}"}
    if answer := await walk.manage("POST", path, body, needs="core_usergroup_manage", scope=scope):
        walk.model.groups[answer.json["id"]], walk.model.native[answer.json["id"]] = set(), scope
    return False


async def change_members(walk: AccessWalk) -> bool:
    group, user = walk.a_group(native=True), walk.a_user()
    scope = walk.model.native.get(group, "")
    method = walk.chance.choice(["POST", "PUT", "DELETE"])
    path = f"/groups/{group}/members" + (f"/{user}" if method == "DELETE" else "")
    body = None if method == "DELETE" else {"users": [user]}
    if await walk.manage(method, path, body, needs="core_usergroup_manage", scope=scope):
        before = walk.model.groups[group]
        after = {"POST": before | {user}, "PUT": {user}, "DELETE": before - {user}}
        walk.model.groups[group] = after[method]
        assert not scope or all(scope in walk.model.users[each].places for each in after[method])
    return False


async def delete_group(walk: AccessWalk) -> bool:
    group = walk.a_group(native=True)
    scope = walk.model.native.get(group, "")
    if await walk.manage("DELETE", f"/groups/{group}", needs="core_usergroup_manage", scope=scope):
        del walk.model.groups[group], walk.model.native[group]
    return False


async def release_group(walk: AccessWalk) -> bool:
    group = walk.a_group(native=False)
    if await walk.manage("POST", f"/groups/{group}/release", needs="core_usergroup_manage"):
        assert ("core_account_manage", "") in walk.model.rights(walk.caller)
        walk.model.native[group] = ""
    return False


async def move(walk: AccessWalk) -> bool:
    user, scope, comes = walk.a_user(), walk.chance.choice(list(PLACES)), walk.chance.choice([True, True, False])
    path = f"{PLACES[scope]}/users/{user}"
    if await walk.manage("PUT" if comes else "DELETE", path, needs=MANAGES[scope]):
        person = walk.model.users[user]
        within = {each for each in PLACES if each == scope or each.startswith(f"{scope}/")}
        person.places = person.places | {scope, scope.partition("/")[0]} if comes else person.places - within
        for group, lives in walk.model.native.items():
            if lives and lives not in person.places:
                walk.model.groups[group].discard(user)
    return False


async def bind(walk: AccessWalk) -> bool:
    kind, named = _a_principal(walk)
    role, scope = walk.chance.choices(list(PERMISSIONS), (1, 3, 1, 2))[0], walk.chance.choice([*SCOPES, ""])
    body = {"principal": {"kind": kind, "id": named}, "role": role, "scope": scope}
    if await walk.manage("POST", "/role-bindings", body, needs="core_role_manage"):
        walk.model.bound.add((f"{kind}:{named}", role, scope))
    return False


def _a_principal(walk: AccessWalk) -> tuple[str, str]:
    kind = walk.chance.choice(["user", "group", "group", "service-account"])
    there = {
        "user": [walk.a_user()],
        "group": [walk.a_group(native=True), walk.a_group(native=False), walk.chance.choice(list(ALL_USERS.values()))],
        "service-account": [*walk.model.robots, "nobody"],
    }
    return kind, walk.chance.choice(there[kind])


async def unbind(walk: AccessWalk) -> bool:
    given = walk.chance.choice(sorted(walk.model.bound))
    path = f"/role-bindings/{given[0]}:{given[1]}?scope={given[2]}"
    if await walk.manage("DELETE", path, needs="core_role_manage"):
        walk.model.bound.discard(given)
    return False


async def turn_robot(walk: AccessWalk) -> bool:
    """What is turned on again has what others gave."""
    robot, active = walk.chance.choice([*walk.model.robots, "nobody"]), walk.chance.choice([True, True, False])
    path = f"/service-accounts/{robot}"
    if await walk.manage("PATCH", path, {"active": active}, needs="core_serviceaccount_manage"):
        walk.model.robots[robot] = active
    return active


async def remove_robot(walk: AccessWalk) -> bool:
    robot = walk.chance.choice([*walk.model.robots, "nobody"])
    if await walk.manage("DELETE", f"/service-accounts/{robot}", needs="core_serviceaccount_manage"):
        del walk.model.robots[robot]
        walk.model.bound = {each for each in walk.model.bound if each[0] != f"service-account:{robot}"}
    return False


async def create_robot(walk: AccessWalk) -> bool:
    walk.number += 1
    robot = f"bot{walk.number}"
    body = {"id": robot, "name": robot}
    if await walk.manage("POST", "/service-accounts", body, needs="core_serviceaccount_manage"):
        walk.model.robots[robot] = True
        walk.tokens[f"service-account:{robot}"] = await walk.api.issue(owner=service_account(robot))
    return False


ACTS: tuple[Act, ...] = (
    provision_user,
    adopt_user,
    turn_user,
    deprovision_user,
    provision_group,
    provision_member,
    provision_member,
    provision_members,
    deprovision_group,
    invite,
    turn_key,
    release_user,
    remove_user,
    create_group,
    create_group,
    change_members,
    change_members,
    change_members,
    delete_group,
    release_group,
    move,
    move,
    bind,
    bind,
    bind,
    bind,
    bind,
    unbind,
    unbind,
    turn_robot,
    remove_robot,
    create_robot,
)


async def furnish(walk: AccessWalk) -> None:
    """Begin with some of everything, done by the service account that may everything."""
    walk.caller = "service-account:admin"
    for act in (invite, provision_user, invite, create_group, create_group, provision_group, create_robot):
        await act(walk)
    for act in (move, change_members, provision_member, bind) * 3:
        await act(walk)
    if walk.chance.random() < _BY_GROUP:
        await _administer_by_group(walk)


async def _administer_by_group(walk: AccessWalk) -> None:
    """Let one user be the only Account Admin, by a group that lives somewhere."""
    user, group = walk.chance.choice(list(walk.model.users)), walk.chance.choice(list(walk.model.groups))
    scope = walk.model.native.get(group)
    if scope:
        await walk.api.manage("PUT", f"{PLACES[scope]}/users/{user}")
        walk.model.users[user].places |= {scope, scope.partition("/")[0]}
    if scope is None:
        add = {"op": "add", "path": "members", "value": [{"value": user}]}
        done = await walk.api.call("PATCH", f"/Groups/{group}", patch_body(add))
    else:
        done = await walk.api.manage("POST", f"/groups/{group}/members", {"users": [user]})
    if done.status >= 300:
        return
    walk.model.groups[group].add(user)
    body = {"principal": {"kind": "group", "id": group}, "role": "_account_admin"}
    assert (await walk.api.manage("POST", "/role-bindings", body)).status == 201
    walk.model.bound.add((f"group:{group}", "_account_admin", ""))
    assert (await walk.api.manage("DELETE", "/role-bindings/service-account:admin:_account_admin")).status == 204
    walk.model.bound.discard(("service-account:admin", "_account_admin", ""))
