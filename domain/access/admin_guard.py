"""What changes of users and groups may do to access: no account is left without an Account Admin (harness.md §4.1 A2),
and nobody puts somebody into a group that may more than they do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from domain.access.administration import check_gives_no_more
from domain.access.principals import PolicyStore, Principal, PrincipalKind, Standing
from domain.access.refused_acts import LastAdmin
from domain.access.roles import check_admin_remains, permissions_at
from domain.access.signin import Caller
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
    """Knows who is Account Admin, directly or by a group, and what members of groups may do."""

    async def check(self, account: str, loss: Loss) -> None:
        """Raises: LastAdmin: Nobody would be left after *loss*."""

    async def check_joining(self, caller: Caller, group_ids: Collection[str]) -> None:
        """Raises: NotAllowed: A role that is bound to one of these groups may more than *caller*, where it is bound."""


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

    async def check_joining(self, caller: Caller, group_ids: Collection[str]) -> None:
        """Nor against that."""


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

    async def check_joining(self, caller: Caller, group_ids: Collection[str]) -> None:
        policy = await self.policies.look(caller.account.id)
        groups = {Principal(PrincipalKind.GROUP, each) for each in group_ids}
        for each in policy.bindings:
            if each.principal in groups:
                given = permissions_at(Standing(active=True, bindings=(each,), roles=policy.roles), each.scope)
                check_gives_no_more(caller, given, each.scope)
