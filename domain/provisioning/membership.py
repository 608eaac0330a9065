"""Membership: the steps of a request folded into one intent, and the intent into what really changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.identifiers import is_resource_id
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
    """What to write for *intent*, nothing where it changes nothing, and the ids that name nobody and are skipped.

    Additions and removals are written all or not at all, also those that seem to be so already: the members were read
    beside the group, so another process may have changed them since (harness.md §4.5, M2 and M5).

    Args:
        members: Of the ids in the intent those that are members; all members where the intent is an only.
        kinds: Of the wanted ids those that exist; for an only those that are not members yet are enough.
    """
    skipped = tuple(each for each in intent.wanted if each == group_id or (each not in members and each not in kinds))
    new = tuple(Member(each, kinds[each]) for each in intent.wanted if each not in {*members, *skipped})
    if intent.only:
        return MemberDelta(new, tuple(sorted(set(members) - set(intent.wanted)))), skipped
    if not new and intent.unwanted.isdisjoint(members):
        return MemberDelta(), skipped
    added = tuple(Member(each, kinds[each]) for each in intent.wanted if each in kinds and each != group_id)
    return MemberDelta(added, tuple(sorted(filter(is_resource_id, intent.unwanted)))), skipped


def _removed(step: RemoveMembers | RemoveMatching, members: Iterable[Member]) -> set[str]:
    """The ids that a removal names, or those of the *members* that satisfy its filter."""
    if isinstance(step, RemoveMembers):
        return set(step.ids)
    satisfies = compile_filter(step.filter, Kind.GROUP)
    return {each.id for each in members if satisfies({"members": [_member_json(each)]})}


def _member_json(member: Member) -> JsonObject:
    return {"value": member.id, "type": member.kind.value, "$ref": f"/{member.kind}s/{member.id}"}
