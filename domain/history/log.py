"""The provisioning log: what it can be asked, and the port that answers.

Entries are `Change`s; an entry's id is its place.  Those of the last days are rows, older ones lie in pages; nobody who
reads sees the difference.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.model import Action, Change, Outcome, Source

MAX_ENTRIES = 1_000
"""Entries of one answer."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which entries are asked for; what is empty or None selects all.

    ``since`` is the first moment, ``until`` the first one after.  ``about`` is the id, the external id or the name of a
    resource, as the entry tells it; that of a group finds its memberships too.  ``position`` is where an earlier page
    ended; ``count`` is the most that one page may have.
    """

    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    action: Action | None = None
    source: Source | None = None
    kind: str = ""
    about: str = ""
    actor: str = ""
    correlation: str = ""
    position: str = ""
    count: int = 100

    def selects(self, change: Change) -> bool:
        """Whether the entry is one of those asked for, wherever the page begins."""
        return (
            (self.since is None or change.time >= self.since)
            and (self.until is None or change.time < self.until)
            and self.outcome in (None, change.outcome)
            and self.action in (None, change.action)
            and self.source in (None, change.source)
            and self.kind in ("", change.kind)
            and self.actor in ("", change.actor)
            and self.correlation in ("", change.correlation_id)
            and (not self.about or self.about in names_of(change))
        )


def names_of(change: Change) -> frozenset[str]:
    """By what the resource of an entry can be asked for; a membership also by its group and by its member."""
    parts = change.resource_id.split(".") if "." in change.resource_id else ()
    names = (change.resource_id, change.external_id or "", change.resource_name, *parts)
    return frozenset(filter(None, names))


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, and the position that the next page begins at; None where there are no more.

    A page may have fewer entries than asked for, and still a next one: reading goes on after so many pages of the log.
    """

    changes: tuple[Change, ...]
    next: str | None = None


class LogStore(Protocol):
    """The log of all accounts; each call concerns one account.  Any call may raise StoreUnavailable."""

    async def newest(self, account: str, query: LogQuery) -> LogPage:
        """The newest entries that *query* asks for, the newest first."""

    async def following(self, account: str, position: str, until: datetime, count: int) -> LogPage:
        """At most *count* entries after *position* and written before *until*, the oldest first; "" is the beginning.

        ``next`` is the position to go on from, also where no more entries follow now.
        """


class PageStore(Protocol):
    """What the timer does to the log; everything can be done twice, or by two at once, without harm."""

    async def compact(self, account: str, before: datetime, limit: int) -> int:
        """Move at most *limit* entries written before *before* into pages, where they are settled; how many."""

    async def drop(self, account: str, before: datetime) -> int:
        """Drop the pages whose entries were all written in a month that ended before *before*; how many there were."""
