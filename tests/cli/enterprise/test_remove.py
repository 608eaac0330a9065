"""``remove``: nothing that opens the account is left, wherever a run was cut off."""

from collections.abc import AsyncIterator

import pytest

from cli.enterprise.remove import remove
from cli.enterprise.tenant import find
from tests.cli.enterprise.world import Killed, Stage, open_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A tenant in which everything is as declared."""
    async with open_stage() as opened:
        await opened.apply()
        yield opened


async def _remove(stage: Stage, *, dies_at: int = 0, dies_after: bool = False) -> int:
    """How many tokens a process of its own revoked."""
    world = stage.world(dies_at=dies_at, dies_after=dies_after)
    wanted = world.declared.application
    world.found = await find(world.graph, wanted.unique_name, wanted.name)
    return await remove(world, world.found)


async def test_all_goes(stage: Stage) -> None:
    """Job, token and application; the account stays."""
    assert await _remove(stage) == 1
    assert (stage.service.applications, await stage.valid_keys()) == ([], [])
    assert stage.service.writes[-2:][0].startswith("DELETE /servicePrincipals/")
    assert len(await stage.office.accounts.list_accounts()) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [1, 2])
async def test_killed_anywhere_it_goes_on(stage: Stage, step: int, after: bool) -> None:
    """Cut off before or after any request, the next run leaves neither application nor valid token."""
    with pytest.raises(Killed):
        await _remove(stage, dies_at=step, dies_after=after)
    await _remove(stage)
    assert (stage.service.applications, await stage.valid_keys()) == ([], [])


async def test_tokens_end_before_the_application_does(stage: Stage) -> None:
    """Who is cut off at the deletion of the application leaves no token that opens anything."""
    with pytest.raises(Killed):
        await _remove(stage, dies_at=2)
    assert len(stage.service.applications) == 1
    assert await stage.valid_keys() == []


async def test_application_that_somebody_deleted(stage: Stage) -> None:
    """Its tokens are revoked all the same."""
    stage.service.applications.clear()
    assert await _remove(stage) == 1
    assert await stage.valid_keys() == []


async def test_what_goes_meanwhile_is_passed_over(stage: Stage) -> None:
    """A deletion that is repeated, as its answer was lost, finds nothing, and that is well."""
    world = stage.world()
    wanted = world.declared.application
    world.found = await find(world.graph, wanted.unique_name, wanted.name)
    stage.service.applications.clear()
    assert await remove(world, world.found) == 1
