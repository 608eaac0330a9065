"""Accounts and their schemas: one partition an account, and the partition ``-`` that lists them."""

import asyncio
import hashlib
from collections.abc import Callable

from pydantic import TypeAdapter

from domain.model import Account, AccountSettings
from domain.ports import RecordNotFound, StoreUnavailable, Taken, VersionConflict
from scim.extension_schemas import ExtensionSchema
from storage.client import Entity, Table, create, etag_of, replace, upsert
from storage.entities import moment
from storage.errors import AlreadyThere

LIST = "-"
ACCOUNT = "account"
CLOSED = "closed"
"""The row in place of the account's while it is being restored or deleted (`storage.closing`)."""
_SCHEMA = "schema_"
_TRIES = 5
_SETTINGS = TypeAdapter(AccountSettings)


class TableAccounts:
    """Fulfils `domain.ports.AccountStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def create_account(self, account: Account) -> None:
        entity = _from_account(account)
        if await self._table.find(account.id, CLOSED, ["RowKey"]) is not None:
            raise Taken("id")
        await self._table.write(LIST, upsert({"RowKey": account.id}))  # listed first: never one that is not
        try:
            await self._table.write(account.id, create(entity))
        except AlreadyThere:
            if await self.get_account(account.id) != account:  # else our own, whose answer was lost
                raise Taken("id") from None

    async def get_account(self, account_id: str) -> Account:
        return _to_account(account_id, await self._table.get(account_id, ACCOUNT))

    async def list_accounts(self) -> tuple[Account, ...]:
        ids = [row["RowKey"] async for page in self._table.pages(LIST, "", "~", select=["RowKey"]) for row in page]
        rows = await asyncio.gather(*(self._table.find(each, ACCOUNT) for each in ids))
        return tuple(_to_account(each, row) for each, row in zip(ids, rows, strict=True) if row is not None)

    async def replace_account(self, account: Account, *, over: AccountSettings | None = None) -> None:
        def changed(row: Entity) -> Entity:
            stored = _to_settings(row["settings"])
            if over is not None and stored not in (over, account.settings):  # the latter, where our answer was lost
                raise VersionConflict
            return {**row, **_changeable(account)}

        await self._rewrite(account.id, changed)

    async def add_schema(self, account_id: str, schema: ExtensionSchema) -> None:
        name, value = _schema_property(schema.urn), _from_schema(schema)

        def added(row: Entity) -> Entity:
            if row.get(name, value) != value:  # the same is our own, whose answer was lost
                raise Taken("id")
            return {**row, name: value}

        await self._rewrite(account_id, added)

    async def remove_schema(self, account_id: str, urn: str) -> None:
        name = _schema_property(urn)

        def removed(row: Entity) -> Entity:
            if name not in row:
                raise RecordNotFound(urn)
            return {each: value for each, value in row.items() if each != name}

        await self._rewrite(account_id, removed)

    async def _rewrite(self, account_id: str, rewritten: Callable[[Entity], Entity]) -> None:
        """Replace the account's row as it is by what *rewritten* makes of it."""
        for _ in range(_TRIES):
            row = await self._table.get(account_id, ACCOUNT)
            entity = {name: value for name, value in rewritten(row).items() if name != "PartitionKey"}
            try:
                await self._table.write(account_id, replace(entity, etag_of(row)))
            except VersionConflict:
                continue
            return
        raise StoreUnavailable("the account kept changing")


def _from_account(account: Account) -> Entity:
    return {**_changeable(account), "created": account.created, "sealKey": account.seal_key}


def _changeable(account: Account) -> Entity:
    settings = _SETTINGS.dump_json(account.settings).decode()
    return {"RowKey": ACCOUNT, "name": account.name, "settings": settings}


def _to_account(account_id: str, row: Entity) -> Account:
    created, settings = moment(row["created"]), _to_settings(row["settings"])
    schemas = (_to_schema(value) for name, value in row.items() if name.startswith(_SCHEMA))
    in_order = tuple(sorted(schemas, key=lambda each: each.urn.lower()))
    return Account(account_id, row["name"], created, row["sealKey"], settings, in_order)


def _schema_property(urn: str) -> str:
    """The property of the account's row that holds the schema."""
    return f"{_SCHEMA}{hashlib.sha256(urn.lower().encode()).hexdigest()[:32]}"


def _from_schema(schema: ExtensionSchema) -> str:
    """The kind, whether it is required, the URN, and the schema itself, each on a line."""
    return "\n".join((schema.kind, "required" if schema.required else "", schema.urn, schema.text))


def _to_schema(text: str) -> ExtensionSchema:
    kind, required, urn, definition = text.split("\n", 3)
    return ExtensionSchema(urn, kind, bool(required), definition)


def _to_settings(text: str) -> AccountSettings:
    """The settings as far as they are written down, whichever version wrote them."""
    return _SETTINGS.validate_json(text)
