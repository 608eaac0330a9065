"""The resource models: those of scim2-models, put right where Entra or the RFC needs it.

What differs from the library, each with a test in ``tests/scim/test_models.py``:

* No format is checked: phone numbers, e-mail addresses, URLs and certificates come back exactly as they were sent.
* A ``type`` keeps its letter case; the library rewrites ``WORK`` to ``work``.
* ``manager`` needs neither ``value`` nor ``$ref``: Entra sends an empty value to remove it, and never a reference.
* ``externalId`` is listed in the schemas of both types, and ``password`` in none (see `scim.discovery`).
* ``members`` have no ``display``: what is not kept is not offered.

Both types carry an extension of ours that tells who owns a resource; it is read-only and shown where it is asked for.
"""

from typing import Annotated, Any, Union

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema
from scim2_models import (
    AnyExtension,
    Attribute,
    CaseExact,
    ComplexAttribute,
    Extension,
    External,
    Mutability,
    Reference,
    Required,
    Returned,
    Schema,
    ScimPolicy,
    Uniqueness,
)
from scim2_models import Group as LibraryGroup
from scim2_models import User as LibraryUser
from scim2_models.urn import URN

from scim.comparison import comparison_key

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN_USER_SCHEMA = "urn:rollcall:params:scim:schemas:extension:1.0:User"
OWN_GROUP_SCHEMA = "urn:rollcall:params:scim:schemas:extension:1.0:Group"


class ExternalReference(Reference[External]):
    """An external reference whose text is kept as it came, also where it is no URL."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source_type: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.str_schema()


class Name(ComplexAttribute):
    """The components of the user's name."""

    formatted: str | None = Field(None, description="The full name, formatted for display.")
    family_name: str | None = Field(None, description="The family name, or last name in most Western languages.")
    given_name: str | None = Field(None, description="The given name, or first name in most Western languages.")
    middle_name: str | None = Field(None, description="The middle names.")
    honorific_prefix: str | None = Field(None, description="The honorific prefix, such as 'Ms.'.")
    honorific_suffix: str | None = Field(None, description="The honorific suffix, such as 'III'.")


def _type(*canonical: str) -> Any:
    return Field(None, description="What the value is for.", examples=list(canonical) or None)


class _Value(ComplexAttribute):
    display: str | None = Field(None, description="A human-readable name for display.")
    primary: bool | None = Field(None, description="Whether this is the preferred value; true for one value at most.")


class Email(_Value):
    """An e-mail address."""

    value: str | None = Field(None, description="The e-mail address.")
    type: str | None = _type("work", "home", "other")


class PhoneNumber(_Value):
    """A phone number."""

    value: str | None = Field(None, description="The phone number.")
    type: str | None = _type("work", "home", "mobile", "fax", "pager", "other")


class Im(_Value):
    """An instant messaging address."""

    value: str | None = Field(None, description="The instant messaging address.")
    type: str | None = _type("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo")


class Photo(_Value):
    """A photo of the user."""

    value: ExternalReference | None = Field(None, description="The URL of the photo.")
    type: str | None = _type("photo", "thumbnail")


class Address(ComplexAttribute):
    """A physical mailing address."""

    formatted: str | None = Field(None, description="The full address, formatted for display or a label.")
    street_address: str | None = Field(None, description="The street address, possibly of several lines.")
    locality: str | None = Field(None, description="The city or locality.")
    region: str | None = Field(None, description="The state or region.")
    postal_code: str | None = Field(None, description="The postal code.")
    country: str | None = Field(None, description="The country.")
    type: str | None = _type("work", "home", "other")
    primary: bool | None = Field(None, description="Whether this is the preferred address.")


class Entitlement(_Value):
    """An entitlement of the user."""

    value: str | None = Field(None, description="The entitlement.")
    type: str | None = _type()


class Role(_Value):
    """A role of the user."""

    value: str | None = Field(None, description="The role.")
    type: str | None = _type()


class X509Certificate(_Value):
    """A certificate issued to the user, as base64 text."""

    value: Annotated[str | None, CaseExact.true] = Field(None, description="The certificate, DER in base64.")
    type: str | None = _type()


class Manager(ComplexAttribute):
    """The user's manager."""

    value: Annotated[str | None, CaseExact.true] = Field(None, description="The id of the manager's User resource.")
    ref: Annotated[Reference["User"] | None, CaseExact.true] = Field(
        None,
        serialization_alias="$ref",
        validation_alias="$ref",
        description="The URI of the manager's User resource.",
    )
    display_name: Annotated[str | None, Mutability.read_only] = Field(None, description="The manager's displayName.")


class EnterpriseUser(Extension):
    """Enterprise User"""

    __schema__ = URN(ENTERPRISE_SCHEMA)

    employee_number: str | None = Field(None, description="An identifier that the organization assigned.")
    cost_center: str | None = Field(None, description="The name of a cost center.")
    organization: str | None = Field(None, description="The name of an organization.")
    division: str | None = Field(None, description="The name of a division.")
    department: str | None = Field(None, description="The name of a department.")
    manager: Manager | None = Field(None, description="The user's manager.")


def _told(description: str, *canonical: str) -> Any:
    return Field(None, description=description, examples=list(canonical))


class RollcallUser(Extension):
    """What Rollcall knows of a user"""

    __schema__ = URN(OWN_USER_SCHEMA)

    origin: Annotated[str | None, Mutability.read_only, Returned.request] = _told(
        "Who owns the user: a client that provisions, or the administrators of the account.", "scim", "native"
    )
    state: Annotated[str | None, Mutability.read_only, Returned.request] = _told(
        "Whether the user has access.", "invited", "active", "deactivated"
    )


class RollcallGroup(Extension):
    """What Rollcall knows of a group"""

    __schema__ = URN(OWN_GROUP_SCHEMA)

    identifier: Annotated[str | None, Mutability.read_only, Returned.request, CaseExact.true] = Field(
        None, description="What the group is called where names may change: made from its first name, it never does."
    )
    origin: Annotated[str | None, Mutability.read_only, Returned.request] = _told(
        "Who owns the group: a client that provisions, or the administrators of the account.", "scim", "native"
    )
    scope: Annotated[str | None, Mutability.read_only, Returned.request] = _told(
        "Where the group lives, and below which it is inherited.", "account"
    )


class ExtensibleUser(LibraryUser[AnyExtension]):
    """A user with any extensions"""

    __schema__ = URN(USER_SCHEMA)

    external_id: Annotated[str | None, CaseExact.true] = Field(None, description="The client's key of the resource.")
    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(
        None, description="The unique name of the user, compared without letter case."
    )
    name: Name | None = Field(None, description="The components of the user's name.")  # type: ignore[assignment]
    profile_url: ExternalReference | None = Field(None, description="A URL of the user's online profile.")
    emails: list[Email] | None = Field(None, description="E-mail addresses.")  # type: ignore[assignment]
    phone_numbers: list[PhoneNumber] | None = Field(None, description="Phone numbers.")  # type: ignore[assignment]
    ims: list[Im] | None = Field(None, description="Instant messaging addresses.")  # type: ignore[assignment]
    photos: list[Photo] | None = Field(None, description="URLs of photos.")  # type: ignore[assignment]
    addresses: list[Address] | None = Field(None, description="Mailing addresses.")  # type: ignore[assignment]
    entitlements: list[Entitlement] | None = Field(None, description="Entitlements.")  # type: ignore[assignment]
    roles: list[Role] | None = Field(None, description="Roles.")  # type: ignore[assignment]
    x509_certificates: list[X509Certificate] | None = Field(None, description="Certificates.")  # type: ignore[assignment]


class User(ExtensibleUser[EnterpriseUser | RollcallUser]):
    """User Account"""


class GroupMember(ComplexAttribute):
    """A member of the group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = Field(
        None, description="The id of the member's resource."
    )
    ref: Annotated[Reference[Union["User", "Group"]] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref", description="The URI of the member's resource."
    )
    type: Annotated[str | None, Mutability.immutable] = Field(
        None, description="The type of the member's resource.", examples=["User", "Group"]
    )


class ExtensibleGroup(LibraryGroup):
    """A group with any extensions"""

    __schema__ = URN(GROUP_SCHEMA)

    external_id: Annotated[str | None, CaseExact.true] = Field(None, description="The client's key of the resource.")
    display_name: Annotated[str | None, Required.true, Uniqueness.server] = Field(
        None, description="The name of the group, unique without letter case among the groups that clients provision."
    )
    members: list[GroupMember] | None = Field(None, description="The members of the group.")  # type: ignore[assignment]


class Group(ExtensibleGroup[RollcallGroup]):  # type: ignore[type-arg]  # generic at run time only
    """Group"""


READ_POLICY: ScimPolicy = ScimPolicy(unknown=ScimPolicy.Unknown.ignore, comparison_key=comparison_key)
"""How payloads are read: what no schema has is set aside (and named in the log), never stored."""


CERTIFICATE = ("x509Certificates", "value")
"""The one binary sub-attribute; its base64 is kept as text."""


def schema_of(model: Any) -> Schema:
    """The schema of a model, with what is binary called so."""
    schema: Schema = model.to_schema()
    holder = schema.get_attribute(CERTIFICATE[0])
    if holder is not None:
        holder[CERTIFICATE[1]].type = Attribute.Type.binary
    return schema
