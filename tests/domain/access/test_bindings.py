"""Roles given and taken, and roles of an account's own."""

import pytest

from domain.access.bindings import bind_role, create_role, delete_role, replace_role, unbind_role
from domain.access.principals import ADMIN, PROVISIONING, Binding, Principal, PrincipalKind, Role, service_account
from domain.access.refused_acts import AlreadyExists, Invalid, LastAdmin, LimitReached, NotAllowed
from domain.access.roles import ACCOUNT_ADMIN, AUDITOR, PROVISION, USER_PROVISIONER, VIEW
from domain.native.scopes import ACCOUNT
from domain.ports import RecordNotFound
from domain.provisioning.groups import create_group
from tests.domain.builders import NOBODY, group, make_caller, make_desk
from tests.domain.office import Premises, premises

_SEER = Role("seer", "Seer", frozenset({"core_user_view"}))


@pytest.fixture
async def place() -> Premises:
    return await premises()


async def permissions_of(place: Premises, text: str) -> frozenset[str]:
    return (await place.keeper.caller(text, "acme")).permissions


async def test_role_counts_until_it_is_taken(place: Premises) -> None:
    """On the same instance at once."""
    issued = await place.issue()
    await unbind_role(place.office, place.operator, Binding(PROVISIONING, USER_PROVISIONER))
    assert await permissions_of(place, issued.text) == frozenset()
    await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR))
    assert await permissions_of(place, issued.text) == VIEW


async def test_role_given_twice_is_given_once(place: Premises) -> None:
    """The second time nothing is written down."""
    binding = Binding(PROVISIONING, USER_PROVISIONER)
    assert await bind_role(place.office, place.operator, binding) == binding
    assert place.acts("RoleBinding") == []


async def test_role_of_a_group_counts_for_its_members(place: Premises) -> None:
    """Together with what is bound to the user."""
    record, ann = await place.user()
    made = await create_group(make_desk(place.directory), make_caller(place.account), group("Auditors", record.id))
    await bind_role(place.office, place.operator, Binding(Principal(PrincipalKind.GROUP, made.id), AUDITOR))
    await bind_role(place.office, place.operator, Binding(ann, USER_PROVISIONER))
    standing = (await place.policies.get_standing("acme", ann))[1]
    assert {each.role for each in standing.bindings} == {AUDITOR, USER_PROVISIONER}


async def test_role_of_all_users_counts_for_everybody(place: Premises) -> None:
    """Who joins later has it, too; it keeps nobody's administrator."""
    _, ann = await place.user()
    everybody = Principal(PrincipalKind.GROUP, ACCOUNT.all_users)
    await bind_role(place.office, place.operator, Binding(everybody, AUDITOR))
    _, bob = await place.user("bob@contoso.example")
    for each in (ann, bob):
        assert [one.role for one in (await place.policies.get_standing("acme", each))[1].bindings] == [AUDITOR]
    await bind_role(place.office, place.operator, Binding(everybody, ACCOUNT_ADMIN))
    with pytest.raises(LastAdmin):
        await unbind_role(place.office, place.operator, Binding(ADMIN, ACCOUNT_ADMIN))


@pytest.mark.parametrize(
    "principal",
    [
        service_account("nobody"),
        service_account("Provisioning"),
        Principal(PrincipalKind.USER, NOBODY),
        Principal(PrincipalKind.GROUP, NOBODY),
        Principal(PrincipalKind.USER, "a/b"),
        Principal(PrincipalKind.GROUP, ""),
        Principal(PrincipalKind.GROUP, "all-users."),
        Principal(PrincipalKind.GROUP, "all-users.org.nowhere"),
        Principal(PrincipalKind.GROUP, "all-users.project.ops.nowhere"),
        Principal(PrincipalKind.GROUP, "all-users.org.a:b"),
        Principal(PrincipalKind.USER, "all-users.account"),
    ],
)
async def test_unknown_principal_gets_no_role(place: Premises, principal: Principal) -> None:
    """Whatever was typed."""
    with pytest.raises(RecordNotFound):
        await bind_role(place.office, place.operator, Binding(principal, AUDITOR))


@pytest.mark.parametrize("role", ["", "unknown", "Account Admin", "_ACCOUNT_ADMIN"])
async def test_unknown_role_is_not_given(place: Premises, role: str) -> None:
    """Roles are named by their ids."""
    with pytest.raises(RecordNotFound):
        await bind_role(place.office, place.operator, Binding(PROVISIONING, role))


@pytest.mark.parametrize("scope", ["/", "a/", "/b", "a/b/c", "a b", "1", "x" * 129])
async def test_odd_scope_is_refused(place: Premises, scope: str) -> None:
    """An organization, or one and a project."""
    with pytest.raises(Invalid):
        await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, scope))


@pytest.mark.parametrize("scope", ["nowhere", "ops/nowhere", "nowhere/web", "web", "OPS"])
async def test_role_is_bound_where_something_is(place: Premises, scope: str) -> None:
    """Else it would count for whatever is opened there one day."""
    await place.open_place("ops", "web")
    with pytest.raises(RecordNotFound):
        await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, scope))
    await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, "ops/web"))


async def test_role_below_the_account_gives_nothing_at_it(place: Premises) -> None:
    """The caller has it there."""
    issued = await place.issue()
    await place.open_place("ops")
    await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, "ops"))
    caller = await place.keeper.caller(issued.text, "acme")
    assert caller.permissions == PROVISION
    assert caller.permissions_at("ops/web") == PROVISION | VIEW
    assert caller.permissions_at("other") == PROVISION


async def test_nobody_gives_more_than_they_have(place: Premises) -> None:
    """Neither by a role, nor by what they make of one."""
    caller = place.caller(*PROVISION, "core_role_manage")
    for attempt in (
        bind_role(place.office, caller, Binding(PROVISIONING, ACCOUNT_ADMIN)),
        create_role(place.office, caller, Role("more", "More", frozenset({"core_account_manage"}))),
    ):
        with pytest.raises(NotAllowed, match="core_account_manage"):
            await attempt
    await create_role(place.office, caller, _SEER)
    with pytest.raises(NotAllowed):
        await replace_role(place.office, caller, Role("seer", "x", frozenset({"core_audit_view"})))


async def test_last_administrator_keeps_the_role(place: Premises) -> None:
    """At the account; elsewhere it is a role like others."""
    await place.open_place("ops")
    await bind_role(place.office, place.operator, Binding(ADMIN, ACCOUNT_ADMIN, "ops"))
    await unbind_role(place.office, place.operator, Binding(ADMIN, ACCOUNT_ADMIN, "ops"))
    with pytest.raises(LastAdmin):
        await unbind_role(place.office, place.operator, Binding(ADMIN, ACCOUNT_ADMIN))


async def test_role_that_is_not_given_cannot_be_taken(place: Premises) -> None:
    """Not at another scope either."""
    for binding in (Binding(PROVISIONING, AUDITOR), Binding(PROVISIONING, USER_PROVISIONER, "org")):
        with pytest.raises(RecordNotFound):
            await unbind_role(place.office, place.operator, binding)


async def test_bindings_are_limited(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one principal."""
    monkeypatch.setattr("domain.access.bindings.MOST_BINDINGS", 2)
    await place.open_place("ops", "web")
    await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, "ops"))
    with pytest.raises(LimitReached):
        await bind_role(place.office, place.operator, Binding(PROVISIONING, AUDITOR, "ops/web"))
    await bind_role(place.office, place.operator, Binding(ADMIN, AUDITOR))


# Roles of an account's own


async def test_own_role_gives_what_it_says(place: Premises) -> None:
    """And what it is changed to."""
    issued = await place.issue()
    await unbind_role(place.office, place.operator, Binding(PROVISIONING, USER_PROVISIONER))
    await create_role(place.office, place.operator, _SEER)
    await bind_role(place.office, place.operator, Binding(PROVISIONING, "seer"))
    assert await permissions_of(place, issued.text) == {"core_user_view"}
    await replace_role(place.office, place.operator, Role("seer", "Seer", frozenset({"core_audit_view"})))
    assert await permissions_of(place, issued.text) == {"core_audit_view"}


@pytest.mark.parametrize(
    ("role", "error"),
    [
        (Role("seer", "x", frozenset()), AlreadyExists),
        (Role("SEER", "x", frozenset()), AlreadyExists),
        (Role("_mine", "x", frozenset()), Invalid),
        (Role(AUDITOR, "x", frozenset()), Invalid),
        (Role("a b", "x", frozenset()), Invalid),
        (Role("new", "", frozenset()), Invalid),
        (Role("new", "x", frozenset({"core_unknown"})), Invalid),
    ],
)
async def test_odd_role_is_refused(place: Premises, role: Role, error: type[Exception]) -> None:
    """And one that exists, in any letter case."""
    await create_role(place.office, place.operator, _SEER)
    with pytest.raises(error):
        await create_role(place.office, place.operator, role)


async def test_own_roles_are_limited(place: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are built in do not count."""
    monkeypatch.setattr("domain.access.bindings.MOST_ROLES", 1)
    await create_role(place.office, place.operator, _SEER)
    with pytest.raises(LimitReached):
        await create_role(place.office, place.operator, Role("second", "x", frozenset()))


async def test_role_goes_when_nobody_has_it(place: Premises) -> None:
    """Not before; those that are built in never do."""
    await create_role(place.office, place.operator, _SEER)
    await bind_role(place.office, place.operator, Binding(PROVISIONING, "seer"))
    with pytest.raises(AlreadyExists):
        await delete_role(place.office, place.operator, "seer")
    await unbind_role(place.office, place.operator, Binding(PROVISIONING, "seer"))
    await delete_role(place.office, place.operator, "seer")
    for role in ("seer", AUDITOR):
        with pytest.raises(RecordNotFound):
            await delete_role(place.office, place.operator, role)
