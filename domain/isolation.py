"""Isolation: while one account is served, no other account's rows can be asked for, whatever goes wrong above."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PART = ":"
"""Stands between an account's id, which cannot hold it, and the name of a further partition of the account."""

_served: ContextVar[str | None] = ContextVar("served account", default=None)


class ForeignAccount(Exception):
    """Rows of another account than the one that is served were asked for: a fault of ours, told to nobody."""


@contextmanager
def serving(account: str | None) -> Iterator[None]:
    """Within the block, and in tasks begun in it, only the rows of *account* can be reached; None is no limit."""
    token = _served.set(account)
    try:
        yield
    finally:
        _served.reset(token)


def check(partition: str) -> None:
    """Raises: ForeignAccount: An account is served, and the partition is another's, or that of no account."""
    served = _served.get()
    if served is not None and partition.partition(PART)[0] != served:
        raise ForeignAccount
