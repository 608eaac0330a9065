"""A stopped clock, callers, desks and submitted resources; they carry defaults, a test states what matters."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access.roles import PROVISION
from domain.access.signin import Caller
from domain.model import Account, AccountSettings, Kind, Member
from domain.writing import Desk
from scim.models import GROUP_SCHEMA, USER_SCHEMA
from scim.operations import Patch, parse_patch
from scim.resources import Submitted, read_resource
from tests.memory import MemoryDirectory

NOW = datetime(2026, 3, 1, 9, 30, 0, 120_456, tzinfo=UTC)
SEAL_KEY = "c2VhbC1rZXktb2YtdGhlLWFjY291bnQtaW4tdGVzdHM="
OTHER_SEAL_KEY = "b3RoZXIta2V5LW9mLWFub3RoZXItYWNjb3VudC1oZXI="
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class StoppedClock:
    """A clock that moves only when a test moves it."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def move(self, **duration: float) -> None:
        """Let time pass, as ``timedelta`` counts it."""
        self.moment += timedelta(**duration)


@dataclass
class Pauses:
    """Stands in for waiting, and remembers how long it would have been."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def make_account(account_id: str = "acme", *, seal_key: str = SEAL_KEY, **settings: Any) -> Account:
    return Account(account_id, "Acme", NOW, seal_key, AccountSettings(**settings))


def make_caller(account: Account | None = None) -> Caller:
    return Caller(account or make_account(), "00112233aabbccdd", PROVISION, "request-1")


def make_desk(directory: MemoryDirectory | None = None, clock: StoppedClock | None = None) -> Desk:
    """A desk over memory that never really waits."""
    return Desk(directory or MemoryDirectory(), clock or StoppedClock(), pause=Pauses())


def user(user_name: str = "ann@contoso.example", **attributes: Any) -> Submitted:
    """A user as a client sends it whole."""
    return read_resource({"schemas": [USER_SCHEMA], "userName": user_name, **attributes}, Kind.USER)


def group(display_name: str = "Finance", *members: str, **attributes: Any) -> Submitted:
    """A group as a client sends it whole; without *members* it does not speak of them."""
    given = {"members": [{"value": each} for each in members]} if members else {}
    body = {"schemas": [GROUP_SCHEMA], "displayName": display_name, **given, **attributes}
    return read_resource(body, Kind.GROUP)


def patch(kind: Kind, *operations: dict[str, Any]) -> Patch:
    """The operations of one PATCH request."""
    return parse_patch({"schemas": [PATCH_SCHEMA], "Operations": list(operations)}, kind)


def replacing(kind: Kind, path: str, value: Any) -> Patch:
    """A PATCH with one replacement."""
    return patch(kind, {"op": "replace", "path": path, "value": value})


def adding_members(*ids: str) -> Patch:
    return patch(Kind.GROUP, {"op": "add", "path": "members", "value": [{"value": each} for each in ids]})


def removing_members(*ids: str) -> Patch:
    return patch(Kind.GROUP, {"op": "remove", "path": "members", "value": [{"value": each} for each in ids]})


NOBODY = "00000000-0000-4000-8000-000000000000"
"""An id that names nobody."""


def ids(members: tuple[Member, ...] | None) -> set[str]:
    """The ids of *members*."""
    return {each.id for each in members or ()}
