"""Requests and responses as our handlers see them, free of the host's types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scim.json_types import JsonObject
from scim.projection import Projection

SCIM_JSON = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    ``headers`` and ``query`` have lower-case names; ``route`` holds the values of the route's parameters, decoded once.
    ``id`` names the request in logs and in answers to failures of ours.  ``payload`` is the body's JSON, None without.
    """

    id: str
    method: str
    path: str
    route: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: Any = None

    @property
    def if_match(self) -> str | None:
        return self.headers.get("if-match")

    @property
    def if_none_match(self) -> str | None:
        return self.headers.get("if-none-match")

    def projection(self, kind: str) -> Projection:
        """The projection that the query asks for."""
        from scim.messages import projection_of

        return projection_of(self.query, kind)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; *body* is sent as JSON under its *media_type*, and None as nothing at all.

    *content* is sent in its place, as it is.
    """

    status: int
    body: JsonObject | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = SCIM_JSON
    content: bytes | None = None
