"""What the commands about access share: the operator acts in an account, and is told what there is or why not."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.session import err, fail, out, run, show
from domain.access.administration import Office, find_account, operator
from domain.access.principals import PROVISIONING, Principal, PrincipalKind, service_account
from domain.access.signin import Caller
from domain.ports import RecordNotFound
from domain.refusals import Refusal
from wiring import Settings, Stores, SystemClock, make_office

AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
OfServiceAccount = Annotated[str, typer.Option("--service-account", help="The service account that owns it.")]
OfUser = Annotated[str, typer.Option("--user", help="The id of the user who owns it, instead of a service account.")]


def act[T](account_id: str, command: Callable[[Office, Caller], Awaitable[T]], *, missing: str) -> T:
    """The result of *command*, done by the operator; *missing* is told where what it names is not there."""

    async def acting(stores: Stores, _: Settings) -> T:
        office = make_office(stores, SystemClock())
        try:
            account = await find_account(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")
        try:
            return await command(office, operator(account))
        except RecordNotFound:
            fail(missing)
        except Refusal as error:
            fail(str(error))

    return run(acting)


def owner(service_account_id: str, user_id: str) -> Principal:
    """The principal that the options name: the user where there is one."""
    return Principal(PrincipalKind.USER, user_id) if user_id else service_account(service_account_id)


PROVISIONING_ID = PROVISIONING.id


def tell(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print *rows*, which have the same names, as a table or as a JSON list; an empty table is one line of stderr."""
    if as_json:
        out.print(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=2))
        return
    if not rows:
        err.print("nothing yet")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(_text(value) for value in row.values()))
    show(table)


def date(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else sorted(value)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return date(value)
        case list():
            return ", ".join(value)
        case frozenset() | tuple():
            return ", ".join(sorted(value))
    return str(value)
