"""Roles, scopes, what a principal may do, and the administrator who must remain."""

import pytest

from domain.access.principals import ADMIN, Binding, Policy, Principal, PrincipalKind, Role, ServiceAccount, Standing
from domain.access.refused_acts import LastAdmin
from domain.access.roles import (
    ACCOUNT_ADMIN,
    ALL,
    AUDITOR,
    BUILT_IN,
    PROVISION,
    USER_PROVISIONER,
    VIEW,
    check_admin_remains,
    holds,
    permissions_at,
)
from domain.model import Kind
from domain.provisioning.groups import create_group
from domain.provisioning.users import delete_user, patch_user
from tests.domain.builders import NOW, group, make_caller, make_desk, replacing
from tests.domain.office import Premises, premises

_BOT = Principal(PrincipalKind.SERVICE_ACCOUNT, "bot")


def standing(*bindings: tuple[str, str], active: bool = True, roles: tuple[Role, ...] = ()) -> Standing:
    """A principal with these roles at these scopes."""
    return Standing(active, tuple(Binding(_BOT, role, scope) for role, scope in bindings), roles)


def test_built_in_roles() -> None:
    """An administrator may do everything, a provisioner the five, an auditor see and not change."""
    assert {each.name: each.permissions for each in BUILT_IN.values()} == {
        "Account Admin": ALL,
        "User Provisioner": PROVISION,
        "Auditor": VIEW,
    }
    assert len(PROVISION) == 5
    assert all(each.endswith("_view") for each in VIEW)
    assert {each for each in ALL if each.endswith("_view")} == VIEW


@pytest.mark.parametrize(
    ("bindings", "scope", "permissions"),
    [
        ([], "", frozenset()),
        ([(USER_PROVISIONER, "")], "", PROVISION),
        ([(USER_PROVISIONER, ""), (AUDITOR, "")], "", PROVISION | VIEW),  # they add up
        ([(USER_PROVISIONER, "")], "org/project", PROVISION),  # the account's count below
        ([(USER_PROVISIONER, "org")], "", frozenset()),  # and not the other way round
        ([(USER_PROVISIONER, "org")], "org", PROVISION),
        ([(USER_PROVISIONER, "org")], "org/project", PROVISION),
        ([(USER_PROVISIONER, "org")], "organization", frozenset()),
        ([(USER_PROVISIONER, "org/project")], "org", frozenset()),
        ([("unknown", "")], "", frozenset()),
    ],
)
def test_bindings_give_permissions(bindings: list[tuple[str, str]], scope: str, permissions: frozenset[str]) -> None:
    """At their scope and below it."""
    assert permissions_at(standing(*bindings), scope) == permissions


def test_inactive_principal_may_do_nothing() -> None:
    """Whatever is bound to it."""
    assert permissions_at(standing((ACCOUNT_ADMIN, ""), active=False)) == frozenset()


def test_own_roles_give_what_they_say() -> None:
    """Except that none stands in for a built-in one."""
    own = (Role("seer", "Seer", frozenset({"core_user_view"})), Role(AUDITOR, "False", ALL))
    assert permissions_at(standing(("seer", ""), roles=own)) == {"core_user_view"}
    assert permissions_at(standing((AUDITOR, ""), roles=own)) == VIEW


@pytest.mark.parametrize(("scope", "inner", "counts"), [("", "a/b", True), ("a", "a/b", True), ("a/b", "a", False)])
def test_scopes_nest(scope: str, inner: str, counts: bool) -> None:
    """Account, organization, project."""
    assert holds(scope, inner) is counts


# The last administrator


@pytest.fixture
async def place() -> Premises:
    return await premises()


def policy(*principals: Principal, active: bool = True, scope: str = "", role: str = ACCOUNT_ADMIN) -> Policy:
    """A policy in which these principals administer the account, and the service account is as said."""
    bindings = tuple(Binding(each, role, scope) for each in principals)
    return Policy((ServiceAccount("admin", "x", NOW, active=active),), bindings=bindings)


async def remains(place: Premises, whole: Policy, **without: object) -> bool:
    try:
        await check_admin_remains(place.directory, "acme", whole, **without)  # type: ignore[arg-type]
    except LastAdmin:
        return False
    return True


@pytest.mark.parametrize(
    ("whole", "kept"),
    [
        (policy(ADMIN), True),
        (policy(), False),
        (policy(ADMIN, active=False), False),
        (policy(ADMIN, scope="org"), False),
        (policy(ADMIN, role=AUDITOR), False),
        (policy(_BOT), False),  # there is no such service account
        (policy(_BOT, ADMIN), True),
    ],
)
async def test_service_account_can_be_the_administrator(place: Premises, whole: Policy, kept: bool) -> None:
    """Of the whole account, and while it is active."""
    assert await remains(place, whole) is kept


async def test_service_account_that_goes_does_not_count(place: Premises) -> None:
    """It is the one that the change is about."""
    assert not await remains(place, policy(ADMIN), without=ADMIN)


async def test_active_user_can_be_the_administrator(place: Premises) -> None:
    """Not one that goes, is deactivated or does not exist."""
    record, ann = await place.user()
    assert await remains(place, policy(ann))
    assert not await remains(place, policy(ann), without=ann)
    desk, caller = make_desk(place.directory, place.clock), make_caller(place.account)
    await patch_user(desk, caller, record.id, replacing(Kind.USER, "active", False), if_match=None)
    assert not await remains(place, policy(ann))
    await delete_user(desk, caller, record.id, if_match=None)
    assert not await remains(place, policy(ann))


async def test_member_of_a_group_can_be_the_administrator(place: Premises) -> None:
    """As long as one is left who is active and stays."""
    (ann, _), (bob, _) = await place.user("ann@x.example"), await place.user("bob@x.example")
    desk, caller = make_desk(place.directory, place.clock), make_caller(place.account)
    both = await create_group(desk, caller, group("Both", ann.id, bob.id))
    one = await create_group(desk, caller, group("One", ann.id))
    admins, single = (Principal(PrincipalKind.GROUP, each.id) for each in (both, one))
    gone = Principal(PrincipalKind.USER, ann.id)
    assert await remains(place, policy(admins), without=gone)
    assert not await remains(place, policy(single), without=gone)
    assert await remains(place, policy(admins), without_members={both.id: frozenset({ann.id})})
    assert not await remains(place, policy(single), without_members={one.id: frozenset({ann.id})})
    assert await remains(place, policy(single), without_members={both.id: frozenset({ann.id})})
    assert not await remains(place, policy(single), without=single)
