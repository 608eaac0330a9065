"""From a request and the error it got to the entry of the log that tells of it."""

import re
from typing import Any

from domain.access.signin import Caller
from domain.history.attempts import Attempt
from domain.history.recording import note_attempts
from domain.model import Action, Source
from routes.auth import PermissionMissing, TokenRefused, address_class
from routes.http import Request, Response
from routes.route import Services

_PATH = re.compile(r"/*(?P<base>scim|manager)/account/(?P<account>[^/]+)/?(?P<collection>[^/]*)/?(?P<id>[^/]*)/*", re.I)
_SOURCES = {"scim": Source.SCIM, "manager": Source.MANAGER}
_ACTIONS = {"POST": Action.CREATE, "PUT": Action.UPDATE, "PATCH": Action.UPDATE, "DELETE": Action.DELETE}
_KINDS = {
    "users": "User",
    "groups": "Group",
    "groupmembers": "GroupMember",
    "bulk": "Bulk",
    "me": "Me",
    "roles": "Role",
    "role-bindings": "RoleBinding",
    "service-accounts": "ServiceAccount",
    "api-keys": "ApiKey",
    "tokens": "Token",
    "settings": "Settings",
}
_NAMES = ("username", "displayname", "name")
_SEARCH = ".search"
_MAX = 200
_NOT_LET_IN = frozenset({401, 403})
_DISCOVERY = frozenset({"serviceproviderconfig", "resourcetypes", "schemas"})


async def note(services: Services, actor: str, request: Request, answer: Response) -> None:
    """Write down that the *request* of *actor* was refused with *answer*, where it tried to write, or may do nothing.

    What nobody known tries is not written down: strangers fill no partition, and learn nothing from how long it takes.
    """
    attempt = attempt_of(actor, request, answer) if actor else None
    if attempt is not None:
        await note_attempts(services.desk, attempt.account, [attempt])


def actor_of(caller: Caller | None, error: Exception) -> str:
    """Who was refused with *error*, as the log names it: also by a token that opens nothing any more."""
    if caller is not None:
        return caller.actor
    return error.actor if isinstance(error, TokenRefused | PermissionMissing) else ""


def attempt_of(actor: str, request: Request, answer: Response) -> Attempt | None:
    """What *request* tried; None where it only read, or where its path is below no account."""
    found = _PATH.match(request.path)
    if found is None:
        return None
    collection, resource_id = found["collection"][:_MAX], found["id"][:_MAX]
    searches = _SEARCH in (collection.lower(), resource_id.lower())
    action = None if searches else _ACTIONS.get(request.method)
    if action is None:
        if answer.status not in _NOT_LET_IN or found["base"].lower() != "scim":
            return None
        if answer.status == 403 and collection.lower() in _DISCOVERY:  # any token may read it: only a filter is refused
            return None
        action = Action.UPDATE  # the client comes to synchronise, and its first request already fails
    source, told, sent = _SOURCES[found["base"].lower()], answer.body or {}, _lowered(request.payload)
    return Attempt(
        account=found["account"],
        actor=actor,
        action=action,
        kind=_KINDS.get(collection.lower(), collection),
        status=answer.status,
        scim_type=str(told.get("scimType") or told.get("code") or ""),
        reason=str(told.get("detail", "")),
        resource_id=resource_id,
        resource_name=next((sent[name][:_MAX] for name in _NAMES if isinstance(sent.get(name), str)), ""),
        external_id=sent["externalid"][:_MAX] if isinstance(sent.get("externalid"), str) else None,
        source=source,
        correlation_id=request.id,
        address=address_class(request.headers) if source is Source.MANAGER else "",
    )


def _lowered(payload: Any) -> dict[str, Any]:
    """The members of a body with names in lower case, as attribute names have none."""
    return {str(name).lower(): value for name, value in payload.items()} if isinstance(payload, dict) else {}
