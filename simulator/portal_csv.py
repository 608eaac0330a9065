"""Reads the CSV files that Entra's portal exports: users, groups, and the members of each group.

The kind of a file is told by its columns, because the portal lets a person choose the file name. Only a members file
needs a name: it says whose members they are, by the group's id or display name (``Sales & Marketing.csv``,
``exportGroupMembers_Finance.csv``; characters that no file name may hold are written ``_``).
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.directory import Directory, DirectoryError, SourceGroup, SourceUser, directory_of

# Portal column (lower case, spaces dropped) -> source attribute. Two generations of exports differ in some names.
_USER_COLUMNS = {
    "userprincipalname": "userPrincipalName",
    "displayname": "displayName",
    "surname": "surname",
    "mail": "mail",
    "givenname": "givenName",
    "usertype": "userType",
    "jobtitle": "jobTitle",
    "department": "department",
    "usagelocation": "usageLocation",
    "streetaddress": "streetAddress",
    "state": "state",
    "country": "country",
    "physicaldeliveryofficename": "physicalDeliveryOfficeName",
    "officelocation": "physicalDeliveryOfficeName",
    "city": "city",
    "postalcode": "postalCode",
    "telephonenumber": "telephoneNumber",
    "mobile": "mobile",
    "mobilephone": "mobile",
    "companyname": "companyName",
}
_MEMBERS_PREFIX = re.compile(r"^exportgroupmembers?[_-]", re.IGNORECASE)
_NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True)
class _Export:
    """One CSV file: its rows by normalised column name."""

    path: Path
    columns: frozenset[str]
    rows: tuple[Mapping[str, str], ...]

    def require(self, *columns: str) -> None:
        missing = [column for column in columns if column not in self.columns]
        if missing:
            raise DirectoryError(f"{self.path}: column missing: {', '.join(missing)}")


def read(folder: Path) -> Directory:
    """Return the directory exported into *folder* and its subfolders.

    Raises:
        DirectoryError: A file is no export of the portal, lacks a column, or is named for no exported group.
    """
    exports = [_open(path) for path in sorted(folder.rglob("*.csv"))]
    members = [export for export in exports if _is_members(export)]
    users = [export for export in exports if export not in members and "userprincipalname" in export.columns]
    groups = [export for export in exports if export not in members and export not in users]
    if not users:
        raise DirectoryError(f"{folder}: no export of users (a CSV file with the column userPrincipalName)")
    group_rows = [row for export in groups for row in _rows(export, "displayname")]
    return directory_of(
        (_user(row) for export in users for row in _rows(export, "userprincipalname", "accountenabled")),
        _groups(group_rows, members),
    )


def _is_members(export: _Export) -> bool:
    columns = export.columns
    return bool(columns & {"isuser", "isgroup", "objecttype", "membertype"}) and "accountenabled" not in columns


def _open(path: Path) -> _Export:
    try:
        # utf-8-sig: the portal writes a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise DirectoryError(str(error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DirectoryError(f"{path}: not a CSV file in UTF-8: {error}") from error
    if not lines:
        raise DirectoryError(f"{path}: empty file")
    columns = [_column(name) for name in lines[0]]
    rows = tuple(_row(columns, line) for line in lines[1:] if any(cell.strip() for cell in line))
    return _Export(path, frozenset(columns), rows)


def _column(name: str) -> str:
    plain = name.replace(" ", "").lower()
    return "id" if plain == "objectid" else plain


def _row(columns: list[str], line: list[str]) -> dict[str, str]:
    return {column: cell.strip() for column, cell in zip(columns, line, strict=False) if cell.strip()}


def _rows(export: _Export, *columns: str) -> tuple[Mapping[str, str], ...]:
    export.require("id", *columns)
    for number, row in enumerate(export.rows, start=1):
        if "id" not in row:
            raise DirectoryError(f"{export.path}: data row {number} has no id")
    return export.rows


def _user(row: Mapping[str, str]) -> SourceUser:
    attributes = {attribute: row[column] for column, attribute in _USER_COLUMNS.items() if column in row}
    if "userPrincipalName" in attributes:
        # The export has no mailNickname; Entra derives a new user's from the UPN in the same way.
        attributes["mailNickname"] = attributes["userPrincipalName"].rpartition("@")[0]
    return SourceUser(row["id"], attributes, account_enabled=_truth(row.get("accountenabled", "True")))


def _groups(rows: Iterable[Mapping[str, str]], members: Iterable[_Export]) -> Iterable[SourceGroup]:
    groups = {row["id"]: row for row in rows}
    listed: dict[str, list[Mapping[str, str]]] = {}
    for export in members:
        listed.setdefault(_owner(export, groups), []).extend(_rows(export))
    for id, row in groups.items():
        found = listed.get(id, [])
        yield SourceGroup(
            id=id,
            display_name=row.get("displayname", ""),
            members=_unique(member["id"] for member in found if _member_type(member) == "user"),
            nested_groups=_unique(member["id"] for member in found if _member_type(member) == "group"),
        )


def _owner(export: _Export, groups: Mapping[str, Mapping[str, str]]) -> str:
    wanted = _MEMBERS_PREFIX.sub("", export.path.stem)
    named = [id for id, row in groups.items() if wanted in (id, _file_name(row.get("displayname", "")))]
    if len(named) != 1:
        raise DirectoryError(f"{export.path}: {len(named)} exported groups have this id or display name, expected one")
    return named[0]


def _file_name(display_name: str) -> str:
    return _NOT_IN_FILE_NAMES.sub("_", display_name)


def _member_type(row: Mapping[str, str]) -> str:
    if _truth(row.get("isgroup", "")):
        return "group"
    told = row.get("objecttype") or row.get("membertype")
    return told.lower() if told else "user"


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _truth(text: str) -> bool:
    return text.strip().lower() in ("true", "yes", "1")
