"""Brings what several cycles did together: totals, and equal failures and equal reasons as one."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.outcome import Action, CycleReport, Kind


@dataclass(frozen=True)
class Group:
    """Several failures, or several skipped objects, of the same kind and for the same reason."""

    kind: Kind
    title: str
    detail: str
    advice: str
    names: tuple[str, ...]


def totals_of(reports: Sequence[CycleReport]) -> dict[Kind, dict[Action, int]]:
    """Return how many objects of each kind met with each action in all of *reports*."""
    return {kind: {action: sum(each.counts[kind][action] for each in reports) for action in Action} for kind in Kind}


def failures_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return all failures, those of the same code and the same answer together, most frequent ones first."""
    grouped: dict[tuple[Kind, str, str, str], list[str]] = {}
    for failure in (each for report in reports for each in report.failures):
        status = f" · HTTP {failure.status}" if failure.status else ""
        scim_type = f" · {failure.scim_type}" if failure.scim_type else ""
        title = f"{failure.code}{status}{scim_type} at {failure.step}"
        grouped.setdefault((failure.kind, title, failure.detail, failure.advice), []).append(failure.name)
    return _ordered([Group(*key, tuple(names)) for key, names in grouped.items()])


def skips_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return what was left out on purpose, by reason, most frequent ones first."""
    grouped: dict[tuple[Kind, str], list[str]] = {}
    for skip in (each for report in reports for each in report.skips):
        grouped.setdefault((skip.kind, skip.reason), []).append(skip.name)
    return _ordered([Group(kind, reason, "", "", tuple(names)) for (kind, reason), names in grouped.items()])


def _ordered(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -len(group.names))


def named(kind: Kind, number: int) -> str:
    """Return the word for *number* objects of *kind*: one user, two users."""
    return kind.value.removesuffix("s") if number == 1 else kind.value
