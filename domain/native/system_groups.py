"""Groups of our own: in each scope one of all its users, never stored and never changed (harness.md §2.13)."""

from domain.access.signin import Caller
from domain.model import GroupRecord, Origin
from domain.native.group_identifiers import ALL_USERS
from domain.native.scopes import ACCOUNT, Level, Scope, read_scope

_PREFIX = "all-users."
_NAMES = {
    Level.ACCOUNT: "All Account Users",
    Level.ORG: "All Organization Users",
    Level.PROJECT: "All Project Users",
}


def group_of_all(caller: Caller, scope: Scope = ACCOUNT) -> GroupRecord:
    """The group of all users of *scope*."""
    created = caller.account.created
    return GroupRecord(
        f"{_PREFIX}{scope}",
        {"displayName": _NAMES[scope.level]},
        created,
        created,
        Origin.SYSTEM,
        version="system",
        identifier=ALL_USERS[scope.level.value],
        scope=scope,
    )


def scope_named(group_id: str) -> Scope | None:
    """The scope whose group of all users has this id, whether there is such a scope or not; None for other ids."""
    try:
        return read_scope(group_id.removeprefix(_PREFIX)) if group_id.startswith(_PREFIX) else None
    except ValueError:
        return None
