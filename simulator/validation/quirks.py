"""Oddities of recorded requests, one in each check; nice to take, not needed.

Source: recorded traffic of the service and of Microsoft's validators; user reports; older revisions of Microsoft Learn,
"Develop and plan provisioning for a SCIM endpoint".
"""

from simulator.paths import parse_path
from simulator.protocol import ENTERPRISE_URN, PATCH_URN, USER_URN, JsonObject
from simulator.validation.checks import Collection, Suite
from simulator.validation.samples import MANAGER, new_group, small_user
from simulator.validation.session import Session, require, require_absent, require_same, resources_of

quirks = Collection(Suite.QUIRKS, required=False)
_MAIL = 'emails[type eq "work"].value'


async def _new(session: Session, **values: object) -> str:
    """Return the path of a new user who has these values beside a sign-in name."""
    created = await session.create("Users", small_user(session) | values)
    return f"/Users/{created['id']}"


def _work_mail(session: Session) -> list[JsonObject]:
    return [{"type": "work", "value": session.address()}]


@quirks.check("Q1", "Match by the first hundred")
async def match_with_page(session: Session) -> None:
    body = small_user(session)
    await session.create("Users", body)
    filter = f'userName eq "{body["userName"]}"'
    found = resources_of(await session.search("Users", filter=filter, startIndex="1", count="100"))
    require(len(found) == 1, f"{len(found)} users are found, 1 was due", "Take startIndex and count beside a filter.")


@quirks.check("Q2", "Booleans as text anywhere")
async def booleans_as_text(session: Session) -> None:
    path = await _new(session, active=True, emails=_work_mail(session))
    await session.patch(
        path,
        {"op": "Add", "path": 'emails[type eq "work"].primary', "value": "True"},
        {"op": "Replace", "value": {"active": "False"}},
    )
    require_same(await session.get(path), [('emails[type eq "work"].primary', True), ("active", False)])


@quirks.check("Q3", "A dot below a multi-valued attribute")
async def dotted_multi_valued(session: Session) -> None:
    path, address = await _new(session, emails=_work_mail(session)), session.address()
    await session.patch(path, {"op": "Replace", "value": {"emails.value": address}})
    require_same(await session.get(path), [(_MAIL, address)])


@quirks.check("Q4", "A part of the name as an object")
async def part_of_name(session: Session) -> None:
    given, family = session.word(), session.word()
    path = await _new(session, name={"givenName": session.word(), "familyName": session.word()})
    await session.patch(path, {"op": "Replace", "path": "name", "value": {"familyName": family}})
    await session.patch(path, {"op": "Replace", "value": {"name": {"givenName": given}}})
    require_same(await session.get(path), [("name.givenName", given), ("name.familyName", family)])


@quirks.check("Q5", "A list of one in place of a value")
async def list_of_one(session: Session) -> None:
    path, name = await _new(session), session.word()
    await session.patch(path, {"op": "Replace", "path": "displayName", "value": [name]})
    require_same(await session.get(path), [("displayName", name)])


@quirks.check("Q6", "Names in any letter case")
async def any_letter_case(session: Session) -> None:
    path, name, office = await _new(session), session.word(), session.word()
    await session.patch(
        path,
        {"op": "Replace", "path": "DisplayName", "value": name},
        {"op": "Add", "path": 'addresses[type eq "other"].Formatted', "value": office},
    )
    wanted = [("displayName", name), ('addresses[type eq "other"].formatted', office)]
    require_same(await session.get(path), wanted)


@quirks.check("Q7", "Two primary values")
async def two_primaries(session: Session) -> None:
    mails = [{"primary": True, "type": kind, "value": session.address()} for kind in ("work", "other")]
    marked = [each for each in (await session.get(await _new(session, emails=mails)))["emails"] if each.get("primary")]
    require(len(marked) < 2, "two e-mails are primary", "Keep one of them primary, and do not refuse the user.")


@quirks.check("Q8", "Remove the manager")
async def remove_manager(session: Session) -> None:
    await _without_manager(session, {"op": "remove", "path": MANAGER})


@quirks.check("Q9", "Null in place of the manager")
async def null_manager(session: Session) -> None:
    await _without_manager(session, {"op": "replace", "path": MANAGER, "value": None})


async def _without_manager(session: Session, operation: JsonObject) -> None:
    path = await _new(session, **{ENTERPRISE_URN: {"manager": {"value": session.word()}}})
    await session.patch(path, operation)
    require_absent(await session.get(path), parse_path(f"{MANAGER}.value"), "Either form removes the manager.")


@quirks.check("Q10", "A mistyped URN and names in another letter case in a new user")
async def older_user(session: Session) -> None:
    department = session.word()
    extension = {"Department": department, "Manager": {"Value": session.word()}}
    schemas = [USER_URN, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]
    mails = [{"Primary": True, "type": "work", "value": session.address()}]
    path = await _new(session, emails=mails, schemas=schemas, **{ENTERPRISE_URN: extension})
    require_same(await session.get(path), [(f"{ENTERPRISE_URN}:department", department)])


@quirks.check("Q11", "A change that changes nothing")
async def no_change(session: Session) -> None:
    name = session.word()
    path = await _new(session, displayName=name)
    await session.patch(path, {"op": "Replace", "path": "displayName", "value": name})
    require_same(await session.get(path), [("displayName", name)])


@quirks.check("Q12", "A removal with a value")
async def remove_with_value(session: Session) -> None:
    title = session.word()
    path = await _new(session, title=title)
    await session.patch(path, {"op": "Remove", "path": "title", "value": title})
    require_absent(await session.get(path), parse_path("title"), "Remove the attribute, whatever value is named.")


@quirks.check("Q13", "Remove a member who is none")
async def remove_no_member(session: Session) -> None:
    path, nobody = await _group(session), session.word()
    await session.patch(path, {"op": "Remove", "path": "members", "value": [{"value": nobody}]})
    await session.patch(path, {"op": "remove", "path": f'members[value eq "{nobody}"]'})


@quirks.check("Q14", "Text in place of a list of members")
async def text_as_members(session: Session) -> None:
    path = await _group(session)
    operation = {"op": "add", "path": "members", "value": "string id 1"}
    answer = await session.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": [operation]})
    require(answer.status < 500, f"the PATCH was answered {answer.status}", "Refuse it with 400, or ignore it.")


async def _group(session: Session) -> str:
    created = await session.create("Groups", new_group(session, session.word()))
    return f"/Groups/{created['id']}"
