"""Makes up what happens in a tenant between two cycles, as pages of Graph's delta queries."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.generator.organisation import Organisation, manager_for, reference
from simulator.graph_delta import SOFT_DELETED, apply_groups, apply_users
from simulator.protocol import JsonObject

_REMOVED: JsonObject = {"reason": "changed"}
_PURGED: JsonObject = {"reason": "deleted"}


@dataclass
class Edits:
    """The changes of one cycle, by object id; several changes of one object are one entry."""

    users: dict[str, JsonObject] = field(default_factory=dict)
    groups: dict[str, JsonObject] = field(default_factory=dict)

    def user(self, id: str, **changed: object) -> None:
        """Add changed properties of a user."""
        self.users.setdefault(id, {"id": id}).update(changed)

    def group(self, id: str, **changed: object) -> None:
        """Add changed properties of a group."""
        self.groups.setdefault(id, {"id": id}).update(changed)

    def member(self, group_id: str, user_id: str, *, removed: bool) -> None:
        """Add or remove a member of a group."""
        entry = reference("user", user_id) | ({"@removed": _PURGED} if removed else {})
        self.groups.setdefault(group_id, {"id": group_id}).setdefault("members@delta", []).append(entry)


type _Event = Callable[[Organisation, Edits, str], None]


def next_changes(made: Organisation, churn: float = 0.04) -> Edits:
    """Return what happens next in a tenant, to about *churn* of its users, and carry it out there.

    Joiners, movers, leavers and people who are deleted for good, renames, guests, re-hires with the old object and with
    a new one, people who are disabled and enabled; groups that are made, renamed and deleted, and members who come
    and go. Every change happens at least once where there is anybody to whom it can.
    """
    edits = Edits()
    present = [id for id, user in made.users.items() if SOFT_DELETED not in user]
    number = max(int(len(present) * churn), len(_EVENTS))
    chosen = made.random.sample(present, min(number, len(present)))
    for index, id in enumerate(chosen):
        _EVENTS[index % len(_EVENTS)](made, edits, id)
    for _ in range(max(number // len(_EVENTS), 1)):
        _join(made, edits)
    _return(made, edits)
    _change_groups(made, edits)
    apply_users(made.users, edits.users.values())
    apply_groups(made.groups, edits.groups.values())
    return edits


def _join(made: Organisation, edits: Edits) -> None:
    department = made.random.choice(made.departments)
    newcomer = made.people.guest() if made.random.random() < 0.2 else made.people.employee(department)
    edits.users[newcomer["id"]] = newcomer
    if boss := manager_for(made, department):
        newcomer["manager@delta"] = [reference("user", boss)]
    if made.groups:
        edits.member(made.random.choice(list(made.groups)), newcomer["id"], removed=False)


def _move(made: Organisation, edits: Edits, id: str) -> None:
    department = made.random.choice(made.departments)
    edits.user(id, department=department, jobTitle=f"Transferred, {department}")
    boss = manager_for(made, department)
    if boss is not None and boss != id:
        edits.user(id, **{"manager@delta": [reference("user", boss)]})


def _rename(made: Organisation, edits: Edits, id: str) -> None:
    if made.users[id].get("userType") == "Member":
        edits.user(id, **made.people.renamed(made.users[id]))


def _toggle(made: Organisation, edits: Edits, id: str) -> None:
    edits.user(id, accountEnabled=not made.users[id].get("accountEnabled", True))


def _move_house(made: Organisation, edits: Edits, id: str) -> None:
    number = made.random.randint(1, 999)
    edits.user(id, streetAddress=f"{number} New Road", city="Oslo", mobilePhone=f"+47 900 55 {number:03}")


def _leave(_: Organisation, edits: Edits, id: str) -> None:
    edits.users[id] = {"id": id, "@removed": _REMOVED}


def _vanish(made: Organisation, edits: Edits, id: str) -> None:
    """Delete somebody for good; memberships go with the object, as in Entra."""
    edits.users[id] = {"id": id, "@removed": _PURGED}
    for group_id, group in made.groups.items():
        if any(member["id"] == id for member in group.get("members") or ()):
            edits.member(group_id, id, removed=True)


def _join_group(made: Organisation, edits: Edits, id: str) -> None:
    for group_id in made.random.sample(list(made.groups), min(2, len(made.groups))):
        edits.member(group_id, id, removed=False)


def _leave_group(made: Organisation, edits: Edits, id: str) -> None:
    for group_id, group in made.groups.items():
        if any(member["id"] == id for member in group.get("members") or ()):
            edits.member(group_id, id, removed=True)
            return


_EVENTS: tuple[_Event, ...] = (
    _move,
    _leave,
    _join_group,
    _rename,
    _move_house,
    _leave_group,
    _toggle,
    _vanish,
)


def _return(made: Organisation, edits: Edits) -> None:
    """Bring up to two of those in the recycle bin back: one restored, one hired again as a new object."""
    gone = [id for id, user in made.users.items() if SOFT_DELETED in user and id not in edits.users]
    if gone:
        restored = made.random.choice(gone)
        edits.user(restored, jobTitle="Back again")
        gone.remove(restored)
    if gone:
        former = made.users[made.random.choice(gone)]
        new = {name: value for name, value in former.items() if name not in (SOFT_DELETED, "manager")}
        new |= {"id": made.people.new_id(), "accountEnabled": True}
        _vanish(made, edits, former["id"])
        edits.users[new["id"]] = new


def _change_groups(made: Organisation, edits: Edits) -> None:
    """Make one group, rename one and delete one, if there are enough of them."""
    ids = [id for id in made.groups if id not in edits.groups]
    if len(ids) < 4:
        return
    renamed, deleted = made.random.sample(ids, 2)
    edits.group(renamed, displayName=f"{made.groups[renamed]['displayName']} (new)")
    edits.groups[deleted] = {"id": deleted, "@removed": _PURGED}
    some = made.random.sample([id for id in made.users if id not in edits.users], min(5, len(made.users) // 4))
    group = made.new_group("Task force", [], [])
    edits.groups[group["id"]] = {
        **{name: value for name, value in group.items() if name != "members"},
        "members@delta": [reference("user", id) for id in some],
    }
