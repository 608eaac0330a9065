"""The portal's CSV exports are read with all their oddities."""

from pathlib import Path

import pytest

from simulator.directory import DirectoryError
from simulator.folder import read_directory

USERS = (
    "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,officeLocation,"
    "mobilePhone\r\n"
)
GROUPS = "id,displayName,groupType,membershipType,source,mail\r\n"
MEMBERS = "id,userPrincipalName,displayName,objectType,userType,isUser,isGroup,isGuest\r\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig")
    return folder


def test_users_by_the_portals_columns(tmp_path: Path) -> None:
    """Columns become source attributes, a byte order mark is no part of the first one, empty cells are left out."""
    row = 'ada@contoso.example,"Lovelace, Ada",Lovelace,,Ada,u1,Member,Analyst,R&D,True,HQ/3,+47 1\r\n'
    user = read_directory(write(tmp_path, exportUsers_1=USERS + row)).users["u1"]
    assert user.attributes == {
        "userPrincipalName": "ada@contoso.example",
        "displayName": "Lovelace, Ada",
        "surname": "Lovelace",
        "givenName": "Ada",
        "userType": "Member",
        "jobTitle": "Analyst",
        "department": "R&D",
        "physicalDeliveryOfficeName": "HQ/3",
        "mobile": "+47 1",
        "mailNickname": "ada",
    }
    assert user.account_enabled


@pytest.mark.parametrize(("cell", "enabled"), [("True", True), ("False", False), ("false", False), ("TRUE", True)])
def test_account_enabled(tmp_path: Path, cell: str, enabled: bool) -> None:
    """accountEnabled is read in any letter case."""
    row = f"a@x.example,A,,,,u1,Member,,,{cell},,\r\n"
    assert read_directory(write(tmp_path, users=USERS + row)).users["u1"].account_enabled is enabled


def test_older_export_with_object_id_and_spaces(tmp_path: Path) -> None:
    """Other generations of the export call the columns Object ID or objectId."""
    text = "Object ID,User principal name,Display name,accountEnabled\nu1,a@x.example,A,True\n"
    assert read_directory(write(tmp_path, users=text)).users["u1"].name == "a@x.example"


@pytest.mark.parametrize("file_name", ["exportGroupMembers_Sales _ Q1", "Sales _ Q1", "g1"])
def test_members_file_belongs_to_the_group_it_is_named_by(tmp_path: Path, file_name: str) -> None:
    """The file name holds the group's display name or id; nested groups and devices are no members."""
    rows = (
        "u1,a@x.example,A,User,Member,True,False,False\n"
        "u1,a@x.example,A,User,Member,True,False,False\n"
        "u9,gone@x.example,Gone,User,Member,True,False,False\n"
        "g2,,Inner,Group,,False,True,False\n"
        "d1,,Laptop,Device,,False,False,False\n"
    )
    users = USERS + "a@x.example,A,,,,u1,Member,,,True,,\n"
    files = {"users": users, "groups": GROUPS + "g1,Sales / Q1,Security,Assigned,Cloud,\n", file_name: MEMBERS + rows}
    group = read_directory(write(tmp_path, **files)).groups["g1"]
    assert (group.members, group.nested_groups) == (("u1", "u9"), ("g2",))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"users": "userPrincipalName,id\na@x.example,u1\n"}, "column missing: accountenabled"),
        ({"users": "userPrincipalName,accountEnabled\na@x.example,True\n"}, "column missing: id"),
        ({"users": USERS + "a@x.example,A,,,,,,,,True,,\n"}, "data row 1 has no id"),
        ({"users": ""}, "empty file"),
        ({"groups": GROUPS}, "no export of users"),
        ({"users": USERS, "Nobody": MEMBERS + "u1,,,User,,True,False,False\n"}, "0 exported groups"),
        ({"users": USERS + "a@x.example,A,,,,u1,,,,True,,\nb@x.example,B,,,,u1,,,,True,,\n"}, "the id u1"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """The error names the file or the object, and what is wrong."""
    with pytest.raises(DirectoryError, match=message):
        read_directory(write(tmp_path, **files))


def test_file_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    """A spreadsheet program may have saved it as UTF-16."""
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-16")
    with pytest.raises(DirectoryError, match="not a CSV file in UTF-8"):
        read_directory(tmp_path)


def test_overlapping_exports_count_once(tmp_path: Path) -> None:
    """Filtered exports may repeat a user; equal rows are one user."""
    text = USERS + "a@x.example,A,,,,u1,Member,,,True,,\n"
    assert list(read_directory(write(tmp_path, first=text, second=text)).users) == ["u1"]


def test_folder_without_a_directory_is_an_error(tmp_path: Path) -> None:
    """An empty folder, or none, is no empty directory."""
    with pytest.raises(DirectoryError, match="holds neither"):
        read_directory(tmp_path)
    with pytest.raises(DirectoryError, match="no such folder"):
        read_directory(tmp_path / "absent")
