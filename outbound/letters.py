"""Notices in words: a subject, a plain text and an HTML text that say the same."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from domain.model import Account
from domain.notifying.notices import Item, Notice

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_KINDS = {"User": "user", "Group": "group", "GroupMember": "group", "": "the connection"}
_TRIED = {
    "create": "could not be created",
    "update": "could not be updated",
    "deactivate": "could not be disabled",
    "reactivate": "could not be enabled",
    "delete": "could not be deleted",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as people read it."""

    subject: str
    text: str
    html: str


def write(notice: Notice, account: Account, public_url: str) -> Letter:
    """The letter that tells *notice* of *account*; links begin with *public_url*."""
    told = {
        "notice": notice,
        "account": account,
        "summary": summary(notice),
        "log": log_link(account, public_url),
        "link": lambda item: log_link(account, public_url, item),
    }
    subject = f"{account.name}: {summary(notice)}".replace("\n", " ").replace("\r", " ")
    templates = _templates()
    text = templates.get_template("notice.txt.j2").render(told)
    return Letter(subject, text.strip() + "\n", templates.get_template("notice.html.j2").render(told))


def summary(notice: Notice) -> str:
    """The notice in one line."""
    failing = len(notice.failures) + notice.failures_left_out
    recovered = len(notice.recoveries) + notice.recoveries_left_out
    parts = []
    if failing:
        parts.append("1 object cannot be provisioned" if failing == 1 else f"{failing} objects cannot be provisioned")
    if recovered:
        parts.append("1 has recovered" if recovered == 1 else f"{recovered} have recovered")
    return ", ".join(parts) or "this is a test"


def log_link(account: Account, public_url: str, item: Item | None = None) -> str:
    """Where the log tells of *item*, or of all failures."""
    base = f"{public_url}/manager/account/{account.id}/log"
    if item is None:
        return f"{base}?outcome=failure"
    if item.resource_id or item.kind:
        return f"{base}?object={quote(item.resource_id or item.name, safe='')}"
    return f"{base}?correlation={quote(item.correlation_id, safe='')}"


def what(item: Item) -> str:
    """What failed, as the end of a sentence that begins with the name."""
    if not item.kind:
        return "cannot get through"
    if item.kind == "GroupMember":
        return "lacks a member"
    return _TRIED.get(item.action, "could not be changed")


def kind(item: Item) -> str:
    """What the object is."""
    return _KINDS.get(item.kind, item.kind.lower())


def when(moment: datetime) -> str:
    """A time as people write it, in UTC."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # the timer alone needs it

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"when": when, "what": what, "kind": kind}
    return made
