"""What is still to do, told from what is declared and what is there; no request is made here."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.enterprise import actions, mapping
from cli.enterprise.actions import Action
from cli.enterprise.declaration import Declaration
from cli.enterprise.rollcall import Key
from cli.enterprise.tenant import Found, unfinished

OVERLAP = timedelta(days=1)
"""How long a token outlives its successor's installation: a cycle that runs may still use it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is: on our side, and in the tenant."""

    has_account: bool
    keys: tuple[Key, ...]
    found: Found | None


def plan(declared: Declaration, url: str, there: Situation, now: datetime) -> list[Action]:
    """The actions that lead from what is *there* to what is *declared*, in the order that is safe.

    A job that starts before its credentials have been tested goes into quarantine at once (entra.md §8.1).  Where the
    job does not exist yet, its mappings are announced without a comparison.
    """
    return [
        *_account(declared, there),
        *_application(declared, there.found),
        *_credentials(declared, url, there, now),
        *_job(declared, there.found),
        *(actions.Assign(each) for each in declared.assigned if not there.found or each not in there.found.assigned),
        *_state(declared, there.found),
        *_left_over(declared, url, there, now),
    ]


def _account(declared: Declaration, there: Situation) -> Iterator[Action]:
    if not there.has_account:
        yield actions.OpenAccount(declared.account.name)


def _application(declared: Declaration, found: Found | None) -> Iterator[Action]:
    wanted = declared.application
    if found is None:
        yield actions.Instantiate(wanted.unique_name)
    unique_name, name = (found.unique_name, found.name) if found else (None, unfinished(wanted.unique_name))
    if unique_name != wanted.unique_name:
        yield actions.Describe("uniqueName", unique_name, wanted.unique_name)
    if name != wanted.name:
        yield actions.Describe("displayName", name, wanted.name)
    for owner in wanted.owners:
        if found is None or owner not in found.owners:
            yield actions.AddOwner(owner)


def _credentials(declared: Declaration, url: str, there: Situation, now: datetime) -> Iterator[Action]:
    if reason := _why_new_credentials(declared, url, there, now):
        yield actions.InstallCredentials(reason, declared.credentials.lifetime_days, fingerprint(declared, url))


def _why_new_credentials(declared: Declaration, url: str, there: Situation, now: datetime) -> str | None:
    mark = there.found.mark if there.found else None
    if mark is None:
        return "Entra has none"
    key = next((each for each in there.keys if each.id == mark.key), None)
    if key is None:
        return "the one that Entra has is no longer valid"
    if key.expires is not None and key.expires - now < timedelta(days=declared.credentials.rotate_before_days):
        return f"the one that Entra has expires on {key.expires:%Y-%m-%d}"
    if mark.fingerprint != fingerprint(declared, url):
        return "address, scope or notifications have changed"
    return None


def fingerprint(declared: Declaration, url: str) -> str:
    """Tells apart the settings that are put with the token; secrets cannot be read back to be compared."""
    text = json.dumps(actions.settings_of(declared, url))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _job(declared: Declaration, found: Found | None) -> Iterator[Action]:
    if found is None or found.job is None or found.schema is None:
        yield actions.CreateJob()
        yield actions.WriteMappings()
    elif different := mapping.differences(found.schema, declared.mappings):
        yield actions.WriteMappings(tuple(different))


def _state(declared: Declaration, found: Found | None) -> Iterator[Action]:
    runs = found is not None and found.job is not None and found.job.is_running
    if declared.state == "running" and not runs:
        yield actions.Control("start")
    if declared.state == "paused" and runs:
        yield actions.Control("pause")


def _left_over(declared: Declaration, url: str, there: Situation, now: datetime) -> Iterator[Action]:
    """Tokens that Entra had before, or never got because a run was cut off."""
    if _why_new_credentials(declared, url, there, now) or there.found is None or there.found.mark is None:
        return
    installed = there.found.mark.key
    since = next(each.created for each in there.keys if each.id == installed)
    if now - since >= OVERLAP:
        yield from (actions.RevokeKey(each.id) for each in there.keys if each.id != installed)
