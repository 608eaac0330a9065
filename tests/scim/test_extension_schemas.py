"""What can be registered as a schema, and what is said to one that cannot."""

from typing import Any

import pytest

from scim.extension_schemas import MAX_SCHEMAS, InvalidSchema, check_beside, read_schema
from scim.models import ENTERPRISE_SCHEMA, OWN_USER_SCHEMA, USER_SCHEMA
from tests.scim.builders import Json
from tests.scim.extension_builders import EVERYTHING, URN, attribute, schema


def with_attribute(**characteristics: Any) -> Json:
    """A schema with one attribute."""
    return {"id": URN, "attributes": [{"name": "badge", **characteristics}]}


def only(payload: Json) -> Json:
    """The one attribute of a schema, as it is written out."""
    attributes: Any = read_schema(payload, "User").definition["attributes"]
    return dict(attributes[0])


def test_everything_can_be_registered() -> None:
    """All types and characteristics of RFC 7643 §7; ours is what comes back."""
    registered = read_schema(EVERYTHING, "User", required=True)
    assert (registered.urn, registered.kind, registered.required) == (URN, "User", True)
    assert registered.definition["id"] == URN
    assert registered.unique == ("badge",)


def test_what_is_left_out_has_its_default() -> None:
    """The characteristics of RFC 7643 §2.2, written out."""
    assert only(with_attribute()) == {
        "name": "badge",
        "type": "string",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"type": "reference"}, "caseExact", True),
        ({"type": "binary"}, "caseExact", True),
        ({"mutability": "writeOnly"}, "returned", "never"),
        ({"MULTIVALUED": True}, "multiValued", True),  # names know no letter case
        ({"required": None}, "required", False),
    ],
)
def test_characteristic(given: Json, name: str, value: Any) -> None:
    """Some defaults follow from others."""
    assert only(with_attribute(**given))[name] == value


@pytest.mark.parametrize("kind", ["boolean", "complex", "integer", "decimal", "dateTime"])
def test_letter_case_belongs_to_texts(kind: str) -> None:
    """A characteristic stands only where its type has it."""
    parts = {"subAttributes": [{"name": "value"}]} if kind == "complex" else {}
    written = only(with_attribute(type=kind, **parts))
    assert "caseExact" not in written
    assert ("uniqueness" in written) is (kind not in ("boolean", "complex"))


def test_schema_that_was_served_can_be_registered() -> None:
    """What /Schemas shows, with its meta, is what can be registered again."""
    once = schema()
    assert read_schema({**once.definition, "meta": {"resourceType": "Schema"}}, "User") == once


@pytest.mark.parametrize(
    "urn",
    [
        URN,
        "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User",  # as Entra proposes
        f"{ENTERPRISE_SCHEMA}2",
    ],
)
def test_urn_of_ones_own(urn: str) -> None:
    """Any URN that is nobody else's."""
    assert read_schema({**EVERYTHING, "id": urn}, "User").urn.lower() == urn.lower()


@pytest.mark.parametrize(
    "urn",
    [
        None,
        7,
        "",
        "badges",
        "https://example.com/badges",
        "urn:example",
        "URN:example:x",
        "urn:example:a b",
        "urn:example:x:",
        f"urn:example:{'x' * 200}",
        USER_SCHEMA,
        "urn:ietf:params:scim:schemas:core:2.0:Device",
        "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        ENTERPRISE_SCHEMA,
        ENTERPRISE_SCHEMA.upper(),
        f"{ENTERPRISE_SCHEMA}:manager",
        ENTERPRISE_SCHEMA.rpartition(":")[0],
        OWN_USER_SCHEMA,
        "urn:rollcall:x",
    ],
)
def test_urn_that_cannot_be(urn: Any) -> None:
    """No URN, too long, the standard's or ours, or one whose paths could be taken for another's."""
    with pytest.raises(InvalidSchema, match=r"URN|belongs to|every account has"):
        read_schema({**EVERYTHING, "id": urn}, "User")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": None}, r"attributes\[0\]: name must be"),
        ({"name": "1st"}, "name must be a letter"),
        ({"name": "$ref"}, "name must be a letter"),
        ({"name": "a.b"}, "name must be a letter"),
        ({"name": "x" * 101}, "name must be a letter"),
        ({"name": "ID"}, "every resource"),
        ({"name": "schemas"}, "every resource"),
        ({"type": "text"}, "badge: type must be string, boolean"),
        ({"type": ["string"]}, "badge: type must be"),
        ({"multiValued": "yes"}, "multiValued must be true or false"),
        ({"required": 1}, "required must be true or false"),
        ({"caseExact": "no"}, "caseExact must be"),
        ({"description": 1}, "description must be a text"),
        ({"mutability": "readonly"}, "mutability must be readWrite"),
        ({"returned": "sometimes"}, "returned must be default"),
        ({"uniqueness": True}, "uniqueness must be none, server or global"),
        ({"typ": "string"}, "typ is unknown; there are name, type"),
        ({"canonicalValues": "a"}, "canonicalValues must be a list"),
        ({"canonicalValues": [1]}, "canonicalValues must be a list"),
        ({"type": "integer", "canonicalValues": ["1"]}, "are for texts"),
        ({"referenceTypes": ["User"]}, "are for references"),
        ({"subAttributes": [{"name": "x"}]}, "only a complex attribute"),
        ({"type": "complex"}, "badge.subAttributes must be a list"),
        ({"type": "complex", "subAttributes": []}, "at least one"),
        ({"type": "complex", "subAttributes": [{"name": "x", "type": "complex"}]}, "badge.x: a sub-attribute cannot"),
        ({"type": "complex", "subAttributes": [{"name": "x", "type": "y"}]}, "badge.x: type must be"),
        ({"type": "complex", "subAttributes": [{"name": "x", "uniqueness": "server"}]}, "can be unique"),
        ({"type": "complex", "subAttributes": [{"name": "primary"}]}, "primary must be a single boolean"),
        ({"multiValued": True, "uniqueness": "server"}, "can be unique"),
        ({"type": "boolean", "uniqueness": "server"}, "can be unique"),
        ({"mutability": "writeOnly", "uniqueness": "server"}, "cannot be unique"),
        ({"mutability": "writeOnly", "returned": "always"}, "must have returned"),
        ({"mutability": "readOnly", "required": True}, "cannot be required"),
    ],
)
def test_attribute_that_cannot_be(given: Json, told: str) -> None:
    """Each refusal says where the fault is, and what would do."""
    with pytest.raises(InvalidSchema, match=told):
        read_schema(with_attribute(**given), "User")


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (None, "must be an object"),
        ([], "must be an object"),
        ({"id": URN}, "attributes must be a list"),
        ({"id": URN, "attributes": []}, "at least one"),
        ({"id": URN, "attributes": {}}, "attributes must be a list"),
        ({"id": URN, "attributes": ["badge"]}, r"attributes\[0\] must be an object"),
        ({"id": URN, "attributes": [{"name": "a"}, {"name": "A"}]}, "declared twice"),
        ({"id": URN, "attributes": [{"name": f"a{each}"} for each in range(201)]}, "more than 200"),
        ({"id": URN, "attributes": [{"name": "a", "description": "x" * 30_000}]}, "at most 30000"),
        ({"id": URN, "attributes": [{"name": "a"}], "description": "\ud800"}, "UTF-8"),
        ({"id": URN, "attributes": [{"name": "a"}], "name": 1}, "name must be a text"),
        ({"id": URN, "attributes": [{"name": "a"}], "endpoint": "/x"}, "endpoint is unknown"),
    ],
)
def test_schema_that_cannot_be(payload: Any, told: str) -> None:
    """Sizes are bounded, and what is unknown is refused rather than forgotten."""
    with pytest.raises(InvalidSchema, match=told):
        read_schema(payload, "User")


def test_sub_attributes_count_too() -> None:
    """Many attributes with many parts each are too many."""
    parts = [{"name": f"p{each}"} for each in range(100)]
    declared = [{"name": f"a{each}", "type": "complex", "subAttributes": parts} for each in range(2)]
    with pytest.raises(InvalidSchema, match="more than 200"):
        read_schema({"id": URN, "attributes": declared}, "User")


def test_required_schema_can_be_given() -> None:
    """Else no resource could be made any more."""
    payload = with_attribute(mutability="readOnly")
    assert read_schema(payload, "User").urn == URN
    with pytest.raises(InvalidSchema, match="cannot be required"):
        read_schema(payload, "User", required=True)


@pytest.mark.parametrize("kind", ["user", "GroupMember", ""])
def test_type_that_cannot_be_extended(kind: str) -> None:
    """Users and groups can, by their exact names."""
    with pytest.raises(InvalidSchema, match="User or Group"):
        read_schema(EVERYTHING, kind)


@pytest.mark.parametrize("urn", [URN, URN.upper().replace("URN:", "urn:"), f"{URN}:more", URN.rpartition(":")[0]])
def test_schemas_must_not_overlap(urn: str) -> None:
    """Also for another type: a URN is one schema."""
    with pytest.raises(InvalidSchema, match="has already"):
        check_beside(schema(urn=urn, kind="Group"), [schema()])


def test_an_account_has_a_bounded_number() -> None:
    """Of schemas, and of attributes that are unique."""
    others = [schema(attribute("a"), urn=f"urn:example:x:{each}") for each in range(MAX_SCHEMAS)]
    check_beside(others[0], others[1:])
    with pytest.raises(InvalidSchema, match="at most 10 schemas"):
        check_beside(schema(), others)
    unique = [attribute(f"a{each}", uniqueness="server") for each in range(5)]
    check_beside(schema(), [schema(*unique, urn="urn:example:x:1", kind="Group")])
    with pytest.raises(InvalidSchema, match="at most 5 attributes of a User"):
        check_beside(schema(), [schema(*unique, urn="urn:example:x:1")])
