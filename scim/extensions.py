"""What holds for the data of registered extensions: what is shown of it, what is kept, what may be written.

Data outlives its schema.  What the account's schemas do not know, or know otherwise, stays in the document, is not
shown, and survives every write; once a schema for it is registered again, it is there again.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scim2_models import Attribute, InvalidValueException, Mutability, MutabilityException, Uniqueness

from scim.attributes import sub_attributes
from scim.comparison import fold
from scim.dialects import is_date_time, is_empty
from scim.json_types import JsonObject
from scim.types import ExtensionType, is_secret, type_of

MAX_UNIQUE_LENGTH = 1_000
"""Characters of a value that must be unique."""


@dataclass(frozen=True, slots=True)
class UniqueValue:
    """A value that one resource only may have; ``attribute`` has its URN, ``value`` the form that is compared."""

    attribute: str
    value: str


# What is shown


def visible(document: JsonObject, kind: str) -> JsonObject:
    """What of *document* the schemas of *kind* know; the same object where that is all of it."""
    shape = type_of(kind)
    if not any(":" in name and name not in shape.common for name in document):
        return document
    extensions = shape.extensions
    shown: JsonObject = {}
    for name, value in document.items():
        if ":" not in name:
            shown[name] = value
        elif (extension := extensions.get(name)) is not None and (fitting := _fitting(value, extension)):
            shown[name] = fitting
    return shown


def with_dormant(document: JsonObject, before: JsonObject, kind: str) -> JsonObject:
    """*document* with what *before* had and *kind* does not show."""
    shown = visible(before, kind)
    if shown is before:
        return document
    whole = dict(document)
    for name, value in before.items():
        if ":" not in name or not isinstance(value, dict):
            continue
        seen: Any = shown.get(name) or {}
        dormant = {member: each for member, each in value.items() if member not in seen}
        if dormant:
            given: Any = whole.get(name) or {}
            whole[name] = {**dormant, **given}
    return whole


def _fitting(value: Any, extension: ExtensionType) -> Any:
    """What of an extension's data has the types that its schema says now."""
    if not extension.registered or not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if _fits(each, extension.attributes.get(name.lower()), name)}


def _fits(value: Any, attribute: Attribute | None, name: str) -> bool:
    if attribute is None or attribute.name != name:
        return False
    if not attribute.multi_valued:
        return _is_of(value, attribute)
    return isinstance(value, list) and all(_is_of(each, attribute) for each in value)


_PYTHON: Mapping[Any, Any] = {
    Attribute.Type.boolean: bool,
    Attribute.Type.integer: int,
    Attribute.Type.decimal: (int, float),
    Attribute.Type.complex: dict,
}


def _is_of(value: Any, attribute: Attribute) -> bool:
    if not isinstance(value, _PYTHON.get(attribute.type, str)):
        return False
    match attribute.type:
        case Attribute.Type.integer | Attribute.Type.decimal:
            return not isinstance(value, bool)
        case Attribute.Type.date_time:
            return is_date_time(str(value))
        case Attribute.Type.complex:
            known, parts = sub_attributes(attribute), dict(value)
            return all(_fits(part, known.get(name.lower()), name) for name, part in parts.items())
    return True


# What is written


def replacing(document: JsonObject, before: JsonObject, kind: str) -> JsonObject:
    """What is stored when *document*, as a client sent it whole, replaces *before*.

    What the client does not name is cleared (RFC 7644 §3.5.1), but not what it cannot have meant: what is never shown
    to it, and what it may not change or not change again.

    Raises:
        MutabilityException: An immutable attribute that has a value would change.
        InvalidValueException: Something required is missing.
    """
    seen = visible(before, kind)
    whole = _with_kept(document, seen, kind)
    check_extensions(whole, kind, seen)
    return with_dormant(whole, before, kind)


def _with_kept(document: JsonObject, before: JsonObject, kind: str) -> JsonObject:
    whole = document
    for extension in type_of(kind).registered:
        old: Any = before.get(extension.urn) or {}
        new: Any = document.get(extension.urn) or {}
        kept = {
            name: value
            for name, value in old.items()
            if name not in new and _stays(extension.attributes.get(name.lower()))
        }
        if kept:
            whole = {**whole, extension.urn: {**kept, **new}}
    return whole


def _stays(attribute: Attribute | None) -> bool:
    return attribute is not None and (
        is_secret(attribute) or attribute.mutability in (Mutability.immutable, Mutability.read_only)
    )


def check_extensions(document: JsonObject, kind: str, before: JsonObject | None = None) -> None:
    """Refuse what the schemas of registered extensions do not allow.

    With *before*, the document of the same resource until now, only extensions that differ are looked at: a change of
    something else succeeds also where a schema was registered after the resource was made.

    Raises:
        InvalidValueException: Something required is missing, or a value is not allowed.
        MutabilityException: An immutable attribute that has a value would change.
    """
    for extension in type_of(kind).registered:
        new, old = document.get(extension.urn), (before or {}).get(extension.urn)
        if before is not None and new == old:
            continue
        if isinstance(old, dict):
            _check_immutable(extension, old, new if isinstance(new, dict) else {})
        if isinstance(new, dict):
            _check_members(extension.attributes.values(), new, f"{extension.urn}:")
        elif extension.required:
            raise InvalidValueException(detail=f"{extension.urn} is required")


def _check_immutable(extension: ExtensionType, old: JsonObject, new: JsonObject) -> None:
    for name, value in old.items():
        attribute = extension.attributes.get(name.lower())
        if attribute is None or new.get(name) == value:
            continue
        path = f"{extension.urn}:{name}"
        if attribute.mutability is Mutability.immutable:
            raise MutabilityException(attribute=path, detail=f"{path} is immutable and has a value")
        if not isinstance(value, dict):
            continue
        parts: Any = new.get(name) or {}
        for part in sub_attributes(attribute).values():
            given = value.get(str(part.name))
            if part.mutability is Mutability.immutable and given is not None and parts.get(part.name) != given:
                raise MutabilityException(attribute=path, detail=f"{path}.{part.name} is immutable and has a value")


def _check_members(attributes: Iterable[Attribute], members: JsonObject, prefix: str) -> None:
    for attribute in attributes:
        path, value = f"{prefix}{attribute.name}", members.get(str(attribute.name))
        if is_empty(value):
            if attribute.required:
                raise InvalidValueException(detail=f"{path} is required")
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                _check_members(sub_attributes(attribute).values(), each, f"{path}.")
            else:
                _check_value(attribute, each, path)


def _check_value(attribute: Attribute, value: Any, path: str) -> None:
    if attribute.canonical_values and not _is_canonical(attribute, value):
        raise InvalidValueException(detail=f"{path} must be one of {', '.join(attribute.canonical_values)}")
    if attribute.type is Attribute.Type.binary and not _is_base64(value):
        raise InvalidValueException(detail=f"{path} must be base64")
    if attribute.uniqueness is not Uniqueness.none and isinstance(value, str) and len(value) > MAX_UNIQUE_LENGTH:
        raise InvalidValueException(detail=f"{path} is unique and so has at most {MAX_UNIQUE_LENGTH} characters")


def _is_canonical(attribute: Attribute, value: Any) -> bool:
    exact = bool(attribute.case_exact)
    return isinstance(value, str) and fold(value, case_exact=exact) in (
        fold(each, case_exact=exact) for each in attribute.canonical_values or ()
    )


def _is_base64(text: str) -> bool:
    """Whether *text* is base64, in either alphabet; padding may be left out (RFC 7643 §2.3.6)."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


# What must be unique


def unique_values(document: JsonObject, kind: str, before: Iterable[UniqueValue] = ()) -> tuple[UniqueValue, ...]:
    """The values in *document* that no other resource may have.

    Those *before* that belong to data which *kind* does not show stay with the resource, as the data does.
    """
    shape = type_of(kind)
    dormant = (each for each in before if not _is_known(each, shape.extensions))
    return tuple(dict.fromkeys((*_unique(document, shape.registered), *dormant)))


def _is_known(value: UniqueValue, extensions: Mapping[str, ExtensionType]) -> bool:
    urn, _, name = value.attribute.rpartition(":")
    return urn in extensions and name.lower() in extensions[urn].attributes


def _unique(document: JsonObject, extensions: Iterable[ExtensionType]) -> Iterator[UniqueValue]:
    for extension in extensions:
        members: Any = document.get(extension.urn) or {}
        for attribute in extension.attributes.values():
            value = members.get(attribute.name)
            if attribute.uniqueness is not Uniqueness.none and not is_empty(value):
                yield UniqueValue(f"{extension.urn}:{attribute.name}", _compared(attribute, value))


def _compared(attribute: Attribute, value: Any) -> str:
    if attribute.type is Attribute.Type.date_time:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, str):
        return fold(value, case_exact=bool(attribute.case_exact))
    return repr(float(value)) if attribute.type is Attribute.Type.decimal else str(value)
