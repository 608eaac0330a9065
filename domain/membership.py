"""Membership: the steps of a request folded into one intent, and the intent into what really changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.model import Kind, Member, MemberDelta
from scim.filters import compile_filter
from scim.json_types import JsonObject
from scim.membership import AddMembers, MemberStep, RemoveMatching, RemoveMembers, SetMembers


@dataclass(frozen=True, slots=True)
class MemberIntent:
    """What a request wants of a group's members, in one piece.

    Without *only*: ``wanted`` become members and ``unwanted`` end to be.  With *only*, ``wanted`` become the members,
    and no others.
    """

    wanted: tuple[str, ...] = ()
    unwanted: frozenset[str] = field(default_factory=frozenset)
    only: bool = False

    def __bool__(self) -> bool:
        return self.only or bool(self.wanted or self.unwanted)


def fold(steps: Sequence[MemberStep], current: Iterable[Member] = ()) -> MemberIntent:
    """The intent of *steps*, each seeing what those before it did.

    *current* are the members now; they matter only where a step removes by a filter (`needs_current`).
    """
    wanted: dict[str, None] = {}
    unwanted: set[str] = set()
    only = False
    for step in steps:
        match step:
            case SetMembers(ids):
                wanted, unwanted, only = dict.fromkeys(ids), set(), True
            case AddMembers(ids):
                wanted |= dict.fromkeys(ids)
                unwanted -= set(ids)
            case RemoveMembers() | RemoveMatching():
                gone = _removed(step, (*current, *map(Member, wanted)))
                wanted = {each: None for each in wanted if each not in gone}
                unwanted |= set() if only else gone
    return MemberIntent(tuple(wanted), frozenset(unwanted), only)


def needs_current(steps: Iterable[MemberStep]) -> bool:
    """Whether the group's members must be known to tell what *steps* mean."""
    return any(isinstance(each, SetMembers | RemoveMatching) for each in steps)


def delta(
    intent: MemberIntent, group_id: str, *, members: Collection[str], kinds: Mapping[str, Kind]
) -> tuple[MemberDelta, tuple[str, ...]]:
    """What *intent* really changes, and the ids that name nobody and are skipped (harness.md §4.5, M2).

    Args:
        members: Of the ids in the intent those that are members now; all members where the intent is an only.
        kinds: Of the wanted ids that are not members yet those that exist.
    """
    new = [each for each in intent.wanted if each not in members]
    added = tuple(Member(each, kinds[each]) for each in new if each in kinds and each != group_id)
    wanted = set(intent.wanted)
    removed = sorted(each for each in members if (each not in wanted if intent.only else each in intent.unwanted))
    skipped = tuple(each for each in new if each not in kinds or each == group_id)
    return MemberDelta(added, tuple(removed)), skipped


def _removed(step: RemoveMembers | RemoveMatching, members: Iterable[Member]) -> set[str]:
    """The ids that a removal names, or those of the *members* that satisfy its filter."""
    if isinstance(step, RemoveMembers):
        return set(step.ids)
    satisfies = compile_filter(step.filter, Kind.GROUP)
    return {each.id for each in members if satisfies({"members": [_member_json(each)]})}


def _member_json(member: Member) -> JsonObject:
    return {"value": member.id, "type": member.kind.value, "$ref": f"/{member.kind}s/{member.id}"}
