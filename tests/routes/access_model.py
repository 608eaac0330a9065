"""Who may do what in an account, as a model of its own says."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.access.roles import ALL, PROVISION, VIEW

OPENER = frozenset({"core_organization_manage", "core_project_manage"})
"""What a role of the account's own may: say who is in a place."""
SCOPES = ("", "ops", "ops/web", "dev")
PERMISSIONS = {"_account_admin": ALL, "_user_provisioner": PROVISION, "_auditor": VIEW, "opener": OPENER}
PLACES = {"ops": "/orgs/ops", "ops/web": "/orgs/ops/projects/web", "dev": "/orgs/dev"}
MANAGES = {"ops": "core_organization_manage", "dev": "core_organization_manage", "ops/web": "core_project_manage"}
ALL_USERS = {
    "": "all-users.account",
    "ops": "all-users.org.ops",
    "ops/web": "all-users.project.ops.web",
    "dev": "all-users.org.dev",
}

type Right = tuple[str, str]
"""A permission, and the scope at which somebody has it."""
type Given = tuple[str, str, str]
"""Whose role it is, as ``user:{id}``, which role, and at which scope."""


@dataclass
class Person:
    """What decides whether a user gets in."""

    email: str
    active: bool = True
    locked: bool = False
    scim: bool = True
    places: set[str] = field(default_factory=set)


@dataclass
class Model:
    """An account as it should be."""

    users: dict[str, Person] = field(default_factory=dict)
    robots: dict[str, bool] = field(default_factory=lambda: {"admin": True, "provisioning": True})
    groups: dict[str, set[str]] = field(default_factory=dict)
    native: dict[str, str] = field(default_factory=dict)
    bound: set[Given] = field(
        default_factory=lambda: {
            ("service-account:admin", "_account_admin", ""),
            ("service-account:provisioning", "_user_provisioner", ""),
        }
    )

    def principals(self) -> Iterator[str]:
        yield from (f"service-account:{each}" for each in self.robots)
        yield from (f"user:{each}" for each in self.users)

    def gets_in(self, principal: str) -> bool:
        kind, _, named = principal.partition(":")
        if kind == "service-account":
            return self.robots.get(named, False)
        return named in self.users and self.users[named].active and not self.users[named].locked

    def names_of(self, principal: str) -> set[str]:
        """The principal, and the groups whose roles it has."""
        kind, _, named = principal.partition(":")
        if kind != "user":
            return {principal}
        own = {ALL_USERS[each] for each in {"", *self.users[named].places}}
        own |= {group for group, members in self.groups.items() if named in members}
        return {principal, *(f"group:{each}" for each in own)}

    def rights(self, principal: str) -> frozenset[Right]:
        """All that a principal may do, and where."""
        if not self.gets_in(principal):
            return frozenset()
        names = self.names_of(principal)
        return frozenset(
            (permission, inner)
            for name, role, scope in self.bound
            if name in names
            for inner in SCOPES
            if scope in ("", inner) or inner.startswith(f"{scope}/")
            for permission in PERMISSIONS[role]
        )

    def everything(self) -> dict[str, frozenset[Right]]:
        return {each: self.rights(each) for each in self.principals()}

    def has_admin(self) -> bool:
        """Whether somebody is Account Admin who was chosen to be."""
        chosen = {name for name, role, scope in self.bound if (role, scope) == ("_account_admin", "")}
        chosen -= {f"group:{each}" for each in ALL_USERS.values()}
        return any(self.gets_in(each) and not chosen.isdisjoint(self.names_of(each)) for each in self.principals())

    def forget_user(self, user: str) -> None:
        del self.users[user]
        for members in self.groups.values():
            members.discard(user)
