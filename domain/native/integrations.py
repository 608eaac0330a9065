"""Sign-in integrations as administrators work with them: set up, enable, who is a member, take down."""

import dataclasses
from collections.abc import Sequence

from domain.access.signin import Caller
from domain.changes import new_act
from domain.model import Action
from domain.native.sso import Generation, Integration, Mechanism, SsoStore
from domain.ports import RecordNotFound
from domain.writing import Desk, check_precondition, write_in_turn

_KIND = "SignInIntegration"


async def get_integration(store: SsoStore, account: str, generation: Generation) -> Integration:
    """Raises: RecordNotFound: There is none of this generation."""
    found = (await store.integrations(account)).get(generation)
    if found is None:
        raise RecordNotFound
    return found


async def put_integration(
    desk: Desk,
    store: SsoStore,
    caller: Caller,
    generation: Generation,
    mechanism: Mechanism,
    *,
    enabled: bool,
    if_match: str | None,
) -> Integration:
    """The integration of this generation as it is wanted, new where there was none; its members stay.

    Raises: PreconditionFailedException, VersionConflict."""

    async def attempt() -> Integration:
        now, account = desk.clock.now(), caller.account.id
        before = (await store.integrations(account)).get(generation)
        after = Integration(generation, mechanism, now, enabled)
        if before is not None:
            check_precondition(before, if_match)
            after = dataclasses.replace(before, mechanism=mechanism, enabled=enabled)
        if after == before:
            return after
        written = await store.put_integration(account, after)
        action = Action.CREATE if before is None else Action.UPDATE
        await desk.directory.record(account, new_act(caller, action, _KIND, generation, now, name=generation))
        return written

    return await write_in_turn(desk, (caller.account.id, _KIND, generation), attempt)


async def delete_integration(desk: Desk, store: SsoStore, caller: Caller, generation: Generation) -> None:
    """Take an integration down, with its members.  Raises: RecordNotFound."""
    await store.delete_integration(caller.account.id, generation)
    act = new_act(caller, Action.DELETE, _KIND, generation, desk.clock.now(), name=generation)
    await desk.directory.record(caller.account.id, act)


async def change_members(
    desk: Desk,
    store: SsoStore,
    caller: Caller,
    generation: Generation,
    *,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> None:
    """Add addresses, in lower case, to an integration's members, or remove some.  Raises: RecordNotFound."""
    await get_integration(store, caller.account.id, generation)
    await store.change_members(caller.account.id, generation, added, removed)
    act = new_act(caller, Action.UPDATE, _KIND, generation, desk.clock.now(), name=generation, attributes=("members",))
    await desk.directory.record(caller.account.id, act)
