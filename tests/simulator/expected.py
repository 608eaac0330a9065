"""What a target is to hold after a history of directories, worked out without any code of the simulator's engine.

It says in its own words what the documentation does: who is created, disabled and deleted, that empty values clear
nothing, that references go to who is in the target at that time and are not tried again later.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from simulator.directory import Directory, SourceUser

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_DIRECT = {
    "displayName": "displayName",
    "title": "jobTitle",
    "preferredLanguage": "preferredLanguage",
    "externalId": "mailNickname",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    "emails.work.value": "mail",
    "addresses.work.formatted": "physicalDeliveryOfficeName",
    "addresses.work.streetAddress": "streetAddress",
    "addresses.work.locality": "city",
    "addresses.work.region": "state",
    "addresses.work.postalCode": "postalCode",
    "addresses.work.country": "country",
    "phoneNumbers.work.value": "telephoneNumber",
    "phoneNumbers.mobile.value": "mobile",
    "phoneNumbers.fax.value": "facsimileTelephoneNumber",
    "employeeNumber": "employeeId",
    "department": "department",
}


@dataclass(eq=False)
class Person:
    """One user of the target.

    *torn* is who was hired again as a new object while that object's match failed on the wire: its former resource may
    be gone by then, with all references to and of it.
    """

    values: dict[str, Any]
    manager: "Person | None" = None
    asked_manager: str | None = None
    managed: bool = True
    deleted: bool = False
    torn: bool = False


@dataclass(eq=False)
class Team:
    """One group of the target; ``asked`` are the source members that were seen to."""

    values: dict[str, str]
    members: set[Person] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)


@dataclass
class Expected:
    """The target after each cycle, with everybody in scope."""

    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def cycle(self, source: Directory, failed: Set[str] = frozenset()) -> None:
        """Take in what one cycle over *source* does; *failed* are source ids of users who failed in it at first."""
        present = {id: user for id, user in source.users.items() if not user.soft_deleted}
        for id, user in present.items():
            self._person(id, user, present, failed)
        for id, group in source.groups.items():
            team = self.teams.setdefault(id, Team({}))
            team.values = {"displayName": group.display_name, "externalId": id}
        for id in [id for id in self.people if id not in present]:
            self._gone(id, purged=id in source.purged)
        self.teams = {id: team for id, team in self.teams.items() if id in source.groups}
        for id, user in present.items():
            self._manager(id, user)
        for id, team in self.teams.items():
            self._members(team, source.groups[id].members, source)

    def _person(self, id: str, user: SourceUser, present: Iterable[str], failed: Set[str]) -> None:
        values = _values(user)
        if id not in self.people:
            former = self._same_name(values["userName"])
            if former is not None and former not in present:
                self.people[id] = self.people.pop(former)
                self.people[id].torn |= id in failed
            elif user.account_enabled:
                self.people[id] = Person({})
            else:
                return
        self.people[id].values.update(values)
        self.people[id].managed = True

    def _same_name(self, name: str) -> str | None:
        named = (id for id, each in self.people.items() if each.values["userName"].lower() == name.lower())
        return next(named, None)

    def _gone(self, id: str, *, purged: bool) -> None:
        person = self.people[id]
        person.values["active"] = person.managed = False
        if purged:
            person.deleted = True
            del self.people[id]
            for team in self.teams.values():
                team.members.discard(person)

    def _manager(self, id: str, user: SourceUser) -> None:
        person = self.people.get(id)
        if person is None or user.manager_id == person.asked_manager:
            return
        person.asked_manager = user.manager_id
        if user.manager_id in self.people and self.people[user.manager_id].managed:
            person.manager = self.people[user.manager_id]

    def _members(self, team: Team, wanted: Iterable[str], source: Directory) -> None:
        for id in wanted:
            if id not in team.asked and id in self.people and self.people[id].managed:
                team.members.add(self.people[id])
        for id in team.asked - set(wanted):
            if id in source.users and id in self.people:
                team.members.discard(self.people[id])
        team.asked = set(wanted)


def _values(user: SourceUser) -> dict[str, Any]:
    found = {path: user.attributes[name] for path, name in _DIRECT.items() if user.attributes.get(name)}
    names = [str(user.attributes[name]) for name in ("givenName", "surname") if user.attributes.get(name)]
    full_name = {"name.formatted": " ".join(names)} if names else {}
    return {"userName": _sign_in_name(user), "active": user.account_enabled, **found, **full_name}


def _sign_in_name(user: SourceUser) -> str:
    name, external, _ = str(user.attributes["userPrincipalName"]).partition("#EXT#")
    return "@".join(name.rsplit("_", 1)) if external else name


def flat(user: dict[str, Any]) -> dict[str, Any]:
    """What a resource holds of the attributes above."""
    found = {name: user.get(name) for name in ("userName", "active", "displayName", "title", "preferredLanguage")}
    found["externalId"] = user.get("externalId")
    found |= {f"name.{sub}": value for sub, value in (user.get("name") or {}).items()}
    for name in ("emails", "addresses", "phoneNumbers"):
        for element in user.get(name) or ():
            found |= {f"{name}.{element['type']}.{sub}": value for sub, value in element.items() if sub not in _MARKS}
    enterprise = user.get(_ENTERPRISE) or {}
    found |= {name: enterprise.get(name) for name in ("employeeNumber", "department")}
    return {path: value for path, value in found.items() if value is not None}


_MARKS = ("type", "primary", "display")


def differences(expected: Expected, users: list[dict[str, Any]], groups: list[dict[str, Any]]) -> list[str]:
    """Where the target differs, in words; nothing if it is as it should be."""
    by_name = {user["userName"].lower(): user for user in users}
    people = {person: by_name.get(person.values["userName"].lower()) for person in expected.people.values()}
    ids = {person: user["id"] for person, user in people.items() if user}
    found = [f"{len(users)} users, {len(people)} expected"] if len(users) != len(people) else []
    for person, user in people.items():
        if user is None:
            found.append(f"{person.values['userName']} is not there")
            continue
        if flat(user) != person.values:
            found.append(f"{person.values['userName']}: {set(flat(user).items()) ^ set(person.values.items())}")
        manager = ((user.get(_ENTERPRISE) or {}).get("manager") or {}).get("value")
        boss = person.manager
        uncertain = person.torn or (boss is not None and (boss.deleted or boss.torn))
        if not uncertain and manager != (ids.get(boss) if boss else None):
            found.append(f"{person.values['userName']} has the manager {manager}")
    return found + list(_group_differences(expected, groups, ids))


def _group_differences(expected: Expected, groups: list[dict[str, Any]], ids: dict[Person, str]) -> Iterable[str]:
    by_external_id = {group["externalId"]: group for group in groups}
    if len(groups) != len(expected.teams):
        yield f"{len(groups)} groups, {len(expected.teams)} expected"
    for id, team in expected.teams.items():
        group = by_external_id.get(id)
        if group is None or group["displayName"] != team.values["displayName"]:
            yield f"{team.values['displayName']} is {group and group['displayName']}"
            continue
        torn = {target for person, target in ids.items() if person.torn}
        members = {member["value"] for member in group.get("members") or ()} - torn
        wanted = {ids[person] for person in team.members if person in ids} - torn
        if members != wanted:
            yield f"{group['displayName']}: {len(members - wanted)} members too many, {len(wanted - members)} missing"
