"""What the timer does with invitations: who did not accept in time leaves, and nobody else."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from domain.model import Action, Source
from domain.native import users
from domain.native.counter import Counter
from domain.native.invitation_upkeep import drop_expired_invitations
from domain.native.invitations import VALID_FOR
from domain.ports import RecordNotFound
from domain.writing import Desk
from tests.domain.builders import StoppedClock, make_account, make_caller
from tests.memory import MemoryDirectory
from tests.memory_native import MemoryNative

_ACCOUNT = make_account()


@dataclass
class Place:
    """An account in memory, its administrator and its timer."""

    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    clock: StoppedClock = field(default_factory=StoppedClock)

    def __post_init__(self) -> None:
        self.native = MemoryNative(self.directory)
        self.desk = Desk(self.directory, self.clock)
        self.counter = Counter(self.desk, self.native, make_caller())

    async def invite(self, name: str) -> users.Invited:
        return await users.invite_user(self.counter, f"{name}@contoso.example", name)

    async def run(self) -> int:
        return await drop_expired_invitations(self.desk, self.native, _ACCOUNT)

    def names(self) -> set[str]:
        return {str(each.document["displayName"]) for each in self.directory.records(_ACCOUNT.id)}


async def test_expired_invitation_is_dropped() -> None:
    """With its user, not a moment before; the log says that the system did it, and the address is free again."""
    place = Place()
    await place.invite("ann")
    place.clock.moment += VALID_FOR
    assert (await place.run(), place.names()) == (0, {"ann"})
    place.clock.move(seconds=1)
    assert (await place.run(), place.names()) == (1, set())
    assert await place.run() == 0
    last = place.directory.changes(_ACCOUNT.id)[-1]
    assert (last.action, last.actor, last.source, last.users) == (Action.DELETE, "system", Source.SYSTEM, -1)
    assert (await place.invite("ann")).outcome is users.InviteOutcome.INVITED


async def test_who_was_invited_again_or_accepted_stays() -> None:
    """And so does everybody else."""
    place = Place()
    again, accepted = await place.invite("ann"), await place.invite("bob")
    await place.invite("carol")
    await users.accept_invitation(place.counter, accepted.user.id, accepted.code or "")
    place.clock.move(days=20)
    await users.resend_invitation(place.counter, again.user.id)
    place.clock.move(days=11)
    assert (await place.run(), place.names()) == (1, {"ann", "bob"})


async def test_who_is_invited_again_at_the_same_moment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invitation is read again before anything is removed; who is gone already is nobody's fault."""
    place = Place()
    invited = await place.invite("ann")
    place.clock.move(days=31)

    async def found(account: str, now: datetime, count: int) -> list[str]:
        ids = await MemoryNative.expired_invitations(place.native, account, now, count)
        await users.resend_invitation(place.counter, invited.user.id)
        return ["00000000-0000-4000-8000-000000000000", *ids]

    monkeypatch.setattr(place.native, "expired_invitations", found)
    assert (await place.run(), place.names()) == (0, {"ann"})
    with pytest.raises(RecordNotFound):
        await users.get_user(place.counter, "00000000-0000-4000-8000-000000000000")
