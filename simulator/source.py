"""The source attributes of an object as mappings and scoping filters see them, with those that Entra makes up."""

import hashlib
import re
from collections.abc import Mapping

from simulator.directory import SourceGroup, SourceUser
from simulator.values import AppRole, Value

_GUEST = re.compile(r"^(?P<alias>.+)_(?P<domain>[^_]+)#EXT#@.+$", re.IGNORECASE)

type Attributes = Mapping[str, Value]


def user_attributes(user: SourceUser, roles: tuple[AppRole, ...] = ()) -> Attributes:
    """Return the attributes of *user*, who has *roles*.

    ``IsSoftDeleted`` is true of a user who is disabled or in the recycle bin; leaving scope makes it true later.
    """
    principal_name = str(user.attributes.get("userPrincipalName", ""))
    return {
        **user.attributes,
        "objectId": user.id,
        "accountEnabled": user.account_enabled,
        "IsSoftDeleted": user.soft_deleted or not user.account_enabled,
        "userPrincipalName": sign_in_name(principal_name) or None,
        "originalUserPrincipalName": principal_name or None,
        "appRoleAssignments": roles or None,
    }


def group_attributes(group: SourceGroup) -> Attributes:
    """Return the attributes of *group*, without its members."""
    return {**group.attributes, "objectId": group.id, "displayName": group.display_name or None, "IsSoftDeleted": False}


def sign_in_name(principal_name: str) -> str:
    """Return *principal_name*, a guest's ``alias_domain#EXT#@tenant`` as ``alias@domain``.

    The last underscore is the one that stood for ``@``, because a domain name holds none.
    """
    guest = _GUEST.match(principal_name)
    return f"{guest['alias']}@{guest['domain']}" if guest else principal_name


def mark_of(attributes: Attributes) -> str:
    """Return a short text that is another one as soon as an attribute is: how a cycle knows what changed."""
    present = sorted((name, value) for name, value in attributes.items() if value is not None)
    return hashlib.blake2b(repr(present).encode(), digest_size=9).hexdigest()
