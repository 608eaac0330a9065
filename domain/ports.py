"""What the domain needs of the outside world; adapters fulfil it, fakes stand in for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scim2_models.path import FilterNode

from domain.model import (
    Account,
    AccountSettings,
    Change,
    GroupRecord,
    Kind,
    Member,
    MemberDelta,
    Membership,
    Record,
    Totals,
    UserRecord,
)
from domain.native.scopes import Scope
from scim.attributes import Location
from scim.extension_schemas import ExtensionSchema


class StoreError(Exception):
    """Something the store could not do.

    StoreError
    +- RecordNotFound     no such record in this account
    +- VersionConflict    another writer came first
    +- Taken              a value that must be unique is held by another record
    +- StoreUnavailable   the storage did not answer in time; nothing, or all, of the change is stored
    +- RecordTooLarge     the record does not fit the storage's limits
    """


class RecordNotFound(StoreError):
    """No such record in this account."""


class VersionConflict(StoreError):
    """Another writer changed the record since it was read."""


class Taken(StoreError):
    """A unique value is held by another record."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


class StoreUnavailable(StoreError):
    """The storage did not answer in time, also after retries."""


class RecordTooLarge(StoreError):
    """The record does not fit the storage's limits."""


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list: by the attribute at one location.

    `scim.filters.values_at` gives a resource's values there, `scim.filters.comparable` the form to order them by.
    """

    by: Location
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for.

    ``start_index`` counts from 1 and is used when ``after`` is None.  ``after`` is the position that an earlier
    page gave as ``next`` ("" for the first page of a walk by cursor).  ``count`` 0 asks for the total only.
    ``type`` is the kind as the account sees it, a `scim.types.ResourceType`; without one, as every account does.
    ``wants_members`` and ``wants_groups`` say whether the answer shows them: what is not shown is not read.
    """

    kind: Kind
    filter: FilterNode | None = None
    start_index: int = 1
    count: int = 100
    after: str | None = None
    type: str = ""
    sort: Sort | None = None
    wants_members: bool = False
    wants_groups: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``total`` is None where a walk by cursor cannot tell it cheaply.

    ``next`` is the position after the last record, or None when no record follows.
    """

    records: tuple[Record, ...]
    total: int | None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class MembershipQuery:
    """What a list of memberships asks for: those of a group, of a member, or all; in the order of group and member ids.

    ``filter`` is what each must satisfy besides.  ``native`` asks for the members of groups that no client provisions,
    and for no others.  The rest is as in `Query`.
    """

    group: str | None = None
    member: str | None = None
    filter: FilterNode | None = None
    start_index: int = 1
    count: int = 100
    after: str | None = None
    native: bool = False


@dataclass(frozen=True, slots=True)
class MembershipPage:
    """One page of memberships; ``total`` and ``next`` are as in `Page`."""

    memberships: tuple[Membership, ...]
    total: int | None
    next: str | None = None


class TooManyMatches(StoreError):
    """More records match than can be sorted."""


class DirectoryStore(Protocol):
    """The users, groups and memberships of all accounts; each call concerns one account and cannot see another.

    Every write stores its change in the same transaction, carries the version of the record it was computed from, and
    answers when all of it is stored.  Any call may raise StoreUnavailable; every write may raise RecordTooLarge.
    """

    async def get_user(
        self, account: str, user_id: str, *, groups: bool = False, native_groups: bool = False
    ) -> UserRecord:
        """The user, with the ids of its SCIM groups, and of its native groups, if asked.  Raises: RecordNotFound."""

    async def create_user(self, account: str, user: UserRecord, change: Change) -> UserRecord:
        """Store a new user; the answer has its version.

        Raises: Taken: ``userName``, or one of the record's unique values, is held by another user."""

    async def replace_user(self, account: str, before: UserRecord, after: UserRecord, change: Change) -> UserRecord:
        """Write *after* over *before*.  Raises: VersionConflict, RecordNotFound, Taken."""

    async def delete_user(self, account: str, user: UserRecord, change: Change) -> None:
        """Delete *user*, read with all its groups, and its memberships.  Raises: VersionConflict, RecordNotFound."""

    async def get_group(
        self, account: str, group_id: str, *, members: bool = False, native: bool = False
    ) -> GroupRecord:
        """The group, with its members if asked, in the order of their ids; *native* says that it is no SCIM group.

        Raises: RecordNotFound."""

    async def create_group(
        self, account: str, group: GroupRecord, members: tuple[Member, ...], change: Change
    ) -> GroupRecord:
        """Store a new group with *members*, which exist.

        Raises: Taken: ``displayName`` is held by another SCIM group, or ``identifier`` by a group of the scope."""

    async def replace_group(
        self, account: str, before: GroupRecord, after: GroupRecord, delta: MemberDelta, change: Change
    ) -> GroupRecord:
        """Write *after* over *before* and change its members.

        Where another owns it afterwards *before* must have been read with its members: they come along.

        Raises: VersionConflict, RecordNotFound, Taken."""

    async def delete_group(self, account: str, group: GroupRecord, change: Change) -> None:
        """Delete *group*, read with its members, and all memberships in and of it.

        Raises: VersionConflict, RecordNotFound."""

    async def kinds_of(self, account: str, ids: Iterable[str]) -> Mapping[str, Kind]:
        """Which of *ids* are users or SCIM groups; others, whatever characters they hold, are left out."""

    async def members_among(
        self, account: str, group_id: str, ids: Iterable[str], *, native: bool = False
    ) -> frozenset[str]:
        """Which of *ids*, whatever characters they hold, are members of the group now."""

    async def identifiers(self, account: str, scope: Scope, stem: str) -> frozenset[str]:
        """The identifiers of groups of *scope* that begin with *stem*."""

    async def get_membership(self, account: str, group_id: str, member_id: str) -> Membership:
        """The membership of that member in that group.  Raises: RecordNotFound."""

    async def find_memberships(self, account: str, query: MembershipQuery) -> MembershipPage:
        """One page of the memberships that match; after a position a page costs the same wherever it lies."""

    async def find(self, account: str, query: Query) -> Page:
        """One page of the records that match.  Raises: TooManyMatches: more than can be sorted."""

    async def totals(self, account: str) -> Totals:
        """How many users and groups there are, exactly."""

    async def record(self, account: str, *changes: Change) -> None:
        """Write down changes that touch no user and no group, such as an administrative act or a refusal.

        Writing one again, with the same id, replaces it."""


class MaintenanceStore(Protocol):
    """What the timer does to the directory; everything can be done twice, or by two at once, without harm."""

    async def roll_forward(self, account: str) -> int:
        """Finish the changes that were begun and not finished; how many there were."""

    async def checkpoint(self, account: str, until: datetime, limit: int) -> int:
        """Add at most *limit* changes made before *until* to the stored totals; how many were added."""


class AccountStore(Protocol):
    """Accounts and their schemas."""

    async def create_account(self, account: Account) -> None:
        """Raises: Taken: the id is in use."""

    async def get_account(self, account_id: str) -> Account:
        """Raises: RecordNotFound."""

    async def list_accounts(self) -> tuple[Account, ...]: ...

    async def replace_account(self, account: Account, *, over: AccountSettings | None = None) -> None:
        """Write name and settings.

        Raises:
            RecordNotFound.
            VersionConflict: The settings are others than *over*, where that is said.
        """

    async def add_schema(self, account_id: str, schema: ExtensionSchema) -> None:
        """Raises: Taken: the account has a schema with this URN."""

    async def remove_schema(self, account_id: str, urn: str) -> None:
        """Raises: RecordNotFound."""


class Clock(Protocol):
    """The time, so that tests can stop it."""

    def now(self) -> datetime:
        """The present moment in UTC, aware of its zone."""
