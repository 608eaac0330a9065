"""``group``: list, create, release and delete the user groups of an account."""

from typing import Annotated

import typer

from cli.acting import AccountId, Json, tell
from cli.native import act_natively
from cli.session import fail, out
from domain.model import GroupRecord
from domain.native import groups as native_groups
from domain.native.counter import Counter
from domain.native.places import check_place
from domain.native.scopes import ACCOUNT, Scope
from wiring import Stores

app = typer.Typer(no_args_is_help=True, help="List, create, release and delete user groups.")

_GroupId = Annotated[str, typer.Argument(help="The group's id, as 'group list' shows it.", metavar="GROUP")]
_ScopeText = Annotated[str, typer.Option("--scope", help="ORGANIZATION or ORGANIZATION/PROJECT; else the account.")]
_AT_ONCE = 200


@app.command("list")
def list_(account_id: AccountId, scope: _ScopeText = "", as_json: Json = False) -> None:
    """List the groups that live in a scope, those of the client too."""

    async def command(counter: Counter, stores: Stores) -> list[GroupRecord]:
        place = _scope(scope)
        await check_place(counter, place)
        found: list[GroupRecord] = []
        after: str | None = ""
        while after is not None:
            part = await stores.native.groups_in(counter.account, place, after, _AT_ONCE)
            found += part.items
            after = part.next
        return found

    groups = act_natively(account_id, command, missing=f"there is no {scope} in this account")
    tell([_row(each) for each in groups], as_json=as_json)


@app.command()
def create(
    account_id: AccountId,
    name: Annotated[str, typer.Argument(help="What people call the group.", metavar="NAME")],
    scope: _ScopeText = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Create a native group."""
    if not name.strip() or len(name) > 128 or not name.isprintable():
        fail("a group's name has 1 to 128 characters")
    group = act_natively(
        account_id,
        lambda counter, _: native_groups.create_group(counter, _scope(scope), name.strip(), description=description),
        missing=f"there is no {scope} in this account",
    )
    out.print(f"group       {group.id}")
    out.print(f"identifier  {group.identifier}")


@app.command()
def release(account_id: AccountId, group_id: _GroupId) -> None:
    """Release a group from SCIM with its members: the account owns it then."""
    act_natively(account_id, lambda counter, _: native_groups.release_group(counter, group_id), missing=_no(group_id))
    out.print(f"group {group_id} is native now")


@app.command()
def delete(account_id: AccountId, group_id: _GroupId) -> None:
    """Delete a native group; its members stay in the account."""

    async def command(counter: Counter, _: object) -> None:
        await native_groups.delete_group(counter, group_id, if_match=None)

    act_natively(account_id, command, missing=_no(group_id))
    out.print(f"group {group_id} is deleted")


def _scope(text: str) -> Scope:
    org, _, project = text.partition("/")
    return Scope(org, project) if org else ACCOUNT


def _no(group_id: str) -> str:
    return f"there is no group {group_id} in this account"


def _row(group: GroupRecord) -> dict[str, object]:
    return {"group": group.id, "identifier": group.identifier, "name": group.name, "origin": group.origin.value}
