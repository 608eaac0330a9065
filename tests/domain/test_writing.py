"""What all writes have in common: preconditions, and a new try after somebody else came first."""

import pytest
from scim2_models import PreconditionFailedException

from domain.model import UserRecord
from domain.ports import RecordNotFound, VersionConflict
from domain.writing import Desk, check_precondition, write_in_turn
from scim.versions import weak_etag
from tests.domain.builders import NOW, Pauses, StoppedClock
from tests.memory import MemoryDirectory


class Attempts:
    """A write that fails a number of times before it succeeds."""

    def __init__(self, failures: int, error: Exception | None = None) -> None:
        self.failures = failures
        self.error = error or VersionConflict("5f")
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.made <= self.failures:
            raise self.error
        return "written"


def _desk() -> tuple[Desk, Pauses]:
    pauses = Pauses()
    return Desk(MemoryDirectory(), StoppedClock(), pause=pauses), pauses


@pytest.mark.parametrize("failures", [0, 1, 5, 11])
async def test_conflict_is_tried_again(failures: int) -> None:
    """As often as others come first, up to eleven times, with a pause before each new try."""
    desk, pauses = _desk()
    attempts = Attempts(failures)
    assert await write_in_turn(desk, ("acme", "5f"), attempts) == "written"
    assert (attempts.made, len(pauses.seconds)) == (failures + 1, failures)


async def test_endless_conflict_is_told() -> None:
    """After twelve tries the client learns of it, and may try again itself."""
    desk, pauses = _desk()
    attempts = Attempts(99)
    with pytest.raises(VersionConflict):
        await write_in_turn(desk, ("acme", "5f"), attempts)
    assert (attempts.made, len(pauses.seconds)) == (12, 11)


async def test_pauses_grow_and_stay_short() -> None:
    """Each lies between a fifth and the whole of 10 ms doubled, and none is over 0.4 s."""
    desk, pauses = _desk()
    await write_in_turn(desk, ("acme", "5f"), Attempts(11))
    longest = [min(0.4, 0.01 * 2**tried) for tried in range(11)]
    assert all(limit / 5 <= each <= limit for each, limit in zip(pauses.seconds, longest, strict=True))


async def test_pauses_differ() -> None:
    """Two processes that collided do not wait equally long."""
    desk, pauses = _desk()
    for _ in range(20):
        await write_in_turn(desk, ("acme", "5f"), Attempts(1))
    assert len(set(pauses.seconds)) > 1


@pytest.mark.parametrize("error", [RecordNotFound("5f"), PreconditionFailedException(), LookupError()])
async def test_other_errors_are_not_tried_again(error: Exception) -> None:
    """They would come again."""
    desk, pauses = _desk()
    with pytest.raises(type(error)):
        await write_in_turn(desk, ("acme", "5f"), Attempts(1, error))
    assert pauses.seconds == []


_ETAG = weak_etag("v1")


@pytest.mark.parametrize("if_match", [None, "*", _ETAG, _ETAG.removeprefix("W/"), f'"other", {_ETAG}'])
def test_version_that_is_named_may_be_written(if_match: str | None) -> None:
    """No precondition, any version, or this one (RFC 9110 §13.1.1)."""
    check_precondition(UserRecord("5f", {}, NOW, NOW, version="v1"), if_match)


@pytest.mark.parametrize("if_match", ["", weak_etag("v2"), 'W/"v1"', "v1", 'W/""', "'*'"])
def test_other_version_is_refused(if_match: str) -> None:
    """What was meant for another version is not written (RFC 7644 §3.14)."""
    with pytest.raises(PreconditionFailedException):
        check_precondition(UserRecord("5f", {}, NOW, NOW, version="v1"), if_match)
