"""``sign-in``: whether a user gets in, and why not."""

from typing import Annotated

import typer

from cli.acting import AccountId, Json, tell
from cli.native import act_natively
from domain.native.sso import REMEDIES, resolve

app = typer.Typer(no_args_is_help=True, help="Ask whether a user gets in by an identity provider.")


@app.callback()
def _commands() -> None:
    """Keep ``resolve`` a command of its own."""


@app.command("resolve")
def resolve_(
    account_id: AccountId,
    email: Annotated[str, typer.Argument(help="Who wants to sign in.", metavar="EMAIL")],
    as_json: Json = False,
) -> None:
    """Tell whether the user gets in, and what to do where not; exit code 1 where not."""
    decision = act_natively(
        account_id, lambda counter, stores: resolve(counter.desk, stores.sso, counter.caller, email.strip().lower())
    )
    row = {
        "allowed": decision.allowed,
        "reason": str(decision.reason),
        "integration": None if decision.integration is None else str(decision.integration),
        "user": decision.user_id or None,
        "what to do": REMEDIES[decision.reason],
    }
    tell([row], as_json=as_json)
    if not decision.allowed:
        raise typer.Exit(1)
