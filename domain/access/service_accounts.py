"""Service accounts: created, changed, removed with all that is theirs.  harness.md §2.15."""

import dataclasses

from domain.access.administration import Act, Edit, Office, edit
from domain.access.keys import check_named, check_new
from domain.access.principals import Policy, ServiceAccount
from domain.access.refused_acts import LimitReached
from domain.access.roles import check_admin_remains
from domain.access.signin import Caller
from domain.model import Action
from domain.ports import RecordNotFound

MOST = 100
"""Service accounts of one account (harness.md §2.16)."""


async def create_service_account(
    office: Office, caller: Caller, identifier: str, name: str, *, description: str = ""
) -> ServiceAccount:
    """A new service account, which has no role yet.  Raises: Invalid, AlreadyExists, LimitReached."""
    check_named(identifier, name, description)
    new = ServiceAccount(identifier, name, office.clock.now(), description)
    act = Act(Action.CREATE, "ServiceAccount", identifier, name)

    def decide(policy: Policy) -> Edit:
        check_new(identifier, (each.id for each in policy.service_accounts))
        if len(policy.service_accounts) >= MOST:
            raise LimitReached(f"an account has up to {MOST} service accounts")
        return Edit(act, put=(new,))

    await edit(office, caller, act, decide)
    return new


async def change_service_account(
    office: Office,
    caller: Caller,
    identifier: str,
    *,
    name: str | None = None,
    description: str | None = None,
    active: bool | None = None,
    if_match: str | None = None,
) -> ServiceAccount:
    """The service account with what is given changed; while it is not active its tokens open nothing.

    Raises: Invalid, RecordNotFound; LastAdmin: Nobody else holds Account Admin.
    """
    given = {"name": name, "description": description, "active": active}
    changes = {key: value for key, value in given.items() if value is not None}
    act = Act(_action(active), "ServiceAccount", identifier, attributes=tuple(sorted(changes)))
    changed: list[ServiceAccount] = []

    async def decide(policy: Policy) -> Edit:
        before = find_service_account(policy, identifier)
        after = dataclasses.replace(before, **changes)  # type: ignore[arg-type]  # each has the type of its field
        check_named(after.id, after.name, after.description)
        changed[:] = [after]
        if before.active and not after.active:
            others = tuple(after if each == before else each for each in policy.service_accounts)
            left = dataclasses.replace(policy, service_accounts=others)
            await check_admin_remains(office.directory, caller.account.id, left)
        return Edit(dataclasses.replace(act, name=after.name), put=(after,) if after != before else (), before=before)

    await edit(office, caller, act, decide, if_match=if_match)
    return changed[0]


async def remove_service_account(
    office: Office, caller: Caller, identifier: str, *, if_match: str | None = None
) -> None:
    """Remove a service account, its keys, tokens and bindings.  Raises: RecordNotFound, LastAdmin."""
    act = Act(Action.DELETE, "ServiceAccount", identifier)

    async def decide(policy: Policy) -> Edit:
        gone = find_service_account(policy, identifier)
        bound = tuple(each for each in policy.bindings if each.principal == gone.principal)
        left = dataclasses.replace(policy, bindings=tuple(each for each in policy.bindings if each not in bound))
        await check_admin_remains(office.directory, caller.account.id, left)
        keys = (each for each in policy.keys if each.owner == gone.principal)
        tokens = (each for each in policy.tokens if each.owner == gone.principal)
        return Edit(dataclasses.replace(act, name=gone.name), remove=(gone, *bound, *tokens, *keys), before=gone)

    await edit(office, caller, act, decide, if_match=if_match)


def find_service_account(policy: Policy, identifier: str) -> ServiceAccount:
    """Raises: RecordNotFound."""
    for each in policy.service_accounts:
        if each.id.lower() == identifier.lower():
            return each
    raise RecordNotFound


def _action(active: bool | None) -> Action:
    if active is None:
        return Action.UPDATE
    return Action.REACTIVATE if active else Action.DEACTIVATE
