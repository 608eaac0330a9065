"""The membership resource, compared with the draft that defines it."""

from typing import Any

from scim import discovery
from scim.group_member import GROUP_MEMBER, GroupMember

BASE = "https://rollcall.example/scim/account/a-1"
URN = "urn:ietf:params:scim:schemas:core:2.0:GroupMember"
NOT_OFFERED = {"group.display", "member.display"}
"""Not kept; the draft leaves it open what is offered."""

DRAFT = {
    "group": {"type": "complex", "required": True, "mutability": "immutable"},
    "group.value": {"type": "string", "required": True, "mutability": "immutable", "caseExact": True},
    "group.$ref": {"type": "reference", "required": False, "mutability": "readOnly", "referenceTypes": ["Group"]},
    "group.display": {"type": "string", "required": False, "mutability": "readOnly", "caseExact": False},
    "member": {"type": "complex", "required": True, "mutability": "immutable"},
    "member.value": {"type": "string", "required": True, "mutability": "immutable", "caseExact": True},
    "member.$ref": {
        "type": "reference",
        "required": False,
        "mutability": "readOnly",
        "referenceTypes": ["User", "Group"],
    },
    "member.type": {"type": "string", "required": False, "mutability": "readOnly", "caseExact": False},
    "member.display": {"type": "string", "required": False, "mutability": "readOnly", "caseExact": False},
}
"""The characteristics in draft-zollner-scim-group-members-01 §8.1; all are single-valued and returned by default."""


def served() -> dict[str, Any]:
    """The attributes as we serve them, by path."""
    schema: Any = next(each for each in discovery.schemas(BASE) if each["id"] == URN)
    found = {each["name"]: each for each in schema["attributes"]}
    return found | {
        f"{name}.{sub['name']}": sub for name, each in found.items() for sub in each.get("subAttributes", [])
    }


def test_schema_is_that_of_the_draft() -> None:
    """What is offered has the draft's characteristics, and nothing is offered besides."""
    attributes = served()
    assert DRAFT.keys() - attributes.keys() == NOT_OFFERED
    for path, attribute in attributes.items():
        wanted = {"multiValued": False, "returned": "default", **DRAFT[path]}
        assert {name: attribute[name] for name in wanted} == wanted, path
        assert attribute["description"]


def test_it_says_that_it_is_a_draft() -> None:
    """Whoever looks at discovery learns that this may change."""
    schema: Any = next(each for each in discovery.schemas(BASE) if each["id"] == URN)
    kind: Any = next(each for each in discovery.resource_types(BASE) if each["name"] == GROUP_MEMBER)
    assert str(GroupMember.__schema__) == URN == kind["schema"]
    assert "draft" in schema["description"]
    assert "draft" in kind["description"]
    assert kind["endpoint"] == "/GroupMembers"
