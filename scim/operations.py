"""PATCH operations as clients send them, turned into plain ones: one path each, lower-case ``op``, clean value.

After this an operation without a path, Entra's dotted and URN keys, removals by value and by empty text are all gone.
Source: RFC 7644 §3.5.2, entra.md §4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    Attribute,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    Mutability,
    MutabilityException,
    NoTargetException,
    PatchOp,
    Path,
)
from scim2_models.path import AttrPath, Comparison, Present, ValuePath

from scim.attributes import (
    Attributes,
    Location,
    core,
    extension,
    extension_urn,
    is_complex,
    locate,
    sub_attributes,
)
from scim.dialects import clean_extension, clean_value
from scim.filters import compile_filter
from scim.json_types import JsonObject
from scim.models import MODELS

MAX_OPERATIONS = 2_000
"""Operations in one PATCH; Entra's largest, with the flag, removes members one operation each."""

_PATCH_SCHEMA = str(PatchOp.__schema__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One plain operation.

    ``path`` names an attribute of the type, perhaps with a value filter; ``location`` is where its attribute lies.
    ``value`` is clean, and None for every removal but one of listed values.
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
        MutabilityException: A path names a read-only attribute.
        NoTargetException: A removal without a path.
        InvalidValueException: An unknown ``op``, or a value that does not fit.
    """
    operations = _operations(payload)
    unknown: list[str] = []
    plain: list[Operation] = []
    for index, each in enumerate(operations):
        if not isinstance(each, dict):
            raise InvalidSyntaxException(detail=f"operation {index} must be an object")
        plain.extend(_plain(_members(each), kind, index, unknown))
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
    if len(operations) > MAX_OPERATIONS:
        raise InvalidSyntaxException(detail=f"at most {MAX_OPERATIONS} operations in one request")
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
        raise InvalidPathException(detail=f"operation {index}: path must be a text")
    path = (path or "").strip()
    if not path and name == "remove":
        raise NoTargetException(detail=f"operation {index}: remove needs a path")
    if name != "remove" and "value" not in operation:
        raise InvalidValueException(detail=f"operation {index}: {name} needs a value")
    if not path or _is_own_schema(path, kind):
        yield from _without_path(name, operation.get("value"), kind, index, unknown)
    elif (urn := extension_urn(kind, path)) is not None:
        yield from _whole_extension(name, urn, operation.get("value"), kind, unknown)
    else:
        yield from _with_path(name, path, operation.get("value"), kind, unknown)


def _is_own_schema(path: str, kind: str) -> bool:
    return path.lower() == str(MODELS[kind].__schema__).lower()


def _without_path(op: str, value: Any, kind: str, index: int, unknown: list[str]) -> Iterator[Operation]:
    """One operation for each member of the value: Q3 dotted keys, Q4 URN keys, Q5 extension objects.

    What is read-only is left aside, as Okta repeats the ``id`` (RFC 7644 §3.5.2: ignored where no path names it).
    """
    if not isinstance(value, dict):
        raise InvalidValueException(detail=f"operation {index}: without a path the value must be an object")
    for key, member in value.items():
        urn = extension_urn(kind, key)
        if urn is not None:
            yield from _whole_extension("replace" if op == "replace" else "add", urn, member, kind, unknown)
            continue
        if key.lower() in ("schemas", "id", "meta"):
            continue
        try:
            target = _target(key, kind)
        except InvalidPathException:
            unknown.append(key)
            continue
        if _attribute(target.location, kind).mutability is not Mutability.read_only:
            yield from _on(target, op, member, kind, unknown)


def _whole_extension(op: str, urn: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    """One operation for each attribute of the extension that is named; a removal names all."""
    if op == "remove" or value is None:
        named: dict[str, Any] = dict.fromkeys(str(each.name) for each in extension(urn).values())
        op = "remove"
    else:
        clean_extension(value, urn, unknown)  # for its refusals, and for the names it does not know
        known = extension(urn)
        named = {str(known[key].name): member for name, member in value.items() if (key := name.lower()) in known}
    for name, member in named.items():
        yield from _on(_target(f"{urn}:{name}", kind), op, member, kind, unknown)


def _with_path(op: str, path: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    target = _target(path, kind)
    attribute = _attribute(target.location, kind)
    head = _head(target.location, kind)
    if Mutability.read_only in (attribute.mutability, head.mutability) or target.location.name in ("id", "meta"):
        raise MutabilityException(attribute=path, detail=f"{path} is read-only")
    if target.location.name == "schemas":
        return  # schemas follow from the data that a resource has
    yield from _on(target, op, value, kind, unknown)


@dataclass(frozen=True, slots=True)
class _Target:
    """A path whose attribute is known, spelled with the URN of its extension."""

    path: str
    location: Location
    filtered: bool


def _target(text: str, kind: str) -> _Target:
    """The attribute that *text* names.

    Raises:
        InvalidPathException: Malformed, or no such attribute.
    """
    path = Path(text)
    node = path.ast
    match node:
        case ValuePath(attr_path=head, sub_attr=sub):
            named = AttrPath(head.attr, sub, head.uri)
        case Comparison(attr_path=head) | Present(attr_path=head):
            named = AttrPath(head.attr, None, head.uri)
        case AttrPath():
            named = head = node
        case _:
            raise InvalidPathException(path=text, detail=f"{text} names no attribute")
    location = locate(kind, named)
    if location is None:
        raise InvalidPathException(path=text, detail=f"{kind} has no attribute {named}")
    if location.extension is not None and head.uri is None:  # Entra's bare ``manager``
        text = f"{location.extension}:{text}"
    _check_filter(path, location, kind)
    return _Target(text, location, path.value_filter is not None)


def _check_filter(path: Path[Any], location: Location, kind: str) -> None:
    """Refuse a value filter on what has no values to select, or on sub-attributes that are not there."""
    if path.value_filter is None:
        return
    if not location.multi_valued:
        raise InvalidPathException(path=str(path), detail=f"{location.name} has no values to select with brackets")
    head = AttrPath(location.name, None, location.extension)
    compile_filter(ValuePath(head, path.value_filter), kind)


def _head(location: Location, kind: str) -> Attribute:
    attributes: Attributes = extension(location.extension) if location.extension else core(kind)
    return attributes.get(location.name.lower()) or Attribute(name=location.name, type=Attribute.Type.string)


def _attribute(location: Location, kind: str) -> Attribute:
    """The attribute, or the sub-attribute, that lies at *location*."""
    head = _head(location, kind)
    return head if location.sub is None else sub_attributes(head).get(location.sub.lower(), head)


def _on(target: _Target, op: str, value: Any, kind: str, unknown: list[str]) -> Iterator[Operation]:
    """The operation on one attribute, with its value cleaned; an empty value replaces by removing (Q11)."""
    attribute = _attribute(target.location, kind)
    whole_list = bool(attribute.multi_valued) and target.location.sub is None and not target.filtered
    if op == "remove":
        yield Operation("remove", target.path, target.location, _removed(attribute, value, whole_list))
        return
    single = attribute if whole_list or not attribute.multi_valued else _element(attribute)
    cleaned = clean_value(single, value, unknown)
    if cleaned is not None and cleaned != []:
        yield Operation(op, target.path, target.location, cleaned)
    elif op == "replace":
        _refuse_unassigning(attribute, target)
        yield Operation("remove", target.path, target.location)
    elif value is None:
        raise InvalidValueException(detail=f"add on {target.path} needs a value")


def _element(attribute: Attribute) -> Attribute:
    """One element of a multi-valued attribute as an attribute of its own."""
    return attribute.model_copy(update={"multi_valued": False})


def _removed(attribute: Attribute, value: Any, whole_list: bool) -> Any:
    """What a removal lists as its value: the elements to remove (Q10, Q13); on any other path it means nothing."""
    if not whole_list or not is_complex(attribute) or value is None:
        return None
    return clean_value(attribute, value) or []


def _refuse_unassigning(attribute: Attribute, target: _Target) -> None:
    if attribute.required and target.location.sub is None:
        raise InvalidValueException(detail=f"{target.path} is required and cannot be empty")
