"""Makes up a tenant: departments with managers, and groups of every size, some of them nested."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from simulator.generator.people import People
from simulator.protocol import JsonObject

_DIVISIONS = ("Engineering", "Sales", "Finance", "People", "Operations", "Legal", "Marketing", "Support")
_TEAMS = ("Platform", "Field", "Planning", "Services", "Research", "Europe", "Americas", "Asia & Pacific")
_PROJECTS = ("Aurora", "Borealis", "Ceres", "Delta-9", "O'Neill", "v2.0", "Équinoxe", "東京", "Zürich", "App: Deploy")
_LICENCES = (("Licences E5", 0.15), ("Licences E3", 0.5), ("Licences F3", 0.3))
_GUESTS = 0.04
_REPORTS = 8


@dataclass
class Organisation:
    """Users and groups as Graph answers them, by id; managers and members stand in the objects themselves.

    ``hired`` are the ids of those who began in each department, first ones first.
    """

    people: People
    users: dict[str, JsonObject] = field(default_factory=dict)
    groups: dict[str, JsonObject] = field(default_factory=dict)
    departments: tuple[str, ...] = ()
    hired: dict[str, list[str]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    @property
    def random(self) -> Random:
        """Return the source of chance."""
        return self.people.random

    def new_group(self, name: str, members: list[str], nested: list[str]) -> JsonObject:
        """Return a new security group that is called *name*, or like it if another one is."""
        unique, number = name, 1
        while unique.casefold() in self._names:
            number += 1
            unique = f"{name} {number}"
        self._names.add(unique.casefold())
        return {
            "id": self.people.new_id(),
            "displayName": unique,
            "mailEnabled": False,
            "securityEnabled": True,
            "members": [reference("user", id) for id in members] + [reference("group", id) for id in nested],
        }


def reference(kind: str, id: str) -> JsonObject:
    """Return a reference to a user or a group."""
    return {"@odata.type": f"#microsoft.graph.{kind}", "id": id}


def organisation(users: int, groups: int, seed: int) -> Organisation:
    """Return a tenant of so many users and groups."""
    made = Organisation(People(seed), departments=_departments(users))
    for number in range(users):
        _hire(made, made.departments[number % len(made.departments)])
    for group in islice(_new_groups(made), groups):
        made.groups[group["id"]] = group
    return made


def _departments(users: int) -> tuple[str, ...]:
    """Return the names of departments: with more people there are teams within the divisions."""
    number = max(min(users // 25, len(_DIVISIONS) * (len(_TEAMS) + 1)), 2)
    named = [*_DIVISIONS, *(f"{division} / {team}" for team in _TEAMS for division in _DIVISIONS)]
    return tuple(named[:number])


def _hire(made: Organisation, department: str) -> None:
    if made.random.random() < _GUESTS:
        user = made.people.guest()
    else:
        user = made.people.employee(department)
        if boss := manager_for(made, department):
            user["manager"] = reference("user", boss)
    made.users[user["id"]] = user
    made.hired.setdefault(user.get("department") or "", []).append(user["id"])


def manager_for(made: Organisation, department: str) -> str | None:
    """Return somebody to report to in *department*: each of the first few has about eight people."""
    colleagues = made.hired.get(department, [])
    chosen = colleagues[made.random.randrange(max(len(colleagues) // _REPORTS, 1))] if colleagues else None
    return chosen if chosen in made.users else next(iter(made.users), None)


def _new_groups(made: Organisation) -> Iterator[JsonObject]:
    everyone = list(made.users)
    yield made.new_group("All staff", [id for id in everyone if made.users[id]["userType"] == "Member"], [])
    for name, share in _LICENCES:
        yield made.new_group(name, made.random.sample(everyone, int(len(everyone) * share)), [])
    yield from _department_groups(made)
    while True:
        # Many small ones, few large ones.
        size = min(int(made.random.paretovariate(1.0) * 3), max(len(everyone) // 3, 1))
        name = f"{made.random.choice(_PROJECTS)} {made.random.choice(_TEAMS)}"
        nested = made.random.sample(list(made.groups), 1) if made.random.random() < 0.1 else []
        yield made.new_group(name, made.random.sample(everyone, min(size, len(everyone))), nested)


def _department_groups(made: Organisation) -> Iterator[JsonObject]:
    """Yield a group for each department; that of a division holds those of its teams, which is not expanded."""
    by_department: dict[str, list[str]] = {}
    for id, user in made.users.items():
        by_department.setdefault(user.get("department") or "", []).append(id)
    teams: dict[str, list[str]] = {}
    for department in sorted(made.departments, key=lambda name: "/" not in name):
        division = department.partition(" / ")[0]
        nested = teams.get(division, []) if "/" not in department else []
        group = made.new_group(department, by_department.get(department, []), nested)
        teams.setdefault(division, []).append(group["id"])
        yield group
