"""The schema of a synchronization job: how it differs from what is declared, and what it becomes.

Only what the declaration speaks of is compared and written; all else in the schema stays as Graph gave it.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.enterprise.declaration import Attribute, Mappings, ObjectMapping, ScopingFilter
from cli.enterprise.defaults import GROUPS, USERS

type Json = dict[str, Any]
type _Attributes = tuple[Attribute, ...]
type Sources = Mapping[str, Json]
"""What Graph parsed an expression to, by the expression."""

_OPERATIONS = {"create": "Add", "update": "Update", "delete": "Delete"}
_FLOWS = {"always": "Always", "create": "ObjectAddOnly"}
_SPACE_OR_TEXT = re.compile(r'("(?:\\.|[^"\\])*")|\s+')


class NoSuchMapping(Exception):
    """The schema of the job has no mapping for a kind of object that is declared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as declared; ``before`` or ``after`` is None where there is none."""

    what: str
    before: str | None
    after: str | None


def differences(schema: Json, declared: Mappings) -> list[Difference]:
    """What of *schema* is not as declared, in the order of the file.  Raises: NoSuchMapping."""
    return [
        found
        for kind, wanted, standard in _kinds(declared)
        for found in _compare(kind, _find(schema, kind)[1], wanted, wanted.attributes or standard)
    ]


def applied(schema: Json, declared: Mappings, sources: Sources) -> Json:
    """A copy of *schema* that is as declared.  Raises: NoSuchMapping."""
    changed = copy.deepcopy(schema)
    for kind, wanted, standard in _kinds(declared):
        (rule, mapping), attributes = _find(changed, kind), wanted.attributes or standard
        mapping["enabled"] = wanted.enabled
        mapping["flowTypes"] = _operations(wanted)
        mapping["attributeMappings"] = [_attribute_mapping(each, sources) for each in attributes]
        mapping["scope"] = (mapping.get("scope") or {}) | {"groups": [_filter(each) for each in wanted.scoping]}
        _define(changed, rule["targetDirectoryName"], mapping["targetObjectName"], attributes)
    return changed


def formulas(declared: Mappings) -> set[str]:
    """The expressions that Graph must parse before they can be written."""
    return {
        each.formula
        for _, wanted, standard in _kinds(declared)
        for each in wanted.attributes or standard
        if each.source is None
    }


def _kinds(declared: Mappings) -> Iterator[tuple[str, ObjectMapping, tuple[Attribute, ...]]]:
    yield "User", declared.users, USERS
    yield "Group", declared.groups, GROUPS


def _find(schema: Json, kind: str) -> tuple[Json, Json]:
    """The rule and the mapping for a kind of Entra's objects."""
    for rule in schema["synchronizationRules"]:
        for mapping in rule["objectMappings"]:
            if mapping["sourceObjectName"].lower() == kind.lower():
                return rule, mapping
    raise NoSuchMapping(f"the job's schema maps no {kind}s")


# Differences


def _compare(
    kind: str, mapping: Json, wanted: ObjectMapping, attributes: tuple[Attribute, ...]
) -> Iterator[Difference]:
    yield from _differ(f"{kind}s enabled", str(mapping["enabled"]), str(wanted.enabled))
    yield from _differ(f"{kind}s operations", _in_order(mapping.get("flowTypes") or ""), _in_order(_operations(wanted)))
    scope = (mapping.get("scope") or {}).get("groups") or []
    yield from _differ(f"{kind}s scope", _scope_text(scope), _scope_text([_filter(each) for each in wanted.scoping]))
    there = {each["targetAttributeName"]: _text_of(each) for each in mapping["attributeMappings"]}
    declared = {each.target: _text(each) for each in attributes}
    for target in [*declared, *(each for each in there if each not in declared)]:
        yield from _differ(f"{kind}.{target}", there.get(target), declared.get(target))


def _differ(what: str, before: str | None, after: str | None) -> Iterator[Difference]:
    if before != after:
        yield Difference(what, before, after)


def _text(attribute: Attribute) -> str:
    return _line(attribute.formula, attribute.match, _FLOWS[attribute.when], attribute.default)


def _text_of(mapping: Json) -> str:
    source = mapping["source"]
    return _line(
        source["expression"],
        mapping.get("matchingPriority") or 0,
        mapping.get("flowType") or "Always",
        mapping.get("defaultValue") or "",
    )


def _line(formula: str, match: int, flow: str, default: str) -> str:
    notes = (
        [f"match {match}"] * bool(match)
        + ["only on creation"] * (flow != "Always")
        + [f"else {default}"] * bool(default)
    )
    return " · ".join([_SPACE_OR_TEXT.sub(lambda found: found[1] or "", formula), *notes])


def _in_order(flow_types: str) -> str:
    named = {each.strip() for each in flow_types.split(",")}
    return ", ".join(each for each in _OPERATIONS.values() if each in named)


def _scope_text(groups: list[Json]) -> str:
    return " or ".join(_clauses_text(each["clauses"]) for each in groups) or "everybody"


def _clauses_text(clauses: list[Json]) -> str:
    written = [
        " ".join(
            [each["sourceOperandName"], each["operatorName"], *(each.get("targetOperand") or {}).get("values", [])]
        )
        for each in clauses
    ]
    return f"({' and '.join(written)})"


# Writing


def _operations(wanted: ObjectMapping) -> str:
    return ", ".join(name for key, name in _OPERATIONS.items() if key in wanted.operations)


def _attribute_mapping(attribute: Attribute, sources: Sources) -> Json:
    source = sources.get(attribute.formula) or {
        "type": "Attribute",
        "name": attribute.source,
        "expression": attribute.formula,
        "parameters": [],
    }
    return {
        "targetAttributeName": attribute.target,
        "matchingPriority": attribute.match,
        "flowType": _FLOWS[attribute.when],
        "flowBehavior": "FlowWhenChanged",
        "exportMissingReferences": False,
        "defaultValue": attribute.default,
        "source": source,
    }


def _filter(wanted: ScopingFilter) -> Json:
    clauses = [
        {
            "operatorName": each.operator,
            "sourceOperandName": each.attribute,
            "targetOperand": {"values": [] if each.value is None else [each.value]},
        }
        for each in wanted.clauses
    ]
    return {"name": wanted.name, "clauses": clauses}


def _define(schema: Json, directory: str, object_name: str, attributes: _Attributes) -> None:
    """Make the target know attributes that its template did not bring: those of extensions of one's own."""
    for each in _objects(schema, directory):
        if each["name"] == object_name:
            known = {attribute["name"] for attribute in each["attributes"]}
            each["attributes"] += [_definition(new.target) for new in attributes if new.target not in known]


def _objects(schema: Json, directory: str) -> Iterator[Json]:
    for each in schema["directories"]:
        if each["name"] == directory:
            yield from each["objects"]


def _definition(name: str) -> Json:
    return {
        "name": name,
        "type": "String",
        "anchor": False,
        "caseExact": False,
        "multivalued": False,
        "mutability": "ReadWrite",
        "required": False,
        "referencedObjects": [],
    }
