"""``token``: issue, list and revoke bearer tokens."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from cli.session import err, fail, out, run, show
from domain import administration, tokens
from domain.model import Token
from domain.ports import RecordNotFound
from domain.tokens import Issued
from wiring import Settings, Stores, SystemClock

app = typer.Typer(no_args_is_help=True, help="Issue, list and revoke the bearer tokens of an account.")

_AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")]


@app.command()
def issue(
    account_id: _AccountId,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "provisioning",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 30,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="Valid until revoked.")] = False,
) -> None:
    """Issue a token and print it, alone on standard output: it is shown this once and kept nowhere."""
    lifetime = None if never_expires else timedelta(days=days)

    async def command(stores: Stores, _: Settings) -> Issued:
        try:
            return await administration.issue_token(stores.accounts, SystemClock(), account_id, name, lifetime=lifetime)
        except RecordNotFound:
            fail(f"there is no account {account_id}")

    issued = run(command)
    until = (
        "until it is revoked" if issued.token.expires is None else f"until {issued.token.expires:%Y-%m-%d %H:%M} UTC"
    )
    err.print(f"token {issued.token.id} is valid {until}; keep it now, it cannot be shown again:")
    out.print(issued.text)


@app.command("list")
def list_(account_id: _AccountId) -> None:
    """List the tokens of an account, without their secrets."""

    async def command(stores: Stores, _: Settings) -> tuple[Token, ...]:
        try:
            return await administration.list_tokens(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")

    now = SystemClock().now()
    table = Table("token", "name", "created", "expires", "state")
    for each in run(command):
        state = "valid" if tokens.is_valid(each, now) else "revoked" if each.revoked else "expired"
        table.add_row(each.id, each.name, _date(each.created), _date(each.expires) or "never", state)
    show(table)


@app.command()
def revoke(
    account_id: _AccountId,
    token_id: Annotated[str, typer.Argument(help="The token's id, as 'token list' shows it.")],
) -> None:
    """Revoke a token: nobody gets in by it any more, on every instance within a minute."""

    async def command(stores: Stores, _: Settings) -> Token:
        try:
            return await administration.revoke_token(stores.accounts, SystemClock(), account_id, token_id)
        except RecordNotFound:
            fail(f"account {account_id} has no token {token_id}")

    revoked = run(command)
    out.print(f"token {revoked.id} ({revoked.name}) is revoked since {_date(revoked.revoked)} UTC")


def _date(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
