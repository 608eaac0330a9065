"""Refused attempts: equal ones within a minute are one entry, and a flood of them writes little."""

import dataclasses
from datetime import timedelta

import pytest

from domain.history.attempts import Attempt, Attempts
from domain.history.recording import note_attempts
from domain.model import Action, Change, Outcome
from domain.ports import StoreUnavailable
from tests.domain.builders import NOW, StoppedClock, make_desk
from tests.memory import MemoryDirectory

_TAKEN = Attempt(
    "acme", "token:1", Action.CREATE, "User", 409, "uniqueness", "another resource has this userName",
    resource_name="ann", correlation_id="request-1",
)  # fmt: skip


class CountingDirectory(MemoryDirectory):
    """Counts how often something is recorded; it can refuse to."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.fails = False

    async def record(self, account: str, *changes: Change) -> None:
        self.calls += 1
        if self.fails:
            raise StoreUnavailable("down")
        await super().record(account, *changes)


async def test_refusal_is_an_entry() -> None:
    """With all that the client was told, and who tried what."""
    desk = make_desk(directory := CountingDirectory())
    await note_attempts(desk, "acme", [_TAKEN])
    (entry,) = directory.changes("acme")
    assert (entry.outcome, entry.status, entry.scim_type, entry.reason) == (
        Outcome.FAILURE,
        409,
        "uniqueness",
        "another resource has this userName",
    )
    assert (entry.actor, entry.action, entry.kind, entry.resource_name) == ("token:1", Action.CREATE, "User", "ann")
    assert (entry.count, entry.time, entry.correlation_id, entry.users) == (1, NOW, "request-1", 0)


@pytest.mark.parametrize(("flood", "rows", "writes"), [(1, 1, 1), (64, 1, 7), (1_000, 1, 10)])
async def test_flood_writes_little(flood: int, rows: int, writes: int) -> None:
    """n equal refusals write one entry about log n times."""
    desk = make_desk(directory := CountingDirectory())
    for _ in range(flood):
        await note_attempts(desk, "acme", [_TAKEN])
    assert (len(directory.changes("acme")), directory.calls) == (rows, writes)
    assert directory.changes("acme")[0].count <= flood < 2 * directory.changes("acme")[0].count


async def test_number_is_exact_once_something_else_is_refused() -> None:
    """The rest of a minute's number follows with the next refusal in the account."""
    desk = make_desk(directory := CountingDirectory(), clock := StoppedClock())
    for _ in range(100):
        await note_attempts(desk, "acme", [_TAKEN])
    clock.move(seconds=61)
    await note_attempts(desk, "acme", [dataclasses.replace(_TAKEN, resource_name="bob")])
    assert sorted(each.count for each in directory.changes("acme")) == [1, 100]


async def test_next_minute_is_another_entry() -> None:
    """An object that fails again and again is seen to do so."""
    desk = make_desk(directory := CountingDirectory(), clock := StoppedClock())
    for _ in range(3):
        await note_attempts(desk, "acme", [_TAKEN, _TAKEN])
        clock.move(minutes=1)
    assert [each.count for each in directory.changes("acme")] == [2, 2, 2]


@pytest.mark.parametrize(
    "other",
    [
        {"actor": "token:2"},
        {"reason": "another resource has this externalId"},
        {"resource_name": "bob"},
        {"resource_id": "5f"},
        {"action": Action.UPDATE},
        {"status": 400},
    ],
)
def test_what_differs_is_an_entry_of_its_own(other: dict[str, object]) -> None:
    """Token, reason and object make a refusal."""
    attempts = Attempts()
    attempts.count(_TAKEN, NOW)
    (entry,) = attempts.count(dataclasses.replace(_TAKEN, **other), NOW)  # type: ignore[arg-type]
    assert entry.count == 1


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_refusal_of_the_caller_is_about_no_object(status: int) -> None:
    """Whatever a client without rights, or too fast, asks for, it is one refusal."""
    desk = make_desk(directory := CountingDirectory())
    for number in range(50):
        tried = dataclasses.replace(_TAKEN, status=status, resource_name=f"user{number}", correlation_id=str(number))
        await note_attempts(desk, "acme", [tried])
    assert len(directory.changes("acme")) == 1


async def test_failures_of_ours_are_one_refusal_of_an_object() -> None:
    """Their texts hold the id of the request, which is kept apart."""
    desk = make_desk(directory := CountingDirectory())
    for number in range(5):
        tried = dataclasses.replace(_TAKEN, status=500, reason=f"internal error, recorded as {number}")
        await note_attempts(desk, "acme", [tried])
    assert [each.count for each in directory.changes("acme")] == [4]


async def test_log_that_fails_fails_nothing() -> None:
    """The request has its answer; the number is written once the log can be."""
    desk = make_desk(directory := CountingDirectory(), clock := StoppedClock())
    directory.fails = True
    for _ in range(3):
        await note_attempts(desk, "acme", [_TAKEN])
    directory.fails = False
    clock.move(seconds=30)
    await note_attempts(desk, "acme", [_TAKEN])
    (entry,) = directory.changes("acme")
    assert (entry.count, entry.time) == (4, NOW + timedelta(seconds=30))  # not where readers have passed already


def test_clock_moved_back_ends_no_minute() -> None:
    """Attempts stay together."""
    attempts = Attempts()
    attempts.count(_TAKEN, NOW)
    assert [each.count for each in attempts.count(_TAKEN, NOW - timedelta(hours=1))] == [2]
