"""The service that is looked at: one anywhere, by ``make verify``, or else the one on this machine."""

import http.client
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SECONDS = 60.0
"""The longest wait for one answer; the first call of a cold app takes some seconds."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it came over the wire; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the service is; without a token only what needs none can be asked."""

    url: str
    token: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> str:
        scheme, host, *_ = urlsplit(self.url)
        return f"{scheme}://{host}"

    @property
    def path(self) -> str:
        """The path of the tenant URL, or of an account that nobody has."""
        return urlsplit(self.url).path.rstrip("/") or "/scim/account/nobody"

    @property
    def is_remote(self) -> bool:
        return self.url.startswith("https://")

    def ask(
        self,
        method: str,
        target: str,
        body: str | Iterable[bytes] | None = None,
        *,
        scheme: str | None = None,
        anonymous: bool = False,
        **headers: str,
    ) -> Answered:
        """Send *target* as it is, which may be no proper path; a body in pieces needs a header with its length."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if (scheme or parts.scheme) == "https" else http.client.HTTPConnection
        port = parts.port if scheme is None else None
        connection = kind(parts.hostname or "", port, timeout=SECONDS)
        sent = {"Content-Type": "application/scim+json"} if body is not None else {}
        sent |= {} if anonymous or self.token is None else {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        pieces = "Transfer-Encoding" in sent
        try:
            connection.request(method, target, body, sent, encode_chunked=pieces)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, told, answer.read())
        finally:
            connection.close()


def named() -> Target | None:
    """The one that ``make verify`` was told: ROLLCALL_URL and ROLLCALL_TOKEN."""
    url = os.environ.get("ROLLCALL_URL")
    return Target(url.rstrip("/"), os.environ.get("ROLLCALL_TOKEN") or None) if url else None


def is_strict() -> bool:
    """Whether the account refuses what matches nothing, as the RFC says, and not takes it as Entra wants it."""
    return os.environ.get("ROLLCALL_STRICT") == "1"
