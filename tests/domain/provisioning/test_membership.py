"""Membership: steps folded into one intent, and the intent into what really changes."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models.path import AttrPath, CompareOperator, Comparison, ValuePath

from domain.model import Kind, Member, MemberDelta
from domain.provisioning.membership import MemberIntent, delta, fold, needs_current
from scim.membership import AddMembers, MemberStep, RemoveMatching, RemoveMembers, SetMembers

_IDS = [f"{each * 8}-{each * 4}-{each * 4}-{each * 4}-{each * 12}" for each in "abcdef"]
*_MEMBERS, _GROUP, _NOBODY = _IDS
_EXISTING = dict.fromkeys([*_MEMBERS, _GROUP], Kind.USER)


def matching(sub: str, operator: CompareOperator, value: str) -> RemoveMatching:
    """The step of ``remove members[…]`` with one comparison."""
    return RemoveMatching(ValuePath(AttrPath("members"), Comparison(AttrPath(sub), operator, value)))


_some_ids = st.lists(st.sampled_from(_IDS), unique=True).map(tuple)
_steps = st.lists(
    st.one_of(
        st.builds(AddMembers, _some_ids),
        st.builds(RemoveMembers, _some_ids),
        st.builds(SetMembers, _some_ids),
        st.sampled_from(_IDS).map(lambda each: matching("value", CompareOperator.eq, each)),
        st.sampled_from(_IDS).map(lambda each: matching("value", CompareOperator.gt, each)),
    ),
    max_size=8,
)


def _one_by_one(members: frozenset[str], steps: Sequence[MemberStep]) -> set[str]:
    """What the steps make of a set of members, each applied for itself."""
    now = set(members)
    for step in steps:
        match step:
            case AddMembers(ids):
                now |= set(ids)
            case RemoveMembers(ids):
                now -= set(ids)
            case SetMembers(ids):
                now = set(ids)
            case RemoveMatching(chosen):
                assert isinstance(chosen.val_filter, Comparison)
                value = str(chosen.val_filter.value)
                exact = chosen.val_filter.op is CompareOperator.eq
                now -= {each for each in now if (each == value if exact else each > value)}
    return now & _EXISTING.keys() - {_GROUP}


@settings(deadline=None)
@given(members=st.frozensets(st.sampled_from(_MEMBERS)), steps=_steps)
def test_folded_steps_do_the_same(members: frozenset[str], steps: list[MemberStep]) -> None:
    """All steps at once give the members that they give one by one."""
    intent = fold(steps, [Member(each) for each in sorted(members)])
    known = members if intent.only else members & {*intent.wanted, *intent.unwanted}
    change, _ = delta(intent, _GROUP, members=known, kinds=_EXISTING)
    assert members - set(change.removed) | {each.id for each in change.added} == _one_by_one(members, steps)


@settings(deadline=None)
@given(members=st.frozensets(st.sampled_from(_MEMBERS)), steps=_steps)
def test_delta_of_what_exists(members: frozenset[str], steps: list[MemberStep]) -> None:
    """Nobody is added who does not exist, or removed and added at once; the ids of nobody are told."""
    change, skipped = delta(fold(steps, [Member(each) for each in members]), _GROUP, members=members, kinds=_EXISTING)
    added = {each.id for each in change.added}
    assert added <= set(_MEMBERS)
    assert added.isdisjoint(change.removed)
    assert set(skipped) <= {_GROUP, _NOBODY}


@settings(deadline=None)
@given(members=st.frozensets(st.sampled_from(_MEMBERS)), steps=_steps)
def test_nothing_is_written_where_nothing_changes(members: frozenset[str], steps: list[MemberStep]) -> None:
    """Steps that leave the members as they are give an empty delta, and others never do."""
    change, _ = delta(fold(steps, [Member(each) for each in members]), _GROUP, members=members, kinds=_EXISTING)
    assert bool(change) is (_one_by_one(members, steps) != members)


def test_what_seems_to_be_so_is_written_with_the_rest() -> None:
    """The members were read beside the group: where anything is written, all that was asked for is."""
    member, other, *_ = _MEMBERS
    steps: list[MemberStep] = [AddMembers((member, other)), RemoveMembers((_MEMBERS[2],))]
    change, _ = delta(fold(steps), _GROUP, members={member}, kinds=_EXISTING)
    assert change == MemberDelta((Member(member), Member(other)), (_MEMBERS[2],))


@pytest.mark.parametrize(
    ("steps", "needs"),
    [
        ([], False),
        ([AddMembers(("a",)), RemoveMembers(("b",))], False),  # however large the group
        ([SetMembers(("a",))], True),
        ([AddMembers(("a",)), matching("type", CompareOperator.eq, "Group")], True),
    ],
)
def test_members_are_read_where_they_matter(steps: list[MemberStep], needs: bool) -> None:
    """Additions and removals of single ids need no members."""
    assert needs_current(steps) is needs


@pytest.mark.parametrize(
    ("steps", "intent"),
    [
        ([], MemberIntent()),
        ([AddMembers(())], MemberIntent()),
        ([AddMembers(("b", "a")), AddMembers(("b", "c"))], MemberIntent(("b", "a", "c"))),  # once, in their order
        ([AddMembers(("a",)), RemoveMembers(("a",))], MemberIntent((), frozenset("a"))),
        ([RemoveMembers(("a",)), AddMembers(("a",))], MemberIntent(("a",))),
        ([AddMembers(("a",)), SetMembers(("b",))], MemberIntent(("b",), only=True)),
        ([SetMembers(("a", "b")), RemoveMembers(("a",))], MemberIntent(("b",), only=True)),
        ([SetMembers()], MemberIntent(only=True)),
    ],
)
def test_steps_fold(steps: list[MemberStep], intent: MemberIntent) -> None:
    """Each step sees what those before it did."""
    assert fold(steps) == intent


@pytest.mark.parametrize(
    ("intent", "wants"),
    [(MemberIntent(), False), (MemberIntent(("a",)), True), (MemberIntent((), frozenset("a")), True)],
)
def test_empty_intent_is_false(intent: MemberIntent, wants: bool) -> None:
    """Nothing wanted, nothing unwanted."""
    assert bool(intent) is wants


def test_emptying_is_an_intent() -> None:
    """To want no members at all is to want something."""
    assert MemberIntent(only=True)


def test_removal_by_type_sees_kinds() -> None:
    """``remove members[type eq "Group"]`` ends the membership of nested groups."""
    current = [Member("a"), Member("b", Kind.GROUP)]
    assert fold([matching("type", CompareOperator.eq, "Group")], current).unwanted == {"b"}


def test_group_is_no_member_of_itself() -> None:
    """It is skipped, as an id that names nobody is."""
    change, skipped = delta(MemberIntent(("g", "f")), "g", members=(), kinds={"g": Kind.GROUP})
    assert not change
    assert skipped == ("g", "f")


def test_kind_of_a_new_member_is_known() -> None:
    """A nested group is added as one."""
    change, _ = delta(MemberIntent(("a", "b")), "g", members=(), kinds={"a": Kind.GROUP, "b": Kind.USER})
    assert change.added == (Member("a", Kind.GROUP), Member("b", Kind.USER))
