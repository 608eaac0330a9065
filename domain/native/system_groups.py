"""Groups of our own: in each scope one of all its users, never stored and never changed (harness.md §2.13)."""

from domain.access.signin import Caller
from domain.model import GroupRecord, Origin
from domain.native.group_identifiers import ALL_USERS
from domain.native.scopes import ACCOUNT, Level, Scope

_NAMES = {
    Level.ACCOUNT: "All Account Users",
    Level.ORG: "All Organization Users",
    Level.PROJECT: "All Project Users",
}


def group_of_all(caller: Caller, scope: Scope = ACCOUNT) -> GroupRecord:
    """The group of all users of *scope*."""
    created = caller.account.created
    return GroupRecord(
        scope.all_users,
        {"displayName": _NAMES[scope.level]},
        created,
        created,
        Origin.SYSTEM,
        version="system",
        identifier=ALL_USERS[scope.level.value],
        scope=scope,
    )
