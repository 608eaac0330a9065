"""What all writes have in common: turns, preconditions, and a new try after somebody else came first."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from scim2_models import PreconditionFailedException

from domain.access.admin_guard import AdminGuard, Unguarded
from domain.history.attempts import Attempts
from domain.ports import Clock, DirectoryStore, VersionConflict
from domain.telemetry import CONFLICTS, count
from domain.turns import Turns
from scim import versions

_TRIES = 12
"""Within one process writers take turns, so only other processes can come first, and seldom twelve times."""
_LONGEST_WAIT_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Desk:
    """Where writes are done: the store, the time, the turns and the refused attempts of this process, which has one.

    ``guard`` keeps an Account Admin in each account.
    """

    directory: DirectoryStore
    clock: Clock
    turns: Turns = field(default_factory=Turns)
    attempts: Attempts = field(default_factory=Attempts)
    guard: AdminGuard = field(default_factory=Unguarded)
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


async def write_in_turn[T](desk: Desk, key: tuple[str, ...], attempt: Callable[[], Awaitable[T]]) -> T:
    """What *attempt* gives, which reads, checks preconditions and writes; repeated while other processes come first.

    Raises:
        VersionConflict: Others came first every time.
    """
    async with desk.turns.of(*key):
        for tried in range(_TRIES - 1):
            try:
                return await attempt()
            except VersionConflict:
                count(CONFLICTS)
                await desk.pause(_wait(tried))
        return await attempt()


def _wait(tried: int) -> float:
    """Seconds to wait after *tried* failures: longer each time, and never as long as another process waits."""
    longest = min(_LONGEST_WAIT_SECONDS, 0.01 * float(2**tried))
    return random.uniform(0.2, 1.0) * longest  # noqa: S311 jitter keeps no secret


class Versioned(Protocol):
    """Whatever has a version."""

    @property
    def version(self) -> str:
        """Opaque: what the store compares."""


def check_precondition(record: Versioned, if_match: str | None) -> None:
    """Refuse a write that was meant for another version.  RFC 7644 §3.14.

    Raises:
        PreconditionFailedException: *if_match* does not name the version of *record*.
    """
    if if_match is not None and not versions.allows_write(if_match, record.version):
        raise PreconditionFailedException
