"""Sign-in: every row of the decision table (harness.md §4.12), and the order of the checks."""

import pytest

from domain.model import UserState
from domain.native.sso import REMEDIES, Decision, Facts, Generation, Reason, decide

FG, NG = Generation.FIRST_GEN, Generation.NEXT_GEN
_YES, _NO = (True,), (False,)
_ANY = (False, True)

_ROWS: list[tuple[str, str, tuple[bool, ...], tuple[bool, ...], tuple[bool, ...], Generation | None, Reason]] = [
    # FG   NG    in FG  in NG  active  authenticated by, result
    ("yes", "yes", _YES, _YES, _YES, FG, Reason.SIGNED_IN),
    ("yes", "yes", _NO, _YES, _YES, FG, Reason.NOT_MEMBER_OF_FIRSTGEN),
    ("yes", "yes", _YES, _NO, _YES, FG, Reason.SIGNED_IN),
    ("yes", "yes", _YES, _ANY, _NO, FG, Reason.NOT_PROVISIONED),
    ("yes", "yes", _NO, _NO, _ANY, FG, Reason.NOT_MEMBER_OF_FIRSTGEN),
    ("yes", "no", _YES, _NO, _YES, FG, Reason.SIGNED_IN),
    ("yes", "no", _NO, _NO, _ANY, FG, Reason.NOT_MEMBER_OF_FIRSTGEN),
    ("no", "yes", _NO, _YES, _YES, NG, Reason.SIGNED_IN),
    ("no", "yes", _NO, _NO, _ANY, NG, Reason.NOT_MEMBER_OF_NEXTGEN),
    ("no", "yes", _NO, _YES, _NO, NG, Reason.NOT_PROVISIONED),
    ("no", "no", _NO, _NO, _ANY, None, Reason.NO_INTEGRATION),
]
_CASES = [
    (fg == "yes", ng == "yes", first, next_, active, by, reason)
    for fg, ng, in_first, in_next, is_active, by, reason in _ROWS
    for first in in_first
    for next_ in in_next
    for active in is_active
]


def _set(first: bool, next_: bool) -> frozenset[Generation]:
    return frozenset(each for each, is_in in ((FG, first), (NG, next_)) if is_in)


@pytest.mark.parametrize(("fg", "ng", "in_fg", "in_ng", "active", "by", "reason"), _CASES)
def test_row_of_the_table(
    *, fg: bool, ng: bool, in_fg: bool, in_ng: bool, active: bool, by: Generation | None, reason: Reason
) -> None:
    """Which integration is in force, and how it ends."""
    facts = Facts(_set(fg, ng), _set(in_fg, in_ng), state=UserState.ACTIVE if active else None)
    assert decide(facts) == Decision(reason, by)


def test_one_that_is_disabled_is_not_in_force() -> None:
    """A member of the first generation's integration is not asked for by the other one."""
    assert decide(Facts(_set(False, True), _set(True, False))) == Decision(Reason.NOT_MEMBER_OF_NEXTGEN, NG)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(_set(True, True), _set(False, True), False, UserState.DEACTIVATED, True), Reason.NOT_MEMBER_OF_FIRSTGEN),
        (Facts(_set(True, True), _set(True, True), False, UserState.DEACTIVATED, True), Reason.DOMAIN_NOT_ALLOWED),
        (Facts(_set(True, True), _set(True, True), True, UserState.DEACTIVATED, True), Reason.DEACTIVATED),
        (Facts(_set(True, True), _set(True, True), True, None, True), Reason.NOT_PROVISIONED),
        (Facts(_set(True, True), _set(True, True), True, UserState.INVITED), Reason.NOT_PROVISIONED),
        (Facts(_set(True, True), _set(True, True), True, UserState.ACTIVE, True), Reason.LOCKED),
        (Facts(_set(True, True), _set(True, True), True, UserState.ACTIVE), Reason.SIGNED_IN),
    ],
)
def test_first_that_fails_is_the_reason(facts: Facts, reason: Reason) -> None:
    """Membership, domain, state, lock; in this order."""
    assert decide(facts).reason is reason


def test_every_reason_has_a_remedy() -> None:
    """Each its own; that of the worked example says where to add the user (R59)."""
    assert REMEDIES.keys() == set(Reason)
    assert len(set(REMEDIES.values())) == len(Reason)
    assert "first generation" in REMEDIES[Reason.NOT_MEMBER_OF_FIRSTGEN]
