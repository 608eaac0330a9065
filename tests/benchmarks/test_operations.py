"""The operations do what their titles say, on real tables, and what is said about their round trips is so."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.calls import Answer, Call
from benchmarks.measure import WATCHED, Watch
from benchmarks.operations import OPERATIONS, Axis, Operation, Turn
from benchmarks.recorder import PageRead, PointRead, Replay, memberships_read, rows_written
from benchmarks.stack import Stack, running_stack
from domain.model import Kind
from storage import keys

_SIZES = {Axis.USERS: 30, Axis.MEMBERS: 50}
type Stacks = dict[Axis, Stack]


@pytest.fixture(scope="module", name="stacks")
async def running_stacks() -> AsyncIterator[Stacks]:
    """A small directory, and one with a group in it."""
    async with running_stack(Axis.USERS, 30) as users, running_stack(Axis.MEMBERS, 50) as members:
        yield {Axis.USERS: users, Axis.MEMBERS: members}


async def perform(stack: Stack, operation: Operation, *, times: int = 1) -> Watch:
    """So many performances; the first of all makes the token known."""
    watch = Watch(stack)
    for _ in range(times):
        await operation.script(Turn(stack.ground, stack.handlers.ask, watch.measure))
    return watch


def named(name: str) -> Operation:
    return next(each for each in OPERATIONS if each.name == name)


async def row_keys(stack: Stack, prefix: str) -> set[str]:
    query = "PartitionKey eq @account and RowKey ge @low and RowKey lt @high"
    bounds = {"account": stack.tenant.account, "low": prefix, "high": keys.after_prefix(prefix)}
    return {row["RowKey"] async for row in stack.bare.query_entities(query, parameters=bounds)}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_operation_keeps_its_limit(stacks: Stacks, operation: Operation) -> None:
    """Every operation succeeds, and takes no more sequential round trips than it may."""
    watch = await perform(stacks[operation.axis], operation, times=WATCHED)
    assert 1 <= watch.rounds <= (operation.limit or 9)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_operation_leaves_directory_as_large(stacks: Stacks, operation: Operation) -> None:
    """What an operation adds it takes away again, so that repetitions find the same directory."""
    stack = stacks[operation.axis]
    prefixes = [keys.RESOURCE[Kind.USER], keys.RESOURCE[Kind.GROUP], keys.MEMBER]
    before = [await row_keys(stack, prefix) for prefix in prefixes]
    await perform(stack, operation)
    assert [await row_keys(stack, prefix) for prefix in prefixes] == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_replay_asks_the_same(stacks: Stacks, operation: Operation) -> None:
    """A replay of what was recorded is possible, any number of times, and writes nothing into the account."""
    stack = stacks[operation.axis]
    replay = Replay(stack.bare, (await perform(stack, operation)).recorded)
    before = await row_keys(stack, keys.CHANGE)
    for _ in range(2):
        await replay.prepare()
        await replay.run()
    assert await row_keys(stack, keys.CHANGE) == before


async def test_answers_can_be_held_back(stacks: Stacks) -> None:
    """A request that is held takes as long on a quick storage as on a slow one, and all requests are held alike."""
    stack = stacks[Axis.USERS]
    stack.log.hold_seconds = 0.2
    try:
        watch = await perform(stack, named("user_get"))
    finally:
        stack.log.hold_seconds = 0
    assert all(span.end - span.begin >= 0.19 for span in watch.spans)


async def test_seeded_directory_is_found(stacks: Stacks) -> None:
    """Rows that were written in bulk are what the service writes: totals, look-ups and lists agree."""
    stack = stacks[Axis.USERS]
    answers: list[Answer] = []

    async def keep(call: Call) -> Answer:
        answers.append(await stack.handlers.ask(call))
        return answers[-1]

    for name in ("list_index", "user_filter_hit", "user_filter_email"):
        await named(name).script(Turn(stack.ground, stack.handlers.ask, keep))
    assert [each.json()["totalResults"] for each in answers] == [_SIZES[Axis.USERS], 1, 1]


async def test_members_are_read_only_when_shown(stacks: Stacks) -> None:
    """The recorder sees the rows of all members in the one case, and none in the other."""
    stack = stacks[Axis.MEMBERS]
    full = await perform(stack, named("group_get_full"))
    bare = await perform(stack, named("group_get_bare"))
    assert (memberships_read(full.recorded), memberships_read(bare.recorded)) == (_SIZES[Axis.MEMBERS], 0)


async def test_recorder_tells_reads_from_writes(stacks: Stacks) -> None:
    """Adding 40 members writes two rows for each, the group's and the change's; what is read is noted with its rows."""
    watch = await perform(stacks[Axis.MEMBERS], named("add_40"))
    assert rows_written(watch.recorded) == 2 * 40 + 2
    assert any(isinstance(each, PointRead | PageRead) for each in watch.recorded)
