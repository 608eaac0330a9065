"""The default attribute mappings of a non-gallery application, as data.

Source: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint", and the tables of vendors' set-up guides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from simulator.directory import SourceGroup, SourceUser
from simulator.paths import TargetPath
from simulator.protocol import ENTERPRISE_URN, JsonObject

# What is to stand in the target: only attributes that have a value, because Entra never sends an empty one.
type Mapped = dict[TargetPath, str]

ACTIVE = TargetPath("active")
USER_NAME = TargetPath("userName")
DISPLAY_NAME = TargetPath("displayName")
EXTERNAL_ID = TargetPath("externalId")
MANAGER = TargetPath("manager", urn=ENTERPRISE_URN)
MANAGER_VALUE = TargetPath("manager", "value", urn=ENTERPRISE_URN)

_GUEST = re.compile(r"^(?P<alias>.+)_(?P<domain>[^_]+)#EXT#@.+$", re.IGNORECASE)


class Source(Protocol):
    """Where a mapping takes its value from."""

    def value(self, user: SourceUser) -> str | None:
        """Return the value for *user*, or ``None`` to leave the target alone."""


@dataclass(frozen=True)
class Direct:
    """One source attribute as it is."""

    name: str

    def value(self, user: SourceUser) -> str | None:
        return user.attributes.get(self.name) or None


@dataclass(frozen=True)
class PrincipalName:
    """``userPrincipalName``; a guest's is turned back into the address that the guest was invited by."""

    def value(self, user: SourceUser) -> str | None:
        return sign_in_name(user.attributes.get("userPrincipalName", "")) or None


@dataclass(frozen=True)
class Join:
    """``Join(" ", [a], [b])``: what there is of the source attributes, one separator between."""

    separator: str
    names: tuple[str, ...]

    def value(self, user: SourceUser) -> str | None:
        present = (user.attributes.get(name) for name in self.names)
        return self.separator.join(part for part in present if part) or None


@dataclass(frozen=True)
class IsActive:
    """``Switch([IsSoftDeleted], , "False", "True", "True", "False")``: a string, as every expression gives."""

    def value(self, user: SourceUser) -> str | None:
        return str(user.account_enabled)


@dataclass(frozen=True)
class AttributeMapping:
    """One row of the mapping page."""

    source: Source
    target: TargetPath


USER_MAPPINGS = (
    AttributeMapping(PrincipalName(), USER_NAME),  # the matching attribute
    AttributeMapping(IsActive(), ACTIVE),
    AttributeMapping(Direct("displayName"), DISPLAY_NAME),
    AttributeMapping(Direct("jobTitle"), TargetPath("title")),
    AttributeMapping(Direct("mail"), TargetPath("emails", "value", type="work")),
    AttributeMapping(Direct("preferredLanguage"), TargetPath("preferredLanguage")),
    AttributeMapping(Direct("givenName"), TargetPath("name", "givenName")),
    AttributeMapping(Direct("surname"), TargetPath("name", "familyName")),
    AttributeMapping(Join(" ", ("givenName", "surname")), TargetPath("name", "formatted")),
    AttributeMapping(Direct("physicalDeliveryOfficeName"), TargetPath("addresses", "formatted", type="work")),
    AttributeMapping(Direct("streetAddress"), TargetPath("addresses", "streetAddress", type="work")),
    AttributeMapping(Direct("city"), TargetPath("addresses", "locality", type="work")),
    AttributeMapping(Direct("state"), TargetPath("addresses", "region", type="work")),
    AttributeMapping(Direct("postalCode"), TargetPath("addresses", "postalCode", type="work")),
    AttributeMapping(Direct("country"), TargetPath("addresses", "country", type="work")),
    AttributeMapping(Direct("telephoneNumber"), TargetPath("phoneNumbers", "value", type="work")),
    AttributeMapping(Direct("mobile"), TargetPath("phoneNumbers", "value", type="mobile")),
    AttributeMapping(Direct("facsimileTelephoneNumber"), TargetPath("phoneNumbers", "value", type="fax")),
    AttributeMapping(Direct("mailNickname"), EXTERNAL_ID),
    AttributeMapping(Direct("employeeId"), TargetPath("employeeNumber", urn=ENTERPRISE_URN)),
    AttributeMapping(Direct("department"), TargetPath("department", urn=ENTERPRISE_URN)),
)


@dataclass(frozen=True)
class Change:
    """One attribute to write; ``had_value`` decides between Add and Replace."""

    target: TargetPath
    value: str
    had_value: bool


def sign_in_name(principal_name: str) -> str:
    """Return *principal_name*, a guest's ``alias_domain#EXT#@tenant`` as ``alias@domain``.

    The last underscore is the one that stood for ``@``, because a domain name holds none.
    """
    guest = _GUEST.match(principal_name)
    return f"{guest['alias']}@{guest['domain']}" if guest else principal_name


def map_user(user: SourceUser) -> Mapped:
    """Return what is to stand in the target for *user*, without references."""
    values = ((mapping.target, mapping.source.value(user)) for mapping in USER_MAPPINGS)
    return {target: value for target, value in values if value is not None}


def map_group(group: SourceGroup) -> Mapped:
    """Return what is to stand in the target for *group*, without members."""
    mapped = {DISPLAY_NAME: group.display_name} if group.display_name else {}
    return {**mapped, EXTERNAL_ID: group.id}


def changes(mapped: Mapped, resource: JsonObject) -> tuple[Change, ...]:
    """Return what differs between *mapped* and *resource* as the target gave it; nothing is ever cleared."""
    return tuple(_changes(mapped, resource))


def _changes(mapped: Mapped, resource: JsonObject) -> Iterable[Change]:
    for target, value in mapped.items():
        current = target.read(resource)
        # A boolean compares as the string that the expression gives: True is "True".
        if current is None or str(current) != value:
            yield Change(target, value, had_value=current is not None)


def snapshot(mapped: Mapped) -> dict[str, str]:
    """Return *mapped* as it is kept in the state file."""
    return {str(target): value for target, value in mapped.items()}
