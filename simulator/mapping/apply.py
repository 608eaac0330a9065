"""Applies mappings to one source object, and compares the outcome with what the target has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from simulator.errors import MappingFailed
from simulator.expressions.evaluate import evaluate
from simulator.expressions.values import Context, ExpressionError, text_of, truth_of
from simulator.mapping.model import AttributeMapping, FlowBehavior, FlowType, ObjectMapping
from simulator.paths import TargetPath
from simulator.protocol import JsonObject
from simulator.values import Roles, Value, is_empty

# What is to stand in the target: only attributes that have a value, because Entra never sends an empty one.
type Wanted = str | bool | tuple[str, ...] | Roles
type Mapped = dict[TargetPath, Wanted]


@dataclass(frozen=True)
class Change:
    """One attribute to write; ``had_value`` decides between Add and Replace, ``old`` is what stood there."""

    target: TargetPath
    value: Wanted
    had_value: bool
    old: Any = None


def map_object(
    mapping: ObjectMapping,
    attributes: Mapping[str, Value],
    *,
    now: datetime,
    creating: bool,
    random: Random,
    default_domain: str = "",
) -> Mapped:
    """Return what is to stand in the target for an object with *attributes*, without references.

    Mappings that apply on creation only, and default values, are left out unless *creating*. *default_domain* is that
    of the tenant.

    Raises:
        MappingFailed: An expression cannot be worked out for this object.
    """
    context = Context(attributes, now=now, random=random, default_domain=default_domain)
    flowing = (each for each in mapping.attributes if _flows(each, creating=creating))
    values = ((each.target, _value(each, context, creating=creating)) for each in flowing)
    return {target: value for target, value in values if value is not None}


def map_soft_deleted(mapping: ObjectMapping, attributes: Mapping[str, Value], *, now: datetime) -> Mapped:
    """Return what leaving scope makes of an object with *attributes*: only what reads ``IsSoftDeleted``."""
    context = Context({**attributes, "IsSoftDeleted": True}, now=now)
    values = ((each.target, _value(each, context, creating=False)) for each in mapping.by_soft_delete)
    return {target: value for target, value in values if value is not None}


def match_clauses(mapping: ObjectMapping, mapped: Mapped) -> list[tuple[str, str]]:
    """Return attribute path and value of every query by which the object may be found, in order."""
    found = ((each.target, mapped.get(each.target)) for each in mapping.matching)
    return [(str(target), value) for target, value in found if isinstance(value, str)]


def _flows(mapping: AttributeMapping, *, creating: bool) -> bool:
    return not mapping.is_reference and (creating or mapping.flow_type is not FlowType.OBJECT_ADD_ONLY)


def _value(mapping: AttributeMapping, context: Context, *, creating: bool) -> Wanted | None:
    try:
        value = evaluate(mapping.tree, context)
        if is_empty(value):
            value = mapping.default_value if creating else None
        return None if is_empty(value) else _wanted(mapping, value)
    except ExpressionError as error:
        raise MappingFailed(f"{mapping.target}: {error}") from error


def _wanted(mapping: AttributeMapping, value: Value) -> Wanted:
    if isinstance(value, Roles):
        return value
    if mapping.is_boolean:
        return truth_of(value)
    if isinstance(value, tuple) and mapping.target.sub_attribute is None:
        return tuple(text_of(each) for each in value)
    return text_of(value)


def changes(mapping: ObjectMapping, mapped: Mapped, resource: JsonObject) -> tuple[Change, ...]:
    """Return what differs between *mapped* and *resource* as the target gave it; nothing is ever cleared."""
    return tuple(_changes({each.target: each for each in mapping.attributes}, mapped, resource))


def _changes(rows: dict[TargetPath, AttributeMapping], mapped: Mapped, resource: JsonObject) -> Iterable[Change]:
    for target, value in mapped.items():
        current = target.read(resource)
        always = rows[target].flow_behavior is FlowBehavior.ALWAYS
        add_only = rows[target].flow_type is FlowType.MULTI_VALUE_ADD_ONLY
        if isinstance(value, Roles):
            if not _has_roles(value, resource):
                yield Change(target, value, had_value=value.function.startswith("Assertive"), old=current)
        elif isinstance(value, tuple):
            missing = tuple(each for each in value if each not in _listed(current))
            if missing or always or (not add_only and len(_listed(current)) != len(value)):
                yield Change(target, missing if add_only else value, current is not None and not add_only, current)
        elif always or current is None or not _same(current, value):
            yield Change(target, value, current is not None, current)


def _same(current: object, wanted: str | bool) -> bool:
    # A server that gives booleans as text is understood, and not patched again in every cycle.
    return str(current).lower() == str(wanted).lower() if isinstance(wanted, bool) else str(current) == wanted


def _listed(current: object) -> list[object]:
    return current if isinstance(current, list) else []


def _has_roles(wanted: Roles, resource: JsonObject) -> bool:
    elements = [each for each in _listed(resource.get("roles")) if isinstance(each, dict)]
    present = {str(each.get("value")) for each in elements}
    asked = {role.value for role in wanted.roles}
    return present == asked if wanted.function.startswith("Assertive") else asked <= present
