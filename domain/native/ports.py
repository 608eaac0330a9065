"""What the native side needs of the storage beside the directory itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.model import Change, GroupRecord, UserRecord
from domain.native.scopes import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """An organization or a project of an account, by its scope."""

    scope: Scope
    name: str
    created: datetime
    description: str = ""
    version: str = ""

    @property
    def identifier(self) -> str:
        return self.scope.project or self.scope.org


@dataclass(frozen=True, slots=True)
class Slice[T]:
    """Some items in their order; ``next`` is the position after the last one, None where no more follow."""

    items: Sequence[T]
    next: str | None = None


class NativeStore(Protocol):
    """The directory as administrators look at it; each call concerns one account and cannot see another.

    Positions are what an earlier slice gave as ``next``, or "" for the beginning.  Every write stores its change in the
    same transaction.
    """

    async def last_provisioned(self, account: str) -> datetime | None:
        """When a change last came in through SCIM; None where none ever did."""

    async def users(self, account: str, ids: Iterable[str]) -> Mapping[str, UserRecord]:
        """The users among *ids*, whatever characters these hold, with the ids of their SCIM groups."""

    async def groups(self, account: str, ids: Iterable[str]) -> Mapping[str, GroupRecord]:
        """The groups among *ids*, whoever owns them, without their members."""

    async def groups_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[GroupRecord]:
        """The groups that live in *scope*, whoever owns them, in the order of their identifiers."""

    async def expired_invitations(self, account: str, now: datetime, count: int) -> Sequence[str]:
        """The ids of at most *count* users whose invitations expired before *now*, those that expired first first."""

    # Organizations and projects

    async def get_place(self, account: str, scope: Scope) -> Place:
        """Raises: RecordNotFound."""

    async def places_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[Place]:
        """The organizations of the account, or the projects of an organization, in the order of their identifiers."""

    async def create_place(self, account: str, place: Place, change: Change) -> Place:
        """Raises: Taken: there is one with this identifier."""

    async def replace_place(self, account: str, before: Place, after: Place, change: Change) -> Place:
        """Raises: VersionConflict, RecordNotFound."""

    async def delete_place(self, account: str, place: Place, change: Change) -> None:
        """Delete *place*, in which nothing is left but users.  Raises: VersionConflict, RecordNotFound."""

    # Who is in them

    async def scopes_of(self, account: str, user_id: str) -> frozenset[Scope]:
        """The organizations and projects that a user is in."""

    async def users_in(self, account: str, scope: Scope, after: str, count: int) -> Slice[str]:
        """The ids of the users in *scope*, in their order."""

    async def change_scopes(
        self, account: str, user_id: str, added: Iterable[Scope], removed: Iterable[Scope], change: Change
    ) -> None:
        """Put a user into scopes and take it out of others; what is so already stays so."""

    # Groups that are used below the scope they live in

    async def inherited(self, account: str, scope: Scope) -> Sequence[str]:
        """The ids of the groups that *scope* inherits, in their order."""

    async def change_inherited(self, account: str, scope: Scope, group_id: str, inherits: bool, change: Change) -> None:
        """Let *scope* inherit a group, or not; what is so already stays so."""
