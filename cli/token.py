"""``token``: issue, list, rotate, end and revoke bearer tokens."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

from cli.acting import PROVISIONING_ID, AccountId, Json, OfServiceAccount, OfUser, act, date, owner, tell
from cli.session import err, out
from domain.access import keys, tokens
from domain.access.principals import DEFAULT_KEY, Token
from domain.access.tokens import Issued
from wiring import SystemClock

app = typer.Typer(no_args_is_help=True, help="Issue, list, rotate and revoke the bearer tokens of an account.")

_TokenId = Annotated[str, typer.Argument(help="The token's id, as 'token list' shows it.", metavar="TOKEN")]


@app.command()
def issue(
    account_id: AccountId,
    name: Annotated[str, typer.Option(help="What the token is for; without one it gets a number.")] = "",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it is valid; without it as long as its key says.")
    ] = None,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="Valid until revoked.")] = False,
    service_account: OfServiceAccount = PROVISIONING_ID,
    user: OfUser = "",
    key: Annotated[str, typer.Option(help="The key of the owner that it is kept under.")] = DEFAULT_KEY,
    permission: Annotated[
        list[str] | None, typer.Option(help="What it may do at most, whatever its owner may; can be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Issue a token and print it, alone on standard output: it is shown this once and kept nowhere.

    Those of the service account 'provisioning' provision users and groups, those of 'admin' administer the account.
    """
    of, lifetime = owner(service_account, user), None if days is None else timedelta(days=days)
    issued = act(
        account_id,
        lambda office, caller: keys.issue_token(
            office,
            caller,
            owner=of,
            key_id=key,
            name=name,
            lifetime=lifetime,
            never_expires=never_expires,
            permissions=frozenset(permission) if permission else None,
        ),
        missing=f"account {account_id} has no key {key} of {of}",
    )
    _tell_issued(issued, as_json=as_json)


@app.command("list")
def list_(account_id: AccountId, as_json: Json = False) -> None:
    """List the tokens of an account, without their secrets."""
    found = act(
        account_id, lambda office, caller: keys.list_tokens(office, caller.account.id), missing="there are no tokens"
    )
    tell([_row(each) for each in found], as_json=as_json)


@app.command()
def rotate(
    account_id: AccountId,
    token_id: _TokenId,
    overlap_hours: Annotated[float, typer.Option(min=0, help="How long the old one works on.")] = 24,
    as_json: Json = False,
) -> None:
    """Issue a token in place of another, which works on for a while; print it as 'issue' does."""
    overlap = timedelta(hours=overlap_hours)
    issued = act(
        account_id,
        lambda office, caller: keys.rotate_token(office, caller, token_id, overlap=overlap),
        missing=f"account {account_id} has no token {token_id}",
    )
    _tell_issued(issued, as_json=as_json)


@app.command()
def expire(
    account_id: AccountId,
    token_id: _TokenId,
    in_hours: Annotated[float | None, typer.Option(min=0, help="From when on it opens nothing.")] = None,
    never: Annotated[bool, typer.Option("--never", help="It opens until it is revoked.")] = False,
) -> None:
    """Choose when a token ends."""
    if (in_hours is None) is not never:
        raise typer.BadParameter("give either --in-hours or --never")
    after = None if in_hours is None else timedelta(hours=in_hours)
    token = act(
        account_id,
        lambda office, caller: keys.expire_token(office, caller, token_id, after=after),
        missing=f"account {account_id} has no token {token_id}",
    )
    out.print(f"token {token.id} ({token.name}) is valid {_until(token)}")


@app.command()
def revoke(account_id: AccountId, token_id: _TokenId) -> None:
    """Revoke a token: nobody gets in by it any more, on every instance within a minute."""
    token = act(
        account_id,
        lambda office, caller: keys.revoke_token(office, caller, token_id),
        missing=f"account {account_id} has no token {token_id}",
    )
    out.print(f"token {token.id} ({token.name}) is revoked since {date(token.revoked)} UTC")


def _tell_issued(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        shown = {"id": issued.token.id, "name": issued.token.name, "expires": _moment(issued.token)}
        out.print(json.dumps({**shown, "token": issued.text}))
        return
    err.print(f"token {issued.token.id} is valid {_until(issued.token)}; keep it now, it cannot be shown again:")
    out.print(issued.text)


def _until(token: Token) -> str:
    return "until it is revoked" if token.expires is None else f"until {date(token.expires)} UTC"


def _moment(token: Token) -> str | None:
    return None if token.expires is None else token.expires.isoformat()


def _row(token: Token) -> dict[str, object]:
    return {
        "token": token.id,
        "name": token.name,
        "owner": str(token.owner),
        "key": token.key,
        "created": token.created,
        "expires": tokens.ends(token) or "never",
        "last used": token.last_used,
        "state": next(state for state, holds in _STATES if holds(token)),
    }


def _is_valid(token: Token) -> bool:
    return tokens.is_valid(token, SystemClock().now())


_STATES: tuple[tuple[str, Callable[[Token], bool]], ...] = (
    ("revoked", lambda token: token.revoked is not None),
    ("rotated", lambda token: token.retires is not None and _is_valid(token)),
    ("valid", _is_valid),
    ("expired", lambda _: True),
)
