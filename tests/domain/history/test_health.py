"""The health of an account's provisioning, by what would quarantine the client's job."""

import pytest

from domain.history.cycles import Counts, Cycle, CycleKind
from domain.history.health import Health, condition
from tests.domain.builders import NOW
from tests.domain.log_builders import failure, folded, skipped_member


def cycle(failed: int, succeeded: int) -> Cycle:
    return Cycle("1", "token:1", CycleKind.INITIAL, NOW, NOW, Counts(created=succeeded, failed=failed))


@pytest.mark.parametrize(
    ("failed", "succeeded", "health"),
    [
        (45_000, 100_000, Health.FAILING),  # the three examples of the client's documentation
        (30_000, 5_000, Health.FAILING),
        (20_000, 100_000, Health.HEALTHY),
        (4_999, 0, Health.HEALTHY),  # as many as it takes no notice of
        (0, 0, Health.HEALTHY),
    ],
)
def test_many_failures_quarantine_the_job(failed: int, succeeded: int, health: Health) -> None:
    """By number and by proportion."""
    assert condition((), cycle(failed, succeeded)).health is health


def test_refused_token_is_failing() -> None:
    """One failure is enough: nothing is provisioned."""
    found = condition(folded(failure(kind="", resource_id="", status=401, actor="token:9")).failing, None)
    assert (found.health, "token" in found.reason) == (Health.FAILING, True)


@pytest.mark.parametrize("failed", [failure(), skipped_member()])
def test_open_fault_is_a_warning(failed: object) -> None:
    """Whatever it is."""
    assert condition(folded(failed).failing, cycle(1, 5)).health is Health.WARNINGS  # type: ignore[arg-type]


def test_nothing_wrong_is_healthy() -> None:
    """And has no reason."""
    assert condition((), None).reason == ""
