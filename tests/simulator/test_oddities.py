"""What a service provider may object to is told from the request."""

from typing import Any

import pytest

from simulator import bodies
from simulator.oddities import oddities_of
from simulator.protocol import ENTERPRISE_URN, USER_URN
from tests.simulator.builders import make_group, make_user, mapped_group, mapped_user

MANAGER = f"{ENTERPRISE_URN}:manager"


def advised(*operations: dict[str, Any]) -> str:
    return oddities_of({"Operations": list(operations)})


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "add", "path": MANAGER, "value": "7"}, "bare text"),
        ({"op": "Add", "path": "manager", "value": [{"value": "7"}]}, "without the URN"),
        ({"op": "add", "path": 'emails[type eq "work"].value', "value": "a"}, "make that element"),
        ({"op": "replace", "path": "DisplayName", "value": "a"}, "names of attributes in any letter case"),
        ({"op": "replace", "path": 'emails[type eq "A.B"].Value', "value": "a"}, "names of attributes"),
        ({"op": "replace", "path": "active", "value": "False"}, "booleans as text"),
        ({"op": "remove", "path": "members", "value": [{"value": "7"}]}, "removal of those alone"),
        ({"op": "remove", "path": "title", "value": "a"}, "removal of the attribute"),
        ({"op": "replace", "path": "title", "value": ["a"]}, "a list of one"),
        ({"op": "replace", "value": {"name.givenName": "a"}}, "names with dots"),
        ({"op": "replace", "path": "title", "value": None}, "null as the removal"),
        ({"op": "Replace", "path": "title", "value": "a"}, "any letter case"),
    ],
)
def test_operations(operation: dict[str, Any], words: str) -> None:
    """Each form of a change that service providers stumble over is named."""
    assert words in advised(operation)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"schemas": [USER_URN, "urn:x"]}, "URNs in schemas that are not known"),
        ({"urn:x": {"a": "b"}}, "not declared"),
        ({"title": None}, "null as no value"),
        ({"active": "True"}, "booleans as text"),
        ({"roles": [{"primary": "True"}]}, "booleans as text"),
        ({"emails": [{"primary": True}, {"primary": True}]}, "several primary"),
        ({"profileUrl": "x"}, "free text"),
    ],
)
def test_creation(values: dict[str, Any], words: str) -> None:
    """Each form of a new resource that they stumble over is named."""
    assert words in oddities_of({"userName": "a", "schemas": [USER_URN]} | values)


@pytest.mark.parametrize("body", [None, bodies.new_user(mapped_user(make_user("ada"))), {"Operations": []}])
def test_plain_forms_are_not_blamed(body: Any) -> None:
    """What every service provider takes is not among the suspects."""
    assert oddities_of(body) == ""


def test_each_suspect_is_named_once() -> None:
    """And capital verbs only where nothing else is unusual."""
    odd = {"op": "Replace", "path": "active", "value": "True"}
    assert (
        advised({"op": "replace", "path": f"{ENTERPRISE_URN}:department", "value": "a"}, odd, odd) == "booleans as text"
    )


def test_group_with_microsofts_schema() -> None:
    """The URN that Entra adds to groups."""
    assert oddities_of(bodies.new_group(mapped_group(make_group("g")))) == "URNs in schemas that are not known"
