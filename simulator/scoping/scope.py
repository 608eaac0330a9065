"""Who is in scope of a job: by assignment to the application, then by scoping filters.

Source: Microsoft Learn, "How application provisioning works" (scoping), "Known issues for provisioning".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from simulator.directory import Directory, SourceGroup
from simulator.mapping.model import ObjectMapping, Schema
from simulator.scoping.filters import in_scope
from simulator.source import Attributes, group_attributes, user_attributes
from simulator.values import AppRole

NOT_ASSIGNED = "not assigned to the application, nor a direct member of an assigned group"
GROUP_NOT_ASSIGNED = "not assigned to the application"
NOT_SECURITY = "assigned, but not a security group"
FILTERED = "outside of the scoping filters"
INPUT_FILTERED = "kept out by an input filter"
NOT_MAPPED = "objects of this kind are not mapped"


@dataclass(frozen=True)
class Scope:
    """Why each object that is out of scope is so; who is not named is in scope.

    ``roles`` holds the roles of each user, those by way of a group included. ``untouched`` are objects that an input
    filter keeps out, who are not deprovisioned.
    """

    users: Mapping[str, str]
    groups: Mapping[str, str]
    roles: Mapping[str, tuple[AppRole, ...]]
    untouched: frozenset[str] = frozenset()


def scope_of(directory: Directory, schema: Schema, *, assigned_only: bool) -> Scope:
    """Return who of *directory* is in scope; nobody is if only the assigned are to be and nothing is assigned."""
    roles = _roles(directory)
    users, untouched_users = _out_of_scope(
        schema.users,
        directory.users,
        lambda id: user_attributes(directory.users[id], roles.get(id, ())),
        lambda id: None if not assigned_only or id in roles else NOT_ASSIGNED,
    )
    groups, untouched_groups = _out_of_scope(
        schema.groups,
        directory.groups,
        lambda id: group_attributes(directory.groups[id]),
        lambda id: _unassigned(directory, directory.groups[id]) if assigned_only else None,
    )
    return Scope(users, groups, roles, untouched_users | untouched_groups)


def _roles(directory: Directory) -> dict[str, tuple[AppRole, ...]]:
    """Return the roles of every user who is assigned, directly or as a direct member of an assigned security group."""
    found: dict[str, dict[str, AppRole]] = {}
    for principal, roles in (directory.assignments or {}).items():
        group = directory.groups.get(principal)
        if group and not _is_security_group(group):
            continue
        for id in group.members if group else (principal,):
            found.setdefault(id, {}).update({role.id: role for role in roles if role.value})
    return {id: tuple(roles.values()) for id, roles in found.items()}


def _unassigned(directory: Directory, group: SourceGroup) -> str | None:
    if group.id not in (directory.assignments or {}):
        return GROUP_NOT_ASSIGNED
    return None if _is_security_group(group) else NOT_SECURITY


def _is_security_group(group: SourceGroup) -> bool:
    # The portal's exports do not tell.
    return group.attributes.get("securityEnabled") is not False


def _out_of_scope(
    mapping: ObjectMapping,
    ids: Iterable[str],
    attributes: Callable[[str], Attributes],
    unassigned: Callable[[str], str | None],
) -> tuple[dict[str, str], frozenset[str]]:
    if not mapping.enabled:
        return dict.fromkeys(ids, NOT_MAPPED), frozenset(ids)
    filtered = bool(mapping.scope or mapping.input_filters)
    out: dict[str, str] = {}
    untouched: set[str] = set()
    for id in ids:
        if reason := unassigned(id):
            out[id] = reason
        elif filtered and not in_scope(mapping.input_filters, attributes(id)):
            out[id] = INPUT_FILTERED
            untouched.add(id)
        elif filtered and not in_scope(mapping.scope, attributes(id)):
            out[id] = FILTERED
    return out, frozenset(untouched)
