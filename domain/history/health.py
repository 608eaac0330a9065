"""How provisioning of an account fares: healthy, with warnings, or failing as far as would quarantine the client's job.

Source: entra.md §5.4: bad credentials at once; from 5,000 failures on more than 40 % of all operations, or more than
40,000 failures without references; 60,000 failures with them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.history.cycles import Counts, Cycle
from domain.history.faults import Fault
from scim.group_member import GROUP_MEMBER

_JUDGED_FROM = 5_000
_PROPORTION = 0.4
_MOST = 40_000
_MOST_WITH_REFERENCES = 60_000
_NOT_AUTHENTICATED = 401


class Health(StrEnum):
    """How provisioning fares."""

    HEALTHY = "healthy"
    WARNINGS = "warnings"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Condition:
    """The health of an account, and why it is so; no reason where it is healthy."""

    health: Health
    reason: str = ""


def condition(faults: Collection[Fault], last: Cycle | None) -> Condition:
    """The condition of an account with these open *faults*, whose *last* cycle is that."""
    if any(each.status == _NOT_AUTHENTICATED for each in faults):
        return Condition(Health.FAILING, "the client's token is refused, so nothing is provisioned")
    counts = Counts() if last is None else last.counts
    references = sum(each.kind == GROUP_MEMBER for each in faults)
    failing = max(len(faults) - references, counts.failed)
    if failing >= _JUDGED_FROM and failing > _PROPORTION * max(counts.total, 1):
        return Condition(Health.FAILING, f"{failing:,} failures, more than 40 % of what the client tries")
    if failing > _MOST or failing + references > _MOST_WITH_REFERENCES:
        return Condition(Health.FAILING, f"{failing + references:,} objects fail")
    if faults:
        return Condition(Health.WARNINGS, f"{len(faults):,} {'object fails' if len(faults) == 1 else 'objects fail'}")
    return Condition(Health.HEALTHY)
