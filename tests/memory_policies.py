"""What is kept about access, in memory; the same tests hold for it and for the real tables."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

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
)
from domain.access.signin import Access
from domain.model import Account, UserState
from domain.native.scopes import ACCOUNT
from domain.ports import MembershipQuery, RecordNotFound, VersionConflict
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative


class MemoryPolicies:
    """Fulfils `PolicyStore` and `AccessStore` over the accounts and the directory that it is given."""

    def __init__(
        self,
        accounts: MemoryAccounts,
        directory: MemoryDirectory | None = None,
        native: MemoryNative | None = None,
    ) -> None:
        self._accounts = accounts
        self._directory = directory or MemoryDirectory()
        self._native = native or MemoryNative(self._directory)
        self._policies: dict[str, Policy] = {}
        self._versions = 0

    async def get_policy(self, account_id: str) -> Policy:
        return self._policies.get(account_id, Policy())

    async def look(self, account_id: str) -> Policy:
        return dataclasses.replace(await self.get_policy(account_id), version="")

    async def change_policy(
        self, account_id: str, version: str, put: Iterable[Holding] = (), remove: Iterable[Holding] = ()
    ) -> None:
        before = self._policies.get(account_id, Policy())
        if before.version != version:
            raise VersionConflict
        kept = {_key(each): each for each in _holdings(before)}
        kept |= {_key(each): each for each in put}
        for each in remove:
            del kept[_key(each)]
        self._versions += 1
        self._policies[account_id] = _policy(kept.values(), f"v{self._versions}")

    async def add(self, account_id: str, *holdings: Holding) -> None:
        """Put *holdings* whatever the version is: for tests that state what is there."""
        await self.change_policy(account_id, (await self.get_policy(account_id)).version, holdings)

    async def get_access(self, account_id: str, token_id: str) -> Access:
        policy = await self.get_policy(account_id)
        token = next((each for each in policy.tokens if each.id == token_id), None)
        if token is None:
            raise RecordNotFound
        account, standing = await self.get_standing(account_id, token.owner)
        return Access(token, account, standing)

    async def get_standing(self, account_id: str, principal: Principal) -> tuple[Account, Standing]:
        policy = await self.get_policy(account_id)
        principals, active = {principal}, False
        if principal.kind is PrincipalKind.USER:
            active = await self._is_active(account_id, principal.id)
            groups = await self._groups_of(account_id, principal.id)
            principals |= {Principal(PrincipalKind.GROUP, each) for each in groups}
        else:
            active = any(each.active and each.principal == principal for each in policy.service_accounts)
        bindings = tuple(each for each in policy.bindings if each.principal in principals)
        return await self._accounts.get_account(account_id), Standing(active, bindings, policy.roles)

    async def _groups_of(self, account_id: str, user_id: str) -> list[str]:
        """The ids of all its groups, those of all users of its scopes too."""
        groups = [each.all_users for each in (ACCOUNT, *await self._native.scopes_of(account_id, user_id))]
        for native in (False, True):
            query = MembershipQuery(member=user_id, count=1_000, native=native)
            page = await self._directory.find_memberships(account_id, query)
            groups += [each.group_id for each in page.memberships]
        return groups

    async def _is_active(self, account_id: str, user_id: str) -> bool:
        try:
            user = await self._directory.get_user(account_id, user_id)
        except RecordNotFound:
            return False
        return user.state is UserState.ACTIVE and not user.locked

    async def touch_token(self, account_id: str, token_id: str, at: datetime) -> None:
        policy = await self.get_policy(account_id)
        if not any(each.id == token_id for each in policy.tokens):
            raise RecordNotFound
        tokens = tuple(
            dataclasses.replace(each, last_used=at) if each.id == token_id else each for each in policy.tokens
        )
        self._policies[account_id] = dataclasses.replace(policy, tokens=tokens)


def _holdings(policy: Policy) -> tuple[Holding, ...]:
    return (*policy.service_accounts, *policy.keys, *policy.roles, *policy.bindings, *policy.tokens)


def _policy(holdings: Iterable[Holding], version: str) -> Policy:
    held = sorted(holdings, key=lambda each: str(_key(each)))
    return Policy(
        service_accounts=tuple(each for each in held if isinstance(each, ServiceAccount)),
        keys=tuple(each for each in held if isinstance(each, ApiKey)),
        roles=tuple(each for each in held if isinstance(each, Role)),
        bindings=tuple(each for each in held if isinstance(each, Binding)),
        tokens=tuple(each for each in held if isinstance(each, Token)),
        version=version,
    )


def _key(holding: Holding) -> tuple[object, ...]:
    match holding:
        case Binding(principal=principal, role=role, scope=scope):
            return ("Binding", str(principal), role, scope)
        case ApiKey(owner=owner, id=key):
            return ("ApiKey", str(owner), key.lower())
        case ServiceAccount(id=identifier) | Role(id=identifier) | Token(id=identifier):
            return (type(holding).__name__, identifier.lower())
