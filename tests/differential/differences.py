"""In what the two servers may differ, each with its reason; everything else must be the same.

Some things are not asked at all, as the answers are known to differ:

* a user without ``active``: we make it true;
* two groups of one name: we refuse the second, as Entra wants;
* a filter that compares with a word without quotation marks: we take it as text, since clients send such;
* an empty object in the place of a complex attribute: we clear it, scim2-server leaves it as it is;
* a value that is there by its type and value, added with other parts: we change it, scim2-server adds a second one,
  which RFC 7643 §2.4 says not to;
* a relative reference: we keep it as it was sent, scim2-server makes it absolute;
* members that are nobody: we skip them, scim2-server keeps them; nor whether a group has members, see `member_ids`;
* what only a client's dialect knows, and empty texts: that has tests of its own.
"""

import json
from collections.abc import Set
from typing import Any

Json = dict[str, Any]


def comparable(method: str, status: int, body: Any, deleted: Set[str] = frozenset()) -> tuple[int, Any]:
    """An answer without what may differ; *deleted* are the names of users that are gone."""
    if status >= 400:
        return status, body.get("scimType")
    if method == "PATCH":
        return patched(status)
    if body is None:
        return status, None
    if "Operations" in body:
        return status, results(body)
    if "totalResults" in body:
        return status, listed(body, deleted)
    return status, resource(body, deleted)


def patched(_: int) -> tuple[int, Any]:
    """PATCH answers 200 or 204, as RFC 7644 §3.5.2 lets a service provider choose; the resource is read afterwards."""
    return 200, None


def resource(body: Json, deleted: Set[str] = frozenset()) -> Json:
    """A resource without what may differ."""
    for normalise in (without_id, only_type, without_groups, schemas_as_set, values_as_sets):
        body = normalise(body)
    return member_ids(body, deleted)


def without_id(body: Json) -> Json:
    """Each server has ids of its own; the names that stand for them are compared in paths and members."""
    return {name: value for name, value in body.items() if name != "id"}


def only_type(body: Json) -> Json:
    """Each has its own clock and versions; when ours are new is looked at beside this."""
    return body | {"meta": {"resourceType": body["meta"]["resourceType"]}} if "meta" in body else body


def without_groups(body: Json) -> Json:
    """scim2-server does not fill the groups of a user, which RFC 7643 §4.1.2 leaves open."""
    return {name: value for name, value in body.items() if name != "groups"}


def schemas_as_set(body: Json) -> Json:
    """The order of schemas means nothing (RFC 7643 §3), and we tell all of them whatever a projection leaves."""
    shown = {name for name in body if name.startswith("urn:")}
    return body | {"schemas": sorted(each for each in body["schemas"] if ":extension:" not in each or each in shown)}


def values_as_sets(body: Json) -> Json:
    """The same values in another order are a change with us, and none with scim2-server."""
    return {name: sorted(value, key=_text) if isinstance(value, list) else value for name, value in body.items()}


def member_ids(body: Json, deleted: Set[str]) -> Json:
    """We tell type and $ref of members, in the order of their ids, and end the memberships of a deleted user.

    The RFC asks for neither; a group without members has none, be it left out or empty (RFC 7643 §2.5).
    """
    ids = sorted(each["value"] for each in body.get("members", ()) if each["value"] not in deleted)
    rest = {name: value for name, value in body.items() if name != "members"}
    return rest | {"members": ids} if ids else rest


def results(body: Json) -> list[Any]:
    """The results of a bulk request without places and versions; what was made is read afterwards."""
    return [
        (each["method"], each.get("bulkId"), each["status"], each.get("response", {}).get("scimType"))
        for each in body["Operations"]
    ]


def listed(body: Json, deleted: Set[str]) -> Json:
    """A list; where no order is asked for each server has its own."""
    found = [resource(each, deleted) for each in body.get("Resources", [])]
    return {"totalResults": body["totalResults"], "Resources": sorted(found, key=_text)}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
