"""``key``: create, list and delete the API keys that tokens are kept under."""

from typing import Annotated

import typer

from cli.acting import PROVISIONING_ID, AccountId, Json, OfServiceAccount, OfUser, act, owner, tell
from cli.session import out
from domain.access import keys
from domain.access.principals import ApiKey
from wiring import SystemClock

app = typer.Typer(no_args_is_help=True, help="Create, list and delete the API keys that tokens are kept under.")

_KeyId = Annotated[str, typer.Argument(help="The key's id.", metavar="KEY")]


@app.command()
def create(
    account_id: AccountId,
    key_id: _KeyId,
    service_account: OfServiceAccount = PROVISIONING_ID,
    user: OfUser = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(min=0, max=3650, help="How long its tokens are valid; 0 for ever.")] = 30,
) -> None:
    """Create a key."""
    of = owner(service_account, user)
    key = ApiKey(of, key_id, name or key_id, SystemClock().now(), description, days)
    act(
        account_id,
        lambda office, caller: keys.create_key(office, caller, key),
        missing=f"account {account_id} has no {of}",
    )
    out.print(f"key {key_id} of {of} is created; next: python -m cli token issue {account_id} --key {key_id}")


@app.command("list")
def list_(account_id: AccountId, as_json: Json = False) -> None:
    """List the keys of an account."""
    policy = act(account_id, lambda office, caller: office.policies.get_policy(caller.account.id), missing="")
    rows = [
        {
            "owner": str(each.owner),
            "key": each.id,
            "name": each.name,
            "created": each.created,
            "days": each.lifetime_days,
            "tokens": len(keys.tokens_of(policy, each)),
        }
        for each in policy.keys
    ]
    tell(rows, as_json=as_json)


@app.command()
def delete(
    account_id: AccountId, key_id: _KeyId, service_account: OfServiceAccount = PROVISIONING_ID, user: OfUser = ""
) -> None:
    """Delete a key and all its tokens: nobody gets in by them any more, on every instance within a minute."""
    of = owner(service_account, user)
    act(
        account_id,
        lambda office, caller: keys.delete_key(office, caller, of, key_id),
        missing=f"account {account_id} has no key {key_id} of {of}",
    )
    out.print(f"key {key_id} of {of} is deleted, and its tokens with it")
