"""A random walk of the client and of administrators of every rank: who may do what is as a model of its own says."""

import os
import random

import pytest

from tests.routes.access_acts import ACTS, furnish
from tests.routes.access_walk import AccessWalk

_STEPS = int(os.environ.get("ROLLCALL_WALK_STEPS", "150"))
_WALK = 50


@pytest.mark.parametrize("seed", range(_STEPS // _WALK))
async def test_access_is_as_the_model_says(seed: int) -> None:
    """Each token opens what it should, somebody is Account Admin, and nobody gave more than they had."""
    walk = AccessWalk(random.Random(seed))
    await walk.open()
    await furnish(walk)
    for _ in range(_WALK):
        await walk.step(walk.chance.choice(ACTS))
