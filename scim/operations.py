"""PATCH operations as clients send them, turned into plain ones: one path each, lower-case ``op``, clean value.

After this an operation without a path, Entra's dotted and URN keys, removals by value and by empty text are all gone.
Source: RFC 7644 §3.5.2, entra.md §4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    Attribute,
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    Mutability,
    MutabilityException,
    NoTargetException,
    PatchOp,
    Path,
)

from scim.attributes import Location, extension, extension_urn, is_complex, sub_attributes
from scim.dialects import clean_value, is_empty
from scim.json_types import JsonObject
from scim.limits import limits
from scim.targets import Target, find
from scim.types import type_of

_PATCH_SCHEMA = str(PatchOp.__schema__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One plain operation.

    ``path`` names an attribute of the type, perhaps with a value filter; ``location`` is where its attribute lies.
    ``value`` is clean, and None for every removal but one of listed values; a replacement by None empties a part of the
    preferred element of a list.
    """

    op: str
    path: str
    location: Location
    value: Any = None

    @property
    def filter(self) -> Any:
        """The value filter in the path, as a tree, or None."""
        return Path(self.path).value_filter


@dataclass(frozen=True, slots=True)
class Patch:
    """The operations of a request, and the names in their values that no schema has."""

    operations: tuple[Operation, ...]
    unknown: tuple[str, ...] = ()


def parse_patch(payload: Any, kind: str) -> Patch:
    """The operations in a request's body, for a resource of *kind*.

    Raises:
        InvalidSyntaxException: The body is no PatchOp message with at least one operation.
        InvalidPathException: A path is malformed or names no attribute of *kind*.
        InvalidFilterException: A value filter in a path asks what the attribute's elements cannot be asked.
        MutabilityException: A path names a read-only attribute, or a removal a required one.
        NoTargetException: A removal without a path.
        InvalidValueException: An unknown ``op``, or a value that does not fit.
    """
    operations = _operations(payload)
    unknown: list[str] = []
    plain: list[Operation] = []
    for index, each in enumerate(operations):
        if not isinstance(each, dict):
            raise InvalidSyntaxException(detail=f"operation {index} must be an object")
        try:
            plain.extend(_plain(_members(each), kind, index, unknown))
        except (InvalidPathException, InvalidFilterException) as error:
            raise type(error)(detail=f"operation {index}: {error.detail}") from error
    return Patch(tuple(plain), tuple(dict.fromkeys(unknown)))


def _operations(payload: Any) -> list[Any]:
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="the body must be one PatchOp message as a JSON object")
    message = _members(payload)
    schemas = message.get("schemas")
    if not isinstance(schemas, list) or _PATCH_SCHEMA.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas must hold "{_PATCH_SCHEMA}"')
    operations = message.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="Operations must be a list of at least one operation")
    if len(operations) > (most := limits().patch_operations):
        raise InvalidSyntaxException(detail=f"at most {most} operations in one request")
    return operations


def _members(value: JsonObject) -> dict[str, Any]:
    """The members of a message by their name in lower case."""
    return {name.lower(): member for name, member in value.items()}


def _plain(operation: dict[str, Any], kind: str, index: int, unknown: list[str]) -> Iterator[Operation]:
    op = operation.get("op")
    name = op.lower() if isinstance(op, str) else ""
    if name not in ("add", "replace", "remove"):
        raise InvalidValueException(detail=f'operation {index}: op must be "add", "replace" or "remove"')
    path = operation.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidPathException(detail="path must be a text")
    path = (path or "").strip()
    whole = not path or _is_own_schema(path, kind)
    if whole and name == "remove":
        raise NoTargetException(detail=f"operation {index}: remove needs the path of an attribute")
    if name != "remove" and "value" not in operation:
        raise InvalidValueException(detail=f"operation {index}: {name} needs a value")
    if whole:
        yield from _without_path(name, operation.get("value"), kind, index, unknown)
    elif (urn := extension_urn(kind, path)) is not None:
        if not type_of(kind).extensions[urn].writable:
            raise MutabilityException(attribute=path, detail=f"{path} is read-only")
        yield from _whole_extension(name, urn, operation.get("value"), kind, unknown)
    else:
        yield from _with_path(name, path, operation.get("value"), kind, unknown)


def _is_own_schema(path: str, kind: str) -> bool:
    return path.lower() == type_of(kind).schema.lower()


def _without_path(op: str, value: Any, kind: str, index: int, unknown: list[str]) -> Iterator[Operation]:
    """One operation for each member of the value: Q3 dotted keys, Q4 URN keys, Q5 objects under a schema's URN.

    What is read-only is left aside, as Okta repeats the ``id`` (RFC 7644 §3.5.2: ignored where no path names it).
    """
    if not isinstance(value, dict):
        raise InvalidValueException(detail=f"operation {index}: without a path the value must be an object")
    for key, member in value.items():
        urn = extension_urn(kind, key)
        if _is_own_schema(key, kind):
            yield from _without_path(op, member or {}, kind, index, unknown)
            continue
        if urn is not None:
            if type_of(kind).extensions[urn].writable:
                yield from _whole_extension(op, urn, member, kind, unknown)
            continue
        try:
            target = find(key, kind)
        except InvalidPathException:
            unknown.append(key)
            continue
        if target.location.name != "schemas" and not target.read_only:
            yield from _on(target, op, member, kind, unknown)


def _whole_extension(op: str, urn: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    """One operation for each attribute of the extension that is named, also with dots; a removal names all."""
    if op == "remove" or (op == "replace" and value != {} and is_empty(value)):
        yield from _without_extension(urn, kind)
        return
    if not is_empty(value) and not isinstance(value, dict):
        raise InvalidValueException(detail=f"{urn} must be an object")
    for key, member in (value or {}).items():
        if key.lower() == "schemas":  # which some clients repeat there
            continue
        path = key if key.lower().startswith(f"{urn.lower()}:") else f"{urn}:{key}"
        try:
            target = find(path, kind)
        except InvalidPathException:
            unknown.append(path)
            continue
        if not target.read_only:
            yield from _on(target, op, member, kind, unknown)


def _without_extension(urn: str, kind: str) -> Iterator[Operation]:
    """A removal of all that the extension holds, also of what is required as long as the extension is there."""
    for each in extension(kind, urn).values():
        if each.mutability is not Mutability.read_only:
            target = find(f"{urn}:{each.name}", kind)
            yield Operation("remove", target.path, target.location)


def _with_path(op: str, path: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    target = find(path, kind)
    if target.read_only:
        raise MutabilityException(attribute=path, detail=f"{path} is read-only")
    if op == "add" and value is None:
        raise InvalidValueException(detail=f"add on {path} needs a value")
    if target.location.name == "schemas":
        return  # schemas follow from the data that a resource has
    yield from _on(target, op, value, kind, unknown)


def _on(target: Target, op: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    """The operations on one attribute, with its value cleaned; an empty value takes the place of one by removing (Q11).

    An addition to what has one value takes its place too (RFC 7644 §3.5.2.1); to a list an empty one adds nothing.
    """
    if op == "remove":
        if target.required:
            raise MutabilityException(attribute=target.path, detail=f"{target.path} is required and cannot be removed")
        yield Operation("remove", target.path, target.location, _removed(target, value))
        return
    single = target.attribute if target.whole_list else _element(target.attribute)
    cleaned = clean_value(single, value, unknown, target.prefix)
    parts = _parts(value) if is_complex(single) and not target.whole_list else {}
    if target.required and is_empty(cleaned):
        raise InvalidValueException(detail=f"{target.path} is required and cannot be empty")
    exchanges = op == "replace" or not (target.attribute.multi_valued or value in ([], {}))
    if exchanges and (is_empty(parts["value"]) if "value" in parts else not parts and is_empty(cleaned)):
        yield Operation("replace" if target.of_preferred else "remove", target.path, target.location)
        return
    if not is_empty(cleaned):
        yield Operation(op, target.path, target.location, cleaned)
    if exchanges:
        yield from _without_emptied(target, parts, kind)


def _parts(value: Any) -> dict[str, Any]:
    """The members of an object, also of one in a list (Q15), by their name in lower case; none of another value."""
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    return _members(single) if isinstance(single, dict) else {}


def _without_emptied(target: Target, parts: dict[str, Any], kind: str) -> Iterator[Operation]:
    """A removal of each part that a replacing object holds empty; what it does not name stays (Q11, Q12)."""
    for name, part in sub_attributes(target.attribute).items():
        if name in parts and is_empty(parts[name]) and part.mutability is not Mutability.read_only:
            path = f"{target.path}.{part.name}"
            yield Operation("remove", path, find(path, kind).location)


def _element(attribute: Attribute) -> Attribute:
    """One element of a multi-valued attribute as an attribute of its own; another attribute as it is."""
    return attribute.model_copy(update={"multi_valued": False}) if attribute.multi_valued else attribute


def _removed(target: Target, value: Any) -> Any:
    """What a removal lists as its value: the elements to remove (Q10, Q13); on any other path it means nothing.

    What is false is not compared: an element that lacks ``primary`` is as good (RFC 7643 §2.4).
    """
    if not target.whole_list or not is_complex(target.attribute) or value is None:
        return None
    elements = clean_value(target.attribute, value) or []
    return [{name: each for name, each in element.items() if each is not False} for element in elements]
