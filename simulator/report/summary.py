"""Brings what several cycles did together: totals, and equal failures and equal reasons as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.context import GIVEN_UP, IN_ESCROW, MANAGER_FAILED, MEMBER_FAILED
from simulator.outcome import Action, CycleReport, Failure, Kind, Skip, Status
from simulator.report.remedies import remedy_of

_WAITING = (IN_ESCROW, GIVEN_UP, MANAGER_FAILED, MEMBER_FAILED)


@dataclass(frozen=True)
class Group:
    """Several failures, or several skipped objects, of the same kind and for the same reason.

    ``names`` has every object once. ``number`` is how many that are: memberships go by the names of their groups.
    ``attempts`` is how many failed or were skipped in all cycles, and ``settled`` how many arrived in a later attempt.
    """

    kind: Kind
    title: str
    detail: str
    advice: str
    names: tuple[str, ...]
    number: int
    attempts: int
    settled: int = 0


def totals_of(reports: Sequence[CycleReport]) -> dict[Kind, dict[Action, int]]:
    """Return how many objects of each kind met with each action in all of *reports*."""
    return {kind: {action: sum(each.counts[kind][action] for each in reports) for action in Action} for kind in Kind}


def failures_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return all failures, those of the same code and the same answer together, most frequent ones first."""
    grouped: dict[tuple[Kind, str, str], list[Failure]] = {}
    for failure in (each for report in reports for each in report.failures):
        status = f" · HTTP {failure.status}" if failure.status else ""
        scim_type = f" · {failure.scim_type}" if failure.scim_type else ""
        key = (failure.kind, f"{failure.code}{status}{scim_type} at {failure.step}", failure.detail)
        grouped.setdefault(key, []).append(failure)
    arrived = _arrived(reports)
    return _ordered(_failed(*key, failures, arrived) for key, failures in grouped.items())


def _failed(kind: Kind, title: str, detail: str, failures: list[Failure], arrived: set[tuple[Kind, str]]) -> Group:
    numbers: dict[str, int] = {}
    for each in failures:
        numbers[each.name] = max(each.count, numbers.get(each.name, 0))
    return Group(
        kind,
        title,
        detail,
        failures[0].advice,
        tuple(numbers),
        sum(numbers.values()),
        sum(each.count for each in failures),
        sum(number for name, number in numbers.items() if (kind, name) in arrived),
    )


def skips_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return what was left out on purpose, by reason, most frequent ones first."""
    return _skips(each for report in reports for each in report.skips if each.reason not in _WAITING)


def waiting_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return what the last cycle did not try, because it or what it refers to is in escrow."""
    return _skips(each for report in reports[-1:] for each in report.skips if each.reason in _WAITING)


def _skips(skips: Iterable[Skip]) -> list[Group]:
    grouped: dict[tuple[Kind, str], list[str]] = {}
    for skip in skips:
        grouped.setdefault((skip.kind, skip.reason), []).append(skip.name)
    return _ordered(_skipped(kind, reason, names) for (kind, reason), names in grouped.items())


def _skipped(kind: Kind, reason: str, names: list[str]) -> Group:
    distinct = tuple(dict.fromkeys(names))
    return Group(kind, reason, "", remedy_of(reason), distinct, len(distinct), len(names))


def _arrived(reports: Sequence[CycleReport]) -> set[tuple[Kind, str]]:
    """Return what did not fail when it was tried for the last time."""
    arrived: dict[tuple[Kind, str], bool] = {}
    for report in reports:
        now: dict[tuple[Kind, str], bool] = {}
        for entry in report.log:
            key = (entry.kind, entry.name)
            now[key] = now.get(key, True) and entry.status is not Status.FAILURE
        arrived |= now
    return {key for key, good in arrived.items() if good}


def _ordered(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (group.settled == group.number, -group.number))


def named(kind: Kind, number: int) -> str:
    """Return the word for *number* objects of *kind*: one user, two users."""
    return kind.value.removesuffix("s") if number == 1 else kind.value
