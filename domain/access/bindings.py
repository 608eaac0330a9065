"""Roles of an account's own, and roles given to principals and taken away.  harness.md §2.14, §4.8."""

import dataclasses
import re
from uuid import UUID

from domain.access.administration import Act, Edit, Office, check_gives_no_more, edit
from domain.access.keys import check_named, check_new
from domain.access.principals import Binding, Policy, Principal, PrincipalKind, Role
from domain.access.refused_acts import AlreadyExists, Invalid, LimitReached
from domain.access.roles import ALL, BUILT_IN, admin_bindings, check_admin_remains
from domain.access.service_accounts import find_service_account
from domain.access.signin import Caller
from domain.model import Action
from domain.native.scopes import ACCOUNT, Scope, scope_of_all_users
from domain.ports import RecordNotFound

MOST_ROLES = 100
MOST_BINDINGS = 50
"""Bindings of one principal."""

_SCOPE = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_$]{0,127}(?:/[A-Za-z_][A-Za-z0-9_$]{0,127})?)?")


async def bind_role(office: Office, caller: Caller, binding: Binding) -> Binding:
    """Give a role to a principal; one that has it already keeps it.

    Raises:
        Invalid: A scope that cannot be one.
        RecordNotFound: No such role, principal or place.
        NotAllowed: The role may more than the caller.
        LimitReached: The principal has as many bindings as it may have.
    """
    act = Act(Action.CREATE, "RoleBinding", _path(binding), binding.role)
    if not _SCOPE.fullmatch(binding.scope):
        raise Invalid("a scope is empty, an organization, or an organization and a project with / between them")

    async def decide(policy: Policy) -> Edit:
        check_gives_no_more(caller, find_role(policy, binding.role).permissions)
        await _check_exists(office, caller, policy, binding.principal)
        if binding.scope:  # else it would count in what is opened under this identifier one day
            await office.native.get_place(caller.account.id, Scope(*binding.scope.split("/")))
        if binding in policy.bindings:
            return Edit(act)
        if sum(each.principal == binding.principal for each in policy.bindings) >= MOST_BINDINGS:
            raise LimitReached(f"a principal has up to {MOST_BINDINGS} role bindings")
        return Edit(act, put=(binding,))

    await edit(office, caller, act, decide)
    return binding


async def unbind_role(office: Office, caller: Caller, binding: Binding, *, if_match: str | None = None) -> None:
    """Take a role from a principal.  Raises: RecordNotFound: It does not have it; LastAdmin."""
    act = Act(Action.DELETE, "RoleBinding", _path(binding), binding.role)

    async def decide(policy: Policy) -> Edit:
        if binding not in policy.bindings:
            raise RecordNotFound
        if admin_bindings((binding,)):
            left = tuple(each for each in policy.bindings if each != binding)
            await check_admin_remains(office.directory, caller.account.id, dataclasses.replace(policy, bindings=left))
        return Edit(act, remove=(binding,), before=binding)

    await edit(office, caller, act, decide, if_match=if_match)


async def create_role(office: Office, caller: Caller, role: Role) -> Role:
    """A new role of the account's own.  Raises: Invalid, AlreadyExists, LimitReached, NotAllowed."""
    act = Act(Action.CREATE, "Role", role.id, role.name)
    _check_role(caller, role)

    def decide(policy: Policy) -> Edit:
        check_new(role.id, (each.id for each in policy.roles))
        if len(policy.roles) >= MOST_ROLES:
            raise LimitReached(f"an account has up to {MOST_ROLES} roles of its own")
        return Edit(act, put=(role,))

    await edit(office, caller, act, decide)
    return role


async def replace_role(office: Office, caller: Caller, role: Role, *, if_match: str | None = None) -> Role:
    """Give a role of the account's own another name or other permissions.

    Raises: Invalid, NotAllowed; RecordNotFound: No such role."""
    act = Act(Action.UPDATE, "Role", role.id, role.name)

    def decide(policy: Policy) -> Edit:
        before = _find_own(policy, role.id)
        _check_role(caller, role)
        after = dataclasses.replace(role, id=before.id)
        return Edit(act, put=(after,) if after != before else (), before=before)

    await edit(office, caller, act, decide, if_match=if_match)
    return role


async def delete_role(office: Office, caller: Caller, role_id: str, *, if_match: str | None = None) -> None:
    """Delete a role of the account's own.  Raises: RecordNotFound; AlreadyExists: It is given to somebody still."""
    act = Act(Action.DELETE, "Role", role_id)

    def decide(policy: Policy) -> Edit:
        gone = _find_own(policy, role_id)
        if any(each.role == gone.id for each in policy.bindings):
            raise AlreadyExists("the role is given to somebody still; take it away first")
        return Edit(dataclasses.replace(act, name=gone.name), remove=(gone,), before=gone)

    await edit(office, caller, act, decide, if_match=if_match)


def find_role(policy: Policy, role_id: str) -> Role:
    """The role of that id, built in or the account's own.  Raises: RecordNotFound."""
    if role_id in BUILT_IN:
        return BUILT_IN[role_id]
    return _find_own(policy, role_id)


def _find_own(policy: Policy, role_id: str) -> Role:
    for each in policy.roles:
        if each.id == role_id:
            return each
    raise RecordNotFound


def _check_role(caller: Caller, role: Role) -> None:
    check_named(role.id, role.name, role.description)
    if role.id.startswith("_"):
        raise Invalid("the ids of built-in roles begin with _, so those of others do not")
    if unknown := role.permissions - ALL:
        raise Invalid(f"there is no permission {', '.join(sorted(unknown))}")
    check_gives_no_more(caller, role.permissions)


async def _check_exists(office: Office, caller: Caller, policy: Policy, principal: Principal) -> None:
    if principal.kind is PrincipalKind.SERVICE_ACCOUNT:
        if find_service_account(policy, principal.id).principal != principal:
            raise RecordNotFound
    elif principal.kind is PrincipalKind.GROUP and (scope := scope_of_all_users(principal.id)) is not None:
        if scope != ACCOUNT:
            await office.native.get_place(caller.account.id, scope)
    elif not _is_uuid(principal.id):
        raise RecordNotFound
    elif principal.kind is PrincipalKind.USER:
        await office.directory.get_user(caller.account.id, principal.id)
    else:
        await office.directory.get_group(caller.account.id, principal.id)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _path(binding: Binding) -> str:
    return f"{binding.principal}@{binding.scope or 'account'}"
