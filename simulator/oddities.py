"""Names what is unusual in a request: a service provider that refuses it objects, most likely, to one of these."""

import re
from collections.abc import Iterator
from typing import Any

from simulator.protocol import ENTERPRISE_URN, GROUP_URN, USER_URN, JsonObject

_NAMES = re.compile(r"\[.*?\]|\.")
_VERBS = "verbs in any letter case"


def oddities_of(body: Any) -> str:
    """Return what a service provider that refused *body* should take; empty if nothing in it is unusual."""
    if not isinstance(body, dict):
        return ""
    operations = body.get("Operations")
    odd = dict.fromkeys(_of_creation(body) if operations is None else _of_change(operations))
    # Whoever refuses capital verbs refuses every request that has them; what else is odd is the likelier cause.
    named = [each for each in odd if each != _VERBS] or list(odd)
    return "; ".join(named)


def _of_creation(body: JsonObject) -> Iterator[str]:
    declared = body.get("schemas") or ()
    if any(urn not in (USER_URN, GROUP_URN, ENTERPRISE_URN) for urn in declared):
        yield "URNs in schemas that are not known"
    if any(name.startswith("urn:") and name not in declared for name in body):
        yield "extensions that are not declared in schemas"
    if any(value is None for value in body.values()):
        yield "null as no value"
    elements = [each for value in body.values() if isinstance(value, list) for each in value if isinstance(each, dict)]
    if any(value in ("True", "False") for holder in (body, *elements) for value in holder.values()):
        yield "booleans as text"
    if any(len([each for each in value if each.get("primary") is True]) > 1 for value in _lists_of_objects(body)):
        yield "several primary values, and keep one of them so"
    if any(name in body for name in ("profileUrl", "locale", "timezone")):
        yield "free text everywhere, whatever an attribute is called"


def _lists_of_objects(body: JsonObject) -> Iterator[list[JsonObject]]:
    for value in body.values():
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            yield value


def _of_change(operations: list[JsonObject]) -> Iterator[str]:
    for operation in operations:
        path, value = operation.get("path") or "", operation.get("value")
        removes = operation["op"].lower() == "remove"
        if path.endswith(":manager") and isinstance(value, str):
            yield "the manager's id as bare text, and empty text as its removal"
        if path == "manager":
            yield "the manager without the URN of its schema"
        if any(part[:1].isupper() for part in _NAMES.split(path.rpartition(":")[2])):
            yield "names of attributes in any letter case"
        if "[" in path and not removes:
            yield "a value filter that matches nothing as the order to make that element"
        if value in ("True", "False") or (value is not None and path.startswith("roles[primary")):
            yield "booleans as text"
        if removes and isinstance(value, list):
            yield "a removal with a list of values as the removal of those alone"
        if removes and value is not None and not isinstance(value, list):
            yield "a removal with a value as the removal of the attribute"
        if isinstance(value, list) and path and path not in ("members", "roles", "manager") and not removes:
            yield "a list of one as its value"
        if not path:
            yield "names with dots and URNs in an operation without path"
        if value is None and not removes:
            yield "null as the removal of the value"
        if not operation["op"].islower():
            yield _VERBS
