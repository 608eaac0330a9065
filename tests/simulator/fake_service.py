"""A small SCIM service provider in memory that keeps every request and can be told to fail."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

from simulator.protocol import LIST_URN, SCIM_MEDIA_TYPE, JsonObject

BASE = "https://scim.example/scim"
TOKEN = "s3cr3t"
_CLAUSE = re.compile(r'(\S+) eq ("(?:[^"\\]|\\.)*")')
_VALUE_PATH = re.compile(r'^(\w+)\[(\w+) eq "([^"]*)"\](?:\.(\w+))?$')

type Fault = Callable[[httpx.Request], httpx.Response | None]


@dataclass(frozen=True)
class Sent:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class FakeService:
    """Users and groups by id; ids are ``u-1``, ``g-1``, … in order of creation."""

    users: dict[str, JsonObject] = field(default_factory=dict)
    groups: dict[str, JsonObject] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    media_type: str = SCIM_MEDIA_TYPE
    honours_exclusion: bool = True
    made: Counter[str] = field(default_factory=Counter)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    @property
    def writes(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.method != "GET"]

    def bodies(self, method: str, prefix: str = "/") -> list[Any]:
        return [sent.body for sent in self.sent if sent.method == method and sent.path.startswith(prefix)]

    def user(self, name: str) -> JsonObject:
        return next(user for user in self.users.values() if user["userName"] == name)

    def group(self, name: str) -> JsonObject:
        return next(group for group in self.groups.values() if group["displayName"] == name)

    def members(self, name: str) -> list[str]:
        return [member["value"] for member in self.group(name).get("members", [])]

    def answer_once(self, method: str, path: str, status: int, *, times: int = 1, **error: str) -> None:
        """Answer the next *times* requests of *method* whose path matches the regular expression with an error."""
        left = [times]

        def fault(request: httpx.Request) -> httpx.Response | None:
            if left[0] and request.method == method and re.fullmatch(path, _path(request)):
                left[0] -= 1
                retry = {"Retry-After": error["retry_after"]} if "retry_after" in error else {}
                body = {"detail": error.get("detail", "told to"), "scimType": error.get("scim_type")}
                return httpx.Response(status, json=body, headers=retry)
            return None

        self.faults.append(fault)

    def handle(self, request: httpx.Request) -> httpx.Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        body = json.loads(request.content) if request.content else None
        self.sent.append(Sent(request.method, _path(request), query, body))
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, {"detail": "no"})
        for fault in self.faults:
            if (response := fault(request)) is not None:
                return response
        return self._route(request.method, _path(request), query, body)

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> httpx.Response:
        _, kind, *rest = path.split("/")
        store = {"Users": self.users, "Groups": self.groups}.get(kind)
        if store is None:
            return self._answer(200, {"schemas": [LIST_URN], "totalResults": 0, "Resources": []})
        if not rest:
            return self._create(store, kind, body) if method == "POST" else self._list(store, query)
        if rest[0] not in store:
            return self._answer(404, {"status": "404", "detail": f"no {rest[0]}"})
        if method == "DELETE":
            del store[rest[0]]
            self._end_memberships(rest[0])
            return httpx.Response(204)
        if method == "PATCH":
            for operation in body["Operations"]:
                _apply(store[rest[0]], operation)
            return httpx.Response(204)
        return self._answer(200, self._shown(store[rest[0]], query))

    def _end_memberships(self, id: str) -> None:
        for group in self.groups.values():
            group["members"] = [member for member in group.get("members", []) if member["value"] != id]

    def _create(self, store: dict[str, JsonObject], kind: str, body: JsonObject) -> httpx.Response:
        key = "userName" if kind == "Users" else "displayName"
        if any(other[key].lower() == body[key].lower() for other in store.values()):
            return self._answer(409, {"status": "409", "scimType": "uniqueness", "detail": f"{key} is taken"})
        self.made[kind] += 1
        id = f"{kind[0].lower()}-{self.made[kind]}"
        store[id] = {**body, "id": id}
        return self._answer(201, store[id])

    def _list(self, store: dict[str, JsonObject], query: dict[str, str]) -> httpx.Response:
        clauses = [(path, json.loads(value)) for path, value in _CLAUSE.findall(query.get("filter", ""))]
        found = [self._shown(one, query) for one in store.values() if all(_is(one, *clause) for clause in clauses)]
        found = found[: int(query.get("count", "100"))]
        return self._answer(200, {"schemas": [LIST_URN], "totalResults": len(found), "Resources": found})

    def _shown(self, resource: JsonObject, query: dict[str, str]) -> JsonObject:
        hidden = query.get("excludedAttributes") if self.honours_exclusion else None
        return {name: value for name, value in resource.items() if name != hidden}

    def _answer(self, status: int, body: JsonObject) -> httpx.Response:
        content = json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={"Content-Type": self.media_type})


def _path(request: httpx.Request) -> str:
    return request.url.path.removeprefix("/scim")


def _is(resource: JsonObject, path: str, value: str) -> bool:
    current = resource.get(path)
    if path == "members":
        return any(member["value"] == value for member in current or [])
    return str(current).lower() == value.lower()


def _apply(resource: JsonObject, operation: JsonObject) -> None:
    value: Any = operation.get("value")
    path = operation.get("path")
    if path is None:
        for key, each in value.items():
            _set(resource, key, each)
    elif operation["op"].lower() == "remove":
        match = _VALUE_PATH.match(path)
        gone = {match[3]} if match else {member["value"] for member in value}
        resource["members"] = [member for member in resource["members"] if member["value"] not in gone]
    elif path == "members":
        present = {member["value"] for member in resource.setdefault("members", [])}
        resource["members"] += [{"value": each["value"]} for each in value if each["value"] not in present]
    else:
        _set(resource, path, value)


def _set(resource: JsonObject, path: str, value: Any) -> None:
    urn, colon, plain = path.rpartition(":")
    holder = resource.setdefault(urn, {}) if colon else resource
    if match := _VALUE_PATH.match(plain):
        elements = holder.setdefault(match[1], [])
        holder = next((one for one in elements if one.get("type") == match[3]), None)
        if holder is None:
            holder = {"type": match[3]}
            elements.append(holder)
        plain = match[4]
    elif "." in plain:
        head, plain = plain.split(".")
        holder = holder.setdefault(head, {})
    if plain == "active":
        value = str(value).lower() == "true"
    holder[plain] = {"value": value} if plain == "manager" else value
