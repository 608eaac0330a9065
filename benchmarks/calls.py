"""Requests in the shapes that Entra sends, below any base URL, and the answers to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

type Json = dict[str, Any]

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True)
class Call:
    """One request; *path* begins after the base URL and is encoded, *body* is JSON."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = b""

    def json(self) -> Json:
        found: Json = orjson.loads(self.body)
        return found


class Unexpected(Exception):
    """An answer that is no success, so its time says nothing."""

    def __init__(self, call: Call, answer: Answer) -> None:
        super().__init__(f"{call.method} {call.path[:120]}: {answer.status} {answer.body[:200]!r}")
        self.is_refusal = answer.status in (400, 403, 404, 405, 501)


def get(path: str) -> Call:
    return Call("GET", path)


def delete(path: str) -> Call:
    return Call("DELETE", path)


def post(path: str, body: Json) -> Call:
    return Call("POST", path, orjson.dumps(body))


def put(path: str, body: Json) -> Call:
    return Call("PUT", path, orjson.dumps(body))


def patch(path: str, operations: Iterable[Json]) -> Call:
    return Call("PATCH", path, orjson.dumps({"schemas": [PATCH_SCHEMA], "Operations": list(operations)}))


def filtered(resources: str, text: str, **options: str) -> Call:
    """A list of *resources* by a filter, with other query parameters before it."""
    parameters = "".join(f"{name}={value}&" for name, value in options.items())
    return get(f"/{resources}?{parameters}filter={quote(text)}")


def add_members(group_id: str, ids: Iterable[str]) -> Call:
    """One operation with all ids, as Entra adds members."""
    value = [{"value": each} for each in ids]
    return patch(f"/Groups/{group_id}", [{"op": "Add", "path": "members", "value": value}])


def remove_members(group_id: str, ids: Iterable[str]) -> Call:
    """One operation an id, as Entra removes members."""
    return patch(f"/Groups/{group_id}", [{"op": "Remove", "path": f'members[value eq "{each}"]'} for each in ids])


def replace_value(path: str, attribute: str, value: Any) -> Call:
    return patch(path, [{"op": "Replace", "path": attribute, "value": value}])


def user_name(number: int) -> str:
    return f"user{number:07d}@example.com"


def external_id(number: int) -> str:
    return f"ext-{number:07d}"


def user_body(number: int) -> Json:
    """A user as Entra's default attribute mapping makes one."""
    name = user_name(number)
    address = {"streetAddress": f"{number} High Street", "locality": "London", "postalCode": "N1 1AA", "country": "GB"}
    return {
        "schemas": [USER_SCHEMA, ENTERPRISE_SCHEMA],
        "externalId": external_id(number),
        "userName": name,
        "active": True,
        "displayName": f"User {number:07d}",
        "emails": [{"primary": True, "type": "work", "value": name}],
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": f"Given{number} Family{number}",
            "familyName": f"Family{number}",
            "givenName": f"Given{number}",
        },
        "title": "Engineer",
        "preferredLanguage": "en-GB",
        "phoneNumbers": [{"type": "work", "value": f"+44 20 7946 {number % 10_000:04d}"}],
        "addresses": [{"type": "work", **address}],
        ENTERPRISE_SCHEMA: {"employeeNumber": str(number), "department": f"Dept {number % 40}"},
    }


def group_body(name: str, members: Iterable[str] = ()) -> Json:
    """A group as Entra makes one, without members unless some are given."""
    body: Json = {
        "schemas": [GROUP_SCHEMA],
        "externalId": f"ext-{name}",
        "displayName": name,
        "meta": {"resourceType": "Group"},
    }
    value = [{"value": each} for each in members]
    return body | {"members": value} if value else body
