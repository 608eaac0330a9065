"""The ledger: faults open and end, cycles begin and go on, and no entry counts twice."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from domain.history.cycles import Counts, CycleKind
from domain.history.ledger import MOST_ROWS, Ledger, fold
from domain.model import Action, Change, Outcome, Source
from tests.domain.builders import NOW
from tests.domain.log_builders import entry, failed_creation, failure, folded, skipped_member


def test_failure_opens_a_fault() -> None:
    """Which says what fails, for whom, why and since when."""
    (fault,) = folded(failure(0), failure(40), failure(80, count=3)).failing
    assert (fault.resource_name, fault.scim_type, fault.reason) == ("ann", "uniqueness", "taken")
    assert (fault.since, fault.last, fault.count) == (NOW, NOW + timedelta(minutes=80), 5)


@pytest.mark.parametrize("other", [failure(1, "bob"), failure(1, reason="other"), failure(1, action=Action.DELETE)])
def test_another_failure_is_another_fault(other: Change) -> None:
    """Of another object, for another reason, or of another action."""
    assert len(folded(failure(), other).failing) == 2


@pytest.mark.parametrize(
    ("failed", "success", "ends"),
    [
        (failure(), entry(1), True),
        (failure(), entry(1, "bob"), False),
        (failure(), entry(1, action=Action.DELETE), True),
        (failure(), entry(1, source=Source.MANAGER), True),  # somebody put it right by hand
        (failed_creation(), entry(1, action=Action.CREATE), True),
        (failed_creation(name="ANN"), entry(1, action=Action.CREATE), True),  # names know no case
        (failed_creation(), entry(1, "bob", action=Action.CREATE), False),
        (failed_creation(resource_name=""), entry(1, action=Action.CREATE), True),  # by its external id
        (failure(kind="Group"), entry(1), False),
        (failure(kind="", resource_id="", status=401, actor="token:9"), entry(1), True),
        (failure(kind="", resource_id="", status=401, actor="token:9"), entry(1, source=Source.MANAGER), False),
        (failure(kind="", resource_id="", status=403), entry(1, "bob"), True),
        (failure(kind="", resource_id="", status=403), entry(1, "bob", actor="token:2"), False),
        (skipped_member(), entry(1, kind="Group", resource_id="g", attributes=("members",)), True),
        (skipped_member(), entry(1, kind="Group", resource_id="g", attributes=("displayName",)), False),
        (skipped_member(), entry(1, kind="Group", resource_id="h", attributes=("members",)), False),
        (skipped_member(), entry(1, kind="Group", resource_id="g", action=Action.DELETE), True),
        (skipped_member(correlation_id="r"),
         entry(1, kind="Group", resource_id="g", attributes=("members",), correlation_id="r"), False),
    ],
)  # fmt: skip
def test_success_ends_the_faults_of_its_object(failed: Change, success: Change, ends: bool) -> None:
    """Whatever of the object the failure knew; a caller that gets through ends what was wrong with it."""
    ledger = folded(failed, success)
    assert (ledger.failing == ()) is ends
    assert [each.recovered for each in ledger.faults.values()] == [success.time if ends else None]


@pytest.mark.parametrize(
    "change",
    [
        entry(),
        failure(source=Source.MANAGER),
        failure(source=Source.SYSTEM),
        failure(outcome=Outcome.SKIPPED),
    ],
)
def test_what_is_no_fault(change: Change) -> None:
    """What succeeded, and what administrators were refused: they saw it themselves."""
    assert folded(change).faults == {}


def test_fault_that_comes_back_begins_anew() -> None:
    """But what was told of it stays known."""
    told = folded(failure(0))
    key, fault = next(iter(told.faults.items()))
    told = dataclasses.replace(told, faults={key: fault.told_in("n1", NOW)})
    (again,) = folded(entry(5), failure(10), ledger=told).failing
    assert (again.since, again.count) == (NOW + timedelta(minutes=10), 1)
    assert (again.told, again.again, again.owes) == (1, NOW + timedelta(days=1), True)


# Cycles


def test_requests_without_a_long_pause_are_one_cycle() -> None:
    """Its counts say what became of the objects."""
    made = [
        entry(0, action=Action.CREATE),
        entry(9, action=Action.CREATE),
        entry(18),
        entry(19, action=Action.REACTIVATE),
        entry(20, action=Action.DEACTIVATE),
        entry(21, action=Action.DELETE),
        failure(22, "bob", count=4),
        skipped_member(23),
        entry(24, outcome=Outcome.SKIPPED),
    ]
    (cycle,) = folded(*made).cycles.values()
    assert (cycle.id, cycle.kind, cycle.began, cycle.ended) == (made[0].id, CycleKind.INITIAL, NOW, made[-1].time)
    assert cycle.counts == Counts(created=2, updated=2, disabled=1, deleted=1, skipped=2, failed=4)


def cycles_of(*changes: Change) -> list[tuple[str, CycleKind, int]]:
    """Actor, kind and size of each cycle that the store would have seen."""
    seen: dict[str, tuple[str, CycleKind, int]] = {}
    ledger, rest = Ledger(), list(changes)
    while rest:
        ledger, taken = fold(ledger, rest, rest[-1].id)
        seen |= {each.id: (each.actor, each.kind, each.counts.total) for each in ledger.cycles.values()}
        rest = rest[taken:]
    return list(seen.values())


def test_pause_begins_the_next_cycle() -> None:
    """The first one of a token is initial, the others are incremental."""
    assert cycles_of(entry(0), entry(5), entry(15), entry(60)) == [
        ("token:1", CycleKind.INITIAL, 2),
        ("token:1", CycleKind.INCREMENTAL, 1),
        ("token:1", CycleKind.INCREMENTAL, 1),
    ]


def test_tokens_have_cycles_of_their_own() -> None:
    """Side by side."""
    both = cycles_of(entry(0), entry(1, actor="token:2"), entry(2), entry(3, actor="token:2"))
    assert both == [("token:1", CycleKind.INITIAL, 2), ("token:2", CycleKind.INITIAL, 2)]


@pytest.mark.parametrize("change", [entry(source=Source.MANAGER), failure(actor="token:9", status=401)])
def test_who_has_no_cycle(change: Change) -> None:
    """Administrators, and those who did not get in."""
    assert cycles_of(change) == []


# Steps


def test_step_is_bounded_and_nothing_is_lost() -> None:
    """So many faults as there are, no step writes more rows than a transaction has."""
    rest: list[Change] = [failure(number / 100, f"user{number}") for number in range(300)]
    ledger, steps = Ledger(), 0
    while rest:
        before = ledger
        ledger, taken = fold(ledger, rest, rest[-1].id)
        changed = [key for key, each in ledger.faults.items() if before.faults.get(key) != each]
        assert len(changed) + len(ledger.cycles) <= MOST_ROWS
        assert ledger.position == rest[taken - 1].id
        rest, steps = rest[taken:], steps + 1
    assert (len(ledger.failing), steps) == (300, 4)
    assert [each.counts.failed for each in ledger.cycles.values()] == [300]


def test_success_that_ends_many_faults_takes_several_steps() -> None:
    """And counts once."""
    skipped = [skipped_member(0, member=f"u{number}") for number in range(250)]
    ledger = folded(*skipped)
    gone = entry(1, kind="Group", resource_id="g", action=Action.DELETE)
    steps = 0
    for _ in range(10):
        ledger, taken = fold(ledger, [gone], gone.id)
        steps += 1
        if taken:
            break
    assert (ledger.failing, steps, ledger.position) == ((), 3, gone.id)
    assert [each.counts.deleted for each in ledger.cycles.values()] == [1]


def test_steps_come_to_the_same_as_one() -> None:
    """Wherever a run is cut off."""
    changes = [(failure if number % 3 else entry)(number / 2, f"user{number % 11}", count=1) for number in range(200)]
    whole = folded(*changes)
    one_by_one = Ledger()
    for each in changes:
        one_by_one = folded(each, ledger=one_by_one)
    assert (one_by_one.faults, one_by_one.cycles, one_by_one.position) == (whole.faults, whole.cycles, whole.position)


def test_position_never_goes_back() -> None:
    """A clock that was moved back changes nothing."""
    ledger = folded(entry(10))
    assert fold(ledger, [], "0")[0].position == ledger.position
    assert fold(ledger, [], "z")[0].position == "z"


@pytest.mark.parametrize(
    ("fields", "due", "stale"),
    [
        ({}, True, False),
        ({"told_at": NOW, "again": NOW + timedelta(days=1)}, False, False),
        ({"told_at": NOW, "again": NOW - timedelta(days=1)}, False, False),  # it did not fail again
        ({"told_at": NOW - timedelta(days=1), "again": NOW}, True, False),
        ({"recovered": NOW}, False, True),
        ({"recovered": NOW, "owes": True}, False, False),
        ({"recovered": NOW, "again": NOW + timedelta(hours=1)}, False, False),
        ({"last": NOW - timedelta(days=29)}, True, True),
    ],
)
def test_when_a_fault_is_told(fields: dict[str, Any], due: bool, stale: bool) -> None:
    """At once, then when it recurs after its interval; and when nothing more is to be known of it."""
    fault = dataclasses.replace(folded(failure()).failing[0], **fields)
    assert (fault.is_due(NOW), fault.is_stale(NOW)) == (due, stale)


def test_same_fault_is_told_ever_more_seldom() -> None:
    """At most once a day, and the same notice marks it once."""
    fault = folded(failure()).failing[0]
    waits = []
    for number in range(5):
        fault = fault.told_in(f"n{number}", NOW).told_in(f"n{number}", NOW + timedelta(days=99))
        assert fault.again is not None
        waits.append((fault.again - NOW).days)
    assert waits == [1, 2, 4, 7, 7]
