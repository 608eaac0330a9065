"""``account``: open, list and check accounts; `cli.backup` adds what concerns whole ones."""

import json
from typing import Annotated

import typer
from rich.table import Table

from cli import backup
from cli.acting import Json, tell
from cli.session import err, fail, out, run, show
from domain.access.administration import find_account, open_account, operator
from domain.access.keys import issue_token
from domain.access.principals import ADMIN
from domain.accounts import InvalidAccount
from domain.model import Account, AccountSettings, UnmatchedFilter
from domain.ports import RecordNotFound, Taken
from routes.route import SCIM_BASE
from storage.audit import Finding
from wiring import Settings, Stores, SystemClock, make_office

app = typer.Typer(no_args_is_help=True, help="Open, list, check, back up and delete accounts, the spaces of customers.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The customer's name, for people.", metavar="NAME")],
    account_id: Annotated[str | None, typer.Option("--id", help="An id of your own; otherwise a random one.")] = None,
    unmatched_filter: Annotated[
        UnmatchedFilter,
        typer.Option(help="What add and replace do below a value filter without a match: Entra needs 'create'."),
    ] = UnmatchedFilter.CREATE,
    admin_token: Annotated[
        bool, typer.Option("--admin-token", help="Issue a token that administers it, shown this once.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open an account and print its id."""

    async def command(stores: Stores, settings: Settings) -> dict[str, str]:
        chosen = AccountSettings(unmatched_filter=unmatched_filter)
        try:
            office = make_office(stores, SystemClock())
            account = await open_account(office, name, account_id=account_id, settings=chosen)
        except InvalidAccount as error:
            fail(str(error))
        except Taken:
            fail(f"there is an account {account_id} already; choose another --id")
        told = {"account": account.id, "tenant URL": _tenant_url(settings, account.id)}
        if admin_token:
            told["admin token"] = (await issue_token(office, operator(account), owner=ADMIN)).text
        return told

    told = run(command)
    if as_json:
        out.print(json.dumps(told))
        return
    for name, value in told.items():
        out.print(f"{name:<11} {value}")
    out.print(f"\nnext: python -m cli token issue {told['account']}     (for the client that provisions)")
    if not admin_token:
        out.print(f"      python -m cli token issue {told['account']} --service-account admin     (to administer it)")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List all accounts."""

    async def command(stores: Stores, _: Settings) -> tuple[Account, ...]:
        return await stores.accounts.list_accounts()

    accounts = run(command)
    if not accounts and not as_json:
        out.print("no accounts yet; open one with: python -m cli account create NAME")
        return
    tell([_row(each) for each in sorted(accounts, key=lambda account: account.created)], as_json=as_json)


def _row(account: Account) -> dict[str, object]:
    return {
        "account": account.id,
        "name": account.name,
        "created": account.created,
        "unmatched filter": account.settings.unmatched_filter.value,
    }


@app.command()
def check(
    account_id: Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")],
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is found; only while nobody writes.")] = False,
) -> None:
    """Audit the rows of an account: look-ups, memberships, totals, unfinished work.

    Totals can be judged, and anything repaired, while nobody writes.  The exit code is 1 where something is found and
    not repaired.
    """

    async def command(stores: Stores, _: Settings) -> list[Finding]:
        try:
            await find_account(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")
        found = []
        with err.status("reading the account") as progress:
            async for finding in stores.directory.audit(account_id, repair=repair):
                found.append(finding)
                progress.update(f"reading the account; found so far: {len(found)}")
        return found

    findings = run(command)
    if not findings:
        out.print("everything fits together")
        return
    table = Table("fault", "row", "repaired")
    for each in findings:
        table.add_row(each.fault.value, each.row_key, "yes" if each.repaired else "no")
    show(table)
    if not all(each.repaired for each in findings):
        fail(f"{sum(not each.repaired for each in findings)} of {len(findings)} are not repaired" + _advice(repair))


def _advice(repaired: bool) -> str:
    return "; run it again while nobody writes" if repaired else "; mend them with --repair"


def _tenant_url(settings: Settings, account_id: str) -> str:
    return f"{settings.public_url or 'https://<your service>'}/{SCIM_BASE.format(account=account_id)}"


backup.add_to(app)
