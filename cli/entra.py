"""``entra``: the Entra tenant whose provisioning service may call without a token of ours."""

import dataclasses
from typing import Annotated

import typer

from cli.acting import PROVISIONING_ID, AccountId, Json, act, tell
from cli.session import out
from domain.access.entra_trust import trust_entra
from domain.model import EntraTrust

app = typer.Typer(no_args_is_help=True, help="Trust an Entra tenant: its provisioning service needs no token of ours.")

_STANDARD = EntraTrust("")


@app.command()
def trust(
    account_id: AccountId,
    tenant: Annotated[str, typer.Argument(help="The id of the tenant, a GUID.", metavar="TENANT")],
    audience: Annotated[
        list[str] | None, typer.Option(help="Whom tokens are for: the id of a gallery application.")
    ] = None,
    service_account: Annotated[str, typer.Option(help="As whom its callers act.")] = PROVISIONING_ID,
    client_audience: Annotated[list[str] | None, typer.Option(help="Whom assertions are for (RFC 7523).")] = None,
    client_subject: Annotated[str, typer.Option(help="Whose assertions are taken: the object id, a GUID.")] = "",
) -> None:
    """Trust a tenant, and none besides."""
    chosen = EntraTrust(
        tenant,
        audiences=tuple(audience or _STANDARD.audiences),
        service_account=service_account,
        client_audiences=tuple(client_audience or ()),
        client_subject=client_subject,
    )
    act(
        account_id,
        lambda office, caller: trust_entra(office, caller, chosen),
        missing=f"account {account_id} has no service account {service_account}",
    )
    out.print(f"tokens of tenant {tenant} open account {account_id}, on every instance within a minute")


@app.command()
def distrust(account_id: AccountId) -> None:
    """Trust no tenant any more."""
    act(account_id, lambda office, caller: trust_entra(office, caller, None), missing="")
    out.print(f"no tokens of Entra open account {account_id} any more, on every instance within a minute")


@app.command()
def show(account_id: AccountId, as_json: Json = False) -> None:
    """Show whom an account trusts."""
    account = act(account_id, lambda office, caller: office.accounts.get_account(caller.account.id), missing="")
    found = account.settings.entra
    tell([] if found is None else [dataclasses.asdict(found)], as_json=as_json)
