"""How entries, cycles and faults of the provisioning log are shown, as JSON and as text files."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.history.advice import advice
from domain.history.cycles import Cycle
from domain.history.faults import Fault
from domain.model import Change
from routes.manager.common import PageView, View

CSV = "text/csv"
JSON_LINES = "application/x-ndjson"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


class ValueView(View):
    """What one attribute was and is; left out where it had, or has, no value."""

    attribute: str
    old: Any = None
    new: Any = None


class EntryView(View):
    """One entry of the log; `recommendedAction` says in plain words what to do about what did not succeed."""

    id: str
    time: datetime
    outcome: str
    action: str
    actor: str
    source: str
    resource_type: str
    resource_id: str | None = None
    resource_name: str | None = None
    external_id: str | None = None
    attributes: list[str]
    values: list[ValueView] | None = None
    status: int | None = None
    scim_type: str | None = None
    reason: str | None = None
    recommended_action: str | None = None
    count: int
    correlation_id: str


class CountsView(View):
    """What became of the objects of a cycle."""

    created: int
    updated: int
    disabled: int
    deleted: int
    skipped: int
    failed: int


class CycleView(View):
    """One provisioning cycle; `id` filters the log."""

    id: str
    actor: str
    kind: str
    started: datetime
    ended: datetime
    counts: CountsView


class FailingView(View):
    """An object that fails, since when and how often: what the client keeps in escrow."""

    resource_type: str
    resource_id: str | None = None
    resource_name: str | None = None
    external_id: str | None = None
    action: str
    actor: str
    since: datetime
    last: datetime
    count: int
    status: int | None = None
    scim_type: str | None = None
    reason: str
    recommended_action: str
    correlation_id: str


class EntryPage(PageView[EntryView]):
    """Entries of the log, the newest first; the last page has no `nextCursor`."""


class CyclePage(PageView[CycleView]):
    """Cycles, the newest first; the last page has no `nextCursor`."""


class SynchronizationView(View):
    """How provisioning fares: `health` is healthy, warnings or failing; at most 200 of the failing objects are told."""

    health: str
    reason: str | None = None
    last_cycle: CycleView | None = None
    failing: list[FailingView]
    failing_total: int


def entry_view(change: Change) -> EntryView:
    """One entry as JSON shows it."""
    values = [ValueView(attribute=each.attribute, old=each.old, new=each.new) for each in change.values]
    return EntryView(
        id=change.id,
        time=change.time,
        outcome=change.outcome.value,
        action=change.action.value,
        actor=change.actor,
        source=change.source.value,
        resource_type=str(change.kind),
        resource_id=change.resource_id or None,
        resource_name=change.resource_name or None,
        external_id=change.external_id,
        attributes=list(change.attributes),
        values=values or None,
        status=change.status or None,
        scim_type=change.scim_type or None,
        reason=change.reason or None,
        recommended_action=advice(change),
        count=change.count,
        correlation_id=change.correlation_id,
    )


def cycle_view(cycle: Cycle) -> CycleView:
    """One cycle as JSON shows it."""
    counts = CountsView(**{name: getattr(cycle.counts, name) for name in CountsView.model_fields})
    return CycleView(
        id=cycle.id, actor=cycle.actor, kind=cycle.kind.value, started=cycle.began, ended=cycle.ended, counts=counts
    )


def failing_view(fault: Fault) -> FailingView:
    """One object that fails as JSON shows it."""
    return FailingView(
        resource_type=fault.kind,
        resource_id=fault.resource_id or None,
        resource_name=fault.resource_name or None,
        external_id=fault.external_id,
        action=fault.action.value,
        actor=fault.actor,
        since=fault.since,
        last=fault.last,
        count=fault.count,
        status=fault.status or None,
        scim_type=fault.scim_type or None,
        reason=fault.reason,
        recommended_action=advice(fault.as_change()) or "",
        correlation_id=fault.correlation_id,
    )


_COLUMNS = tuple(name for name in EntryView.model_fields if name != "values")


def as_csv(entries: Iterable[EntryView], *, heading: bool = True) -> bytes:
    """The entries as CSV; no cell is taken for a formula.  RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text)
    if heading:
        writer.writerow(EntryView.model_fields[name].alias for name in _COLUMNS)
    for each in entries:
        told = each.model_dump(mode="json")
        writer.writerow(_cell(told[name]) for name in _COLUMNS)
    return text.getvalue().encode("utf-8", "replace")


def as_json_lines(entries: Iterable[EntryView]) -> bytes:
    """The entries as JSON, each on a line."""
    lines = (each.model_dump_json(by_alias=True, exclude_none=True) for each in entries)
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
