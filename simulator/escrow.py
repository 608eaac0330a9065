"""Escrow: one object's failed change, and when it is tried again.

Source: Microsoft Learn, "How application provisioning works" (errors and retries): the next cycle, then less and less
often. The intervals are those of an earlier revision: 6, 12 and 24 hours after the first failure, then every 24 hours,
for 28 days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_AFTER_FIRST_FAILURE = (timedelta(0), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
_THEN_EVERY = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=28)


@dataclass
class Escrow:
    """A failed change of one object; ``mark`` is what the object was like, since another change is tried at once.

    Times are ISO 8601 in UTC. ``next_try`` is ``None`` once the change was given up.
    """

    mark: str
    code: str
    name: str
    first_failed: str
    attempts: int = 1
    next_try: str | None = ""

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time to try again."""
        return self.next_try is not None and (not self.next_try or now >= datetime.fromisoformat(self.next_try))


def failed(former: Escrow | None, *, mark: str, code: str, name: str, now: datetime) -> Escrow:
    """Return the escrow after another failure; a change that differs from the *former* one begins anew."""
    if former is None or former.mark != mark:
        return Escrow(mark, code, name, now.isoformat(), next_try=now.isoformat())
    first, attempts = datetime.fromisoformat(former.first_failed), former.attempts + 1
    return Escrow(mark, code, name, former.first_failed, attempts, _next_try(first, attempts, now))


def _next_try(first: datetime, attempts: int, now: datetime) -> str | None:
    early = attempts <= len(_AFTER_FIRST_FAILURE)
    planned = first + _AFTER_FIRST_FAILURE[attempts - 1] if early else now + _THEN_EVERY
    # A plan that is past already, because cycles were far apart, means the next cycle.
    planned = max(planned, now)
    return None if planned - first > GIVEN_UP_AFTER else planned.isoformat()
