"""Change events on the wire: plain JSON, and Security Event Tokens.

Source: RFC 9967 §2 (May 2026) for the events and their subject, RFC 8417 for the token, RFC 8935 for pushing it.
"""

from datetime import datetime
from typing import Any

from domain.model import Account, Action, Change
from domain.notifying.channels import Channel

SET_MEDIA_TYPE = "application/secevent+jwt"

_PAST = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DEACTIVATE: "deactivated",
    Action.REACTIVATE: "reactivated",
    Action.DELETE: "deleted",
}
_EVENT = "urn:ietf:params:scim:event:prov:"
_NOTICES = {Action.CREATE: "create:notice", Action.UPDATE: "patch:notice"}
_BARE = {Action.DELETE: "delete", Action.DEACTIVATE: "deactivate", Action.REACTIVATE: "activate"}


def event_type(change: Change) -> str:
    """What happened, as ``user.created``."""
    return f"{change.kind.lower()}.{_PAST.get(change.action, 'updated')}"


def event_body(change: Change, account: str, public_url: str) -> dict[str, Any]:
    """The event as JSON; it tells which attributes changed, and where the resource is read."""
    path = f"{change.kind}s/{change.resource_id}"
    data = {
        "account": account,
        "resourceType": str(change.kind),
        "resourceId": change.resource_id,
        "externalId": change.external_id,
        "location": f"{public_url}/scim/account/{account}/{path}",
        "attributes": list(change.attributes),
        "actor": change.actor,
        "source": change.source.value,
        "correlationId": change.correlation_id,
    }
    return {
        "id": change.id,
        "type": event_type(change),
        "timestamp": change.time.isoformat(),
        "data": {name: value for name, value in data.items() if value not in (None, "")},
    }


def security_event_token(change: Change, account: Account, channel: Channel, public_url: str, now: datetime) -> str:
    """The event as a signed token; ``jti`` is its id, and the subject stands at the top, never in ``sub``."""
    import jwt  # receivers of plain JSON need it not

    subject: dict[str, Any] = {"format": "scim", "uri": f"/{change.kind}s/{change.resource_id}"}
    if change.external_id:
        subject["externalId"] = change.external_id
    claims = {
        "iss": f"{public_url}/scim/account/{account.id}",
        "aud": channel.id,
        "iat": int(now.timestamp()),
        "toe": int(change.time.timestamp()),
        "jti": change.id,
        "txn": change.correlation_id or change.id,
        "sub_id": subject,
        "events": dict([_event(change)]),
    }
    return jwt.encode(claims, channel.key, algorithm="HS256", headers={"typ": "secevent+jwt"})


def _event(change: Change) -> tuple[str, dict[str, Any]]:
    """The URI of the event and its payload: names of attributes for what has any, nothing for the others."""
    if change.action in _BARE:
        return f"{_EVENT}{_BARE[change.action]}", {}
    return f"{_EVENT}{_NOTICES.get(change.action, 'patch:notice')}", {"attributes": list(change.attributes)}
