"""From a request and the error it got to the entry of the log that tells of it."""

import re
from typing import Any

from domain.administration import find_account
from domain.attempts import ANONYMOUS, Attempt
from domain.model import Action, Source
from domain.ports import StoreError
from domain.recording import note_attempts
from domain.signin import Caller
from routes.http import Request, Response
from routes.route import Services

_PATH = re.compile(r"/*(?P<base>scim|manager)/account/(?P<account>[^/]+)/?(?P<collection>[^/]*)/?(?P<id>[^/]*)/*", re.I)
_SOURCES = {"scim": Source.SCIM, "manager": Source.MANAGER}
_ACTIONS = {"POST": Action.CREATE, "PUT": Action.UPDATE, "PATCH": Action.UPDATE, "DELETE": Action.DELETE}
_KINDS = {"users": "User", "groups": "Group", "groupmembers": "GroupMember", "bulk": "Bulk", "me": "Me"}
_NAMES = ("username", "displayname", "name")
_SEARCH = ".search"
_MAX = 200
_NOT_AUTHENTICATED = 401


async def note(services: Services, caller: Caller | None, request: Request, answer: Response) -> None:
    """Write down that *request* was refused with *answer*, where it tried to write, or its token opens nothing.

    A request without a caller is written down only where there is such an account: nobody fills others' partitions.
    """
    attempt = attempt_of(caller, request, answer)
    if attempt is None:
        return
    desk = services.desk
    if caller is not None or desk.attempts.knows(attempt) or await _exists(services, attempt.account):
        await note_attempts(desk, attempt.account, [attempt])


def attempt_of(caller: Caller | None, request: Request, answer: Response) -> Attempt | None:
    """What *request* tried; None where it only read, or where its path is below no account."""
    found = _PATH.match(request.path)
    if found is None:
        return None
    collection, resource_id = found["collection"][:_MAX], found["id"][:_MAX]
    searches = _SEARCH in (collection.lower(), resource_id.lower())
    action = None if searches else _ACTIONS.get(request.method)
    if action is None:
        if answer.status != _NOT_AUTHENTICATED or found["base"].lower() != "scim":
            return None
        action = Action.UPDATE  # the client comes to synchronise, and its first request already fails
    told, sent = answer.body or {}, _lowered(request.payload)
    return Attempt(
        account=found["account"] if caller is None else caller.account.id,
        actor=ANONYMOUS if caller is None else f"token:{caller.token_id}",
        action=action,
        kind=_KINDS.get(collection.lower(), collection),
        status=answer.status,
        scim_type=str(told.get("scimType") or told.get("code") or ""),
        reason=str(told.get("detail", "")),
        resource_id=resource_id,
        resource_name=next((sent[name][:_MAX] for name in _NAMES if isinstance(sent.get(name), str)), ""),
        external_id=sent["externalid"][:_MAX] if isinstance(sent.get("externalid"), str) else None,
        source=_SOURCES[found["base"].lower()],
        correlation_id=request.id,
    )


def _lowered(payload: Any) -> dict[str, Any]:
    """The members of a body with names in lower case, as attribute names have none."""
    return {str(name).lower(): value for name, value in payload.items()} if isinstance(payload, dict) else {}


async def _exists(services: Services, account: str) -> bool:
    try:
        await find_account(services.office.accounts, account)
    except StoreError:
        return False
    return True
