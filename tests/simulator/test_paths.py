"""Target attributes are read in every form that mappings have, and put into new resources."""

import pytest

from simulator.paths import BadPath, Selector, TargetPath, parse_path
from simulator.protocol import ENTERPRISE_URN, JsonObject


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("userName", TargetPath("userName")),
        ("name.givenName", TargetPath("name", "givenName")),
        ('emails[type eq "work"].value', TargetPath("emails", "value", Selector("type", "work"))),
        ('addresses[type eq "other"].Formatted', TargetPath("addresses", "Formatted", Selector("type", "other"))),
        ('roles[primary eq "True"].value', TargetPath("roles", "value", Selector("primary", "True"))),
        (f"{ENTERPRISE_URN}:department", TargetPath("department", urn=ENTERPRISE_URN)),
        (f"{ENTERPRISE_URN}:manager.value", TargetPath("manager", "value", urn=ENTERPRISE_URN)),
        (
            "urn:ietf:params:scim:schemas:extension:Contoso:2.0:User:badge",
            TargetPath("badge", urn="urn:ietf:params:scim:schemas:extension:Contoso:2.0:User"),
        ),
    ],
)
def test_path_is_read_and_written(text: str, path: TargetPath) -> None:
    """URNs hold dots and colons themselves."""
    assert (parse_path(text), str(path)) == (path, text)


@pytest.mark.parametrize("text", ["", "a b", "emails[type eq work].value", "emails[type", "a.b.c", '[type eq "x"]'])
def test_no_path(text: str) -> None:
    """Other forms are refused."""
    with pytest.raises(BadPath):
        parse_path(text)


@pytest.mark.parametrize(
    ("text", "value", "resource"),
    [
        ("title", "x", {"title": "x"}),
        ("name.givenName", "x", {"name": {"givenName": "x"}}),
        ('emails[type eq "work"].value', "x", {"emails": [{"primary": True, "type": "work", "value": "x"}]}),
        ('emails[type eq "other"].value', "x", {"emails": [{"type": "other", "value": "x"}]}),
        ('roles[primary eq "True"].value', "x", {"roles": [{"primary": True, "value": "x"}]}),
        (f"{ENTERPRISE_URN}:department", "x", {ENTERPRISE_URN: {"department": "x"}}),
    ],
)
def test_written_value_is_read_back(text: str, value: str, resource: JsonObject) -> None:
    """What is missing on the way is made; in a path that selects by ``primary`` it is a boolean."""
    written: JsonObject = {}
    parse_path(text).write(written, value)
    assert (written, parse_path(text).read(written)) == (resource, value)


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("TITLE", {"title": "x"}),
        ('emails[type eq "work"].value', {"Emails": [{"Type": "home"}, {"type": "Work", "Value": "x"}]}),
        ('roles[primary eq "True"].value', {"roles": [{"primary": "True", "value": "x"}]}),
        (f"{ENTERPRISE_URN}:manager.value", {ENTERPRISE_URN: {"manager": {"value": "x"}}}),
    ],
)
def test_names_are_read_in_any_letter_case(text: str, resource: JsonObject) -> None:
    """Service providers spell names, types and booleans in more than one way."""
    if text.startswith("emails"):
        resource["Emails"][1]["type"] = resource["Emails"][1].pop("type")
    assert parse_path(text).read(resource) == "x"
