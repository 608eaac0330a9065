"""Mappings: what of a job's schema is not as declared, and what is written in its place."""

from typing import Any

import pytest

from cli.enterprise.declaration import Mappings
from cli.enterprise.defaults import GROUPS, USERS
from cli.enterprise.mapping import Difference, NoSuchMapping, applied, differences, formulas
from tests.cli.enterprise.template_schema import parsed_expression, template_schema, wrong_in_schema
from tests.cli.enterprise.world import declaration

_MATCH = {"target": "userName", "source": "userPrincipalName", "match": 1}


def mappings(*attributes: dict[str, Any], **users: Any) -> Mappings:
    """Groups as the template has them, and users with these attributes."""
    groups = {"attributes": [{"target": "displayName", "source": "displayName", "match": 1},
                             {"target": "externalId", "source": "objectId"}]}  # fmt: skip
    listed = list(attributes) or [_MATCH, {"target": "externalId", "source": "mailNickname"}]
    return declaration(mappings={"groups": groups, "users": {"attributes": listed, **users}}).mappings


def write(schema: dict[str, Any], wanted: Mappings) -> dict[str, Any]:
    """The schema after a write, expressions as Graph parses them."""
    sources = {each: parsed_expression(each) or {} for each in formulas(wanted)}
    return applied(schema, wanted, sources)


def test_template_is_as_declared() -> None:
    """What the template has already makes no difference."""
    assert differences(template_schema(), mappings()) == []


@pytest.mark.parametrize(
    ("wanted", "difference"),
    [
        (mappings(_MATCH, {"target": "externalId", "source": "objectId"}),
         Difference("User.externalId", "[mailNickname]", "[objectId]")),
        (mappings(_MATCH), Difference("User.externalId", "[mailNickname]", None)),
        (mappings(_MATCH, {"target": "externalId", "source": "mailNickname"}, {"target": "title", "constant": 'a "b"'}),
         Difference("User.title", None, r'"a \"b\""')),
        (mappings(_MATCH, {"target": "externalId", "source": "mailNickname", "when": "create", "default": "x"}),
         Difference("User.externalId", "[mailNickname]", "[mailNickname] · only on creation · else x")),
        (mappings(enabled=False), Difference("Users enabled", "True", "False")),
        (mappings(operations=["create"]), Difference("Users operations", "Add, Update, Delete", "Add")),
        (mappings(scoping=[{"name": "n", "clauses": [{"attribute": "country", "operator": "EQUALS", "value": "NO"},
                                                     {"attribute": "mail", "operator": "IS NOT NULL"}]}]),
         Difference("Users scope", "everybody", "(country EQUALS NO and mail IS NOT NULL)")),
    ],
)  # fmt: skip
def test_difference_is_told_and_written(wanted: Mappings, difference: Difference) -> None:
    """One difference is told as one, and after it is written there is none; Graph takes what is written."""
    assert differences(template_schema(), wanted) == [difference]
    written = write(template_schema(), wanted)
    assert differences(written, wanted) == []
    assert list(wrong_in_schema(written, template_schema())) == []


def test_standard_mappings() -> None:
    """Without attributes in the file all of the standard ones are written, each known to the target."""
    standard = declaration().mappings
    written = write(template_schema(), standard)
    assert differences(written, standard) == []
    users = written["synchronizationRules"][0]["objectMappings"][1]["attributeMappings"]
    assert [each["targetAttributeName"] for each in users] == [each.target for each in USERS]
    assert list(wrong_in_schema(written, template_schema())) == []
    assert {each.target for each in GROUPS} == {"displayName", "externalId", "members"}


def test_own_extension_is_made_known() -> None:
    """An attribute of an extension schema is defined in the target, once, and nowhere else."""
    target = "urn:ietf:params:scim:schemas:extension:acme:2.0:User:badge"
    wanted = mappings(_MATCH, {"target": target, "source": "extensionAttribute1"})
    written = write(write(template_schema(), wanted), wanted)
    source, users, groups = _attributes(written)
    assert [each["name"] for each in users].count(target) == 1
    assert target not in {each["name"] for each in (*source, *groups)}


def _attributes(schema: dict[str, Any]) -> tuple[Any, Any, Any]:
    entra, target = (each["objects"] for each in schema["directories"])
    return entra[0]["attributes"], target[0]["attributes"], target[1]["attributes"]


def test_what_is_not_declared_stays() -> None:
    """Rules, directories and filters of other kinds are as Graph gave them; what was given is not changed."""
    schema = template_schema()
    user = schema["synchronizationRules"][0]["objectMappings"][1]
    user["scope"] = {"groups": [], "inputFilterGroups": [{"name": "input"}], "categoryFilterGroups": []}
    written = write(schema, mappings(_MATCH))
    changed = written["synchronizationRules"][0]["objectMappings"][1]
    assert changed["scope"]["inputFilterGroups"] == [{"name": "input"}]
    assert changed["name"] == user["name"]
    assert len(user["attributeMappings"]) == 2


def test_spaces_in_an_expression_do_not_matter() -> None:
    """Graph writes expressions its own way; only what stands in quotes counts letter by letter."""
    wanted = mappings(_MATCH, {"target": "externalId", "expression": 'Join(" ",[a],   [b])'})
    written = write(template_schema(), wanted)
    assert differences(written, mappings(_MATCH, {"target": "externalId", "expression": 'Join(" ", [a], [b])'})) == []
    assert differences(written, mappings(_MATCH, {"target": "externalId", "expression": 'Join("", [a], [b])'})) != []


def test_schema_without_a_mapping() -> None:
    """A job whose template maps no groups is told, not mended."""
    schema = template_schema()
    del schema["synchronizationRules"][0]["objectMappings"][0]
    with pytest.raises(NoSuchMapping, match="Groups"):
        differences(schema, mappings())
