"""What the manager API takes and shows of service accounts, roles, keys and tokens."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictBool

from domain.access import tokens
from domain.access.administration import version_of
from domain.access.principals import ApiKey, Binding, Holding, Principal, PrincipalKind, Role, ServiceAccount, Token
from routes.manager.common import Body, View
from scim.versions import weak_etag

Identifier = Annotated[str, Field(max_length=128)]
Name = Annotated[str, Field(max_length=128)]
Description = Annotated[str, Field(max_length=1_024)]
Permissions = Annotated[frozenset[str], Field(max_length=100)]
Kind = Literal["user", "group", "service-account"]
OwnerKind = Literal["user", "service-account"]
Hours = Annotated[float, Field(ge=0, le=87_600)]


class PrincipalBody(Body):
    """A principal: by its kind and its id."""

    kind: Kind
    id: Identifier

    def principal(self) -> Principal:
        return Principal(PrincipalKind(self.kind), self.id)


class OwnerBody(Body):
    """The owner of keys: groups own none."""

    kind: OwnerKind = "service-account"
    id: Identifier

    def principal(self) -> Principal:
        return Principal(PrincipalKind(self.kind), self.id)


class PrincipalView(View):
    """A principal: by its kind and its id."""

    kind: Kind
    id: str

    @classmethod
    def of(cls, principal: Principal) -> "PrincipalView":
        return cls(kind=principal.kind.value, id=principal.id)


# Service accounts and roles


class NewServiceAccount(Body):
    """A service account to be created; it may do nothing until a role is bound to it."""

    id: Identifier
    name: Name
    description: Description = ""


class ChangedServiceAccount(Body):
    """What is to be changed; what is left out stays."""

    name: Name | None = None
    description: Description | None = None
    active: StrictBool | None = None


class ServiceAccountView(View):
    """A service account; while it is not active its tokens open nothing."""

    id: str
    name: str
    description: str
    active: bool
    created: datetime
    version: str

    @classmethod
    def of(cls, found: ServiceAccount) -> "ServiceAccountView":
        return cls(
            id=found.id,
            name=found.name,
            description=found.description,
            active=found.active,
            created=found.created,
            version=etag(found),
        )


class NewRole(Body):
    """A role of the account's own."""

    id: Identifier
    name: Name
    description: Description = ""
    permissions: Permissions


class ChangedRole(Body):
    """What the role is from now on."""

    name: Name
    description: Description = ""
    permissions: Permissions


class RoleView(View):
    """A role; those that are built in cannot be changed."""

    id: str
    name: str
    description: str
    permissions: list[str]
    built_in: bool
    version: str

    @classmethod
    def of(cls, found: Role) -> "RoleView":
        return cls(
            id=found.id,
            name=found.name,
            description=found.description,
            permissions=sorted(found.permissions),
            built_in=found.id.startswith("_"),
            version=etag(found),
        )


class BindingBody(Body):
    """A role for a principal; without a scope at the account."""

    principal: PrincipalBody
    role: Identifier
    scope: Annotated[str, Field(max_length=257)] = ""

    def binding(self) -> Binding:
        return Binding(self.principal.principal(), self.role, self.scope)


class BindingView(View):
    """A role that a principal has at a scope; an empty one is the account."""

    principal: PrincipalView
    role: str
    scope: str

    @classmethod
    def of(cls, found: Binding) -> "BindingView":
        return cls(principal=PrincipalView.of(found.principal), role=found.role, scope=found.scope)


# Keys and tokens


class NewKey(Body):
    """A key to be created; its tokens live so many days unless they are told otherwise, with 0 for ever."""

    owner: OwnerBody
    id: Identifier
    name: Name
    description: Description = ""
    lifetime_days: Annotated[int, Field(ge=0, le=3_650)] = 30


class KeyView(View):
    """A key of an owner."""

    owner: PrincipalView
    id: str
    name: str
    description: str
    lifetime_days: int
    created: datetime
    version: str

    @classmethod
    def of(cls, found: ApiKey) -> "KeyView":
        return cls(
            owner=PrincipalView.of(found.owner),
            id=found.id,
            name=found.name,
            description=found.description,
            lifetime_days=found.lifetime_days,
            created=found.created,
            version=etag(found),
        )


class NewToken(Body):
    """A token to be issued; its key says how long it lives, unless `lifetimeDays` or `neverExpires` does."""

    owner: OwnerBody
    key: Identifier = "default"
    name: Name = ""
    permissions: Permissions | None = None
    lifetime_days: Annotated[int | None, Field(ge=1, le=3_650)] = None
    never_expires: StrictBool = False
    valid_from: AwareDatetime | None = None


class Rotation(Body):
    """How long the old token works on."""

    overlap_hours: Hours = 24


class ChangedToken(Body):
    """When the token ends: after so many hours, or never where it is null."""

    expires_in_hours: Hours | None


class TokenView(View):
    """A token, without its secret; `expires` is when it ends, whatever the reason."""

    id: str
    name: str
    owner: PrincipalView
    key: str
    permissions: list[str] | None = None
    created: datetime
    valid_from: datetime | None = None
    expires: datetime | None = None
    last_used: datetime | None = None
    rotated: bool
    revoked: bool
    version: str

    @classmethod
    def of(cls, found: Token) -> "TokenView":
        return cls(
            id=found.id,
            name=found.name,
            owner=PrincipalView.of(found.owner),
            key=found.key,
            permissions=None if found.permissions is None else sorted(found.permissions),
            created=found.created,
            valid_from=found.valid_from,
            expires=tokens.ends(found),
            last_used=found.last_used,
            rotated=found.retires is not None,
            revoked=found.revoked is not None,
            version=etag(found),
        )


class IssuedToken(View):
    """A new token and its text, which is shown this once."""

    token: TokenView
    text: str


def etag(holding: Holding) -> str:
    return weak_etag(version_of(holding))
