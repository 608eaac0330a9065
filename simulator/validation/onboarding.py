"""The tests of gallery onboarding that speak SCIM directly.

Source: Microsoft's SCIM reference code, "SCIM Validation Test Overview".
"""

from typing import Any

from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.paths import parse_path
from simulator.protocol import GROUP_URN, USER_URN, JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.samples import BY_PATH, JOINED, MANAGER, small_user, whole_user
from simulator.validation.session import Session, require, require_absent, require_same, resources_of

onboarding = Collection(Suite.ONBOARDING)
_PAGE, _LEAST = 5, 11
_CLEAR = "An empty string and null clear an attribute; the next read must not show it."


@onboarding.check("S1", "Schema_Discoverability")
async def discover(session: Session) -> None:
    listed = resources_of(await session.expect(200, "GET", "/Schemas"))
    flat = {path.lower() for schema in listed for path in flattened(schema)}
    require(
        any(str(each.get("id")).lower() == GROUP_URN.lower() for each in listed),
        "/Schemas lacks the core Group schema",
        "List the schema of groups.",
    )
    wanted = [str(each.target) for kind in (DEFAULT_SCHEMA.users, DEFAULT_SCHEMA.groups) for each in kind.attributes]
    lacking = sorted({path for path in wanted if _plain(path) not in flat})
    require(not lacking, f"/Schemas does not cover {', '.join(lacking)}", "List every attribute of the mapping.")


def _plain(path: str) -> str:
    """Return *path* as the flattened schemas have it: references go by their name."""
    return "manager" if path == MANAGER else path.lower()


def flattened(schema: JsonObject) -> list[str]:
    """Return the target attributes that *schema* stands for, as the onboarding works them out."""
    core = schema.get("id") in (USER_URN, GROUP_URN)
    found: list[str] = []
    for attribute in schema.get("attributes") or ():
        name = attribute["name"]
        if name in ("manager", "members"):
            found.append(name)
        elif attribute.get("type") != "complex":
            found.append(name if core else f"{schema['id']}:{name}")
        elif not attribute.get("multiValued"):
            found += [f"{name}.{each['name']}" for each in _simple(attribute)]
        else:
            found += _of_multi_valued(name, attribute)
    return found


def _simple(attribute: JsonObject) -> list[JsonObject]:
    return [each for each in attribute.get("subAttributes") or () if each.get("type") not in ("complex", "reference")]


def _of_multi_valued(name: str, attribute: JsonObject) -> list[str]:
    subs = [each["name"] for each in _simple(attribute) if each["name"] not in ("type", "primary")]
    kinds = next((each.get("canonicalValues") for each in _simple(attribute) if each["name"] == "type"), None)
    selectors = [f'type eq "{kind}"' for kind in kinds or ()] or ['primary eq "True"']
    return [f"{name}[{selector}].{sub}" for selector in selectors for sub in subs]


@onboarding.check("S2", "SCIM_Null_Update")
async def clear(session: Session) -> None:
    paths = [path for path in (*BY_PATH, *JOINED) if not path.startswith(("roles", "active")) and "primary" not in path]
    for empty in ("", None):
        created = await session.create("Users", whole_user(session))
        path = f"/Users/{created['id']}"
        await session.patch(path, *_clearing(paths, empty))
        after = await session.get(path)
        for each in paths:
            require_absent(after, parse_path(each), _CLEAR)


def _clearing(paths: list[str], empty: str | None) -> list[JsonObject]:
    pathed: list[JsonObject] = [{"op": "replace", "path": path, "value": empty} for path in paths if "[" in path]
    return [*pathed, {"op": "replace", "value": {path: empty for path in paths if "[" not in path}}]


async def _page(session: Session, resource_type: str, start: int) -> JsonObject:
    answer = await session.search(resource_type, startIndex=str(start), count=str(_PAGE))
    resources_of(answer)
    return answer.body


@onboarding.check("S3", "SCIM_User_Pagination")
async def pages_of_users(session: Session) -> None:
    for _ in range(_LEAST):
        await session.create("Users", small_user(session))
    seen: list[Any] = []
    for start in (1, 1 + _PAGE, 1 + 2 * _PAGE):
        page = await _page(session, "Users", start)
        require(
            page.get("startIndex") == start,
            f"startIndex is {page.get('startIndex')}, {start} was asked for",
            "Echo startIndex.",
        )
        seen += [each.get("id") for each in page["Resources"]]
    require(len(seen) == len(set(seen)), "a user came on two pages", "Keep the order of lists stable.")
    require(len(seen) >= _LEAST, f"{len(seen)} users came on three pages", "Give as many as count asks for.")


@onboarding.check("S4", "SCIM_Group_Pagination", required=False)
async def pages_of_groups(session: Session) -> None:
    for _ in range(_PAGE + 1):
        await session.create(
            "Groups", {"displayName": f"Test'Group{session.word()}", "members": [], "schemas": [GROUP_URN]}
        )
    first, second = await _page(session, "Groups", 1), await _page(session, "Groups", 1 + _PAGE)
    require(second.get("startIndex") == 1 + _PAGE, "startIndex is not echoed", "Echo startIndex.")
    require(
        first["totalResults"] == second["totalResults"],
        "totalResults differs from page to page",
        "Count all that match, not what is on the page.",
    )


@onboarding.check("S5", "SCIM_Update_Manager")
async def update_manager(session: Session) -> None:
    created = await session.create("Users", small_user(session))
    first = (await session.create("Users", small_user(session)))["id"]
    second = (await session.create("Users", small_user(session)))["id"]
    path = f"/Users/{created['id']}"
    for op, value in (("Add", first), ("replace", second)):
        await session.patch(path, {"op": op, "path": MANAGER, "value": value})
        require_same(await session.get(path), [(f"{MANAGER}.value", value)])
    await session.patch(path, {"op": "replace", "path": MANAGER, "value": ""})
    require_absent(await session.get(path), parse_path(f"{MANAGER}.value"), _CLEAR)


@onboarding.check("S6", "Probes")
async def probe(session: Session) -> None:
    for resource_type in ("Users", "Groups"):
        resources_of(await session.search(resource_type, count="1"))
    require(not await session.find("Users", "userName", "nonexistent"), "a user is found", "Evaluate the filter.")
