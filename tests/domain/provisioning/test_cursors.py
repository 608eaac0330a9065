"""Cursors: sealed positions that only we can make and read."""

import re
from datetime import timedelta

import pytest
from scim2_models import ExpiredCursorException, InvalidCursorException

from domain.provisioning import cursors
from tests.domain.builders import NOW, OTHER_SEAL_KEY, SEAL_KEY

_HOUR = timedelta(hours=1)
_WALK = "User\nactive eq true\n\n100"


def _seal(position: str = "u:5f", *, key: str = SEAL_KEY, walk: str = _WALK) -> str:
    return cursors.seal(position, key=key, walk=walk, now=NOW)


def _unseal(cursor: str, *, walk: str = _WALK, passed: timedelta = timedelta(0)) -> str:
    return cursors.unseal(cursor, key=SEAL_KEY, walk=walk, now=NOW + passed, lifetime=_HOUR)


@pytest.mark.parametrize("position", ["u:5f", "", '1:{"nextRowKey": "u:5f"}', "名前"])
def test_cursor_gives_back_its_position(position: str) -> None:
    """Whatever the store made of it."""
    assert _unseal(_seal(position)) == position


@pytest.mark.requirement("9865-2-05", "9865-5-02")
def test_cursor_tells_nothing() -> None:
    """A client cannot read the position in it, and it fits into a URL as it is, however long (RFC 9865 §2)."""
    for position in ("u:5f", "u:5f" * 10, "u:5f" * 21):
        cursor = _seal(position)
        assert "u:5f" not in cursor
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", cursor)


@pytest.mark.requirement("9865-2.1-01", "9865-5-02")
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "12",
        "u:5f",
        "é",
        "名前",
        "%00",
        "gAAAA",
        "=" * 100,
        "A" * 5_000,
        _seal()[:-4],
        _seal()[:40] + "AAAA" + _seal()[44:],
        _seal(key=OTHER_SEAL_KEY),  # another account's
    ],
    ids=lambda _: "cursor",
)
def test_forged_cursor_is_refused(cursor: str) -> None:
    """What this account's key did not seal is no cursor (RFC 9865 §2.1)."""
    with pytest.raises(InvalidCursorException):
        _unseal(cursor)


@pytest.mark.parametrize("walk", ["Group\nactive eq true\n\n100", "User\n\n\n100", "User\nactive eq true\n\n50", ""])
def test_cursor_of_another_walk_is_refused(walk: str) -> None:
    """Filter, order and page size must stay as they were."""
    with pytest.raises(InvalidCursorException):
        _unseal(_seal(walk=walk))


@pytest.mark.parametrize("minutes", [0, 59])
def test_cursor_lives_an_hour(minutes: float) -> None:
    """Whole minutes into it, it still leads on."""
    assert _unseal(_seal(), passed=timedelta(minutes=minutes)) == "u:5f"


def test_clock_behind_does_not_matter() -> None:
    """A cursor may come back to a machine that is a little behind the one that made it."""
    assert _unseal(_seal(), passed=timedelta(seconds=-90)) == "u:5f"


@pytest.mark.parametrize("passed", [timedelta(minutes=60, seconds=1), timedelta(days=400)])
def test_old_cursor_is_expired(passed: timedelta) -> None:
    """The client is told to begin again."""
    with pytest.raises(ExpiredCursorException):
        _unseal(_seal(), passed=passed)
