"""Where the paths of operations lead."""

import pytest
from scim2_models import InvalidFilterException, InvalidPathException

from scim.models import USER_SCHEMA
from scim.targets import find
from tests.scim.builders import ENTERPRISE


@pytest.mark.parametrize(
    ("text", "path", "attribute"),
    [
        ("TITLE", "TITLE", "title"),
        ("name.familyName", "name.familyName", "familyName"),
        ('emails[type eq "a"].value', 'emails[type eq "a"].value', "value"),
        ('emails.type eq "a"', 'emails[type eq "a"]', "emails"),  # erratum 7122 of RFC 7644
        ("emails.primary pr", "emails[primary pr]", "emails"),
        ("manager", f"{ENTERPRISE}:manager", "manager"),
        ("manager.value", f"{ENTERPRISE}:manager.value", "value"),
        (f"{ENTERPRISE.upper()}:manager", f"{ENTERPRISE.upper()}:manager", "manager"),
        (f"{USER_SCHEMA}:emails", f"{USER_SCHEMA}:emails", "emails"),
    ],
)
def test_path_leads_to_an_attribute(text: str, path: str, attribute: str) -> None:
    """A path is found in any spelling, and an extension's gets its URN."""
    target = find(text, "User")
    assert (target.path, target.attribute.name) == (path, attribute)


@pytest.mark.parametrize(
    ("text", "read_only"),
    [
        ("id", True),
        ("meta.created", True),
        ("groups", True),
        ('groups[value eq "1"].display', True),
        ("manager.displayName", True),
        ("manager", False),
        ("userName", False),
        ("schemas", False),
    ],
)
def test_read_only(text: str, read_only: bool) -> None:
    """What is read-only is so with all that it holds."""
    assert find(text, "User").read_only is read_only


@pytest.mark.parametrize(
    ("text", "whole_list"), [("emails", True), ("emails[value pr]", False), ("emails.value", False), ("title", False)]
)
def test_whole_list(text: str, whole_list: bool) -> None:
    """Only a list without a filter is meant as a whole."""
    assert find(text, "User").whole_list is whole_list


def test_required() -> None:
    """userName is required; a part of an attribute is required of nothing."""
    assert find("userName", "User").required
    assert not find("name.givenName", "User").required


def test_prefix_makes_names_whole() -> None:
    """What stands before a name tells its attribute and its extension."""
    assert find('emails[type eq "a"].value', "User").prefix == "emails."
    assert find("manager", "User").prefix == f"{ENTERPRISE}:"
    assert find("manager.value", "User").prefix == f"{ENTERPRISE}:manager."


@pytest.mark.parametrize(
    "text", ["nope", "emails[", 'title[value eq "a"]', "emails.value.x", "", "user_name", "\ud800"]
)
def test_path_that_leads_nowhere(text: str) -> None:
    """A path that is malformed or names nothing is invalid."""
    with pytest.raises(InvalidPathException):
        find(text, "User")


@pytest.mark.parametrize("text", ['emails[nope eq "a"]', "emails[primary gt true]", 'emails[a.b eq "c"]'])
def test_filter_that_cannot_be_asked(text: str) -> None:
    """A value filter is checked before anything is changed."""
    with pytest.raises(InvalidFilterException):
        find(text, "User")


def test_dot_after_the_urn_of_an_extension() -> None:
    """Entra's jobs of 2018 join the URN and the attribute by a dot (entra.md §4.1)."""
    assert find(f"{ENTERPRISE}.manager", "User").path == f"{ENTERPRISE}:manager"


def test_refusal_says_where_and_how_paths_are_written() -> None:
    """A client's author sees an example of what would be right."""
    with pytest.raises(InvalidPathException, match=r'at column 16; .*emails\[type eq "work"\]\.value'):
        find("emails[type eq work].value", "User")
