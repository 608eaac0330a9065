"""The HTML page that a person would send to a colleague: what was done, what failed and why, and what to do."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from simulator.outcome import Action, CycleReport, Kind, LogEntry, Status
from simulator.quarantine import Schedule
from simulator.report.graph_log import text_of
from simulator.report.summary import failures_of, named, skips_of, totals_of, waiting_of

_MOST_ENTRIES = 500
_TEMPLATE = "page.html.j2"


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
    log = [entry for report in reports for entry in report.log]
    text = (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            reports=reports,
            tenant_url=tenant_url,
            dialect=dialect,
            made=made,
            schedule=schedule,
            kinds=tuple(Kind),
            actions=tuple(Action),
            totals=totals_of(reports),
            failures=failures_of(reports),
            skips=skips_of(reports),
            waiting=waiting_of(reports),
            entries=_shown(log),
            hidden=max(len(log) - _MOST_ENTRIES, 0),
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("simulator.report", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value"] = lambda value: text_of(value) or "—"
    environment.filters["count"] = lambda number: f"{number:,}".replace(",", "\u2009")
    environment.filters["named"] = named
    environment.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    return environment


def _shown(log: Sequence[LogEntry]) -> list[LogEntry]:
    """Return the entries worth a row: failures first, then changes, at most five hundred, each in order of time."""
    failed = [entry for entry in log if entry.status is Status.FAILURE]
    others = [entry for entry in log if entry.status is Status.SUCCESS]
    return (failed + others)[:_MOST_ENTRIES]
