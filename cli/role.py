"""``role``: what roles there are, who has them, and roles of an account's own."""

from typing import Annotated

import typer

from cli.acting import AccountId, Json, act, tell
from cli.session import out
from domain.access import bindings
from domain.access.principals import Binding, Principal, PrincipalKind, Role, service_account
from domain.access.roles import BUILT_IN

app = typer.Typer(no_args_is_help=True, help="Give roles to users, groups and service accounts, and make roles.")

_RoleId = Annotated[str, typer.Argument(help="The role's id, as 'role list' shows it.", metavar="ROLE")]
_ToServiceAccount = Annotated[str, typer.Option("--service-account", help="The service account's id.")]
_ToUser = Annotated[str, typer.Option("--user", help="The user's id.")]
_ToGroup = Annotated[str, typer.Option("--group", help="The group's id; all-users.account for everybody.")]
_Scope = Annotated[str, typer.Option(help="Where: ORGANIZATION or ORGANIZATION/PROJECT; without it the account.")]


@app.command("list")
def list_(account_id: AccountId, as_json: Json = False) -> None:
    """List the roles of an account, those that every account has too."""
    policy = act(account_id, lambda office, caller: office.policies.get_policy(caller.account.id), missing="")
    roles = (*BUILT_IN.values(), *policy.roles)
    tell([{"role": each.id, "name": each.name, "permissions": each.permissions} for each in roles], as_json=as_json)


@app.command("bindings")
def list_bindings(account_id: AccountId, as_json: Json = False) -> None:
    """List who has which role."""
    policy = act(account_id, lambda office, caller: office.policies.get_policy(caller.account.id), missing="")
    rows = [
        {"principal": str(each.principal), "role": each.role, "scope": each.scope or "account"}
        for each in policy.bindings
    ]
    tell(rows, as_json=as_json)


@app.command()
def create(
    account_id: AccountId,
    role_id: _RoleId,
    permission: Annotated[list[str], typer.Option(help="What it may do; can be repeated.")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a role."""
    role = Role(role_id, name or role_id, frozenset(permission), description)
    act(account_id, lambda office, caller: bindings.create_role(office, caller, role), missing="")
    out.print(f"role {role_id} is created; next: python -m cli role bind {account_id} {role_id}")


@app.command()
def delete(account_id: AccountId, role_id: _RoleId) -> None:
    """Delete a role of the account's own that nobody has."""
    act(
        account_id,
        lambda office, caller: bindings.delete_role(office, caller, role_id),
        missing=f"account {account_id} has no role {role_id} of its own",
    )
    out.print(f"role {role_id} is deleted")


@app.command()
def bind(
    account_id: AccountId,
    role_id: _RoleId,
    service_account_id: _ToServiceAccount = "",
    user: _ToUser = "",
    group: _ToGroup = "",
    scope: _Scope = "",
) -> None:
    """Give a role to a service account, a user or a group."""
    binding = Binding(_principal(service_account_id, user, group), role_id, scope)
    act(
        account_id,
        lambda office, caller: bindings.bind_role(office, caller, binding),
        missing=f"account {account_id} has no role {role_id}, no {binding.principal}, or no {scope or 'such place'}",
    )
    out.print(f"{binding.principal} has the role {role_id}")


@app.command()
def unbind(
    account_id: AccountId,
    role_id: _RoleId,
    service_account_id: _ToServiceAccount = "",
    user: _ToUser = "",
    group: _ToGroup = "",
    scope: _Scope = "",
) -> None:
    """Take a role away; the last administrator keeps it."""
    binding = Binding(_principal(service_account_id, user, group), role_id, scope)
    act(
        account_id,
        lambda office, caller: bindings.unbind_role(office, caller, binding),
        missing=f"{binding.principal} does not have the role {role_id} there",
    )
    out.print(f"{binding.principal} has the role {role_id} no more")


def _principal(service_account_id: str, user: str, group: str) -> Principal:
    """The one that is named.  Raises: BadParameter: None is, or more than one."""
    named: list[Principal] = [
        *([service_account(service_account_id)] if service_account_id else ()),
        *([Principal(PrincipalKind.USER, user)] if user else ()),
        *([Principal(PrincipalKind.GROUP, group)] if group else ()),
    ]
    if len(named) != 1:
        raise typer.BadParameter("name one of --service-account, --user and --group")
    return named[0]
