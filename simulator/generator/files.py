"""Writes a tenant and its changes as a folder of Graph's answers, the form in which the simulator reads them."""

import json
from collections.abc import Iterable
from itertools import batched
from pathlib import Path

from simulator.generator.changes import Edits, next_changes
from simulator.generator.organisation import Organisation, organisation
from simulator.protocol import JsonObject

_GRAPH = "https://graph.microsoft.com/v1.0"
_PAGE = 999
_ROLES = (("6f5c0d2e-1f0b-4b0e-9a7e-0c8d5d0f1a01", "Reader"), ("6f5c0d2e-1f0b-4b0e-9a7e-0c8d5d0f1a02", "Editor"))


def write_tenant(
    folder: Path, *, users: int, groups: int, seed: int, edits: int = 0, churn: float = 0.04, assigned: bool = False
) -> Organisation:
    """Write a tenant into *folder* with what happens in it until so many *edits* later, and return it as it is then.

    With *assigned*, every other group and some users are assigned to the application.
    """
    made = organisation(users, groups, seed)
    _write_pages(folder, "users", made.users.values())
    _write_pages(folder, "groups", made.groups.values())
    if assigned:
        _write_assignments(folder, made)
    for number in range(1, edits + 1):
        _write_edits(folder / "deltas" / f"{number:03}", next_changes(made, churn))
    return made


def _write_pages(folder: Path, name: str, objects: Iterable[JsonObject]) -> None:
    pages = list(batched(objects, _PAGE, strict=False)) or [()]
    for number, page in enumerate(pages, start=1):
        link = {} if number == len(pages) else {"@odata.nextLink": f"{_GRAPH}/{name}?$skiptoken=p{number}"}
        _write(folder / f"{name}-{number:04}.json", _answer(name, page) | link)


def _write_edits(folder: Path, edits: Edits) -> None:
    for name, objects in (("users", edits.users), ("groups", edits.groups)):
        link = {"@odata.deltaLink": f"{_GRAPH}/{name}/delta?$deltatoken={folder.name}"}
        _write(folder / f"{name}.json", _answer(name, objects.values()) | link)


def _write_assignments(folder: Path, made: Organisation) -> None:
    """Assign every other group, and each tenth user directly; roles go round."""
    principals = [("Group", id) for id in list(made.groups)[1::2]] + [("User", id) for id in list(made.users)[::10]]
    _write(
        folder / "appRoleAssignedTo.json",
        _answer(
            "servicePrincipals('app')/appRoleAssignedTo",
            [
                {
                    "id": made.people.new_id(),
                    "principalType": kind,
                    "principalId": id,
                    "appRoleId": _ROLES[number % len(_ROLES)][0],
                }
                for number, (kind, id) in enumerate(principals)
            ],
        ),
    )
    roles = [{"id": id, "value": value, "displayName": value, "isEnabled": True} for id, value in _ROLES]
    _write(folder / "servicePrincipal.json", {"displayName": "SCIM application", "appRoles": roles})


def _answer(name: str, objects: Iterable[JsonObject]) -> JsonObject:
    return {"@odata.context": f"{_GRAPH}/$metadata#{name}", "value": list(objects)}


def _write(path: Path, content: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
