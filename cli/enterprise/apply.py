"""Brings the tenant to what is declared, one action at a time, looking anew after each.

Nothing is remembered between runs: whatever cut off the last one, the next sees what is there and goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from cli.enterprise.actions import Action, World
from cli.enterprise.plan import Situation, plan
from cli.enterprise.tenant import find
from outbound.graph import NotThere

_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""Seconds; Graph's copies agree within two minutes, or something else is wrong."""

type Tell = Callable[[Action], None]
type Sleep = Callable[[float], Awaitable[None]]


class DoesNotShow(Exception):
    """An action was done, and Graph does not show its effect."""


async def look(world: World) -> list[Action]:
    """What is to be done; ``world.found`` is what was seen.  Raises: GraphError, Ambiguous, NoSuchMapping."""
    wanted = world.declared.application
    world.found = await find(world.graph, wanted.unique_name, wanted.name, world.made)
    there = Situation(await world.rollcall.has_account(), await world.rollcall.keys(), world.found)
    return plan(world.declared, world.url, there, world.rollcall.now())


async def apply(world: World, tell: Tell, *, sleep: Sleep = asyncio.sleep) -> int:
    """Do all that is to be done; how many actions that were.

    Raises:
        GraphError: Graph refuses, or is away; what was done stays done.
        DoesNotShow: What was done does not show within two minutes.
    """
    done: set[Action] = set()
    while actions := await _patiently(partial(look, world), sleep):
        action = actions[0]
        if action in done:
            await _until_it_shows(world, action, sleep)
            continue
        tell(action)
        await _patiently(partial(action.run, world), sleep)
        done.add(action)
    return len(done)


async def _until_it_shows(world: World, action: Action, sleep: Sleep) -> None:
    for wait in _WAITS:
        await sleep(wait)
        if action not in await _patiently(partial(look, world), sleep):
            return
    raise DoesNotShow(f"done, but not to be seen: {action.title}; run apply again in a few minutes")


async def _patiently[T](attempt: Callable[[], Awaitable[T]], sleep: Sleep) -> T:
    """The result of *attempt*, repeated while Graph says that something is not there: it may be too new."""
    for wait in _WAITS:
        try:
            return await attempt()
        except NotThere:
            await sleep(wait)
    return await attempt()
