"""Who can be given access to an account: users, groups, service accounts; their keys, and the roles bound to them."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,127}")
_CODE_DIGITS = 8


class PrincipalKind(StrEnum):
    """What a role can be bound to; users and service accounts can own keys besides."""

    USER = "user"
    GROUP = "group"
    SERVICE_ACCOUNT = "service-account"


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal of an account; ``str`` of it is how the provisioning log names it as an actor."""

    kind: PrincipalKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


def service_account(identifier: str) -> Principal:
    return Principal(PrincipalKind.SERVICE_ACCOUNT, identifier)


PROVISIONING = service_account("provisioning")
"""Every account has this service account, for the client that provisions into it."""
ADMIN = service_account("admin")
"""Every account has this one too, so that somebody can administer it from the beginning."""
DEFAULT_KEY = "default"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A principal that is no person; while it is not active, its tokens open nothing."""

    id: str
    name: str
    created: datetime
    description: str = ""
    active: bool = True

    @property
    def principal(self) -> Principal:
        return service_account(self.id)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What an owner's tokens are kept under; its tokens live *lifetime_days* unless they are told otherwise.

    0 days stand for tokens that never expire.
    """

    owner: Principal
    id: str
    name: str
    created: datetime
    description: str = ""
    lifetime_days: int = 30


@dataclass(frozen=True, slots=True)
class Role:
    """A set of permissions under a name."""

    id: str
    name: str
    permissions: frozenset[str]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A role given to a principal at a scope: "" is the account, ``org`` or ``org/project`` is below it."""

    principal: Principal
    role: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token of one account, below a key of its owner; of its secret only the SHA-256 is kept.

    It may do what its owner may at the time, and where *permissions* are said nothing beyond them.  After a rotation it
    *retires*.  ``last_used`` is exact to the hour.
    """

    account: str
    id: str
    name: str
    secret_hash: str = field(repr=False)
    created: datetime
    owner: Principal = PROVISIONING
    key: str = DEFAULT_KEY
    permissions: frozenset[str] | None = None
    valid_from: datetime | None = None
    expires: datetime | None = None
    retires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None


type Holding = ServiceAccount | ApiKey | Role | Binding | Token
"""What is kept about access."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All that is kept about access to one account; *version* is opaque, and changes with every change of any of it."""

    service_accounts: tuple[ServiceAccount, ...] = ()
    keys: tuple[ApiKey, ...] = ()
    roles: tuple[Role, ...] = ()
    bindings: tuple[Binding, ...] = ()
    tokens: tuple[Token, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides on a principal's access: whether it is active, the bindings of it and of its groups, the roles."""

    active: bool
    bindings: tuple[Binding, ...] = ()
    roles: tuple[Role, ...] = ()


class PolicyStore(Protocol):
    """What is kept about access to the accounts.  Any call may raise StoreUnavailable."""

    async def get_policy(self, account_id: str) -> Policy:
        """All of it; an account that does not exist has none."""

    async def look(self, account_id: str) -> Policy:
        """The same in one round trip, to decide by and not to change: it has no version."""

    async def change_policy(
        self, account_id: str, version: str, put: Iterable[Holding] = (), remove: Iterable[Holding] = ()
    ) -> None:
        """Write and remove, all or nothing up to 99 at once, if the policy is still the one of *version*.

        Raises: VersionConflict.
        """


def is_identifier(text: str) -> bool:
    """Whether *text* can name a service account, a key or a role (harness.md §2.9)."""
    return _IDENTIFIER.fullmatch(text) is not None


def code_of(principal: Principal) -> str:
    """Eight hexadecimal digits by which what concerns a principal is found; two principals may share them.

    Those of a user are the first of its id, so that its record and groups can be looked up by them.
    """
    if principal.kind is PrincipalKind.USER:
        return principal.id[:_CODE_DIGITS]
    return hashlib.sha256(principal.id.lower().encode()).hexdigest()[:_CODE_DIGITS]
