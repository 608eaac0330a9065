"""References in documents: the id and the URI of one resource, which must not come to name two.  RFC 7643 §2.4."""

from collections.abc import Iterator
from typing import Any

from scim2_models import Attribute

from scim.attributes import sub_attributes
from scim.json_types import JsonObject
from scim.types import type_of


def without_stale(document: JsonObject, before: JsonObject, kind: str) -> JsonObject:
    """*document* without each ``$ref`` that it has from *before* beside another ``value``.

    Most clients give a new manager by id alone, and the URI of the old one would stay with it.
    """
    fresh = document
    for urn, name in _references(kind):
        holder: Any = fresh.get(urn) or {}
        old: Any = (before.get(urn) or {}).get(name)  # type: ignore[union-attr]
        if not _is_stale(holder.get(name), old):
            continue
        left = {part: value for part, value in holder[name].items() if part != "$ref"}
        members = {**holder, name: left} if left else {key: each for key, each in holder.items() if key != name}
        fresh = {**fresh, urn: members} if members else {key: each for key, each in fresh.items() if key != urn}
    return fresh


def _is_stale(new: Any, old: Any) -> bool:
    if not isinstance(new, dict) or not isinstance(old, dict):
        return False
    return "$ref" in new and new["$ref"] == old.get("$ref") and new.get("value") != old.get("value")


def _references(kind: str) -> Iterator[tuple[str, str]]:
    """The extensions and names of the single-valued references of *kind*; its own schema has none that is written."""
    for urn, extension in type_of(kind).extensions.items():
        yield from ((urn, str(each.name)) for each in extension.attributes.values() if _is_reference(each))


def _is_reference(attribute: Attribute) -> bool:
    return not attribute.multi_valued and {"$ref", "value"} <= sub_attributes(attribute).keys()
