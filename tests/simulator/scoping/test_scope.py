"""Who is in scope: by assignment, by filters, and what leaving the scope leads to."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.directory import Directory, SourceGroup
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping, ObjectAction, Schema
from simulator.outcome import Kind
from simulator.paths import parse_path
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.scoping.filters import Clause, FilterGroup, Operator
from simulator.scoping.scope import FILTERED, INPUT_FILTERED, NOT_ASSIGNED, NOT_SECURITY, scope_of
from simulator.state import State
from simulator.values import AppRole
from tests.simulator.builders import counted, cycle, make_directory, make_group, make_user
from tests.simulator.fake_service import FakeService

ACCESS, EDITOR = AppRole("0", "", ""), AppRole("1", "Editor", "Editor")
IN_FINANCE = (FilterGroup("Finance", (Clause("department", Operator.EQUALS, ("Finance",)),)),)


def with_users(**changed: Any) -> Schema:
    return replace(DEFAULT_SCHEMA, users=replace(DEFAULT_SCHEMA.users, **changed))


def test_nobody_is_in_scope_where_nobody_is_assigned() -> None:
    """Entra provisions nothing then."""
    scope = scope_of(make_directory(make_user("a"), make_group("g")), DEFAULT_SCHEMA, assigned_only=True)
    assert (set(scope.users), set(scope.groups)) == ({"a"}, {"g"})


def test_direct_members_of_assigned_groups_are_in_scope() -> None:
    """Members of groups within are not; roles come by way of the group as well."""
    source = make_directory(
        *(make_user(id) for id in ("direct", "member", "nested", "other")),
        make_group("g", "member", nested=("inner",)),
        make_group("inner", "nested"),
        assigned={"direct": (ACCESS,), "g": (EDITOR,)},
    )
    scope = scope_of(source, DEFAULT_SCHEMA, assigned_only=True)
    assert (scope.users, set(scope.groups)) == ({"nested": NOT_ASSIGNED, "other": NOT_ASSIGNED}, {"inner"})
    assert scope.roles == {"direct": (), "member": (EDITOR,)}


def test_assigned_group_must_be_a_security_group() -> None:
    """Neither a distribution list is provisioned, nor who is in it."""
    source = Directory(
        users={"a": make_user("a")},
        groups={"g": SourceGroup("g", "G", ("a",), attributes={"securityEnabled": False})},
        assignments={"g": (EDITOR,)},
    )
    scope = scope_of(source, DEFAULT_SCHEMA, assigned_only=True)
    assert (scope.groups, scope.users, scope.roles) == ({"g": NOT_SECURITY}, {"a": NOT_ASSIGNED}, {})


def test_filters_come_after_assignment() -> None:
    """Scoping filters leave out who is assigned; input filters do so without deprovisioning later."""
    people = [make_user("a", department="Finance"), make_user("b", department="Sales"), make_user("c")]
    source = make_directory(*people)
    assert scope_of(source, with_users(scope=IN_FINANCE), assigned_only=False).users == {"b": FILTERED, "c": FILTERED}
    scope = scope_of(source, with_users(input_filters=IN_FINANCE), assigned_only=False)
    assert (scope.users, set(scope.untouched)) == ({"b": INPUT_FILTERED, "c": INPUT_FILTERED}, {"b", "c"})


async def test_user_out_of_scope_is_told_once(client: ScimClient, service: FakeService) -> None:
    """Nothing is asked or written for who was never in scope."""
    state, source = State(), make_directory(make_user("a", department="Sales"))
    report = await cycle(client, source, state, schema=with_users(scope=IN_FINANCE))
    assert ([skip.reason for skip in report.skips], service.sent) == ([FILTERED], [])
    assert (await cycle(client, source, state, schema=with_users(scope=IN_FINANCE))).skips == []


async def _leave(
    client: ScimClient, schema: Schema = DEFAULT_SCHEMA, **job: Any
) -> tuple[State, Directory, dict[str, int]]:
    """Let one of two assigned users be unassigned, and return what became of users in that cycle."""
    people = [make_user("a"), make_user("b")]
    state, fewer = State(), make_directory(*people, assigned={"a": ()})
    both = make_directory(*people, assigned={"a": (), "b": ()})
    await cycle(client, both, state, assigned_only=True, schema=schema, **job)
    report = await cycle(client, fewer, state, assigned_only=True, schema=schema, **job)
    return state, fewer, counted(report, Kind.USER)


async def test_leaving_scope_disables(client: ScimClient, service: FakeService) -> None:
    """Unassigning is ``active: false``, once."""
    state, source, counts = await _leave(client)
    assert (counts, service.user("b@contoso.example")["active"]) == ({"disabled": 1, "unchanged": 1}, False)
    assert (await cycle(client, source, state, assigned_only=True)).requests == 0


async def test_after_leaving_scope_a_deletion_sends_nothing(client: ScimClient, service: FakeService) -> None:
    """Who was unassigned is not managed any more, even if deleted for good."""
    state, source, _ = await _leave(client)
    gone = replace(source, users={"a": source.users["a"]}, purged=frozenset({"b"}))
    assert (await cycle(client, gone, state, assigned_only=True)).requests == 0
    assert len(service.users) == 2


async def test_coming_back_into_scope_enables(client: ScimClient, service: FakeService) -> None:
    """Assigning again is ``active: true`` on the same resource."""
    state, source, _ = await _leave(client)
    back = replace(source, assignments={"a": (), "b": ()})
    report = await cycle(client, back, state, assigned_only=True)
    assert (counted(report, Kind.USER)["updated"], service.user("b@contoso.example")["active"]) == (1, True)


@pytest.mark.parametrize(
    ("schema", "job"),
    [
        (DEFAULT_SCHEMA, {"skip_out_of_scope_deletions": True}),
        (with_users(actions=(ObjectAction.ADD,)), {}),
        (
            with_users(
                attributes=(AttributeMapping(parse_path("userName"), "[userPrincipalName]", matching_priority=1),)
            ),
            {},
        ),
    ],
    ids=["SkipOutOfScopeDeletions", "no updates", "active is not mapped"],
)
async def test_leaving_scope_may_do_nothing(
    client: ScimClient, service: FakeService, schema: Schema, job: dict[str, Any]
) -> None:
    """By the setting, by the object actions, or because no mapping reads ``IsSoftDeleted``."""
    _, _, counts = await _leave(client, schema, **job)
    assert (counts, service.bodies("PATCH")) == ({"skipped": 1, "unchanged": 1}, [])


async def test_input_filter_leaves_who_is_provisioned_alone(client: ScimClient, service: FakeService) -> None:
    """Falling out of an input filter is no deprovisioning, and not the end either."""
    schema, state = with_users(input_filters=IN_FINANCE), State()
    await cycle(client, make_directory(make_user("a", department="Finance")), state, schema=schema)
    await cycle(client, make_directory(make_user("a", department="Sales")), state, schema=schema)
    assert service.user("a@contoso.example")["active"] is True
    back = make_user("a", department="Finance", jobTitle="Boss")
    await cycle(client, make_directory(back), state, schema=schema)
    assert service.user("a@contoso.example")["title"] == "Boss"


async def test_unassigned_group_is_deleted(client: ScimClient, service: FakeService) -> None:
    """Groups cannot be disabled; assigned again it is made anew."""
    state = State()
    group = make_group("g", "a")
    for assigned, number in (({"g": ()}, 1), ({"a": ()}, 0), ({"g": ()}, 1)):
        source = make_directory(make_user("a"), group, assigned=assigned)
        await cycle(client, source, state, assigned_only=True)
        assert len(service.groups) == number
    assert len(service.members("G")) == 1


async def test_who_leaves_an_assigned_group_is_removed_and_disabled(client: ScimClient, service: FakeService) -> None:
    """The group's change goes out although the user left scope by it."""
    state = State()
    people = [make_user("a"), make_user("b")]
    for members in (("a", "b"), ("a",)):
        source = make_directory(*people, make_group("g", *members), assigned={"g": ()})
        await cycle(client, source, state, Dialect.FLAG, assigned_only=True)
    left = service.user("b@contoso.example")
    assert (left["active"], left["id"] in service.members("G")) == (False, False)


async def test_changed_filters_lead_to_an_initial_cycle(client: ScimClient, service: FakeService) -> None:
    """Links survive: by new filters the others are disabled, and nobody is made twice."""
    state = State()
    source = make_directory(make_user("a", department="Finance"), make_user("b"))
    await cycle(client, source, state)
    report = await cycle(client, source, state, schema=with_users(scope=IN_FINANCE))
    assert (report.cycle, len(service.users)) == ("initial", 2)
    assert counted(report, Kind.USER) == {"unchanged": 1, "disabled": 1}
