"""The source directory: users and groups as Entra holds them, whatever file they came from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from simulator.values import AppRole, Value


class DirectoryError(Exception):
    """A directory cannot be read; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class SourceUser:
    """One user in Entra.

    ``attributes`` is keyed by the source attribute names of the mapping page (``userPrincipalName``, ``jobTitle``,
    ``physicalDeliveryOfficeName``, …) and holds only attributes that have a value. A soft-deleted user lies in the
    recycle bin.
    """

    id: str
    attributes: Mapping[str, Value]
    account_enabled: bool = True
    manager_id: str | None = None
    soft_deleted: bool = False

    @property
    def name(self) -> str:
        """Return what a person would call this user in a report."""
        return str(self.attributes.get("userPrincipalName") or self.attributes.get("displayName") or self.id)


@dataclass(frozen=True)
class SourceGroup:
    """One group in Entra with its direct members; nested groups are kept apart, as they are not provisioned."""

    id: str
    display_name: str
    members: tuple[str, ...] = ()
    nested_groups: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what a person would call this group in a report."""
        return self.display_name or self.id


@dataclass(frozen=True)
class Directory:
    """All users and groups of a tenant, keyed by their Entra object id.

    ``assignments`` are the users and groups that are assigned to the application, with their roles; ``None`` where
    nothing is known of assignments. ``purged`` are the ids of users who were deleted for good. ``told_domain`` is the
    tenant's default domain if an export says so.
    """

    users: Mapping[str, SourceUser] = field(default_factory=dict)
    groups: Mapping[str, SourceGroup] = field(default_factory=dict)
    assignments: Mapping[str, tuple[AppRole, ...]] | None = None
    purged: frozenset[str] = frozenset()
    told_domain: str = ""

    @cached_property
    def default_domain(self) -> str:
        """Return the tenant's default domain, by most sign-in names if nothing tells; guests have another one."""
        names = (str(user.attributes.get("userPrincipalName", "")) for user in self.users.values())
        domains = Counter(name.rpartition("@")[2].lower() for name in names if "@" in name and "#EXT#" not in name)
        return self.told_domain or next((domain for domain, _ in domains.most_common(1)), "")


def directory_of(
    users: Iterable[SourceUser],
    groups: Iterable[SourceGroup],
    assignments: Mapping[str, tuple[AppRole, ...]] | None = None,
) -> Directory:
    """Return the directory of *users* and *groups*; equal repetitions count once, as exports may overlap.

    Raises:
        DirectoryError: Two different objects carry the same id.
    """
    return Directory(_by_id(users), _by_id(groups), assignments)


def _by_id[T: (SourceUser, SourceGroup)](objects: Iterable[T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for each in objects:
        if found.setdefault(each.id, each) != each:
            raise DirectoryError(f"two different objects have the id {each.id}: {found[each.id].name} and {each.name}")
    return found
