"""Users are matched, created, updated, disabled or skipped as Entra does it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping, FlowType
from simulator.outcome import Kind
from simulator.paths import parse_path
from simulator.protocol import PATCH_URN, Dialect, JsonObject
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.simulator.builders import FIXED_NOW, counted, cycle, make_directory, make_user
from tests.simulator.fake_service import FakeService


def existing(name: str, **attributes: object) -> JsonObject:
    """Return a resource as it stands in the target for ``make_user(name)``."""
    return {
        "id": f"t-{name}",
        "userName": f"{name}@contoso.example",
        "active": True,
        "displayName": name.title(),
        "externalId": name,
        **attributes,
    }


async def test_new_user_is_matched_then_created(client: ScimClient, service: FakeService) -> None:
    """The match query comes first, by the guest's own address; no hit means POST."""
    guest = make_user("g", userPrincipalName="jan_n_fabrikam.example#EXT#@contoso.onmicrosoft.com")
    report = await cycle(client, make_directory(guest))
    assert [(sent.method, sent.path) for sent in service.sent] == [("GET", "/Users"), ("POST", "/Users")]
    assert service.sent[0].query == {"filter": 'userName eq "jan_n@fabrikam.example"'}
    assert counted(report, Kind.USER) == {"created": 1}


async def test_equal_user_is_linked_and_left_alone(client: ScimClient, service: FakeService) -> None:
    """A match without a difference is a redundant export: nothing is sent."""
    service.users["t-ada"] = existing("ada")
    state = State()
    report = await cycle(client, make_directory(make_user("ada")), state)
    assert (service.writes, counted(report, Kind.USER)) == ([], {"unchanged": 1})
    assert state.users["ada"].target_id == "t-ada"


@pytest.mark.parametrize(
    ("dialect", "operations"),
    [
        (
            Dialect.LEGACY,
            [
                {"op": "Replace", "path": "displayName", "value": "Ada L"},
                {"op": "Add", "path": "title", "value": "Analyst"},
            ],
        ),
        (
            Dialect.FLAG,
            [
                {"op": "replace", "path": "displayName", "value": "Ada L"},
                {"op": "add", "path": "title", "value": "Analyst"},
            ],
        ),
    ],
)
async def test_difference_is_patched(
    client: ScimClient, service: FakeService, dialect: Dialect, operations: list[JsonObject]
) -> None:
    """Only what differs is sent."""
    service.users["t-ada"] = existing("ada")
    user = make_user("ada", displayName="Ada L", jobTitle="Analyst")
    report = await cycle(client, make_directory(user), dialect=dialect)
    assert service.bodies("PATCH") == [{"schemas": [PATCH_URN], "Operations": operations}]
    assert counted(report, Kind.USER) == {"updated": 1}


async def test_disabled_user_is_not_created(client: ScimClient, service: FakeService) -> None:
    """A user disabled in Entra is skipped, once; later cycles do not look again."""
    state, source = State(), make_directory(make_user("ada", enabled=False))
    report = await cycle(client, source, state)
    assert (service.users, counted(report, Kind.USER)) == ({}, {"skipped": 1})
    assert report.succeeded
    again = await cycle(client, source, state)
    assert (counted(again, Kind.USER), again.requests) == ({"unchanged": 1}, 0)


async def test_skipped_user_is_created_once_enabled(client: ScimClient, service: FakeService) -> None:
    """Enabling a user who was never created creates the user."""
    state = State()
    await cycle(client, make_directory(make_user("ada", enabled=False)), state)
    report = await cycle(client, make_directory(make_user("ada")), state)
    assert (len(service.users), counted(report, Kind.USER)) == (1, {"created": 1})


async def test_existing_user_disabled_in_entra_is_disabled(client: ScimClient, service: FakeService) -> None:
    """A disabled user who is in the target already is linked and disabled."""
    service.users["t-ada"] = existing("ada")
    report = await cycle(client, make_directory(make_user("ada", enabled=False)))
    assert service.users["t-ada"]["active"] is False
    assert counted(report, Kind.USER) == {"disabled": 1}


async def test_removed_user_is_disabled_once(client: ScimClient, service: FakeService) -> None:
    """Leaving the source is active=false, and nothing in the cycles after it."""
    state = State()
    await cycle(client, make_directory(make_user("ada")), state)
    report = await cycle(client, make_directory(), state)
    assert service.bodies("PATCH")[0]["Operations"] == [{"op": "Replace", "path": "active", "value": "False"}]
    assert counted(report, Kind.USER) == {"disabled": 1}
    assert (await cycle(client, make_directory(), state)).requests == 0


async def test_returning_user_is_restored(client: ScimClient, service: FakeService) -> None:
    """A user who comes back is read by the cached id and made active again."""
    state = State()
    for users in ([make_user("ada")], [], [make_user("ada")]):
        report = await cycle(client, make_directory(*users), state)
    assert service.bodies("PATCH")[-1]["Operations"] == [{"op": "Replace", "path": "active", "value": "True"}]
    assert (service.sent[-2].path, counted(report, Kind.USER)) == ("/Users/u-1", {"updated": 1})


async def test_new_object_id_takes_the_link_over(client: ScimClient, service: FakeService) -> None:
    """A re-hired user with a new object id is matched to the old resource, which is not disabled then."""
    state, upn = State(), "ada@contoso.example"
    await cycle(client, make_directory(make_user("old", userPrincipalName=upn)), state)
    report = await cycle(client, make_directory(make_user("new", userPrincipalName=upn)), state)
    assert (list(state.users), service.users["u-1"]["active"]) == (["new"], True)
    assert counted(report, Kind.USER) == {"updated": 1}


async def test_changed_user_is_read_by_the_cached_id(client: ScimClient, service: FakeService) -> None:
    """After linking, a new sign-in name is an update of the same resource."""
    state = State()
    await cycle(client, make_directory(make_user("ada")), state)
    await cycle(client, make_directory(make_user("ada", userPrincipalName="new@contoso.example")), state)
    assert [user["userName"] for user in service.users.values()] == ["new@contoso.example"]


async def test_vanished_resource_is_an_invalid_anchor(client: ScimClient, service: FakeService) -> None:
    """A linked resource that is gone is not made anew; the object fails until a restart."""
    state = State()
    await cycle(client, make_directory(make_user("ada")), state)
    service.users.clear()
    changed = make_directory(make_user("ada", displayName="Ada L"))
    for _ in range(2):
        report = await cycle(client, changed, state)
        assert [failure.code for failure in report.failures] == ["InvalidAnchor"]


async def test_removed_user_who_is_gone_from_the_target_is_forgotten(client: ScimClient, service: FakeService) -> None:
    """There is nothing left to disable."""
    state = State()
    await cycle(client, make_directory(make_user("ada")), state)
    service.users.clear()
    report = await cycle(client, make_directory(), state)
    assert (report.succeeded, state.users, counted(report, Kind.USER)) == (True, {}, {"skipped": 1})


async def test_same_name_twice_in_the_source(client: ScimClient, service: FakeService) -> None:
    """Of two users with one sign-in name (in any letter case) only the first is provisioned."""
    users = [make_user("a", userPrincipalName="Ada@x.example"), make_user("b", userPrincipalName="ada@X.example")]
    report = await cycle(client, make_directory(*users))
    assert (len(service.users), [failure.code for failure in report.failures]) == (1, ["DuplicateSourceEntries"])


async def test_resource_of_another_user(client: ScimClient, service: FakeService) -> None:
    """A resource that is linked to one user cannot be matched by another one."""
    state = State()
    await cycle(client, make_directory(make_user("ada")), state)
    service.users["u-1"]["userName"] = "bob@contoso.example"
    report = await cycle(client, make_directory(make_user("ada"), make_user("bob")), state)
    assert [failure.code for failure in report.failures] == ["DuplicateSourceEntries"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "step"),
    [
        ("GET", "/Users", 500, "InternalServerError", "matching"),
        ("POST", "/Users", 409, "EntryConflict", "export"),
        ("POST", "/Users", 400, "SchemaPropertyCanOnlyAcceptValue", "export"),
    ],
)
async def test_failed_user_is_reported_and_tried_again(
    client: ScimClient, service: FakeService, method: str, path: str, status: int, code: str, step: str
) -> None:
    """One object's failure names the step, the others go on, and the next cycle tries again."""
    service.answer_once(method, path, status)
    state, source = State(), make_directory(make_user("ada"), make_user("bob"))
    report = await cycle(client, source, state)
    assert [(one.code, one.step.value, one.status) for one in report.failures] == [(code, step, status)]
    assert counted(report, Kind.USER) == {"created": 1, "failed": 1}
    assert counted(await cycle(client, source, state), Kind.USER) == {"created": 1, "unchanged": 1}


async def test_failed_patch_is_tried_again(client: ScimClient, service: FakeService) -> None:
    """A matched user whose update failed is linked, but not taken for done."""
    service.users["t-ada"] = existing("ada")
    service.answer_once("PATCH", "/Users/t-ada", 500)
    state, source = State(), make_directory(make_user("ada", jobTitle="Analyst"))
    assert counted(await cycle(client, source, state), Kind.USER) == {"failed": 1}
    assert counted(await cycle(client, source, state), Kind.USER) == {"updated": 1}


async def test_user_without_a_name_fails(client: ScimClient, service: FakeService) -> None:
    """The matching attribute must have a value."""
    report = await cycle(client, make_directory(make_user("ada", userPrincipalName="")))
    assert ([failure.code for failure in report.failures], service.sent) == (["MissingValues"], [])


async def test_default_domain_of_the_tenant_is_mapped(client: ScimClient, service: FakeService) -> None:
    """``DefaultDomain`` is that of the directory at hand."""
    row = AttributeMapping(parse_path("nickName"), 'Join("@", [mailNickname], DefaultDomain())')
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    await cycle(client, make_directory(make_user("ada")), schema=replace(DEFAULT_SCHEMA, users=users))
    assert service.user("ada@contoso.example")["nickName"] == "ada@contoso.example"


async def test_what_is_made_up_is_never_made_up_twice(client: ScimClient, service: FakeService) -> None:
    """The next cycle does not begin again with the values of the one before."""
    row = AttributeMapping(parse_path("nickName"), "Guid()", FlowType.OBJECT_ADD_ONLY)
    users = replace(DEFAULT_SCHEMA.users, attributes=(*DEFAULT_SCHEMA.users.attributes, row))
    schema, state, people = replace(DEFAULT_SCHEMA, users=users), State(), [make_user("a"), make_user("b")]
    for number in (1, 2):
        at = FIXED_NOW + timedelta(hours=number)
        await cycle(client, make_directory(*people[:number]), state, schema=schema, now=at)
    assert len({user["nickName"] for user in service.users.values()}) == 2
