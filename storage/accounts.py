"""Accounts and their tokens: one partition an account, and the partition ``-`` that lists them."""

import asyncio
import dataclasses
from datetime import datetime

import orjson

from domain.model import Account, AccountSettings, Token, UnmatchedFilter
from domain.ports import StoreUnavailable, Taken, VersionConflict
from storage.client import Entity, Table, create, etag_of, merge, upsert
from storage.entities import moment
from storage.errors import AlreadyThere

_LIST = "-"
_ACCOUNT = "account"
_TOKEN = "t:"  # noqa: S105  what row keys begin with
_TRIES = 5


class TableAccounts:
    """Fulfils `domain.ports.AccountStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def create_account(self, account: Account) -> None:
        entity = _from_account(account)
        await self._table.write(_LIST, upsert({"RowKey": account.id}))  # listed first: never one that is not
        try:
            await self._table.write(account.id, create(entity))
        except AlreadyThere:
            if await self.get_account(account.id) != account:  # else our own, whose answer was lost
                raise Taken("id") from None

    async def get_account(self, account_id: str) -> Account:
        return _to_account(account_id, await self._table.get(account_id, _ACCOUNT))

    async def list_accounts(self) -> tuple[Account, ...]:
        ids = [row["RowKey"] async for page in self._table.pages(_LIST, "", "~", select=["RowKey"]) for row in page]
        rows = await asyncio.gather(*(self._table.find(each, _ACCOUNT) for each in ids))
        return tuple(_to_account(each, row) for each, row in zip(ids, rows, strict=True) if row is not None)

    async def replace_account(self, account: Account) -> None:
        await self._table.write(account.id, merge(_changeable(account)))

    async def create_token(self, token: Token) -> None:
        await self._table.write(token.account, upsert(_from_token(token)))

    async def get_token(self, account_id: str, token_id: str) -> Token:
        return _to_token(account_id, await self._table.get(account_id, f"{_TOKEN}{token_id}"))

    async def get_token_and_account(self, account_id: str, token_id: str) -> tuple[Token, Account]:
        reads = self.get_token(account_id, token_id), self.get_account(account_id)
        token, account = await asyncio.gather(*reads)
        return token, account

    async def list_tokens(self, account_id: str) -> tuple[Token, ...]:
        return tuple(_to_token(account_id, row) for row in await self._table.rows(account_id, _TOKEN))

    async def revoke_token(self, account_id: str, token_id: str, at: datetime) -> Token:
        row_key = f"{_TOKEN}{token_id}"
        for _ in range(_TRIES):
            row = await self._table.get(account_id, row_key)
            if "revoked" in row:
                return _to_token(account_id, row)
            etag = etag_of(row)
            try:
                await self._table.write(account_id, merge({"RowKey": row_key, "revoked": at}, etag))
            except VersionConflict:
                continue
            return dataclasses.replace(_to_token(account_id, row), revoked=at)
        raise StoreUnavailable("the token kept changing")


def _from_account(account: Account) -> Entity:
    return {**_changeable(account), "created": account.created, "sealKey": account.seal_key}


def _changeable(account: Account) -> Entity:
    settings = orjson.dumps(dataclasses.asdict(account.settings)).decode()
    return {"RowKey": _ACCOUNT, "name": account.name, "settings": settings}


def _to_account(account_id: str, row: Entity) -> Account:
    return Account(account_id, row["name"], moment(row["created"]), row["sealKey"], _to_settings(row["settings"]))


def _to_settings(text: str) -> AccountSettings:
    """The settings as far as they are written down; the others have their defaults."""
    settings = orjson.loads(text)
    return AccountSettings(UnmatchedFilter(settings.get("unmatched_filter", UnmatchedFilter.CREATE)))


def _from_token(token: Token) -> Entity:
    entity: Entity = {
        "RowKey": f"{_TOKEN}{token.id}",
        "name": token.name,
        "secretHash": token.secret_hash,
        "permissions": " ".join(sorted(token.permissions)),
        "created": token.created,
    }
    optional = {"expires": token.expires, "revoked": token.revoked}
    return entity | {name: value for name, value in optional.items() if value is not None}


def _to_token(account_id: str, row: Entity) -> Token:
    return Token(
        account=account_id,
        id=row["RowKey"].removeprefix(_TOKEN),
        name=row["name"],
        secret_hash=row["secretHash"],
        permissions=frozenset(row["permissions"].split()),
        created=moment(row["created"]),
        expires=_optional_moment(row.get("expires")),
        revoked=_optional_moment(row.get("revoked")),
    )


def _optional_moment(value: datetime | None) -> datetime | None:
    return None if value is None else moment(value)
