"""``service-account``: create, list, change and remove principals that are no persons."""

from typing import Annotated

import typer

from cli.acting import AccountId, Json, act, tell
from cli.session import out
from domain.access import service_accounts

app = typer.Typer(no_args_is_help=True, help="Create, list, disable and remove the service accounts of an account.")

_Id = Annotated[str, typer.Argument(help="The service account's id.", metavar="SERVICE_ACCOUNT")]


@app.command()
def create(
    account_id: AccountId,
    identifier: _Id,
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Create a service account; it may do nothing until a role is bound to it."""
    act(
        account_id,
        lambda office, caller: service_accounts.create_service_account(
            office, caller, identifier, name or identifier, description=description
        ),
        missing="",
    )
    out.print(f"service account {identifier} is created")
    out.print(f"next: python -m cli role bind {account_id} _user_provisioner --service-account {identifier}")
    out.print(f"      python -m cli key create {account_id} default --service-account {identifier}")


@app.command("list")
def list_(account_id: AccountId, as_json: Json = False) -> None:
    """List the service accounts of an account, with the roles that they have."""
    policy = act(account_id, lambda office, caller: office.policies.get_policy(caller.account.id), missing="")
    rows = [
        {
            "service account": each.id,
            "name": each.name,
            "active": each.active,
            "created": each.created,
            "roles": [bound.role for bound in policy.bindings if bound.principal == each.principal],
        }
        for each in policy.service_accounts
    ]
    tell(rows, as_json=as_json)


@app.command()
def disable(account_id: AccountId, identifier: _Id) -> None:
    """Disable a service account: its tokens open nothing any more, on every instance within a minute."""
    _set_active(account_id, identifier, active=False)
    out.print(f"service account {identifier} is disabled")


@app.command()
def enable(account_id: AccountId, identifier: _Id) -> None:
    """Enable a service account again, with the tokens that it had."""
    _set_active(account_id, identifier, active=True)
    out.print(f"service account {identifier} is enabled")


@app.command()
def remove(account_id: AccountId, identifier: _Id) -> None:
    """Remove a service account, its keys, tokens and roles."""
    act(
        account_id,
        lambda office, caller: service_accounts.remove_service_account(office, caller, identifier),
        missing=f"account {account_id} has no service account {identifier}",
    )
    out.print(f"service account {identifier} is removed, with its keys and tokens")


def _set_active(account_id: str, identifier: str, *, active: bool) -> None:
    act(
        account_id,
        lambda office, caller: service_accounts.change_service_account(office, caller, identifier, active=active),
        missing=f"account {account_id} has no service account {identifier}",
    )
