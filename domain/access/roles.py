"""Permissions, the roles that hold them, and what a principal may do: harness.md §2.14, §4.8."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from domain.access.principals import Binding, Policy, Principal, PrincipalKind, Role, Standing
from domain.access.refused_acts import LastAdmin
from domain.model import UserState
from domain.ports import DirectoryStore, MembershipQuery, RecordNotFound

PROVISION = frozenset(
    {
        "core_user_view",
        "core_user_manage",
        "core_user_invite",
        "core_usergroup_view",
        "core_usergroup_manage",
    }
)
"""The five that provisioning needs (harness.md §2.2)."""

VIEW = frozenset(
    {
        "core_account_view",
        "core_audit_view",
        "core_authsetting_view",
        "core_organization_view",
        "core_project_view",
        "core_role_view",
        "core_serviceaccount_view",
        "core_user_view",
        "core_usergroup_view",
    }
)
"""Those that change nothing."""

ALL = (
    PROVISION
    | VIEW
    | {
        "core_account_manage",
        "core_authsetting_edit",
        "core_organization_manage",
        "core_project_manage",
        "core_role_manage",
        "core_serviceaccount_manage",
        "core_serviceaccount_manageapikey",
    }
)

ACCOUNT_ADMIN = "_account_admin"
USER_PROVISIONER = "_user_provisioner"
AUDITOR = "_auditor"

BUILT_IN: Mapping[str, Role] = MappingProxyType(
    {
        ACCOUNT_ADMIN: Role(ACCOUNT_ADMIN, "Account Admin", ALL, "May do everything in the account."),
        USER_PROVISIONER: Role(USER_PROVISIONER, "User Provisioner", PROVISION, "May provision users and groups."),
        AUDITOR: Role(AUDITOR, "Auditor", VIEW, "May see everything, the provisioning log too, and change nothing."),
    }
)
"""The roles of every account, which cannot be changed."""

_MEMBERS_AT_ONCE = 100


def holds(scope: str, inner: str) -> bool:
    """Whether what is bound at *scope* counts at *inner*: there, and everywhere below."""
    return scope in ("", inner) or inner.startswith(f"{scope}/")


def permissions_at(standing: Standing, scope: str = "") -> frozenset[str]:
    """What a principal may do at *scope*: what its bindings there and above give it; nothing while it is inactive."""
    if not standing.active:
        return frozenset()
    roles = {**{each.id: each for each in standing.roles}, **BUILT_IN}
    bound = (each.role for each in standing.bindings if holds(each.scope, scope) and each.role in roles)
    return frozenset().union(*(roles[each].permissions for each in bound))


def admin_bindings(bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """Those that make somebody an administrator of the whole account."""
    return tuple(each for each in bindings if each.role == ACCOUNT_ADMIN and not each.scope)


async def check_admin_remains(
    directory: DirectoryStore,
    account_id: str,
    policy: Policy,
    *,
    without: Principal | None = None,
    without_members: Mapping[str, frozenset[str]] = MappingProxyType({}),
    coming: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> None:
    """Refuse a change after which nobody would hold Account Admin.

    The groups of all users do not count: nobody is in one because somebody trusts them.

    *policy* is as it will be; *without* is a principal that goes or loses its access, *without_members* and
    *coming* are the ids of the users who leave a group and of those who come into it, by its id.

    Raises:
        LastAdmin: No active principal is left that holds the role itself or by a group.  Source: harness.md §2.11.
    """
    bound = [each.principal for each in admin_bindings(policy.bindings) if each.principal != without]
    active = {each.principal for each in policy.service_accounts if each.active}
    if active.intersection(bound):
        return
    gone = frozenset({without.id} if without is not None else ())
    for each in bound:
        if each.kind is PrincipalKind.USER and await _is_active(directory, account_id, each.id):
            return
        if each.kind is PrincipalKind.GROUP:
            if await _has_active_member(directory, account_id, each.id, without=without_members.get(each.id, gone)):
                return
            for user in coming.get(each.id, ()):
                if await _is_active(directory, account_id, user):
                    return
    raise LastAdmin("the account needs somebody who holds Account Admin; give the role to another first")


async def _is_active(directory: DirectoryStore, account_id: str, user_id: str) -> bool:
    try:
        user = await directory.get_user(account_id, user_id)
    except RecordNotFound:
        return False
    return user.state is UserState.ACTIVE and not user.locked


async def _has_active_member(
    directory: DirectoryStore, account_id: str, group_id: str, *, without: frozenset[str]
) -> bool:
    """Whether somebody other than *without* is in the group who has access, whoever owns it; the first is enough."""
    for native in (False, True):
        after: str | None = ""
        while after is not None:
            query = MembershipQuery(group=group_id, count=_MEMBERS_AT_ONCE, after=after, native=native)
            page = await directory.find_memberships(account_id, query)
            for each in page.memberships:
                if each.member.id not in without and await _is_active(directory, account_id, each.member.id):
                    return True
            after = page.next
    return False
