"""Entries as a client's cycle makes them; they carry defaults, a test states what matters."""

import dataclasses
import itertools
from datetime import datetime, timedelta
from typing import Any

from domain.changes import change_id
from domain.history.ledger import Ledger, fold
from domain.model import Action, Change, Outcome, Source
from tests.domain.builders import NOW

_numbers = itertools.count()


def entry(minute: float = 0, name: str = "ann", **fields: Any) -> Change:
    """A success: the user *name* was updated, so many minutes after NOW."""
    moment: datetime = NOW + timedelta(minutes=minute)
    made = Change(
        id=change_id(moment),
        time=moment,
        actor="token:1",
        source=Source.SCIM,
        action=Action.UPDATE,
        kind="User",
        resource_id=f"id-{name}",
        resource_name=name,
        external_id=f"e-{name}",
        correlation_id=f"request-{next(_numbers)}",
    )
    return dataclasses.replace(made, **fields)


def failure(minute: float = 0, name: str = "ann", **fields: Any) -> Change:
    """A failure: another resource has the name that this one should get."""
    told = {"outcome": Outcome.FAILURE, "status": 409, "scim_type": "uniqueness", "reason": "taken"}
    return entry(minute, name, **{**told, **fields})


def failed_creation(minute: float = 0, name: str = "ann", **fields: Any) -> Change:
    """A failure of an object that has no id yet."""
    return failure(minute, name, **{"action": Action.CREATE, "resource_id": "", **fields})


def skipped_member(minute: float = 0, group: str = "g", member: str = "u", **fields: Any) -> Change:
    """A member that names nobody."""
    told = {
        "kind": "GroupMember",
        "resource_id": f"{group}.{member}",
        "status": 0,
        "scim_type": "",
        "external_id": None,
    }
    return failure(minute, "Finance", **{**told, "reason": f"the member {member} is nobody", **fields})


def folded(*changes: Change, ledger: Ledger | None = None) -> Ledger:
    """The ledger after *changes*, in as many steps as it takes."""
    now, rest = ledger or Ledger(), list(changes)
    for _ in range(10_000):
        now, taken = fold(now, rest, rest[-1].id if rest else "")
        rest = rest[taken:]
        if not rest:
            return now
    raise AssertionError("the ledger does not end")
