"""What the domain speaks of: records of users and groups, memberships and changes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.native.scopes import ACCOUNT, Scope
from scim.extension_schemas import ExtensionSchema
from scim.extensions import UniqueValue
from scim.group_member import GROUP_MEMBER
from scim.json_types import JsonObject, JsonValue


class Kind(StrEnum):
    """The resource types we serve; the value is the SCIM name of the type."""

    USER = "User"
    GROUP = "Group"


class Origin(StrEnum):
    """Who owns a resource: the client that provisions it, the account's administrators, or we ourselves."""

    SCIM = "scim"
    NATIVE = "native"
    SYSTEM = "system"


class UserState(StrEnum):
    """The life of a user; only an active one has access."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group: a user, or a group that is nested in it."""

    id: str
    kind: Kind = Kind.USER


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a user was invited by: who *sent* it, until when it can be accepted, and the SHA-256 of its code.

    The code expires earlier than the invitation, which can be sent again with a new one.
    """

    by: str
    sent: datetime
    expires: datetime
    code_hash: str = field(repr=False)
    code_expires: datetime


@dataclass(frozen=True, slots=True)
class SsoLink:
    """The group of a sign-in provider whose members become members of a native group when they sign in."""

    provider: str
    group_id: str
    group_name: str


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A stored user.

    ``document`` is the SCIM resource without ``schemas``, ``id``, ``meta`` and ``groups``.
    ``version`` is opaque: what the store compares when the record is written again; empty before the first write.
    ``groups`` holds the ids of the SCIM groups that the user is a direct member of, ``native_groups`` those of the
    others; both are None where they were not read.  ``unique`` are the values in registered extensions that no other
    user may have.  ``locked`` keeps an active user out, ``invitation`` is there while the user is invited.
    """

    id: str
    document: JsonObject
    created: datetime
    last_modified: datetime
    origin: Origin = Origin.SCIM
    state: UserState = UserState.ACTIVE
    version: str = ""
    groups: tuple[str, ...] | None = None
    unique: tuple[UniqueValue, ...] = ()
    locked: bool = False
    invitation: Invitation | None = None
    native_groups: tuple[str, ...] | None = None

    @property
    def kind(self) -> Kind:
        return Kind.USER


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A stored group.

    ``document`` is the SCIM resource without ``schemas``, ``id``, ``meta`` and ``members``: a group never carries its
    members, they are rows of their own.  ``members``, and ``groups`` with the ids of the groups that this one is
    nested in, are None where they were not read.  ``unique`` is as in `UserRecord`.

    ``identifier`` is unique in its scope and never changes, unlike the name.  Only native groups live below the
    account, or have a link to a group of a sign-in provider.
    """

    id: str
    document: JsonObject
    created: datetime
    last_modified: datetime
    origin: Origin = Origin.SCIM
    version: str = ""
    members: tuple[Member, ...] | None = None
    groups: tuple[str, ...] | None = None
    unique: tuple[UniqueValue, ...] = ()
    identifier: str = ""
    scope: Scope = ACCOUNT
    description: str = ""
    tags: tuple[str, ...] = ()
    sso_link: SsoLink | None = None

    @property
    def kind(self) -> Kind:
        return Kind.GROUP

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.document.get("displayName", ""))

    @property
    def is_native(self) -> bool:
        """Whether no client provisions it, so that its memberships lie apart from those that SCIM shows."""
        return self.origin is not Origin.SCIM


type Record = UserRecord | GroupRecord


@dataclass(frozen=True, slots=True)
class Membership:
    """One member of one group, as a resource of its own; it begins and ends and never changes."""

    group_id: str
    member: Member
    created: datetime

    @property
    def id(self) -> str:
        """Says which membership it is: the same one has the same id again after it ended."""
        return f"{self.group_id}.{self.member.id}"

    @property
    def kind(self) -> str:
        return GROUP_MEMBER

    @property
    def last_modified(self) -> datetime:
        return self.created

    @property
    def version(self) -> str:
        return self.created.isoformat()


type Resource = Record | Membership
"""Whatever clients can read."""


class Action(StrEnum):
    """What a change did to its resource."""

    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    SIGN_IN = "signIn"


class Source(StrEnum):
    """Through which door a change came in."""

    SCIM = "scim"
    MANAGER = "manager"
    SYSTEM = "system"


class Outcome(StrEnum):
    """How what was tried ended."""

    SUCCESS = "success"
    SKIPPED = "skipped"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """What one attribute was before a change and is after it; None where it had, or has, no value."""

    attribute: str
    old: JsonValue
    new: JsonValue


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the provisioning log, written in the same transaction as what it describes.

    ``id`` sorts by time and is unique: it is also the receipt by which a repeated transaction is recognised.
    ``users``, ``groups`` and ``native_groups`` say by how many the account's totals changed.  ``attributes`` are names,
    never values.
    ``kind`` is what was changed: a `Kind`, or for administrative acts another word such as ``Token``; that a membership
    was skipped has the membership's kind and id, the group's name, and no status, as the request went on.
    ``resource_name`` is what administrators call it.  What did not succeed has the HTTP ``status``, the ``scim_type``
    and the ``reason`` that the client was told; ``count`` says how many times it was tried within a minute.
    ``values`` are there only where the account has its log tell them.
    ``address`` is the class of the address that an administrative act came from, never the address.
    """

    id: str
    time: datetime
    actor: str
    source: Source
    action: Action
    kind: str
    resource_id: str
    external_id: str | None = None
    attributes: tuple[str, ...] = ()
    correlation_id: str = ""
    users: int = 0
    groups: int = 0
    resource_name: str = ""
    outcome: Outcome = Outcome.SUCCESS
    status: int = 0
    scim_type: str = ""
    reason: str = ""
    count: int = 1
    native_groups: int = 0
    values: tuple[ValueChange, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class MemberDelta:
    """What a change does to a group's members; ``added`` exist, and no id is in both.

    What is so already may be in it: it is written again, in case it was otherwise when the change is made.
    """

    added: tuple[Member, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many users and SCIM groups an account has, and how many groups that no client provisions."""

    users: int = 0
    groups: int = 0
    native_groups: int = 0


class UnmatchedFilter(StrEnum):
    """What ``add`` or ``replace`` below a value filter without a match does (Entra needs ``create``)."""

    CREATE = "create"
    NO_TARGET = "noTarget"


@dataclass(frozen=True, slots=True)
class EntraTrust:
    """The Entra tenant whose tokens open an account, and as which service account its callers act.

    *audiences* and *app_ids* are what ``aud`` and ``appid`` of a token may be.  Where *client_subject* is said, the
    principal of that object id may fetch tokens with an assertion for one of *client_audiences* (RFC 7523).
    Source: entra.md §1.4.
    """

    tenant: str
    audiences: tuple[str, ...] = ("8adf8e6e-67b2-4cf2-a259-e3dc5476c621",)
    app_ids: tuple[str, ...] = ("00000014-0000-0000-c000-000000000000",)
    service_account: str = "provisioning"
    client_audiences: tuple[str, ...] = ()
    client_subject: str = ""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What an account's administrators may choose.

    ``native_delete`` lets them remove users and groups of SCIM; ``email_domains`` are those that may sign in, all where
    there are none.
    """

    unmatched_filter: UnmatchedFilter = UnmatchedFilter.CREATE
    log_retention_days: int = 730
    """How long the provisioning log is kept; it is dropped by whole months."""
    log_values: bool = False
    """Whether the provisioning log tells the old and new values of attributes, which are personal data."""
    keys_per_owner: int = 5
    tokens_per_key: int = 5
    """Those that open nothing any more do not count."""
    native_delete: bool = False
    email_domains: tuple[str, ...] = ()
    entra: EntraTrust | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One customer's space, the unit of isolation.

    ``seal_key`` is a secret of the account: with it we seal the cursors that its clients carry.  ``schemas`` are those
    that it registered, in the order of their URNs.
    """

    id: str
    name: str
    created: datetime
    seal_key: str = field(repr=False)
    settings: AccountSettings = field(default_factory=AccountSettings)
    schemas: tuple[ExtensionSchema, ...] = ()
