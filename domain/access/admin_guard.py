"""The last Account Admin: no change of users or groups may leave an account without one (harness.md §4.1 A2)."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.access.principals import PolicyStore, Principal, PrincipalKind
from domain.access.roles import check_admin_remains
from domain.ports import DirectoryStore


@dataclass(frozen=True, slots=True)
class Loss:
    """What is about to end: a user's access, a group, or where both are said the memberships of users in it."""

    user_ids: frozenset[str] = field(default_factory=frozenset)
    group_id: str = ""


def of_user(user_id: str) -> Loss:
    """The end of a user's access."""
    return Loss(frozenset({user_id}))


class AdminGuard(Protocol):
    """Knows who is Account Admin, directly or by a group."""

    async def check(self, account: str, loss: Loss) -> None:
        """Raises: LastAdmin: Nobody would be left after *loss*."""


class Unguarded:
    """Lets everything pass: where nobody is Account Admin, as in tests of other things."""

    async def check(self, account: str, loss: Loss) -> None:
        """Nothing stands against it."""


@dataclass(frozen=True, slots=True)
class PolicyGuard:
    """Looks into the account's policy: one round trip where a service account is Account Admin."""

    policies: PolicyStore
    directory: DirectoryStore

    async def check(self, account: str, loss: Loss) -> None:
        policy = await self.policies.look(account)
        if loss.group_id and loss.user_ids:
            await check_admin_remains(self.directory, account, policy, without_members=(loss.group_id, loss.user_ids))
            return
        kind = PrincipalKind.GROUP if loss.group_id else PrincipalKind.USER
        for each in loss.user_ids or {loss.group_id}:
            await check_admin_remains(self.directory, account, policy, without=Principal(kind, each))
