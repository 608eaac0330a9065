"""Lists of users and groups: by index or by cursor, filtered, sorted, and showing only what is asked for."""

from dataclasses import dataclass
from datetime import timedelta

from domain import cursors
from domain.model import Kind, Record
from domain.ports import Query, Sort
from domain.signin import Caller
from domain.writing import Desk
from scim.discovery import CURSOR_LIFETIME_SECONDS
from scim.messages import ListRequest


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; ``next_cursor`` is None where no page follows, or none was asked for."""

    records: tuple[Record, ...]
    total: int | None
    next_cursor: str | None = None


async def list_records(desk: Desk, caller: Caller, request: ListRequest) -> Listing:
    """The page that *request* asks for.

    Raises:
        InvalidCursorException, ExpiredCursorException: As `cursors.unseal`.
        TooManyMatches: More records match than can be sorted.
    """
    now, key, walk = desk.clock.now(), caller.account.seal_key, _walk(request)
    after = request.cursor
    if after:
        lifetime = timedelta(seconds=CURSOR_LIFETIME_SECONDS)
        after = cursors.unseal(after, key=key, walk=walk, now=now, lifetime=lifetime)
    page = await desk.directory.find(caller.account.id, _query(request, after))
    following = None
    if request.cursor is not None and page.next is not None:
        following = cursors.seal(page.next, key=key, walk=walk, now=now)
    return Listing(page.records, page.total, following)


def _query(request: ListRequest, after: str | None) -> Query:
    return Query(
        kind=Kind(request.kind),
        filter=request.filter,
        start_index=request.start_index,
        count=request.count,
        after=after,
        sort=None if request.sort_by is None else Sort(request.sort_by, request.descending),
        wants_members=request.projection.shows("members"),
        wants_groups=request.projection.shows("groups"),
    )


def _walk(request: ListRequest) -> str:
    """What must stay the same from page to page (RFC 9865 §2)."""
    order = "" if request.sort_by is None else f"{request.sort_by.binding.urn} {request.descending}"
    return f"{request.kind}\n{request.filter_text}\n{order}\n{request.count}"
