"""``user``: list, invite, lock, release and remove the users of an account."""

import re
from typing import Annotated

import typer

from cli.acting import AccountId, Json, tell
from cli.native import act_natively
from cli.session import fail, out
from domain.model import UserRecord
from domain.native import users as native_users
from domain.native.counter import Counter
from domain.native.invitations import EMAIL_PATTERN
from domain.native.listing import UserAsk, list_all_users
from domain.native.locks import standing_of_user

app = typer.Typer(no_args_is_help=True, help="List, invite, lock, release and remove users.")

_UserId = Annotated[str, typer.Argument(help="The user's id, as 'user list' shows it.", metavar="USER")]


@app.command("list")
def list_(
    account_id: AccountId,
    search: Annotated[str, typer.Option(help="A part of name or e-mail address.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="Those who are deactivated too.")] = False,
    as_json: Json = False,
) -> None:
    """List users: who owns each, and in which state it is."""
    ask = UserAsk(search=search, state="all" if everybody else "")
    users = act_natively(account_id, lambda counter, _: list_all_users(counter.desk, counter.account, ask))
    tell([_row(each) for each in users], as_json=as_json)


@app.command()
def invite(
    account_id: AccountId,
    email: Annotated[str, typer.Argument(help="The e-mail address.", metavar="EMAIL")],
    name: Annotated[str, typer.Option(help="What people call the user.")] = "",
) -> None:
    """Invite somebody, and print the code that accepts the invitation; it cannot be told again."""
    chosen = email.strip().lower()
    if not re.fullmatch(EMAIL_PATTERN, chosen) or not chosen.isprintable():
        fail(f"{email} is no e-mail address")
    invited = act_natively(account_id, lambda counter, _: native_users.invite_user(counter, chosen, name))
    out.print(f"user     {invited.user.id}")
    out.print(f"outcome  {invited.outcome}")
    if invited.code is not None:
        out.print(f"code     {invited.code}")


@app.command()
def lock(account_id: AccountId, user_id: _UserId) -> None:
    """Keep an active user out."""
    _turn(account_id, user_id, locked=True)


@app.command()
def unlock(account_id: AccountId, user_id: _UserId) -> None:
    """Let a locked user in again."""
    _turn(account_id, user_id, locked=False)


@app.command()
def release(account_id: AccountId, user_id: _UserId) -> None:
    """Release a user from SCIM: the account owns it then, until the client adopts it again."""
    act_natively(account_id, lambda counter, _: native_users.release_user(counter, user_id), missing=_no(user_id))
    out.print(f"user {user_id} is native now")


@app.command()
def remove(account_id: AccountId, user_id: _UserId) -> None:
    """Remove a native user from the account."""

    async def command(counter: Counter, _: object) -> None:
        await native_users.remove_user(counter, user_id, if_match=None)

    act_natively(account_id, command, missing=_no(user_id))
    out.print(f"user {user_id} is removed")


def _turn(account_id: str, user_id: str, *, locked: bool) -> None:
    act_natively(
        account_id,
        lambda counter, _: native_users.set_locked(counter, user_id, locked=locked),
        missing=_no(user_id),
    )
    out.print(f"user {user_id} is {'locked' if locked else 'not locked'} now")


def _no(user_id: str) -> str:
    return f"there is no user {user_id} in this account"


def _row(user: UserRecord) -> dict[str, object]:
    return {
        "user": user.id,
        "email": user.document.get("userName"),
        "name": user.document.get("displayName"),
        "standing": str(standing_of_user(user)),
        "locked": user.locked,
    }
