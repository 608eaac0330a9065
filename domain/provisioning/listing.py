"""Lists of users and groups: by index or by cursor, filtered, sorted, and showing only what is asked for."""

from dataclasses import dataclass
from datetime import timedelta

from domain.access.signin import Caller
from domain.model import Kind, Record, Resource
from domain.ports import Query, Sort
from domain.provisioning import cursors
from domain.writing import Desk
from scim.discovery import CURSOR_LIFETIME_SECONDS
from scim.messages import ListRequest


@dataclass(frozen=True, slots=True)
class Listing[R: Resource = Record]:
    """One page of a list; ``next_cursor`` is None where no page follows, or none was asked for."""

    records: tuple[R, ...]
    total: int | None
    next_cursor: str | None = None


async def list_records(desk: Desk, caller: Caller, request: ListRequest) -> Listing:
    """The page that *request* asks for.

    Raises:
        InvalidCursorException, ExpiredCursorException: As `cursors.unseal`.
        TooManyMatches: More records match than can be sorted.
    """
    walk, after = _walk(request), request.cursor
    if after:
        after = unseal_position(desk, caller, after, walk)
    page = await desk.directory.find(caller.account.id, query_of(request, after))
    following = None
    if request.cursor is not None and page.next is not None:
        following = seal_position(desk, caller, page.next, walk)
    return Listing(page.records, page.total, following)


def seal_position(desk: Desk, caller: Caller, position: str, walk: str) -> str:
    """The cursor of *position*, as `cursors.seal`, for the clients of the caller's account."""
    return cursors.seal(position, key=caller.account.seal_key, walk=walk, now=desk.clock.now())


def unseal_position(desk: Desk, caller: Caller, cursor: str, walk: str) -> str:
    """The position that *cursor* holds.  Raises: InvalidCursorException, ExpiredCursorException."""
    lifetime = timedelta(seconds=CURSOR_LIFETIME_SECONDS)
    return cursors.unseal(cursor, key=caller.account.seal_key, walk=walk, now=desk.clock.now(), lifetime=lifetime)


def query_of(request: ListRequest, after: str | None) -> Query:
    """What *request* asks of the store, from the position *after* on in a walk by cursor."""
    return Query(
        kind=Kind(request.kind),
        type=request.kind,
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
