"""The schema that a new job has, what may be written in its place, and how an expression is parsed."""

import re
from collections.abc import Iterator
from typing import Any

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_TARGETS = (
    "userName", "active", "externalId", "displayName", "title", "preferredLanguage", "name.givenName",
    "name.familyName", "name.formatted", 'emails[type eq "work"].value', f"{ENTERPRISE}:department",
    f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:manager",
    *(f'addresses[type eq "work"].{each}'
      for each in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")),
    *(f'phoneNumbers[type eq "{each}"].value' for each in ("work", "mobile", "fax")),
)  # fmt: skip
_DEFINITION = {"name", "type", "anchor", "caseExact", "multivalued", "mutability", "required", "referencedObjects"}
_MAPPING = {
    "targetAttributeName", "matchingPriority", "flowType", "flowBehavior", "exportMissingReferences", "defaultValue",
    "source",
}  # fmt: skip


def template_schema() -> dict[str, Any]:
    """As the template has it: fewer attributes than we map, and externalId from mailNickname."""
    return {
        "id": "scim",
        "version": "v1",
        "directories": [
            {"id": "aad", "name": "Azure Active Directory", "objects": [_object("User", ()), _object("Group", ())]},
            {
                "id": "target",
                "name": "customappsso",
                "objects": [_object("User", _TARGETS), _object("Group", ("displayName", "externalId", "members"))],
            },
        ],
        "synchronizationRules": [
            {
                "id": "rule",
                "name": "USER_OUTBOUND_USER",
                "priority": 1,
                "editable": True,
                "sourceDirectoryName": "Azure Active Directory",
                "targetDirectoryName": "customappsso",
                "objectMappings": [
                    _mapping("Group", [("displayName", "displayName", 1), ("externalId", "objectId", 0)]),
                    _mapping("User", [("userName", "userPrincipalName", 1), ("externalId", "mailNickname", 0)]),
                ],
            }
        ],
    }


def _object(name: str, attributes: tuple[str, ...]) -> dict[str, Any]:
    return {"name": name, "attributes": [_definition(each) for each in attributes]}


def _definition(name: str) -> dict[str, Any]:
    return dict.fromkeys(_DEFINITION, False) | {"name": name, "type": "String", "referencedObjects": []}


def _mapping(kind: str, attributes: list[tuple[str, str, int]]) -> dict[str, Any]:
    return {
        "name": f"Provision Azure Active Directory {kind}s",
        "enabled": True,
        "flowTypes": "Add, Update, Delete",
        "sourceObjectName": kind,
        "targetObjectName": kind,
        "scope": None,
        "attributeMappings": [
            {
                "targetAttributeName": target,
                "matchingPriority": priority,
                "flowType": "Always",
                "flowBehavior": "FlowWhenChanged",
                "exportMissingReferences": False,
                "defaultValue": None,
                "source": {"type": "Attribute", "name": source, "expression": f"[{source}]", "parameters": []},
            }
            for target, source, priority in attributes
        ],
    }


def wrong_in_schema(new: dict[str, Any], old: dict[str, Any]) -> Iterator[str]:
    """What Graph would not take in a schema that replaces *old*."""
    if set(new) != set(old) or (new["id"], new["version"]) != (old["id"], old["version"]):
        yield "a schema is replaced as a whole"
        return
    targets = {each["name"]: each for each in new["directories"][1]["objects"]}
    for each in [attribute for target in targets.values() for attribute in target["attributes"]]:
        if set(each) != _DEFINITION:
            yield f"no attribute definition: {each}"
    for mapping in new["synchronizationRules"][0]["objectMappings"]:
        known = {each["name"] for each in targets[mapping["targetObjectName"]]["attributes"]}
        for each in mapping["attributeMappings"]:
            if set(each) != _MAPPING or set(each["source"]) != {"type", "name", "expression", "parameters"}:
                yield f"no attribute mapping: {each}"
            elif each["targetAttributeName"] not in known:
                yield f"{each['targetAttributeName']} is not defined in the target"
            elif each["source"] != (parsed_expression(each["source"]["expression"])):
                yield f"{each['source']} is not what its expression says"


def parsed_expression(text: str) -> dict[str, Any] | None:
    """The source that an expression stands for, its text as Graph writes it; None where it is none."""
    if found := re.fullmatch(r"\[(\w+)\]", text):
        return {"type": "Attribute", "name": found[1], "expression": text, "parameters": []}
    if found := re.fullmatch(r'"((?:\\.|[^"\\])*)"', text):
        return {"type": "Constant", "name": found[1], "expression": text, "parameters": []}
    found = re.fullmatch(r"([A-Z]\w*)\((.*)\)", text)
    if found is None or text.count("(") != text.count(")"):
        return None
    inputs = [{"type": "Attribute", "name": each} for each in re.findall(r"\[(\w+)\]", text)]
    return {
        "type": "Function",
        "name": found[1],
        "expression": f"{found[1]}({', '.join(each.strip() for each in found[2].split(','))})",
        "parameters": [{"key": f"source{index}", "value": each} for index, each in enumerate(inputs)],
    }
