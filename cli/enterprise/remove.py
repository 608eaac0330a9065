"""Takes away what ``apply`` made, in an order in which no token outlives the run that was cut off."""

from contextlib import suppress

from cli.enterprise.actions import World
from cli.enterprise.tenant import Found
from outbound.graph import NotThere


async def remove(world: World, found: Found | None) -> int:
    """Delete the job, revoke the tokens, delete the application if it is *found*; how many tokens were revoked.

    The application goes last, for it is by the application that another run finds the rest.  What is gone already is
    passed over; tokens are revoked even where nothing else is left.

    Raises: GraphError: Graph refuses, or is away; another run goes on from there.
    """
    if found is not None and found.job is not None:
        await _delete(world, world.job)
    keys = await world.rollcall.keys()
    for key in keys:
        await world.rollcall.revoke(key.id)
    if found is not None:
        await _delete(world, f"/applications/{found.object_id}")
    return len(keys)


async def _delete(world: World, path: str) -> None:
    """An answer that was lost makes Graph's client ask twice, and the second time there is nothing any more."""
    with suppress(NotThere):
        await world.graph.delete(path)
