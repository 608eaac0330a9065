"""Pages of Graph's delta queries change a directory as Graph means them."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.directory import Directory, DirectoryError
from simulator.graph_json import GraphFolder

USER = {"@odata.type": "#microsoft.graph.user"}
DELETED, CHANGED = {"reason": "deleted"}, {"reason": "changed"}


def folder_of(path: Path, *deltas: dict[str, list[dict[str, Any]]], **files: list[dict[str, Any]]) -> GraphFolder:
    """A folder with these files, and a folder of delta pages for each of *deltas*."""
    for folder, content in ((path, files), *((path / "deltas" / f"{n:03}", each) for n, each in enumerate(deltas, 1))):
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in content.items():
            (folder / f"{name}.json").write_text(json.dumps({"value": value}), encoding="utf-8")
    return GraphFolder(path)


ADA = {"id": "a", "userPrincipalName": "ada@x.example", "jobTitle": "Boss", "accountEnabled": True}


def changed(tmp_path: Path, change: dict[str, Any]) -> Directory:
    return folder_of(tmp_path, {"users": [change]}, users=[ADA]).at(1)


def test_properties_change_and_go(tmp_path: Path) -> None:
    """Only what changed is listed; null means that it is gone."""
    user = changed(tmp_path, {"id": "a", "jobTitle": None, "department": "R&D"}).users["a"]
    assert user.attributes == {"userPrincipalName": "ada@x.example", "department": "R&D"}


@pytest.mark.parametrize(
    ("references", "manager"),
    [
        ([USER | {"id": "m"}], "m"),
        ([USER | {"id": "m", "@removed": DELETED}], None),
        ([USER | {"id": "m", "@removed": DELETED}, USER | {"id": "n"}], "n"),
    ],
)
def test_manager(tmp_path: Path, references: list[dict[str, Any]], manager: str | None) -> None:
    """A manager comes, goes, or is replaced."""
    assert changed(tmp_path, {"id": "a", "manager@delta": references}).users["a"].manager_id == manager


def test_user_in_the_recycle_bin_keeps_attributes(tmp_path: Path) -> None:
    """A soft-deleted user can be restored, and is whole again then."""
    removed = {"id": "a", "@removed": CHANGED}
    source = folder_of(tmp_path, {"users": [removed]}, {"users": [{"id": "a", "jobTitle": "Back"}]}, users=[ADA])
    assert [source.at(number).users["a"].soft_deleted for number in (0, 1, 2)] == [False, True, False]
    assert source.at(2).users["a"].attributes["jobTitle"] == "Back"


def test_user_who_is_deleted_for_good(tmp_path: Path) -> None:
    """The id is remembered as purged."""
    directory = changed(tmp_path, {"id": "a", "@removed": DELETED})
    assert (dict(directory.users), set(directory.purged)) == ({}, {"a"})


def test_groups_and_members(tmp_path: Path) -> None:
    """Members come and go one by one; a group may come, be renamed or go, whatever the reason."""
    first = {"id": "g", "displayName": "G", "members": [USER | {"id": "a"}, USER | {"id": "b"}]}
    members = [USER | {"id": "c"}, USER | {"id": "a", "@removed": DELETED}]
    source = folder_of(
        tmp_path,
        {"groups": [{"id": "g", "displayName": "Renamed", "members@delta": members}, {"id": "h", "displayName": "H"}]},
        {"groups": [{"id": "h", "@removed": CHANGED}]},
        users=[],
        groups=[first],
    )
    assert source.at(1).groups["g"].members == ("b", "c")
    assert [each.display_name for each in source.at(1).groups.values()] == ["Renamed", "H"]
    assert list(source.at(2).groups) == ["g"]


def test_any_moment_can_be_asked_for(tmp_path: Path) -> None:
    """Going back reads the folder anew, and beyond the last change nothing more happens."""
    titles = [{"users": [{"id": "a", "jobTitle": str(number)}]} for number in (1, 2)]
    source = folder_of(tmp_path, *titles, users=[ADA])
    seen = [source.at(number).users["a"].attributes["jobTitle"] for number in (2, 0, 1, 9)]
    assert (seen, source.number_of_deltas) == (["2", "Boss", "1", "2"], 2)


def test_assignments_and_roles(tmp_path: Path) -> None:
    """Who is assigned with which role; a role that is not listed is kept by its id alone."""
    assigned = [
        {"id": "1", "principalId": "a", "appRoleId": "r"},
        {"id": "2", "principalId": "g", "appRoleId": "other"},
    ]
    source = folder_of(tmp_path, users=[ADA], appRoleAssignedTo=assigned)
    roles = {"appRoles": [{"id": "r", "value": "Admin", "displayName": "Administrator"}]}
    (tmp_path / "servicePrincipal.json").write_text(json.dumps(roles), encoding="utf-8")
    assignments = source.at(0).assignments
    assert assignments is not None
    assert [(role.value, role.id) for id in ("a", "g") for role in assignments[id]] == [("Admin", "r"), ("", "other")]


def test_without_assignments_nothing_is_known(tmp_path: Path) -> None:
    """That is not the same as nobody being assigned."""
    assert folder_of(tmp_path, users=[ADA]).at(0).assignments is None
    assert folder_of(tmp_path, users=[ADA], appRoleAssignedTo=[]).at(0).assignments == {}


def test_attributes_of_every_type(tmp_path: Path) -> None:
    """Lists of text, numbers, booleans and extension attributes can be mapped; what is empty is left out."""
    user = ADA | {
        "proxyAddresses": ["SMTP:a@x.example", "smtp:b@x.example"],
        "onPremisesExtensionAttributes": {"extensionAttribute1": "x", "extensionAttribute2": None},
        "employeeLevel": 7,
        "onPremisesSyncEnabled": False,
        "identities": [{"signInType": "x"}],
        "city": " ",
    }
    attributes = folder_of(tmp_path, users=[user]).at(0).users["a"].attributes
    assert attributes["proxyAddresses"] == ("SMTP:a@x.example", "smtp:b@x.example")
    assert (attributes["extensionAttribute1"], attributes["employeeLevel"]) == ("x", 7)
    assert (attributes["onPremisesSyncEnabled"], {"identities", "city", "extensionAttribute2"} & {*attributes}) == (
        False,
        set(),
    )


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("users", {"id": "a", "@removed": True}),
        ("users", {"id": "a", "manager@delta": None}),
        ("users", {"id": "a", "manager@delta": ["m"]}),
        ("groups", {"id": "g", "members@delta": 7}),
        ("groups", {"id": "g", "members@delta": [{"displayName": "no id"}]}),
    ],
)
def test_what_is_no_delta_is_said(tmp_path: Path, kind: str, change: dict[str, Any]) -> None:
    """The error names the file and the object."""
    with pytest.raises(DirectoryError, match=rf"{kind}\.json: .*object {change['id']}"):
        folder_of(tmp_path, {kind: [change]}, users=[ADA]).at(1)
