"""Scopes: the account, its organizations, and their projects, each within the one before (harness.md §4.2)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.native.group_identifiers import is_identifier


class Level(StrEnum):
    """How far down a scope lies."""

    ACCOUNT = "account"
    ORG = "org"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Scope:
    """One place in an account, by the identifiers of its organization and project; a project has both."""

    org: str = ""
    project: str = ""

    def __post_init__(self) -> None:
        if self.project and not self.org:
            raise ValueError("a project lies in an organization")

    @property
    def level(self) -> Level:
        if self.project:
            return Level.PROJECT
        return Level.ORG if self.org else Level.ACCOUNT

    @property
    def parents(self) -> tuple["Scope", ...]:
        """The scopes that this one lies in, the account first."""
        return {Level.ACCOUNT: (), Level.ORG: (ACCOUNT,), Level.PROJECT: (ACCOUNT, Scope(self.org))}[self.level]

    @property
    def path(self) -> str:
        """How role bindings name it: empty, ``org`` or ``org/project``."""
        return "/".join(part for part in (self.org, self.project) if part)

    @property
    def all_users(self) -> str:
        """The id of the group of all its users, which is never stored."""
        return f"{_ALL_USERS}{self}"

    def holds(self, other: "Scope") -> bool:
        """Whether *other* is this scope, or lies in it."""
        return self == other or self in other.parents

    @property
    def told(self) -> str:
        """The scope in words, as in ``project web of ops``."""
        words = {Level.ACCOUNT: "account", Level.ORG: f"organization {self.org}"}
        return words.get(self.level, f"project {self.project} of {self.org}")

    def __str__(self) -> str:
        """``account``, ``org.{org}`` or ``project.{org}.{project}``; identifiers have no dots."""
        return ".".join(part for part in (self.level.value, self.org, self.project) if part)


_ALL_USERS = "all-users."
ACCOUNT = Scope()


def read_scope(text: str) -> Scope:
    """The scope that *text* is, as `str` wrote it.  Raises: ValueError."""
    match text.split("."):
        case ["account"]:
            return ACCOUNT
        case ["org", org] if org:
            return Scope(org)
        case ["project", org, project] if org and project:
            return Scope(org, project)
    raise ValueError(f"{text} is no scope")


def scope_of_all_users(group_id: str) -> Scope | None:
    """The scope whose group of all users has this id, whether there is such a scope or not; None for other ids."""
    try:
        scope = read_scope(group_id.removeprefix(_ALL_USERS)) if group_id.startswith(_ALL_USERS) else None
    except ValueError:
        return None
    return scope if scope is None or all(is_identifier(each) for each in (scope.org, scope.project) if each) else None
