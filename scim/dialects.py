"""What real clients send instead of what the standard says, put right before the standard's rules are applied.

Each rule has its recorded payload in ``tests/scim/test_dialects.py``; the numbers are those of entra.md §4.3.
"""

from typing import Any

from scim2_models import Attribute, InvalidValueException, Mutability

from scim.attributes import Attributes, core, extension, extension_urn, is_complex, sub_attributes
from scim.json_types import JsonObject


def clean_resource(payload: JsonObject, kind: str) -> tuple[JsonObject, tuple[str, ...]]:
    """A resource from a POST or PUT as the standard would have it, and the names that no schema has.

    Names are spelled as in the schema, empty values are left out, extensions stand under our spelling of their URN.
    ``schemas`` stays as it is; read-only attributes are left out.

    Raises:
        InvalidValueException: A boolean that is neither true nor false, or an extension that is no object.
    """
    clean: JsonObject = {}
    unknown: list[str] = []
    for name, value in payload.items():
        urn = extension_urn(kind, name)
        if name.lower() == "schemas":
            clean["schemas"] = value
        elif urn is not None:
            _put(clean, urn, clean_extension(value, urn, unknown))
        elif (attribute := core(kind).get(name.lower())) is not None:
            if attribute.mutability is not Mutability.read_only:
                _put(clean, str(attribute.name), clean_value(attribute, value, unknown))
        elif name.lower() not in ("id", "meta"):
            unknown.append(name)
    return clean, tuple(unknown)


def clean_extension(value: Any, urn: str, unknown: list[str]) -> Any:
    """The object of an extension; its own ``schemas``, which some clients repeat there, is left out."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidValueException(detail=f"{urn} must be an object")
    return _clean_members(extension(urn), value, unknown, f"{urn}:")


def clean_value(attribute: Attribute, value: Any, unknown: list[str] | None = None, prefix: str = "") -> Any:
    """One value as the attribute's type has it; None where it is empty.

    Q2 booleans as text · Q9 a manager as text or in a list · Q11 empty text clears · Q15 a list around a scalar, a
    scalar instead of a list · Q20 more than one primary · Q21 null.
    """
    if value is None or value == "":
        return None
    unknown = [] if unknown is None else unknown
    if attribute.multi_valued:
        elements = value if isinstance(value, list) else [value]
        cleaned = [_clean_single(attribute, each, unknown, prefix) for each in elements]
        return _one_primary([each for each in cleaned if each is not None])
    if isinstance(value, list):
        if not value:
            return None
        if len(value) > 1:
            raise InvalidValueException(detail=f"{prefix}{attribute.name} takes one value, not {len(value)}")
        value = value[0]
    return _clean_single(attribute, value, unknown, prefix)


def _clean_single(attribute: Attribute, value: Any, unknown: list[str], prefix: str) -> Any:
    name = f"{prefix}{attribute.name}"
    if is_complex(attribute):
        members = sub_attributes(attribute)
        if isinstance(value, str) and "value" in members:
            value = {"value": value}
        if not isinstance(value, dict):
            return value
        return _clean_members(members, value, unknown, f"{name}.") or None
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if value == "":
        return None
    return _boolean(value, name) if attribute.type is Attribute.Type.boolean else value


def _clean_members(attributes: Attributes, value: JsonObject, unknown: list[str], prefix: str) -> JsonObject:
    clean: JsonObject = {}
    for name, member in value.items():
        attribute = attributes.get(name.lower())
        if attribute is not None:
            _put(clean, str(attribute.name), clean_value(attribute, member, unknown, prefix))
        elif name.lower() != "schemas":
            unknown.append(f"{prefix}{name}")
    return clean


def _boolean(value: Any, name: str) -> Any:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value is not None and not isinstance(value, bool):
        raise InvalidValueException(detail=f"{name} must be true or false")
    return value


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
    """Set what is not empty (RFC 7643 §2.5: null and an empty list are the same as unassigned)."""
    if value is not None and value != [] and value != {}:
        target[name] = value
