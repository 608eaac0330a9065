"""Graph's synchronization schema is read and written, and one that does not work is refused before any request."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.graph_schema import SchemaError, load, read, write
from simulator.mapping.model import FlowBehavior, FlowType, ObjectAction, SourceType
from simulator.protocol import JsonObject
from simulator.scoping.filters import Clause, FilterGroup, Operator

EXPORTED = Path(__file__).parents[1] / "samples" / "exported_schema.json"


def a_schema(**mapping: Any) -> JsonObject:
    """A schema with one attribute mapping, which *mapping* changes."""
    row = {
        "targetAttributeName": "userName",
        "matchingPriority": 1,
        "source": {"type": "Attribute", "name": "userPrincipalName", "expression": "[userPrincipalName]"},
        **mapping,
    }
    rule = {"objectMappings": [{"sourceObjectName": "User", "targetObjectName": "User", "attributeMappings": [row]}]}
    return {"synchronizationRules": [rule]}


def a_scope(clause: JsonObject, kind: str = "groups") -> JsonObject:
    """A schema with a scoping or input filter of one clause, which is right but for *clause*."""
    content = a_schema()
    right = {"operatorName": "EQUALS", "sourceOperandName": "city", "targetOperand": {"values": ["Oslo"]}}
    scope = {kind: [{"clauses": [right | clause]}]}
    content["synchronizationRules"][0]["objectMappings"][0]["scope"] = scope
    return content


def twice(content: JsonObject) -> JsonObject:
    """The schema with each of its attribute mappings a second time."""
    (mapping,) = content["synchronizationRules"][0]["objectMappings"]
    mapping["attributeMappings"] *= 2
    return content


def test_default_schema_survives() -> None:
    """What is written is read as the same mappings, and is plain JSON."""
    assert read(json.loads(json.dumps(write(DEFAULT_SCHEMA)))).users == DEFAULT_SCHEMA.users
    assert read(write(DEFAULT_SCHEMA)).groups == DEFAULT_SCHEMA.groups


def test_default_schema_in_graphs_words() -> None:
    """The expression of ``active`` is written with its parts, as Graph has it."""
    mappings = write(DEFAULT_SCHEMA)["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    assert mappings[1] == {
        "targetAttributeName": "active",
        "matchingPriority": 0,
        "flowType": "Always",
        "flowBehavior": "FlowWhenChanged",
        "exportMissingReferences": False,
        "defaultValue": "",
        "source": {
            "type": "Function",
            "name": "Switch",
            "expression": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
            "parameters": [
                {
                    "key": "source",
                    "value": {
                        "type": "Attribute",
                        "name": "IsSoftDeleted",
                        "expression": "[IsSoftDeleted]",
                        "parameters": [],
                    },
                },
                {"key": "defaultValue", "value": {"type": "Constant", "name": "", "expression": "", "parameters": []}},
                *(
                    {
                        "key": key,
                        "value": {"type": "Constant", "name": name, "expression": f'"{name}"', "parameters": []},
                    }
                    for key, name in (("key1", "False"), ("value1", "True"), ("key2", "True"), ("value2", "False"))
                ),
            ],
        },
    }


def test_exported_schema() -> None:
    """A tenant's schema is read with scope, flow types, actions, custom attributes and booleans by their definition."""
    schema = load(EXPORTED)
    rows = {str(each.target): each for each in schema.users.attributes}
    assert (schema.source_directory, schema.target_directory) == ("Azure Active Directory", "customappsso")
    assert schema.users.actions == (ObjectAction.ADD, ObjectAction.UPDATE)
    assert schema.users.scope == (
        FilterGroup(
            "Nordics",
            (
                Clause("country", Operator.REGEX_MATCH, ("^(NO|SE|DK)$",)),
                Clause("accountEnabled", Operator.IS_TRUE),
            ),
        ),
    )
    assert [str(each.target) for each in schema.users.matching] == ["externalId", "userName"]
    assert rows["urn:ietf:params:scim:schemas:extension:Contoso:2.0:User:onCall"].is_boolean
    assert rows["nickName"].flow_type is FlowType.OBJECT_ADD_ONLY
    assert rows["title"].flow_behavior is FlowBehavior.ALWAYS
    assert (rows["userType"].source_type, rows["userType"].expression) == (SourceType.CONSTANT, '"Employee"')
    assert rows["displayName"].expression == 'Join(", ", [surname], [givenName])'
    assert "timezone" not in rows
    assert schema.groups.enabled is False


def test_exported_schema_survives() -> None:
    """Read, written and read again it is the same, with the definitions of directories handed on."""
    schema = load(EXPORTED)
    assert read(write(schema)) == schema
    assert write(schema)["directories"] == json.loads(EXPORTED.read_text("utf-8"))["directories"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ([], "no synchronization schema"),
        ({}, "no synchronization schema"),
        ({"synchronizationRules": []}, "maps neither User nor Group"),
        (a_schema(targetAttributeName="emails[type"), "is no target attribute"),
        (a_schema(flowType="Sometimes"), "Sometimes"),
        (a_schema(source={"type": "Attribute", "expression": "Trim([a])"}), "no function Trim"),
        (a_schema(source={"type": "Attribute", "expression": "Join("}), "ends too early"),
        (a_schema(matchingPriority=0), "no attribute is a matching attribute"),
        (a_schema(source={"type": "Function", "expression": "Not(" * 1500 + '"x"' + ")" * 1500}), "nested"),
        (twice(a_schema()), "userName is mapped twice"),
        (a_schema(targetAttributeName="boss", source={"type": "Attribute", "name": "manager"}), "boss: .* manager"),
        (a_scope({"operatorName": "REGEX MATCH", "targetOperand": {"values": ["("]}}), "cannot be read"),
        (a_scope({"operatorName": "&", "targetOperand": {"values": ["two"]}}, "inputFilterGroups"), "is no number"),
        (a_scope({"sourceOperandName": "manager"}), "cannot be used in a scoping filter"),
        (a_scope({"targetOperand": None}), "needs a value"),
        (a_scope({"targetOperand": {"values": "Oslo"}}), "no synchronization schema"),
        (a_scope({"sourceOperandName": ["city"]}), "no synchronization schema"),
    ],
)
def test_schema_that_does_not_work(tmp_path: Path, content: Any, complaint: str) -> None:
    """The file is refused with what is wrong in it."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SchemaError, match=complaint):
        load(path)


def test_flow_types_are_text() -> None:
    """Graph joins them by commas; a list would have been taken for all of them."""
    content = a_schema()
    content["synchronizationRules"][0]["objectMappings"][0]["flowTypes"] = ["Add"]
    with pytest.raises(SchemaError, match="flowTypes"):
        read(content)


def test_json_without_end_of_brackets(tmp_path: Path) -> None:
    """A file that no reader can hold is refused like any other."""
    path = tmp_path / "schema.json"
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"schema\.json"):
        load(path)


def test_no_file(tmp_path: Path) -> None:
    """A missing file is said like any other mistake."""
    with pytest.raises(SchemaError, match=r"absent\.json"):
        load(tmp_path / "absent.json")


def test_unknown_operator() -> None:
    """An operator that Entra does not have is refused."""
    content = a_schema()
    clause = {"operatorName": "LIKE", "sourceOperandName": "city", "targetOperand": {"values": ["x"]}}
    content["synchronizationRules"][0]["objectMappings"][0]["scope"] = {"groups": [{"clauses": [clause]}]}
    with pytest.raises(SchemaError, match="no operator LIKE"):
        read(content)
