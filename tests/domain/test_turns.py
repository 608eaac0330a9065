"""Turns: writers of one resource wait for each other."""

import asyncio
import gc

from domain.turns import Turns


async def _work(turns: Turns, name: str, diary: list[str], *key: str) -> None:
    async with turns.of(*key):
        diary.append(f"{name} begins")
        await asyncio.sleep(0)
        diary.append(f"{name} ends")


async def test_writers_of_one_key_take_turns() -> None:
    """First come, first served, and never two at once."""
    turns, diary = Turns(), list[str]()
    await asyncio.gather(*(_work(turns, name, diary, "acme", "5f") for name in "abc"))
    assert diary == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_other_keys_do_not_wait() -> None:
    """Another resource, and the same id in another account, go on side by side."""
    turns, diary = Turns(), list[str]()
    await asyncio.gather(_work(turns, "a", diary, "acme", "5f"), _work(turns, "b", diary, "other", "5f"))
    assert diary == ["a begins", "b begins", "a ends", "b ends"]


async def test_turn_ends_with_an_error() -> None:
    """A writer that fails does not keep the others waiting."""
    turns, diary = Turns(), list[str]()
    try:
        async with turns.of("acme", "5f"):
            raise LookupError  # noqa: TRY301  the error is what is tested
    except LookupError:
        await asyncio.wait_for(_work(turns, "a", diary, "acme", "5f"), timeout=5)
    assert diary == ["a begins", "a ends"]


async def test_keys_are_forgotten() -> None:
    """What nobody holds or waits for takes no memory."""
    turns = Turns()
    for number in range(100):
        async with turns.of("acme", str(number)):
            pass
    gc.collect()
    assert len(turns._locks) <= 1
