"""Two accounts, the ids of the one, and requests by the other that name them."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx

from routes.openapi import document
from routes.route import Route
from routes.table import ROUTES
from storage.client import Table
from tests.stack import PUBLIC_URL, SCIM_JSON, Service, Tenant

_PARAMETER = re.compile(r"\{(\w+)\}")
_HEX = re.compile(r"[0-9a-f]")
_SHORTEST_ID = 16
_SHORTEST_HIDDEN = 4
_BODIES: dict[str, Any] = {
    "manager_groups_create_org": {"name": "x"},
    "manager_groups_create_project": {"name": "x"},
    "manager_integration_members_add": {"emails": ["x@contoso.example"]},
    "manager_integrations_put": {"mechanism": "saml"},
    "manager_members_add": {"users": ["00000000-0000-4000-8000-000000000000"]},
    "manager_members_replace": {"users": ["00000000-0000-4000-8000-000000000000"]},
    "manager_projects_create": {"name": "x"},
    "manager_roles_replace": {"name": "x", "permissions": []},
    "manager_service_accounts_change": {"name": "x"},
    "manager_tokens_change": {"expiresInHours": 1},
    "manager_users_accept": {"code": "x"},
}
"""Bodies of routes that /openapi.json has no example for, by the name of the route."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the caller can tell of an answer: its status, headers and body, and how often the storage was asked."""

    status: int
    headers: dict[str, str]
    text: str
    rounds: int
    requests: int


@dataclass
class Pair:
    """The account that asks and the one that it must not see; *ids* are all those of the latter, one of each kind."""

    service: Service
    asking: Tenant
    hidden: Tenant
    ids: list[str] = field(default_factory=list)
    own_ids: list[str] = field(default_factory=list)

    async def look(self) -> None:
        """Find the ids of both, of whatever kind."""
        self.ids, self.own_ids = [
            one_of_each([key for table in self._tables() for key in await keys_of(table, tenant.account)])
            for tenant in (self.hidden, self.asking)
        ]
        own = {key for table in self._tables() for key in await keys_of(table, self.asking.account)}
        common = one_of_each([*own], whole=True)  # what every account has, such as its first service accounts
        self.ids = [each for each in self.ids if each not in common]

    async def state(self) -> list[str]:
        """All rows of the hidden account, with their versions."""
        return [
            f"{row['RowKey']} {row.metadata['etag']}"  # type: ignore[attr-defined]  # rows that were read
            for table in self._tables()
            async for page in table.pages(self.hidden.account, "", "~")
            for row in page
        ]

    def _tables(self) -> tuple[Table, Table]:
        return self.service.stores.tables.directory, self.service.stores.tables.accounts

    async def send(self, route: Route, account: str, values: tuple[str, ...], token: str | None = None) -> Seen:
        """What a request on *route* gives, with *values* for the parameters beside the account."""
        names = iter(values)
        path = _PARAMETER.sub(lambda found: _part(account if found[1] == "account" else next(names)), route.template)
        body = body_of(route) if route.reads_body else None
        return await self.call(route.method, f"{PUBLIC_URL}/{path}", body, token, hide=(account, *values))

    async def call(
        self, method: str, url: str, body: Any = None, token: str | None = None, *, hide: tuple[str, ...] = ()
    ) -> Seen:
        """What a request gives, with *hide* and what differs in every answer left out."""
        headers = {"Content-Type": SCIM_JSON} | ({} if token == "" else {"Authorization": self._bearer(token)})
        async with httpx.AsyncClient(transport=self.service.transport) as client:
            with self.service.trips.counted():
                answer = await client.request(method, url, json=body, headers=headers)
        text, sent = answer.text, dict(answer.headers)
        longest_first = sorted((each for each in hide if len(each) >= _SHORTEST_HIDDEN), key=len, reverse=True)
        for each in (sent.pop("x-request-id"), *longest_first):
            text = text.replace(each, "…").replace(_part(each), "…")
        for name in ("date", "content-length"):
            sent.pop(name, None)
        return Seen(answer.status_code, sent, text, self.service.trips.rounds, self.service.trips.requests)

    def _bearer(self, token: str | None) -> str:
        return f"Bearer {self.asking.token if token is None else token}"


def _part(value: str) -> str:
    return quote(value, safe="")


def parameters(route: Route) -> list[str]:
    """The names of a route's parameters beside the account."""
    return [name for name in _PARAMETER.findall(route.template) if name != "account"]


def foreign_values(route: Route, pair: Pair) -> Iterator[tuple[str, ...]]:
    """Every id of the hidden account for the parameters of *route*, and below each id of one's own too.

    For an organization or project one's own are those only that are made for it.
    """
    names = parameters(route)
    above = [[each for each in pair.own_ids if each.startswith(f"{name}_")] or pair.own_ids for name in names[:-1]]
    for each in pair.ids:
        yield (each,) * len(names)
        if above:
            yield from ((*own, each) for own in product(*above))


def twin(values: tuple[str, ...], foreign: list[str]) -> tuple[str, ...]:
    """The same, with ids that exist nowhere in place of the foreign ones; they look alike."""
    made: dict[str, str] = {}
    return tuple(made.setdefault(each, like(each)) if each in foreign else each for each in values)


def like(text: str) -> str:
    """A text of the same form that names nothing: digits stay digits and letters stay letters."""
    return _HEX.sub(lambda found: secrets.choice("0123456789" if found[0].isdigit() else "abcdef"), text)


async def keys_of(table: Table, account: str) -> list[str]:
    """The keys of all rows of an account."""
    return [row["RowKey"] async for page in table.pages(account, "", "~", select=["RowKey"]) for row in page]


def one_of_each(row_keys: list[str], *, whole: bool = False) -> list[str]:
    """The ids in row keys, one of each kind of row or all of them, and those that are made of two."""
    found: dict[tuple[str, ...], str] = {}
    for row_key in row_keys:
        prefix, *parts = row_key.split(":")
        for place, part in enumerate([*parts, ".".join(parts)]):
            if len(part) >= _SHORTEST_ID:
                found.setdefault((part,) if whole else (prefix, str(place)), part)
    return list(dict.fromkeys(found.values()))


_DOCUMENT: Any = document(ROUTES, PUBLIC_URL)
_OPERATIONS: dict[str, Any] = {
    operation["operationId"]: operation
    for path in _DOCUMENT["paths"].values()
    for operation in path.values()
    if isinstance(operation, dict)
}


def body_of(route: Route) -> Any:
    """A body that *route* takes."""
    if route.name in _BODIES:
        return _BODIES[route.name]
    (content,) = _OPERATIONS[route.name]["requestBody"]["content"].values()
    return content.get("example", {})
