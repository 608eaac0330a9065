"""Directories in the shape of Microsoft Graph's answers are read, page after page."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.directory import DirectoryError
from simulator.folder import read_directory

USER = {
    "id": "u1",
    "accountEnabled": True,
    "userPrincipalName": "ada@contoso.example",
    "displayName": "Ada",
    "givenName": None,
    "mobilePhone": "+47 1",
    "businessPhones": ["+47 2", "+47 3"],
    "faxNumber": "+47 4",
    "officeLocation": "HQ/3",
    "manager": {"@odata.type": "#microsoft.graph.user", "id": "u2"},
}


def write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_properties_become_source_attributes(tmp_path: Path) -> None:
    """Graph's names are turned into those of the mapping page; null is no value."""
    user = read_directory(write(tmp_path, users={"value": [USER]})).users["u1"]
    assert user.attributes == {
        "userPrincipalName": "ada@contoso.example",
        "displayName": "Ada",
        "mobile": "+47 1",
        "telephoneNumber": "+47 2",
        "facsimileTelephoneNumber": "+47 4",
        "physicalDeliveryOfficeName": "HQ/3",
    }
    assert (user.manager_id, user.account_enabled) == ("u2", True)


@pytest.mark.parametrize(
    "files",
    [
        {"users": [{"id": "u1"}, {"id": "u2"}]},
        {"users": {"@odata.context": "…", "value": [{"id": "u1"}, {"id": "u2"}]}},
        {"users": [{"@odata.nextLink": "…", "value": [{"id": "u1"}]}, {"value": [{"id": "u2"}]}]},
        {"users-1": {"@odata.nextLink": "…", "value": [{"id": "u1"}]}, "users-2": {"value": [{"id": "u2"}]}},
    ],
)
def test_pages(tmp_path: Path, files: dict[str, Any]) -> None:
    """A plain list, a page, a list of pages and a file for each page are the same."""
    assert list(read_directory(write(tmp_path, **files)).users) == ["u1", "u2"]


def test_members_by_group(tmp_path: Path) -> None:
    """Members come expanded in the group or in a file of their own; only users count, nested groups are kept apart."""
    listed = [
        {"id": "u2"},
        {"@odata.type": "#microsoft.graph.group", "id": "g2"},
        {"@odata.type": "#x.device", "id": "d"},
    ]
    folder = write(
        tmp_path,
        users=[],
        groups=[{"id": "g1", "displayName": "Sales", "members": [{"id": "u1"}]}, {"id": "g2", "displayName": "Inner"}],
        members={"g1": {"value": listed}},
    )
    group = read_directory(folder).groups["g1"]
    assert (group.members, group.nested_groups) == (("u1", "u2"), ("g2",))


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        ([{"id": "fabrikam.example"}, {"id": "contoso.onmicrosoft.com", "isDefault": True}], "contoso.onmicrosoft.com"),
        ([{"id": "fabrikam.example", "isDefault": False}], "contoso.example"),
        ([], "contoso.example"),
    ],
)
def test_default_domain(tmp_path: Path, domains: list[dict[str, Any]], expected: str) -> None:
    """As ``/domains`` says, or else that of most people who are no guests."""
    guests = [{"id": f"g{n}", "userPrincipalName": f"x{n}_a.example#EXT#@b.example"} for n in range(3)]
    people = [
        {"id": f"u{n}", "userPrincipalName": f"u{n}@{at}.example"} for n, at in enumerate(("c", "contoso", "Contoso"))
    ]
    folder = write(tmp_path, users=[*guests, *people], domains={"value": domains})
    assert read_directory(folder).default_domain == expected


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"users": {"values": []}}, "expected a page"),
        ({"users": [{"displayName": "no id"}]}, "has no id"),
        ({"users": [{"id": 7}]}, "has no id"),
        ({"users": [], "members": []}, "expected an object from group id"),
        ({"users": [{"id": "u", "businessPhones": {"1": "+47 1"}}]}, "users.json: .*object u"),
        ({"users": [{"id": "u", "accountEnabled": "false"}]}, "users.json: .*object u: .*accountEnabled"),
        ({"users": [{"id": "u", "manager": "m"}]}, "users.json: .*object u"),
        ({"users": [{"id": "u", "manager": {"id": 7}}]}, "users.json: .*object u"),
        ({"users": [{"id": "u", "onPremisesExtensionAttributes": "x"}]}, "users.json: .*object u"),
        ({"users": [{"id": "u", "displayName": "\ud800"}]}, "users.json: .*Unicode"),
        ({"users": [], "groups": [{"id": "g", "displayName": 7}]}, "groups.json: .*object g"),
        ({"users": [], "groups": [{"id": "g", "members": 7}]}, "groups.json: .*object g"),
        ({"users": [], "groups": [{"id": "g", "members": [7]}]}, "groups.json: .*object g"),
        ({"users": [], "groups": [{"id": "g", "members": [{"displayName": "no id"}]}]}, "groups.json: .*object g"),
        ({"users": [], "appRoleAssignedTo": [{"id": "1"}]}, "appRoleAssignedTo.json: .*object 1"),
        ({"users": [], "appRoleAssignedTo": [{"id": "1", "principalId": []}]}, "appRoleAssignedTo.json: .*object 1"),
        ({"users": [], "appRoleAssignedTo": [], "servicePrincipal": []}, "servicePrincipal.json: "),
        ({"users": [], "appRoleAssignedTo": [], "servicePrincipal": {"appRoles": [{}]}}, "servicePrincipal.json: "),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, files: dict[str, Any], message: str) -> None:
    """The error names the file and what is wrong with it."""
    with pytest.raises(DirectoryError, match=message):
        read_directory(write(tmp_path, **files))


def test_broken_json_is_an_error(tmp_path: Path) -> None:
    """A cut file is no directory."""
    (tmp_path / "users.json").write_text('{"value": [', encoding="utf-8")
    with pytest.raises(DirectoryError, match="not JSON"):
        read_directory(tmp_path)


def test_json_without_end_of_brackets_is_an_error(tmp_path: Path) -> None:
    """So is one that no reader can hold."""
    (tmp_path / "users.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(DirectoryError, match=r"users\.json"):
        read_directory(tmp_path)


@pytest.mark.parametrize("name", ["users.json", "users.csv"])
def test_folder_in_place_of_a_file_is_an_error(tmp_path: Path, name: str) -> None:
    """What the system says is told with the name of the file."""
    (tmp_path / name).mkdir()
    with pytest.raises(DirectoryError, match=name):
        read_directory(tmp_path)
