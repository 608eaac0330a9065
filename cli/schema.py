"""``schema``: register, list, show and remove the extension schemas of an account."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.acting import Json, tell
from cli.session import fail, out, run
from domain import schemas
from domain.model import Kind
from domain.ports import RecordNotFound, Taken
from scim.extension_schemas import ExtensionSchema, InvalidSchema
from wiring import Settings, Stores

app = typer.Typer(no_args_is_help=True, help="Register the extension schemas of an account (RFC 7643 §7).")

_AccountId = Annotated[str, typer.Argument(help="The account's id.", metavar="ACCOUNT")]
_Urn = Annotated[str, typer.Argument(help="The schema's URN.", metavar="URN")]


@app.command()
def register(
    account_id: _AccountId,
    file: Annotated[Path, typer.Argument(help="The schema as JSON, as /Schemas shows it.", metavar="FILE")],
    kind: Annotated[Kind, typer.Option("--type", help="Which resources it extends.", case_sensitive=False)] = Kind.USER,
    required: Annotated[bool, typer.Option("--required", help="Every such resource must have it.")] = False,
) -> None:
    """Register a schema: from then on its attributes are taken, checked, kept and shown, within a minute everywhere."""
    payload = _read(file)

    async def command(stores: Stores, _: Settings) -> ExtensionSchema:
        try:
            return await schemas.register_schema(stores.accounts, account_id, payload, kind.value, required=required)
        except InvalidSchema as error:
            fail(str(error))
        except RecordNotFound:
            fail(f"there is no account {account_id}")
        except Taken:
            fail("the account has a schema with this URN already")

    registered = run(command)
    out.print(f"{registered.urn} is registered for {registered.kind}s" + (", required" if required else ""))


@app.command("list")
def list_(account_id: _AccountId, as_json: Json = False) -> None:
    """List the schemas that an account registered."""

    async def command(stores: Stores, _: Settings) -> tuple[ExtensionSchema, ...]:
        try:
            return await schemas.list_schemas(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")

    found = run(command)
    if not found and not as_json:
        out.print("no schemas yet; register one with: python -m cli schema register ACCOUNT FILE --type User")
        return
    tell([_row(each) for each in found], as_json=as_json)


def _row(schema: ExtensionSchema) -> dict[str, object]:
    attributes: Any = schema.definition["attributes"]
    names = [attribute["name"] for attribute in attributes]
    return {"schema": schema.urn, "type": schema.kind, "required": schema.required, "attributes": names}


@app.command("show")
def show_(account_id: _AccountId, urn: _Urn) -> None:
    """Print a schema as JSON, with every characteristic."""

    async def command(stores: Stores, _: Settings) -> ExtensionSchema:
        try:
            return await schemas.get_schema(stores.accounts, account_id, urn)
        except RecordNotFound:
            fail(f"account {account_id} has no schema {urn}")

    out.print(json.dumps(run(command).definition, indent=2, ensure_ascii=False))


@app.command()
def remove(account_id: _AccountId, urn: _Urn) -> None:
    """Remove a schema: its data is kept but no longer shown; registered again, it is there again."""

    async def command(stores: Stores, _: Settings) -> ExtensionSchema:
        try:
            return await schemas.remove_schema(stores.accounts, account_id, urn)
        except RecordNotFound:
            fail(f"account {account_id} has no schema {urn}")

    removed = run(command)
    out.print(f"{removed.urn} is removed; data under it is kept and no longer shown")


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    except ValueError as error:
        fail(f"{file} is no JSON: {error}")
