"""The principal behind a token, as the User that ``/Me`` shows."""

from dataclasses import dataclass

import orjson

from domain.access.signin import Caller
from domain.provisioning.representation import timestamp
from scim.json_types import JsonObject
from scim.models import USER_SCHEMA
from scim.versions import weak_etag


@dataclass(frozen=True, slots=True)
class Principal:
    """One service principal: its resource, where that is, and which version of it this is."""

    resource: JsonObject
    location: str
    etag: str


def principal(caller: Caller, base_url: str) -> Principal:
    """The service principal that *caller* is.

    It is no user of the directory, and appears in no list.  Its id is the one that the provisioning log names as
    the actor of its changes; its entitlements are the permissions of its token.
    """
    shown = caller.token_id or caller.actor  # those whom Entra signed in show no token of ours
    about: JsonObject = {
        "id": shown,
        "userName": shown,
        "displayName": caller.name or shown,
        "userType": "ServicePrincipal",
        "active": True,
        "entitlements": [{"value": each} for each in sorted(caller.permissions)],
    }
    location, etag = f"{base_url}/Me", weak_etag(orjson.dumps(about).decode())
    meta: JsonObject = {"resourceType": "User", "location": location, "version": etag}
    if caller.since is not None:
        meta |= {"created": timestamp(caller.since), "lastModified": timestamp(caller.since)}
    return Principal({"schemas": [USER_SCHEMA], **about, "meta": meta}, location, etag)
