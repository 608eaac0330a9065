"""The last Account Admin: no change of users or groups may leave an account without one (harness.md §4.1 A2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from domain.access.principals import PolicyStore, Principal, PrincipalKind
from domain.access.refused_acts import LastAdmin
from domain.access.roles import check_admin_remains
from domain.ports import DirectoryStore


@dataclass(frozen=True, slots=True)
class Loss:
    """What is about to end: a user's access, a group, or where both are said the memberships of users in groups.

    Then *coming* are users who become members at the same time.
    """

    user_ids: frozenset[str] = field(default_factory=frozenset)
    group_ids: frozenset[str] = field(default_factory=frozenset)
    coming: frozenset[str] = field(default_factory=frozenset)


def of_user(user_id: str) -> Loss:
    """The end of a user's access."""
    return Loss(frozenset({user_id}))


def of_group(group_id: str) -> Loss:
    """The end of a group."""
    return Loss(group_ids=frozenset({group_id}))


def of_members(group_id: str, user_ids: Iterable[str], coming: Iterable[str] = ()) -> Loss:
    """The end of memberships in one group, and the beginning of others there."""
    return Loss(frozenset(user_ids), frozenset({group_id}), frozenset(coming))


class AdminGuard(Protocol):
    """Knows who is Account Admin, directly or by a group."""

    async def check(self, account: str, loss: Loss) -> None:
        """Raises: LastAdmin: Nobody would be left after *loss*."""


async def objection_to(guard: AdminGuard, account: str, loss: Loss) -> LastAdmin | None:
    """What speaks against *loss*: to ask beside reading, where only who may see the resource is to hear of it."""
    try:
        await guard.check(account, loss)
    except LastAdmin as objection:
        return objection
    return None


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
        if loss.group_ids and loss.user_ids:
            left = dict.fromkeys(loss.group_ids, loss.user_ids)
            await check_admin_remains(
                self.directory, account, policy, without_members=left, coming=dict.fromkeys(left, loss.coming)
            )
            return
        kind = PrincipalKind.GROUP if loss.group_ids else PrincipalKind.USER
        for each in loss.user_ids or loss.group_ids:
            await check_admin_remains(self.directory, account, policy, without=Principal(kind, each))
