"""The HTML page that a person would send to a colleague: what was done, what failed and why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from simulator.outcome import Action, CycleReport, Kind, LogEntry, Status
from simulator.quarantine import Schedule
from simulator.report.graph_log import text_of

_MOST_ENTRIES = 500
_TEMPLATE = "page.html.j2"


@dataclass(frozen=True)
class Group:
    """Several failures, or several skipped objects, of the same kind and for the same reason."""

    kind: Kind
    title: str
    detail: str
    advice: str
    names: tuple[str, ...]


def write_page(
    reports: Sequence[CycleReport],
    path: Path,
    *,
    tenant_url: str,
    dialect: str,
    made: datetime,
    schedule: Schedule,
) -> None:
    """Write one page on *reports* to *path*; it stands alone, without scripts and without anything from elsewhere."""
    environment = Environment(
        loader=PackageLoader("simulator.report", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value"] = lambda value: text_of(value) or "—"
    environment.filters["count"] = lambda number: f"{number:,}".replace(",", "\u2009")
    log = [entry for report in reports for entry in report.log]
    environment.filters["named"] = lambda kind, number: kind.value.removesuffix("s") if number == 1 else kind.value
    text = environment.get_template(_TEMPLATE).render(
        reports=reports,
        tenant_url=tenant_url,
        dialect=dialect,
        made=made,
        schedule=schedule,
        kinds=tuple(Kind),
        actions=tuple(Action),
        totals={
            kind: {action: sum(each.counts[kind][action] for each in reports) for action in Action} for kind in Kind
        },
        failures=failures_of(reports),
        skips=skips_of(reports),
        entries=_shown(log),
        hidden=max(len(log) - _MOST_ENTRIES, 0),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _totals(reports: Sequence[CycleReport]) -> dict[Kind, dict[Action, int]]:
    return {kind: {action: sum(each.counts[kind][action] for each in reports) for action in Action} for kind in Kind}


def failures_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return all failures, those of the same code and the same answer together, most frequent ones first."""
    grouped: dict[tuple[Kind, str, str, str], list[str]] = {}
    for failure in (each for report in reports for each in report.failures):
        status = f" · HTTP {failure.status}" if failure.status else ""
        scim_type = f" · {failure.scim_type}" if failure.scim_type else ""
        title = f"{failure.code}{status}{scim_type} at {failure.step}"
        grouped.setdefault((failure.kind, title, failure.detail, failure.advice), []).append(failure.name)
    return _ordered([Group(*key, tuple(names)) for key, names in grouped.items()])


def skips_of(reports: Sequence[CycleReport]) -> list[Group]:
    """Return what was left out on purpose, by reason."""
    grouped: dict[tuple[Kind, str], list[str]] = {}
    for skip in (each for report in reports for each in report.skips):
        grouped.setdefault((skip.kind, skip.reason), []).append(skip.name)
    return _ordered([Group(kind, reason, "", "", tuple(names)) for (kind, reason), names in grouped.items()])


def _ordered(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -len(group.names))


def _shown(log: Sequence[LogEntry]) -> list[LogEntry]:
    """Return the entries worth a row: failures first, then changes, at most five hundred, each in order of time."""
    failed = [entry for entry in log if entry.status is Status.FAILURE]
    others = [entry for entry in log if entry.status is Status.SUCCESS]
    return (failed + others)[:_MOST_ENTRIES]
