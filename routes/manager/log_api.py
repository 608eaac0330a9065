"""The provisioning log in the manager API: entries, cycles, and how synchronization fares.

Text files come in pages too, as the host sends no answer before it is whole: ``Link`` leads to the next one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from domain.access.signin import Caller
from domain.history.log import MAX_ENTRIES, LogQuery
from domain.history.logbook import read_log, synchronization
from domain.model import Action, Outcome, Source
from domain.provisioning.listing import seal_position
from routes.accept import preferred
from routes.http import Request, Response
from routes.manager.common import JSON, MANAGER_BASE, PageAsk, Walk, answer, manager_url, read_query
from routes.manager.log_views import (
    CSV,
    JSON_LINES,
    CyclePage,
    EntryPage,
    EntryView,
    SynchronizationView,
    as_csv,
    as_json_lines,
    cycle_view,
    entry_view,
    failing_view,
)
from routes.route import Route, Services

_TOLD = 200
"""Failing objects of one answer."""
_FORMATS = {"json": JSON, "csv": CSV, "ndjson": JSON_LINES}


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_Moment = Annotated[datetime, AfterValidator(_utc)]
_Text = Annotated[str, Field(max_length=512)]


def _one_of(words: type[StrEnum]) -> AfterValidator:
    """Refuses a text that is none of *words*."""

    def known(text: str) -> str:
        if text not in {each.value for each in words}:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return AfterValidator(known)


def _listing(words: type[StrEnum]) -> Any:
    """Tells *words* in place: the parameters of a query refer to nothing."""
    return Field(json_schema_extra={"enum": [each.value for each in words]})


class LogAsk(PageAsk):
    """Which entries are asked for; all conditions must hold."""

    limit: Annotated[int, Field(ge=1, le=MAX_ENTRIES, description="Entries of a page.")] = 100
    since: Annotated[_Moment | None, Field(description="Not before this time.")] = None
    until: Annotated[_Moment | None, Field(description="Before this time.")] = None
    outcome: Annotated[str, _one_of(Outcome), _listing(Outcome)] | None = None
    action: Annotated[str, _one_of(Action), _listing(Action)] | None = None
    source: Annotated[str, _one_of(Source), _listing(Source)] | None = None
    type: Annotated[_Text, Field(description="`User`, `Group`, `GroupMember`, or of administrative acts another.")] = ""
    object: Annotated[_Text, Field(description="The id, the external id or the name of a resource.")] = ""
    actor: Annotated[_Text, Field(description="As entries tell it, such as `token:…`.")] = ""
    correlation: Annotated[_Text, Field(description="The correlation id of a request.")] = ""
    cycle: Annotated[_Text, Field(description="The id of a cycle.")] = ""
    format: Annotated[Literal["json", "csv", "ndjson"] | None, Field(description="Otherwise by `Accept`.")] = None


async def list_entries(services: Services, caller: Caller, request: Request) -> Response:
    """The entries of the provisioning log, the newest first."""
    ask = read_query(LogAsk, request)
    walk = Walk.of(services, caller, request, ask)
    page = await read_log(services.logbook, caller.account.id, _query(ask, walk.after), ask.cycle)
    entries = [entry_view(each) for each in page.changes]
    media_type = _FORMATS.get(ask.format or "") or preferred(request.headers, (JSON, CSV, JSON_LINES))
    if media_type == JSON:
        return walk.page(entries, page.next)
    return _file(walk, ask, media_type, entries, page.next)


async def list_cycles(services: Services, caller: Caller, request: Request) -> Response:
    """The provisioning cycles, the newest first."""
    ask = read_query(PageAsk, request)
    walk = Walk.of(services, caller, request, ask)
    cycles, following = await services.logbook.ledger.list_cycles(caller.account.id, walk.after, ask.limit)
    return walk.page([cycle_view(each) for each in cycles], following)


async def get_synchronization(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """How provisioning fares: health, the last cycle, and the objects that fail."""
    found = await synchronization(services.logbook, caller.account.id)
    return answer(
        SynchronizationView(
            health=found.condition.health.value,
            reason=found.condition.reason or None,
            last_cycle=None if found.last is None else cycle_view(found.last),
            failing=[failing_view(each) for each in found.failing[:_TOLD]],
            failing_total=len(found.failing),
        )
    )


def _query(ask: LogAsk, position: str) -> LogQuery:
    return LogQuery(
        since=ask.since,
        until=ask.until,
        outcome=Outcome(ask.outcome) if ask.outcome else None,
        action=Action(ask.action) if ask.action else None,
        source=Source(ask.source) if ask.source else None,
        kind=ask.type,
        about=ask.object,
        actor=ask.actor,
        correlation=ask.correlation,
        position=position,
        count=ask.limit,
    )


def _file(walk: Walk, ask: LogAsk, media_type: str, entries: Sequence[EntryView], following: str | None) -> Response:
    """A page as a text file; the next one goes on with the lines."""
    headers = {"Content-Disposition": f'attachment; filename="provisioning-log.{_SUFFIXES[media_type]}"'}
    if following is not None:
        cursor = seal_position(walk.services.desk, walk.caller, following, walk.told)
        asked = ask.model_dump(mode="json", exclude={"cursor"}, exclude_defaults=True) | {"cursor": cursor}
        headers["Link"] = f'<{manager_url(walk.services, walk.caller, "log")}?{urlencode(asked)}>; rel="next"'
    content = as_csv(entries, heading=not ask.cursor) if media_type == CSV else as_json_lines(entries)
    return Response(200, headers=headers, media_type=media_type, content=content)  # the library adds a charset to text


_SUFFIXES = {CSV: "csv", JSON_LINES: "jsonl"}
_SEE = frozenset({"core_audit_view"})
_LOG = f"{MANAGER_BASE}/log"

ROUTES: tuple[Route, ...] = (
    Route("log_entries", "GET", _LOG, list_entries, _SEE, asks=LogAsk, gives=EntryPage, also=(CSV, JSON_LINES)),
    Route("log_cycles", "GET", f"{_LOG}/cycles", list_cycles, _SEE, asks=PageAsk, gives=CyclePage),
    Route(
        "log_synchronization", "GET", f"{_LOG}/synchronization", get_synchronization, _SEE, gives=SynchronizationView
    ),
)
