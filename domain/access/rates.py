"""How fast callers may be: so many requests a minute for each token, and for each account.

Each process counts for itself: behind several instances an account gets up to so many times as much.  Past its rate a
caller is told when to come back, and what it sends meanwhile counts for nothing, so that its allowed share gets through
however fast it sends.  Source: the generic cell rate algorithm, ITU-T I.371.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from domain.access.signin import Caller
from domain.ports import Clock

_AT_ONCE_SECONDS = 10
"""A caller that was silent may send at once what it may send in so long."""
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Meter:
    """Counts one kind of callers; *per_minute* 0 lets everything pass."""

    per_minute: int
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def wait(self, who: str, now: float) -> float:
        """Seconds until *who* may send again; 0 where it may now."""
        if not self.per_minute:
            return 0.0
        interval = 60 / self.per_minute
        at_once = max(1, self.per_minute * _AT_ONCE_SECONDS // 60)
        return max(0.0, self._full_at.get(who, now) - now - interval * (at_once - 1))

    def count(self, who: str, now: float, cost: int) -> None:
        """Have *cost* requests of *who* count."""
        if not self.per_minute:
            return
        self._full_at[who] = max(self._full_at.get(who, now), now) + 60 / self.per_minute * cost
        self._full_at.move_to_end(who)
        if len(self._full_at) > _REMEMBERED:
            self._full_at.popitem(last=False)


class Rates:
    """The rates of all callers; one in a process.  *per_address* is for those who show the operator's key."""

    def __init__(self, clock: Clock, *, per_token: int = 0, per_account: int = 0, per_address: int = 0) -> None:
        self._clock = clock
        self._tokens = _Meter(per_token)
        self._accounts = _Meter(per_account)
        self._addresses = _Meter(per_address)

    def admit(self, caller: Caller) -> float:
        """0 for a request that may go on, and counts; else the seconds after which another may."""
        now = self._clock.now().timestamp()
        token, account = _names(caller)
        wait = max(self._tokens.wait(token, now), self._accounts.wait(account, now))
        if not wait:
            self.charge(caller, 1)
        return wait

    def admit_address(self, network: str) -> float:
        """As `admit`, for a request that counts by where it came from: nobody knows yet whose it is."""
        now = self._clock.now().timestamp()
        wait = self._addresses.wait(network, now)
        if not wait:
            self._addresses.count(network, now, 1)
        return wait

    def charge(self, caller: Caller, cost: int) -> None:
        """Have a request that was admitted count as *cost* more: those after it wait for it."""
        now = self._clock.now().timestamp()
        token, account = _names(caller)
        self._tokens.count(token, now, cost)
        self._accounts.count(account, now, cost)


def _names(caller: Caller) -> tuple[str, str]:
    return f"{caller.account.id} {caller.actor}", caller.account.id
