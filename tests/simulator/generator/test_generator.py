"""Made-up tenants are the same for the same seed, large and odd enough, and change in every way that matters."""

import unicodedata
from pathlib import Path

import pytest

from simulator.generator.files import write_tenant
from simulator.graph_json import GraphFolder


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> GraphFolder:
    """A tenant of 1,200 users, which is more than one page, with ten rounds of changes."""
    folder = tmp_path_factory.mktemp("tenant")
    write_tenant(folder, users=1200, groups=120, seed=7, edits=10, assigned=True)
    return GraphFolder(folder)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_seed(tmp_path: Path) -> None:
    """The same seed makes the same files to the byte, another one makes others."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_tenant(tmp_path / name, users=40, groups=5, seed=seed, edits=2)
    first, second, other = (files(tmp_path / name) for name in "abc")
    assert first == second
    assert first.keys() == other.keys()
    assert first != other


def test_size(tenant: GraphFolder) -> None:
    """As many users and groups as were asked for, in pages."""
    directory = tenant.at(0)
    assert (len(directory.users), len(directory.groups), tenant.number_of_deltas) == (1200, 120, 10)


def test_names_in_many_scripts(tenant: GraphFolder) -> None:
    """Latin with marks, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Georgian, Han, Kana and Hangul."""
    letters = {letter for user in tenant.at(0).users.values() for letter in str(user.attributes["displayName"])}
    scripts = {unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha()}
    expected = {"LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI", "THAI", "GEORGIAN", "CJK", "HANGUL"}
    assert scripts >= expected


def test_sign_in_names_are_unique_and_plain(tenant: GraphFolder) -> None:
    """In whatever letter case, in ASCII, and of guests as Entra writes them."""
    names = [str(user.attributes["userPrincipalName"]) for user in tenant.at(0).users.values()]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(name.isascii() for name in names)
    assert 0.01 < sum("#EXT#" in name for name in names) / len(names) < 0.08


def test_people_differ(tenant: GraphFolder) -> None:
    """Some are disabled, some have no mail, phone or department, and most have a manager who exists."""
    users = tenant.at(0).users
    assert any(not user.account_enabled for user in users.values())
    for name in ("mail", "telephoneNumber", "department"):
        assert 0 < sum(name not in user.attributes for user in users.values()) < len(users) / 2
    managers = [user.manager_id for user in users.values() if user.manager_id]
    assert len(managers) > len(users) * 0.8
    assert set(managers) <= set(users)
    assert len(set(managers)) > len(users) / 50


def test_groups_differ(tenant: GraphFolder) -> None:
    """Few are large and many small, some are nested, and names are unique."""
    groups = tenant.at(0).groups.values()
    sizes = sorted(len(group.members) for group in groups)
    assert (sizes[-1] > 1000, sizes[10] < 10) == (True, True)
    assert any(group.nested_groups for group in groups)
    assert len({group.display_name.casefold() for group in groups}) == len(sizes)


def test_changes_of_every_sort(tenant: GraphFolder) -> None:
    """Joiners, leavers, purged and restored people, renames, moves, re-hires, and groups that come, go and change."""
    seen: set[str] = set()
    for number in range(10):
        before, after = tenant.at(number), tenant.at(number + 1)
        for id, user in after.users.items():
            former = before.users.get(id)
            if former is None:
                same = user.attributes["userPrincipalName"] in {
                    each.attributes["userPrincipalName"] for each in before.users.values()
                }
                seen.add("re-hire" if same else "joiner")
                continue
            seen |= {
                what
                for what, happened in (
                    ("leaver", user.soft_deleted and not former.soft_deleted),
                    ("restored", former.soft_deleted and not user.soft_deleted),
                    ("rename", user.attributes.get("surname") != former.attributes.get("surname")),
                    ("mover", user.attributes.get("department") != former.attributes.get("department")),
                    ("disabled", former.account_enabled and not user.account_enabled),
                    ("manager", user.manager_id != former.manager_id),
                )
                if happened
            }
        seen |= {"purged"} if after.purged - before.purged else set()
        seen |= {"group gone"} if set(before.groups) - set(after.groups) else set()
        seen |= {"group new"} if set(after.groups) - set(before.groups) else set()
        for id in set(before.groups) & set(after.groups):
            old, new = before.groups[id], after.groups[id]
            seen |= {"group renamed"} if old.display_name != new.display_name else set()
            seen |= {"member joined"} if set(new.members) - set(old.members) else set()
            seen |= {"member left"} if set(old.members) - set(new.members) else set()
    people = {"joiner", "leaver", "restored", "rename", "mover", "disabled", "manager", "purged", "re-hire"}
    assert seen == people | {"group gone", "group new", "group renamed", "member joined", "member left"}


def test_assignments(tenant: GraphFolder) -> None:
    """Some groups are assigned, and some users directly, with roles; others are not."""
    assignments = tenant.at(0).assignments
    assert assignments is not None
    assert 0 < len(set(tenant.at(0).groups) & set(assignments)) < 120
    assert 0 < len(set(tenant.at(0).users) & set(assignments)) < 1200
    assert {role.value for roles in assignments.values() for role in roles} == {"Reader", "Editor"}


@pytest.mark.parametrize(("users", "groups"), [(1, 0), (1, 5), (3, 2)])
def test_tiny_tenants(tmp_path: Path, users: int, groups: int) -> None:
    """Nobody to change is no error."""
    write_tenant(tmp_path, users=users, groups=groups, seed=1, edits=3)
    assert len(GraphFolder(tmp_path).at(0).users) == users
    assert len(GraphFolder(tmp_path).at(3).users) >= 1
