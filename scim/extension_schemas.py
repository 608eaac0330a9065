"""Extension schemas that an account registers: a schema as JSON, checked and written out in full.  RFC 7643 §7.

What is checked here need not be asked again: all names, types and characteristics are known, two levels are the most,
and everything has a bound.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from scim.catalogue import EXTENSIONS
from scim.json_types import JsonObject

KINDS = ("User", "Group")
"""The resource types that can be extended."""
MAX_SCHEMAS = 10
"""Schemas of one account, which are read with it."""
MAX_ATTRIBUTES = 200
"""Attributes of one schema, sub-attributes included."""
MAX_UNIQUE = 5
"""Attributes of one resource type that must be unique: a change of all of them must fit into one transaction."""
MAX_BYTES = 30_000
"""Of one schema, written out in full."""

_MAX_NAME = 100
_MAX_URN = 200
_MAX_CANONICAL = 200

SCHEMA_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"

_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}(?::[A-Za-z0-9][A-Za-z0-9._-]*)+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9$_-]*")
_RESERVED = ("urn:ietf:params:scim:schemas:core:", "urn:ietf:params:scim:api:", "urn:rollcall:")
_TAKEN_NAMES = frozenset({"schemas", "id", "externalid", "meta"})

_TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex")
_MUTABILITY = ("readWrite", "readOnly", "immutable", "writeOnly")
_RETURNED = ("default", "always", "never", "request")
_UNIQUENESS = ("none", "server", "global")
_CHARACTERISTICS = (
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
)
_SCHEMA_MEMBERS = ("schemas", "id", "name", "description", "attributes", "meta")


class InvalidSchema(ValueError):
    """The schema cannot be registered; the text says where and why."""


@dataclass(frozen=True, slots=True)
class ExtensionSchema:
    """A schema that an account registered for one resource type.

    ``text`` is the schema as JSON in the form of RFC 7643 §7, with every characteristic.  ``required`` says whether
    every resource of the type must have it (RFC 7643 §6).
    """

    urn: str
    kind: str
    required: bool
    text: str

    @property
    def definition(self) -> JsonObject:
        """The schema as JSON."""
        definition: JsonObject = orjson.loads(self.text)
        return definition

    @property
    def unique(self) -> tuple[str, ...]:
        """The names of the attributes whose values must be unique."""
        attributes: Any = self.definition["attributes"]
        return tuple(each["name"] for each in attributes if each.get("uniqueness", "none") != "none")


def read_schema(payload: Any, kind: str, *, required: bool = False) -> ExtensionSchema:
    """The schema in *payload*, for resources of *kind*.

    Raises:
        InvalidSchema: It is no schema, or one that cannot be an extension of *kind*.
    """
    if kind not in KINDS:
        raise InvalidSchema(f"the type must be {_or(KINDS)}")
    members = _members(payload, "the schema", _SCHEMA_MEMBERS)
    urn = _urn(members.get("id"))
    definition: JsonObject = {"schemas": [SCHEMA_SCHEMA], "id": urn, "name": _name_of_schema(members, urn)}
    if description := _text(members.get("description"), "description"):
        definition["description"] = description
    attributes = list(_attributes(members.get("attributes"), "attributes", level=1))
    definition["attributes"] = attributes  # type: ignore[assignment]
    if required and all(each["mutability"] == "readOnly" for each in attributes):
        raise InvalidSchema("a schema without anything that clients can write cannot be required of them")
    try:
        text = orjson.dumps(definition)
    except TypeError:
        raise InvalidSchema("the schema holds text that UTF-8 cannot carry") from None
    if sum(1 + len(each.get("subAttributes", ())) for each in attributes) > MAX_ATTRIBUTES:
        raise InvalidSchema(f"the schema has more than {MAX_ATTRIBUTES} attributes")
    if len(text) > MAX_BYTES:
        raise InvalidSchema(f"the schema has {len(text)} bytes written out, at most {MAX_BYTES} are kept")
    return ExtensionSchema(urn, kind, required, text.decode())


def check_beside(new: ExtensionSchema, others: Sequence[ExtensionSchema]) -> None:
    """Whether an account that has the schemas *others* can have *new* as well.

    Raises:
        InvalidSchema: Too many schemas or unique attributes, or paths into the one could be paths into another.
    """
    if len(others) >= MAX_SCHEMAS:
        raise InvalidSchema(f"an account has at most {MAX_SCHEMAS} schemas")
    if clash := next((each.urn for each in others if _overlap(each.urn, new.urn)), None):
        raise InvalidSchema(f"{new.urn} is, or begins or continues, {clash}, which the account has already")
    if len(new.unique) + sum(len(each.unique) for each in others if each.kind == new.kind) > MAX_UNIQUE:
        raise InvalidSchema(f"at most {MAX_UNIQUE} attributes of a {new.kind} can be unique")


def _urn(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_URN or not _URN.fullmatch(value):
        raise InvalidSchema(f"id must be a URN of at most {_MAX_URN} characters, as urn:example:params:1.0:User")
    if value.lower().startswith(_RESERVED):
        raise InvalidSchema(f"{value} belongs to the standard or to Rollcall; choose a URN of your own")
    if clash := next((each for urns in EXTENSIONS.values() for each in urns if _overlap(each, value)), None):
        raise InvalidSchema(f"{value} is, or begins or continues, {clash}, which every account has")
    return value


def _overlap(one: str, other: str) -> bool:
    """Whether the URNs are the same, or one with an attribute behind it could be the other."""
    one, other = f"{one.lower()}:", f"{other.lower()}:"
    return one.startswith(other) or other.startswith(one)


def _name_of_schema(members: dict[str, Any], urn: str) -> str:
    return _text(members.get("name"), "name") or urn.rpartition(":")[2]


# Attributes


def _attributes(value: Any, where: str, *, level: int) -> Iterator[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise InvalidSchema(f"{where} must be a list of at least one attribute")
    if len(value) > MAX_ATTRIBUTES:
        raise InvalidSchema(f"{where} has more than {MAX_ATTRIBUTES} attributes")
    seen: set[str] = set()
    for index, each in enumerate(value):
        members = _members(each, f"{where}[{index}]", _CHARACTERISTICS)
        name = _attribute_name(members.get("name"), f"{where}[{index}]", level)
        if name.lower() in seen:
            raise InvalidSchema(f"{where}[{index}]: {name} is declared twice; letter case makes no difference")
        seen.add(name.lower())
        yield _attribute(members, name, name if level == 1 else f"{where.partition('.')[0]}.{name}", level)


def _attribute_name(value: Any, where: str, level: int) -> str:
    sub = level > 1
    fits = isinstance(value, str) and len(value) <= _MAX_NAME and (_NAME.fullmatch(value) or (sub and value == "$ref"))
    if not fits:
        raise InvalidSchema(f"{where}: name must be a letter followed by letters, digits, -, _ or $")
    name = str(value)
    if name.lower() == "schemas" or (not sub and name.lower() in _TAKEN_NAMES):
        raise InvalidSchema(f"{where}: {name} is an attribute of every resource; choose another name")
    return name


def _attribute(members: dict[str, Any], name: str, path: str, level: int) -> dict[str, Any]:
    """One attribute with all characteristics that its type has; those left out have their defaults (RFC 7643 §2.2)."""
    kind = _one_of(members.get("type", "string"), _TYPES, f"{path}: type")
    written: dict[str, Any] = {"name": name, "type": kind, "multiValued": _flag(members, "multiValued", path)}
    if description := _text(members.get("description"), f"{path}: description"):
        written["description"] = description
    written["required"] = _flag(members, "required", path)
    if (canonical := members.get("canonicalValues")) not in (None, []):
        written["canonicalValues"] = _canonical(canonical, kind, path)
    exact_type = kind in ("reference", "binary")
    if kind == "string" or exact_type:
        written["caseExact"] = _flag(members, "caseExact", path, default=exact_type)
    mutability = _one_of(members.get("mutability", "readWrite"), _MUTABILITY, f"{path}: mutability")
    secret = mutability == "writeOnly"
    returned = members.get("returned", "never" if secret else "default")
    written |= {"mutability": mutability, "returned": _one_of(returned, _RETURNED, f"{path}: returned")}
    uniqueness = _one_of(members.get("uniqueness", "none"), _UNIQUENESS, f"{path}: uniqueness")
    if kind not in ("boolean", "complex"):
        written["uniqueness"] = uniqueness
    if (types := members.get("referenceTypes")) not in (None, []):
        written["referenceTypes"] = _reference_types(types, kind, path)
    written |= _sub_attributes(members.get("subAttributes"), kind, path, level)
    _check_together(written, uniqueness, path, level)
    return written


def _sub_attributes(value: Any, kind: str, path: str, level: int) -> dict[str, Any]:
    if kind != "complex":
        if value not in (None, []):
            raise InvalidSchema(f"{path}: only a complex attribute has subAttributes")
        return {}
    if level > 1:
        raise InvalidSchema(f"{path}: a sub-attribute cannot be complex (RFC 7643 §2.3.8)")
    return {"subAttributes": list(_attributes(value, f"{path}.subAttributes", level=level + 1))}


def _check_together(written: dict[str, Any], uniqueness: str, path: str, level: int) -> None:
    """Refuse characteristics that contradict each other, or that we could not keep."""
    if written["mutability"] == "writeOnly" and written["returned"] != "never":
        raise InvalidSchema(f'{path}: what is writeOnly must have returned "never"')
    if written["mutability"] == "readOnly" and written["required"]:
        raise InvalidSchema(f"{path}: what is readOnly cannot be required: no client could give it")
    if written["name"].lower() == "primary" and (written["type"] != "boolean" or written["multiValued"]):
        raise InvalidSchema(f"{path}: primary must be a single boolean (RFC 7643 §2.4)")
    if uniqueness == "none":
        return
    if level > 1 or written["multiValued"] or written["type"] in ("boolean", "binary", "complex"):
        raise InvalidSchema(f"{path}: only a single text, number, date or reference of the schema itself can be unique")
    if written["mutability"] == "writeOnly":
        raise InvalidSchema(f"{path}: what is writeOnly cannot be unique: refusals would tell its value")


def _canonical(value: Any, kind: str, path: str) -> list[str]:
    if kind not in ("string", "reference"):
        raise InvalidSchema(f"{path}: canonicalValues are for texts and references")
    return _texts(value, f"{path}: canonicalValues")


def _reference_types(value: Any, kind: str, path: str) -> list[str]:
    if kind != "reference":
        raise InvalidSchema(f"{path}: referenceTypes are for references")
    return _texts(value, f"{path}: referenceTypes")


# Values of characteristics


def _members(value: Any, where: str, known: Iterable[str]) -> dict[str, Any]:
    """The members of an object under their names as *known* spells them; null counts as left out."""
    if not isinstance(value, dict):
        raise InvalidSchema(f"{where} must be an object")
    spelled = {each.lower(): each for each in known}
    for name in value:
        if name.lower() not in spelled:
            raise InvalidSchema(f"{where}: {name} is unknown; there are {', '.join(spelled.values())}")
    return {spelled[name.lower()]: member for name, member in value.items() if member is not None}


def _flag(members: dict[str, Any], name: str, path: str, *, default: bool = False) -> bool:
    value = members.get(name, default)
    if not isinstance(value, bool):
        raise InvalidSchema(f"{path}: {name} must be true or false")
    return value


def _one_of(value: Any, allowed: Sequence[str], where: str) -> str:
    if value not in allowed:
        raise InvalidSchema(f"{where} must be {_or(allowed)}")
    return str(value)


def _text(value: Any, where: str) -> str:
    if value is not None and not isinstance(value, str):
        raise InvalidSchema(f"{where} must be a text")
    return value or ""


def _texts(value: Any, where: str) -> list[str]:
    fits = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
    if not fits or len(value) > _MAX_CANONICAL:
        raise InvalidSchema(f"{where} must be a list of at most {_MAX_CANONICAL} texts")
    return list(value)


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
