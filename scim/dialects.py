"""What real clients send instead of what the standard says, put right before the standard's rules are applied.

Each rule has its recorded payload in ``tests/scim/samples``; the numbers are those of entra.md §4.3.
"""

import re
from datetime import datetime
from typing import Any

from scim2_models import Attribute, InvalidValueException, Mutability

from scim.attributes import core, extension, extension_urn, is_complex, sub_attributes
from scim.comparison import identity
from scim.json_types import JsonObject
from scim.types import Attributes, type_of

MAX_VALUES = 200
"""Values of one multi-valued attribute: each operation of a PATCH goes through all of them."""


def clean_resource(payload: JsonObject, kind: str) -> tuple[JsonObject, tuple[str, ...]]:
    """A resource from a POST or PUT as the standard would have it, and the names that no schema has.

    Names are spelled as in the schema, empty values are left out, extensions stand under our spelling of their URN.
    ``schemas`` stays as it is; read-only attributes are left out.

    Raises:
        InvalidValueException: A value of another type than its attribute's.
    """
    clean: JsonObject = {}
    unknown: list[str] = []
    for name, value in payload.items():
        urn = extension_urn(kind, name)
        if name.lower() == "schemas":
            clean["schemas"] = value
        elif urn is not None:
            if type_of(kind).extensions[urn].writable:
                _put(clean, urn, clean_extension(value, kind, urn, unknown))
        elif (attribute := core(kind).get(name.lower())) is not None:
            if attribute.mutability is Mutability.read_only:
                continue
            if attribute.multi_valued and not isinstance(value, list | dict) and not is_empty(value):
                raise InvalidValueException(detail=f"{attribute.name} must be a list")
            _put(clean, str(attribute.name), clean_value(attribute, value, unknown))
        elif name.lower() not in ("id", "meta"):
            unknown.append(name)
    return clean, tuple(unknown)


def clean_extension(value: Any, kind: str, urn: str, unknown: list[str]) -> Any:
    """The object of an extension of *kind*; its own ``schemas``, which some clients repeat there, is left out."""
    if is_empty(value):
        return None
    if not isinstance(value, dict):
        raise InvalidValueException(detail=f"{urn} must be an object")
    return _clean_members(extension(kind, urn), value, unknown, f"{urn}:")


def clean_value(attribute: Attribute, value: Any, unknown: list[str] | None = None, prefix: str = "") -> Any:
    """One value as the attribute's type has it; None where it is empty.  *prefix* is put before names.

    Q2 booleans as text · Q9 a manager as text or in a list · Q11 empty text clears · Q15 a list around a scalar, a
    scalar instead of a list · Q18 read-only parts · Q20 more than one primary · Q21 null.

    Raises:
        InvalidValueException: The value is of another type.
    """
    if is_empty(value):
        return None
    unknown = [] if unknown is None else unknown
    if attribute.multi_valued:
        elements = value if isinstance(value, list) else [value]
        check_count(str(attribute.name), len(elements))
        cleaned = [_clean_single(attribute, each, unknown, prefix) for each in elements]
        if attribute.name == "members" and not all(each and "value" in each for each in cleaned):
            # not left out: a list that replaces would then take members away that nobody named
            raise InvalidValueException(detail="each of members needs the id of a resource as value")
        return _one_primary(_distinct(attribute, [each for each in cleaned if each is not None]))
    if isinstance(value, list):
        if len(value) > 1:
            raise InvalidValueException(detail=f"{prefix}{attribute.name} takes one value, not {len(value)}")
        value = value[0]
    return _clean_single(attribute, value, unknown, prefix)


def check_count(name: str, count: int) -> None:
    """Refuse more values of the attribute *name* than a user is kept with; a group's members are no part of it."""
    if count > MAX_VALUES and name != "members":
        raise InvalidValueException(detail=f"{name} takes at most {MAX_VALUES} values, not {count}")


def _clean_single(attribute: Attribute, value: Any, unknown: list[str], prefix: str) -> Any:
    if is_empty(value):
        return None
    name = f"{prefix}{attribute.name}"
    if not is_complex(attribute):
        if isinstance(value, dict) and "value" in value:
            value = value["value"]
        return None if is_empty(value) else _typed(attribute, value, name)
    known = sub_attributes(attribute)
    if isinstance(value, str) and "value" in known:
        value = {"value": value}
    if not isinstance(value, dict):
        raise InvalidValueException(detail=f"{name} must be an object")
    return _clean_members(known, value, unknown, f"{name}.") or None


def _clean_members(attributes: Attributes, value: JsonObject, unknown: list[str], prefix: str) -> JsonObject:
    clean: JsonObject = {}
    for name, member in value.items():
        attribute = attributes.get(name.lower())
        if attribute is not None and attribute.mutability is Mutability.read_only:
            continue
        if attribute is not None:
            _put(clean, str(attribute.name), clean_value(attribute, member, unknown, prefix))
        elif name.lower() != "schemas":
            unknown.append(f"{prefix}{name}")
    return clean


_TEXTS = (Attribute.Type.string, Attribute.Type.reference, Attribute.Type.binary, Attribute.Type.date_time)


def _typed(attribute: Attribute, value: Any, name: str) -> Any:
    if attribute.type is Attribute.Type.boolean:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise InvalidValueException(detail=f"{name} must be true or false")
    elif attribute.type in _TEXTS and not isinstance(value, str):
        raise InvalidValueException(detail=f"{name} must be a text")
    elif attribute.type in _NUMBERS:
        _check_number(attribute, value, name)
    if attribute.type is Attribute.Type.date_time and not is_date_time(value):
        raise InvalidValueException(detail=f"{name} must be a date and time, e.g. 2026-03-01T09:30:00Z")
    return value


_NUMBERS = (Attribute.Type.integer, Attribute.Type.decimal)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def _check_number(attribute: Attribute, value: Any, name: str) -> None:
    """Refuse what is no number, and for an integer one with a fraction or an exponent.  RFC 7643 §2.3.3, §2.3.4."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueException(detail=f"{name} must be a number")
    if attribute.type is Attribute.Type.integer and not isinstance(value, int):
        raise InvalidValueException(detail=f"{name} must be a whole number")


def is_date_time(text: str) -> bool:
    """Whether *text* is a date and time that exists.  RFC 7643 §2.3.5."""
    if not _DATE_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_empty(value: Any) -> bool:
    """Whether *value* means unassigned: null, an empty list or object (RFC 7643 §2.5), or empty text (Q11)."""
    return value is None or value in ("", [], {})


def _distinct(attribute: Attribute, elements: list[Any]) -> list[Any]:
    """The elements with those of one type and value as one, which has what each of them says.  RFC 7643 §2.4."""
    value = sub_attributes(attribute).get("value")
    if value is None or attribute.name == "members":  # of which each id counts once anyway
        return elements
    found: dict[Any, Any] = {}
    for place, each in enumerate(elements):
        same = identity(each, case_exact=bool(value.case_exact)) or place
        found[same] = {**found.get(same, {}), **each}
    return list(found.values())


def _one_primary(elements: list[Any]) -> list[Any]:
    """The elements with at most the first primary one left so."""
    seen = False
    kept = []
    for each in elements:
        primary = isinstance(each, dict) and each.get("primary") is True
        kept.append({**each, "primary": False} if primary and seen else each)
        seen = seen or primary
    return kept


def _put(target: JsonObject, name: str, value: Any) -> None:
    """Set what is not empty."""
    if not is_empty(value):
        target[name] = value
