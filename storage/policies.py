"""What is kept about access, in the partition of its account in the table ``accounts``.

| RowKey | holds |
|---|---|
| ``policy`` | nothing: its ETag is the version of all the others |
| ``o:{code}:…`` | a service account, a key, a binding of a user or service account; ``code`` is that of the principal |
| ``b:…`` | a binding of a group |
| ``r:{role}`` | a role of the account's own |
| ``t:{token}`` | a token, whose id tells the code of its owner |

So all that decides on a token is read in one round: its row, its account, what has the code of its owner, the roles.
"""

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from domain.access.principals import (
    ApiKey,
    Binding,
    Holding,
    Policy,
    Principal,
    PrincipalKind,
    Role,
    ServiceAccount,
    Standing,
    Token,
    code_of,
)
from domain.access.signin import Access
from domain.access.tokens import owner_of
from domain.model import Account, Kind, UserState
from domain.native.scopes import ACCOUNT, read_scope
from domain.ports import VersionConflict
from storage import keys
from storage.accounts import TableAccounts
from storage.client import Entity, Operation, Tables, create, delete, etag_of, merge, replace, upsert
from storage.errors import Refused
from storage.limits import MAX_OPERATIONS
from storage.token_rows import TOKEN, from_token, to_token

_GUARD = "policy"
_OWNED = "o:"
_OF_GROUPS = "b:"
_ROLE = "r:"
_LETTER = {PrincipalKind.USER: "u", PrincipalKind.GROUP: "g", PrincipalKind.SERVICE_ACCOUNT: "s"}
_READ: dict[str, TypeAdapter[Any]] = {
    each.__name__: TypeAdapter(each) for each in (ServiceAccount, ApiKey, Role, Binding)
}


class TablePolicies:
    """Fulfils `domain.access.principals.PolicyStore` and `domain.access.signin.AccessStore`."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.accounts
        self._directory = tables.directory
        self._accounts = TableAccounts(tables.accounts)

    async def get_policy(self, account_id: str) -> Policy:
        guard = await self._table.find(account_id, _GUARD)  # first: what is read after it is not older
        policy = await self.look(account_id)
        return policy if guard is None else dataclasses.replace(policy, version=etag_of(guard))

    async def look(self, account_id: str) -> Policy:
        owned, of_groups, roles, tokens = await asyncio.gather(
            *(self._table.rows(account_id, each) for each in (_OWNED, _OF_GROUPS, _ROLE, TOKEN))
        )
        held = [_to_holding(row) for row in (*owned, *of_groups, *roles)]
        return Policy(
            service_accounts=tuple(each for each in held if isinstance(each, ServiceAccount)),
            keys=tuple(each for each in held if isinstance(each, ApiKey)),
            roles=tuple(each for each in held if isinstance(each, Role)),
            bindings=tuple(each for each in held if isinstance(each, Binding)),
            tokens=tuple(to_token(account_id, row) for row in tokens),
        )

    async def change_policy(
        self, account_id: str, version: str, put: Iterable[Holding] = (), remove: Iterable[Holding] = ()
    ) -> None:
        operations = [
            *(upsert(_from_holding(each)) for each in put),
            *(delete(_row_key(each)) for each in remove),
        ]
        room = MAX_OPERATIONS - 1
        for start in range(0, max(len(operations), 1), room):
            version = await self._guarded(account_id, version, operations[start : start + room])

    async def _guarded(self, account_id: str, version: str, operations: list[Operation]) -> str:
        """Do *operations* if the guard has that version; its new one."""
        guard: Entity = {"RowKey": _GUARD, "receipt": uuid4().hex}
        first = replace(guard, version) if version else create(guard)
        try:
            return (await self._table.submit(account_id, [first, *operations]))[0]
        except Refused:
            stored = await self._table.find(account_id, _GUARD)
            if stored is not None and stored["receipt"] == guard["receipt"]:  # our own, whose answer was lost
                return etag_of(stored)
            raise VersionConflict from None

    async def get_access(self, account_id: str, token_id: str) -> Access:
        kind, code = owner_of(token_id)
        row, account, found = await asyncio.gather(
            self._table.get(account_id, f"{TOKEN}{token_id}"),
            self._accounts.get_account(account_id),
            self._around(account_id, kind, code),
        )
        token = to_token(account_id, row)
        return Access(token, account, found.standing(token.owner))

    async def get_standing(self, account_id: str, principal: Principal) -> tuple[Account, Standing]:
        account, found = await asyncio.gather(
            self._accounts.get_account(account_id), self._around(account_id, principal.kind, code_of(principal))
        )
        return account, found.standing(principal)

    async def _around(self, account_id: str, kind: PrincipalKind, code: str) -> "_Found":
        """What is kept of the principals of that code, and what of it the directory knows."""
        reads = [self._table.rows(account_id, f"{_OWNED}{code}:"), self._table.rows(account_id, _ROLE)]
        if kind is PrincipalKind.USER:
            reads += [
                self._table.rows(account_id, _OF_GROUPS),
                self._of_directory(account_id, keys.RESOURCE[Kind.USER], code),
                self._of_directory(account_id, keys.MEMBER_OF, code),
                self._of_directory(account_id, keys.NATIVE_MEMBER_OF, code),
                self._of_directory(account_id, keys.SCOPE_OF, code),
            ]
        owned, roles, *more = await asyncio.gather(*reads)
        return _Found(owned, roles, *more)

    async def _of_directory(self, account_id: str, prefix: str, code: str) -> list[Entity]:
        """The rows whose key goes on with a user id of that code."""
        pages = self._directory.pages(
            account_id, f"{prefix}{code}-", f"{prefix}{code}.", select=["RowKey", "state", "locked"]
        )
        return [row async for page in pages for row in page]

    async def touch_token(self, account_id: str, token_id: str, at: datetime) -> None:
        await self._table.write(account_id, merge({"RowKey": f"{TOKEN}{token_id}", "lastUsed": at}))


class _Found:
    """Rows around a code, which may be of more than one principal."""

    def __init__(
        self,
        owned: list[Entity],
        roles: list[Entity],
        of_groups: list[Entity] | None = None,
        users: list[Entity] | None = None,
        *relations: list[Entity],
    ) -> None:
        self._owned = [_to_holding(row) for row in owned]
        self._roles = tuple(_to_holding(row) for row in roles)
        self._of_groups = [_to_holding(row) for row in of_groups or ()]
        self._users = users or []
        self._relations = {row["RowKey"] for rows in relations for row in rows}

    def standing(self, principal: Principal) -> Standing:
        """What decides on the access of *principal*."""
        principals = {principal}
        if principal.kind is PrincipalKind.USER:
            own = keys.resource(Kind.USER, principal.id)
            active = any(row["RowKey"] == own and _has_access(row) for row in self._users)
            principals |= {Principal(PrincipalKind.GROUP, each) for each in self._groups_of(principal.id)}
        else:
            active = any(
                isinstance(each, ServiceAccount) and each.active and each.principal == principal for each in self._owned
            )
        bindings = tuple(
            each
            for each in (*self._owned, *self._of_groups)
            if isinstance(each, Binding) and each.principal in principals
        )
        return Standing(active, bindings, tuple(each for each in self._roles if isinstance(each, Role)))

    def _groups_of(self, user_id: str) -> Iterator[str]:
        """The ids of all its groups, those of all users of its scopes too."""
        yield ACCOUNT.all_users
        groups = (keys.member_of(user_id), keys.member_of(user_id, native=True))
        for row_key in self._relations:
            if row_key.startswith(groups):
                yield keys.last_part(row_key)
            elif row_key.startswith(keys.scopes_of(user_id)):
                yield read_scope(keys.last_part(row_key)).all_users


def _has_access(user: Entity) -> bool:
    return user["state"] == UserState.ACTIVE.value and not user.get("locked", False)


def _from_holding(holding: Holding) -> Entity:
    if isinstance(holding, Token):
        return from_token(holding)
    kind = type(holding).__name__
    return {"RowKey": _row_key(holding), "kind": kind, "doc": _READ[kind].dump_json(holding).decode()}


def _to_holding(row: Entity) -> Holding:
    holding: Holding = _READ[row["kind"]].validate_json(row["doc"])
    return holding


def _row_key(holding: Holding) -> str:
    match holding:
        case Token(id=token_id):
            return f"{TOKEN}{token_id}"
        case Role(id=role):
            return f"{_ROLE}{keys.key(role)}"
        case ServiceAccount(id=identifier, principal=principal):
            return f"{_OWNED}{code_of(principal)}:s:{keys.key(identifier)}"
        case ApiKey(owner=owner, id=key):
            return f"{_OWNED}{code_of(owner)}:k:{_part(owner)}:{keys.key(key)}"
        case Binding(principal=principal, role=role, scope=scope):
            end = f"{_part(principal)}:{keys.key(role)}:{keys.key(scope)}"
            group = principal.kind is PrincipalKind.GROUP
            return f"{_OF_GROUPS}{end}" if group else f"{_OWNED}{code_of(principal)}:b:{end}"


def _part(principal: Principal) -> str:
    return f"{_LETTER[principal.kind]}:{keys.key(principal.id)}"
