"""The membership of one member in one group as a resource of its own, after an Internet-Draft.

With it a group is read in pages, however many members it has.  What we do not keep, ``display``, is not offered.
Source: draft-zollner-scim-group-members-01 §4, 15 April 2026.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import CaseExact, ComplexAttribute, Mutability, Reference, Required, Resource
from scim2_models.urn import URN

from scim.models import Group, User

GROUP_MEMBER = "GroupMember"
"""The SCIM name of the resource type."""


class GroupReference(ComplexAttribute):
    """The group that has the member."""

    value: Annotated[str | None, Mutability.immutable, Required.true, CaseExact.true] = Field(
        None, description="The id of the group."
    )
    ref: Annotated[Reference[Group] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref", description="The URI of the group."
    )


class MemberReference(ComplexAttribute):
    """The user, or the nested group, that is the member."""

    value: Annotated[str | None, Mutability.immutable, Required.true, CaseExact.true] = Field(
        None, description="The id of the member's resource."
    )
    ref: Annotated[Reference[User | Group] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref", description="The URI of the member's resource."
    )
    type: Annotated[str | None, Mutability.read_only] = Field(
        None, description="The type of the member's resource.", examples=["User", "Group"]
    )


class GroupMember(Resource[Any]):
    """One member of one group (after draft-zollner-scim-group-members-01, a draft that may still change)"""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:GroupMember")

    group: Annotated[GroupReference | None, Mutability.immutable, Required.true] = Field(
        None, description="The group that has the member."
    )
    member: Annotated[MemberReference | None, Mutability.immutable, Required.true] = Field(
        None, description="The user, or the nested group, that is the member."
    )
