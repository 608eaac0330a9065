"""The manager API of service accounts, roles, and who has them."""

from typing import Annotated

from pydantic import Field

from domain.access import bindings, service_accounts
from domain.access.principals import Binding, Principal, PrincipalKind, Role
from domain.access.roles import BUILT_IN
from domain.access.signin import Caller
from domain.ports import RecordNotFound
from routes.http import Request, Response
from routes.manager.access_views import (
    BindingBody,
    BindingView,
    ChangedRole,
    ChangedServiceAccount,
    NewRole,
    NewServiceAccount,
    RoleView,
    ServiceAccountView,
)
from routes.manager.common import MANAGER_BASE, Ask, PageView, answer, read_body, read_query
from routes.route import Route, Services


async def list_service_accounts(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The service accounts of the account."""
    policy = await services.office.policies.get_policy(caller.account.id)
    shown = [ServiceAccountView.of(each) for each in policy.service_accounts]
    return answer(PageView[ServiceAccountView](items=shown, total=len(shown)))


async def create_service_account(services: Services, caller: Caller, request: Request) -> Response:
    """Create a service account."""
    asked = read_body(NewServiceAccount, request)
    made = await service_accounts.create_service_account(
        services.office, caller, asked.id, asked.name, description=asked.description
    )
    shown = ServiceAccountView.of(made)
    return answer(shown, status=201, headers={"ETag": shown.version})


async def change_service_account(services: Services, caller: Caller, request: Request) -> Response:
    """Change a service account; while it is not active its tokens open nothing."""
    asked = read_body(ChangedServiceAccount, request)
    changed = await service_accounts.change_service_account(
        services.office,
        caller,
        request.route["id"],
        name=asked.name,
        description=asked.description,
        active=asked.active,
        if_match=request.if_match,
    )
    shown = ServiceAccountView.of(changed)
    return answer(shown, headers={"ETag": shown.version})


async def remove_service_account(services: Services, caller: Caller, request: Request) -> Response:
    """Remove a service account, with its keys, tokens and roles."""
    identifier = request.route["id"]
    await service_accounts.remove_service_account(services.office, caller, identifier, if_match=request.if_match)
    return Response(204)


async def list_roles(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The roles that are built in, and those of the account's own."""
    policy = await services.office.policies.get_policy(caller.account.id)
    shown = [RoleView.of(each) for each in (*BUILT_IN.values(), *policy.roles)]
    return answer(PageView[RoleView](items=shown, total=len(shown)))


async def create_role(services: Services, caller: Caller, request: Request) -> Response:
    """Make a role; nobody gives more than they have."""
    asked = read_body(NewRole, request)
    role = Role(asked.id, asked.name, asked.permissions, asked.description)
    shown = RoleView.of(await bindings.create_role(services.office, caller, role))
    return answer(shown, status=201, headers={"ETag": shown.version})


async def replace_role(services: Services, caller: Caller, request: Request) -> Response:
    """Give a role of the account's own another name or other permissions."""
    asked = read_body(ChangedRole, request)
    role = Role(request.route["id"], asked.name, asked.permissions, asked.description)
    shown = RoleView.of(await bindings.replace_role(services.office, caller, role, if_match=request.if_match))
    return answer(shown, headers={"ETag": shown.version})


async def delete_role(services: Services, caller: Caller, request: Request) -> Response:
    """Delete a role of the account's own that nobody has."""
    await bindings.delete_role(services.office, caller, request.route["id"], if_match=request.if_match)
    return Response(204)


async def list_bindings(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """Who has which role, and where."""
    policy = await services.office.policies.get_policy(caller.account.id)
    shown = [BindingView.of(each) for each in policy.bindings]
    return answer(PageView[BindingView](items=shown, total=len(shown)))


async def bind_role(services: Services, caller: Caller, request: Request) -> Response:
    """Give a role to a principal; nobody gives more than they have."""
    binding = await bindings.bind_role(services.office, caller, read_body(BindingBody, request).binding())
    return answer(BindingView.of(binding), status=201)


class ScopeAsk(Ask):
    """Where the role is bound; without it at the account."""

    scope: Annotated[str, Field(max_length=257)] = ""


async def unbind_role(services: Services, caller: Caller, request: Request) -> Response:
    """Take the role in `{kind}:{principal}:{role}` from the principal; the last administrator keeps it."""
    principal, role = named(request.route["id"])
    binding = Binding(principal, role, read_query(ScopeAsk, request).scope)
    await bindings.unbind_role(services.office, caller, binding, if_match=request.if_match)
    return Response(204)


def named(text: str) -> tuple[Principal, str]:
    """The principal in ``user:{id}:{what}``, and what of it is meant.  Raises: RecordNotFound: No such form."""
    kind, identifier, what = (*text.split(":", 2), "", "")[:3]
    if kind not in PrincipalKind:
        raise RecordNotFound
    return Principal(PrincipalKind(kind), identifier), what


_SEE = frozenset({"core_serviceaccount_view"})
_CHANGE = frozenset({"core_serviceaccount_manage"})
_SEE_ROLES = frozenset({"core_role_view"})
_CHANGE_ROLES = frozenset({"core_role_manage"})

_ACCOUNTS, _ROLES = f"{MANAGER_BASE}/service-accounts", f"{MANAGER_BASE}/roles"
_BINDINGS = f"{MANAGER_BASE}/role-bindings"

ROUTES: tuple[Route, ...] = (
    Route(
        "manager_service_accounts_list",
        "GET",
        _ACCOUNTS,
        list_service_accounts,
        _SEE,
        gives=PageView[ServiceAccountView],
    ),
    Route(
        "manager_service_accounts_create",
        "POST",
        _ACCOUNTS,
        create_service_account,
        _CHANGE,
        reads_body=True,
        takes=NewServiceAccount,
        gives=ServiceAccountView,
    ),
    Route(
        "manager_service_accounts_change",
        "PATCH",
        f"{_ACCOUNTS}/{{id}}",
        change_service_account,
        _CHANGE,
        reads_body=True,
        takes=ChangedServiceAccount,
        gives=ServiceAccountView,
    ),
    Route("manager_service_accounts_remove", "DELETE", f"{_ACCOUNTS}/{{id}}", remove_service_account, _CHANGE),
    Route("manager_roles_list", "GET", _ROLES, list_roles, _SEE_ROLES, gives=PageView[RoleView]),
    Route(
        "manager_roles_create",
        "POST",
        _ROLES,
        create_role,
        _CHANGE_ROLES,
        reads_body=True,
        takes=NewRole,
        gives=RoleView,
    ),
    Route(
        "manager_roles_replace",
        "PUT",
        f"{_ROLES}/{{id}}",
        replace_role,
        _CHANGE_ROLES,
        reads_body=True,
        takes=ChangedRole,
        gives=RoleView,
    ),
    Route("manager_roles_delete", "DELETE", f"{_ROLES}/{{id}}", delete_role, _CHANGE_ROLES),
    Route("manager_role_bindings_list", "GET", _BINDINGS, list_bindings, _SEE_ROLES, gives=PageView[BindingView]),
    Route(
        "manager_role_bindings_create",
        "POST",
        _BINDINGS,
        bind_role,
        _CHANGE_ROLES,
        reads_body=True,
        takes=BindingBody,
        gives=BindingView,
    ),
    Route(
        "manager_role_bindings_remove",
        "DELETE",
        f"{_BINDINGS}/{{id}}",
        unbind_role,
        _CHANGE_ROLES,
        asks=ScopeAsk,
    ),
)
