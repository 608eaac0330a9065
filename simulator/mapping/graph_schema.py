"""Reads and writes mappings as Graph's ``…/synchronization/jobs/{id}/schema`` has them.

Source: Microsoft Graph, resource type synchronizationSchema and those below it.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.expressions.evaluate import FUNCTIONS
from simulator.expressions.grammar import Argument, Attribute, Call, Comparison, Constant, Literal, quoted
from simulator.mapping import model
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import AttributeMapping, FlowBehavior, FlowType, ObjectAction, ObjectMapping, Schema
from simulator.paths import BadPath, parse_path
from simulator.protocol import JsonObject
from simulator.scoping.filters import BadFilter, Clause, FilterGroup, operator_named

_IDS = uuid.UUID("6f0d6a3c-6f9e-4c57-9a55-1d2a5a2f7c11")


class SchemaError(Exception):
    """A synchronization schema cannot be used; the message says where and why."""


def load(path: Path) -> Schema:
    """Return the schema in *path*, as exported from a tenant.

    Raises:
        SchemaError: The file cannot be read, is no synchronization schema, or its mappings do not work.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError(f"{path}: {error}") from error
    try:
        schema = read(content)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error}") from error
    if complaints := schema.complaints():
        raise SchemaError("\n".join(f"{path}: {complaint}" for complaint in complaints))
    return schema


def read(content: Any) -> Schema:
    """Return the mappings of users and groups in *content*; a kind that it lacks is not provisioned.

    Raises:
        SchemaError: It is no synchronization schema.
    """
    try:
        return _schema(content)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SchemaError(f"no synchronization schema: {type(error).__name__} {error}") from error
    except (BadPath, BadFilter) as error:
        raise SchemaError(str(error)) from error


def _schema(content: JsonObject) -> Schema:
    directories = tuple(content.get("directories") or ())
    booleans = frozenset(_boolean_attributes(directories))
    rules: list[JsonObject] = content["synchronizationRules"]
    mappings = [(rule, each) for rule in rules for each in rule.get("objectMappings") or ()]

    def mapping_of(kind: str) -> tuple[JsonObject, ObjectMapping]:
        for rule, each in mappings:
            if each["sourceObjectName"] == kind and each.get("enabled", True):
                return rule, _object_mapping(each, booleans)
        return {}, ObjectMapping(kind, "", (), enabled=False)

    rule, users = mapping_of(model.USER)
    group_rule, groups = mapping_of(model.GROUP)
    if not users.enabled and not groups.enabled:
        raise SchemaError("no synchronization schema: it maps neither User nor Group")
    rule = rule or group_rule
    return Schema(
        users,
        groups,
        id=content.get("id") or "",
        version=content.get("version") or "",
        source_directory=rule.get("sourceDirectoryName") or DEFAULT_SCHEMA.source_directory,
        target_directory=rule.get("targetDirectoryName") or DEFAULT_SCHEMA.target_directory,
        rule_id=rule.get("id") or "",
        rule_name=rule.get("name") or DEFAULT_SCHEMA.rule_name,
        directories=directories,
    )


def _boolean_attributes(directories: Iterable[JsonObject]) -> Iterator[str]:
    for directory in directories:
        for each in directory.get("objects") or ():
            yield from (one["name"] for one in each.get("attributes") or () if one.get("type") == "Boolean")


def _object_mapping(content: JsonObject, booleans: frozenset[str]) -> ObjectMapping:
    scope = content.get("scope") or {}
    return ObjectMapping(
        content["sourceObjectName"],
        content["targetObjectName"],
        tuple(_attribute_mapping(each, booleans) for each in content["attributeMappings"] if _flows(each)),
        name=content.get("name") or "",
        actions=_actions(content.get("flowTypes")),
        scope=_groups(scope.get("groups")),
        input_filters=_groups(scope.get("inputFilterGroups")),
    )


def _flows(content: JsonObject) -> bool:
    # The mapping type None leaves the target alone: it has no source.
    return bool(content.get("source"))


def _actions(flow_types: object) -> tuple[ObjectAction, ...]:
    if flow_types is None:
        return model.ALL_ACTIONS
    if not isinstance(flow_types, str):
        raise TypeError("flowTypes is not text")
    names = flow_types.split(",")
    return tuple(ObjectAction(name.strip()) for name in names if name.strip() not in ("", "None"))


def _attribute_mapping(content: JsonObject, booleans: frozenset[str]) -> AttributeMapping:
    name = content["targetAttributeName"]
    target = parse_path(name)
    return AttributeMapping(
        target,
        _expression(content["source"]),
        flow_type=FlowType(content.get("flowType") or FlowType.ALWAYS),
        flow_behavior=FlowBehavior(content.get("flowBehavior") or FlowBehavior.WHEN_CHANGED),
        matching_priority=int(content.get("matchingPriority") or 0),
        default_value=content.get("defaultValue") or "",
        is_boolean=name in booleans or model.is_boolean(target),
        export_missing_references=bool(content.get("exportMissingReferences")),
    )


def _expression(source: JsonObject) -> str:
    """Return the source as an expression: as it says so itself, else put together from its parts."""
    if source.get("expression"):
        return str(source["expression"])
    match source["type"]:
        case "Attribute":
            return f"[{source['name']}]"
        case "Constant":
            return quoted(str(source["name"]))
    arguments = (_expression(each["value"]) if each.get("value") else "" for each in source.get("parameters") or ())
    return f"{source['name']}({', '.join(arguments)})"


def _groups(content: Iterable[JsonObject] | None) -> tuple[FilterGroup, ...]:
    return tuple(
        FilterGroup(group.get("name") or "", tuple(map(_clause, group.get("clauses") or ()))) for group in content or ()
    )


def _clause(content: JsonObject) -> Clause:
    attribute, values = content["sourceOperandName"], (content.get("targetOperand") or {}).get("values") or []
    if not (isinstance(attribute, str) and isinstance(values, list)):
        raise TypeError("a clause has no sourceOperandName, or values that are no list")
    return Clause(attribute, operator_named(content["operatorName"]), tuple(map(str, values)))


def write(schema: Schema) -> JsonObject:
    """Return *schema* as Graph's JSON; ids that it lacks are made from its names, always the same ones."""
    rule = {
        "id": schema.rule_id or str(uuid.uuid5(_IDS, schema.rule_name)),
        "name": schema.rule_name,
        "priority": 1,
        "editable": True,
        "sourceDirectoryName": schema.source_directory,
        "targetDirectoryName": schema.target_directory,
        "objectMappings": [_written_object(each) for each in (schema.users, schema.groups) if each.enabled],
    }
    return {
        "id": schema.id or str(uuid.uuid5(_IDS, schema.target_directory)),
        "version": schema.version or "Date:2024-01-01T00:00:00.0000000Z",
        "synchronizationRules": [rule],
        "directories": list(schema.directories),
    }


def _written_object(mapping: ObjectMapping) -> JsonObject:
    return {
        "name": mapping.name,
        "enabled": mapping.enabled,
        "flowTypes": ", ".join(mapping.actions) or "None",
        "sourceObjectName": mapping.source,
        "targetObjectName": mapping.target,
        "scope": {
            "groups": [_written_group(each) for each in mapping.scope],
            "inputFilterGroups": [_written_group(each) for each in mapping.input_filters],
        },
        "attributeMappings": [_written_attribute(each) for each in mapping.attributes],
    }


def _written_group(group: FilterGroup) -> JsonObject:
    return {
        "name": group.name,
        "clauses": [
            {
                "operatorName": clause.operator.value,
                "sourceOperandName": clause.attribute,
                "targetOperand": {"values": list(clause.values)},
            }
            for clause in group.clauses
        ],
    }


def _written_attribute(mapping: AttributeMapping) -> JsonObject:
    return {
        "targetAttributeName": str(mapping.target),
        "matchingPriority": mapping.matching_priority,
        "flowType": mapping.flow_type.value,
        "flowBehavior": mapping.flow_behavior.value,
        "exportMissingReferences": mapping.export_missing_references,
        "defaultValue": mapping.default_value,
        "source": {**_source(mapping.tree), "expression": mapping.expression},
    }


def _source(node: Argument) -> JsonObject:
    """Return a node as a source with its parts, and the expression for it."""
    match node:
        case None:
            return {"type": "Constant", "name": "", "expression": "", "parameters": []}
        case Attribute(name):
            return {"type": "Attribute", "name": name, "expression": f"[{name}]", "parameters": []}
        case Literal(value):
            text = quoted(value) if isinstance(value, str) else str(value)
            return {"type": "Constant", "name": str(value), "expression": text, "parameters": []}
        case Constant(name):
            return {"type": "Constant", "name": name, "expression": name, "parameters": []}
        case Comparison(left, operator, right):
            parts: Mapping[str, JsonObject] = {"left": _source(left), "right": _source(right)}
            text = f"{parts['left']['expression']}{operator}{parts['right']['expression']}"
            return _function(operator, parts, text)
        case Call(name, arguments):
            known = FUNCTIONS[name]
            parts = {known.parameter(index): _source(each) for index, each in enumerate(arguments)}
            text = f"{name}({', '.join(part['expression'] for part in parts.values())})"
            return _function(name, parts, text)


def _function(name: str, parts: Mapping[str, JsonObject], expression: str) -> JsonObject:
    parameters = [{"key": key, "value": value} for key, value in parts.items()]
    return {"type": "Function", "name": name, "expression": expression, "parameters": parameters}
