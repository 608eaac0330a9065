"""Filters: the grammar, what each comparison means, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from scim2_models import ScimFilter
from scim2_models.path import AttrPath, FilterNode

from scim.attributes import locate
from scim.catalogue import MODELS
from scim.filters import (
    comparable,
    comparisons,
    compile_filter,
    matches,
    parse,
    relations,
    values_at,
)
from scim.models import READ_POLICY, USER_SCHEMA
from tests.scim.builders import ENTERPRISE, Json, make_resource
from tests.scim.strategies import FILTERS, PROPERTY, RESOURCES, TEXTS

ANN = make_resource(
    userName="Ann@Contoso.example",
    externalId="Key-1",
    displayName='O"Brien \\ Ann',
    title="Guide",
    active=False,
    name={"familyName": "O'Brien", "givenName": "Ann"},
    emails=[
        {"type": "work", "value": "ann@contoso.example", "primary": True},
        {"type": "home", "value": "ann@home.example"},
    ],
    roles=[{"value": "Admin", "primary": True}],
    profileUrl="https://x.example/Ann",
    groups=[{"value": "g-1", "display": "Finance"}],
    **{ENTERPRISE: {"employeeNumber": "701", "manager": {"value": "M-1"}}},
)


def selects(text: str, resource: Json = ANN, kind: str = "User") -> bool:
    return matches(parse(text, kind), resource, kind)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('userName eq "ann@contoso.example"', True),
        ('USERNAME Eq "ANN@CONTOSO.EXAMPLE"', True),  # userName is not caseExact
        ('userName eq "ann"', False),
        ('userName ne "ann@contoso.example"', False),
        ('userName ne "other"', True),
        ('userName co "CONTOSO"', True),
        ('userName sw "ann"', True),
        ('userName sw "nn"', False),
        ('userName ew ".EXAMPLE"', True),
        ('userName ew "exampl"', False),
        ('userName gt "ann"', True),
        ('userName ge "ANN@contoso.example"', True),
        ('userName lt "b"', True),
        ('userName le "a"', False),
        ('externalId eq "Key-1"', True),
        ('externalId eq "key-1"', False),  # caseExact
        ('externalId sw "key"', False),
        ('id eq "i-1"', True),
        ('id eq "I-1"', False),
        ('profileUrl eq "https://x.example/ann"', False),  # references are caseExact (RFC 7643 §2.3.7)
        ('meta.resourceType eq "User"', True),
        ('meta.resourceType eq "user"', False),
        (r'displayName eq "o\"brien \\ ann"', True),
        (r'displayName eq "\u004f\"Brien \\ Ann"', True),
        ("active eq false", True),
        ("active ne false", False),
        ("active eq true", False),
        ('active eq "False"', True),  # Entra's way to write it (Q8)
        ('title eq "and"', False),
        ('name.familyName eq "O\'BRIEN"', True),
        (f'schemas eq "{USER_SCHEMA}"', True),
        ('schemas eq "urn:example:other"', False),
    ],
)
def test_comparison(text: str, selected: bool) -> None:
    """Operators and names know no letter case, values as caseExact says (RFC 7644 §3.4.2.2)."""
    assert selects(text) is selected


@pytest.mark.requirement("7644-3.4.2.2-02", "7644-3.4.2.2-10")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('title eq "Guide" or title eq "x" and title eq "y"', True),  # and binds before or
        ('(title eq "Guide" or title eq "x") and title eq "y"', False),
        ('not (title eq "Guide") or title eq "Guide"', True),
        ('not (title eq "Guide" or title eq "x")', False),
        ('not(title eq "x")', True),
        ('not (title eq "Guide") and title eq "Guide"', False),  # not binds before and
        ('NOT (title eq "x") AND (title pr OR nickName pr)', True),
        ("((((title pr))))", True),
        ('title eq "Guide"and active eq false', True),
        ('  title\teq \n "Guide"  ', True),
    ],
)
def test_logic(text: str, selected: bool) -> None:
    """Brackets bind first, then not, then and, then or (RFC 7644 §3.4.2.2)."""
    assert selects(text) is selected


@pytest.mark.requirement("7644-3.4.2.2-06")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("title pr", True),
        ("nickName pr", False),
        ("active pr", True),  # false is a value
        ("name pr", True),
        ("name.middleName pr", False),
        ("emails pr", True),
        ("emails.display pr", False),
        ("emails.primary pr", True),
        ("phoneNumbers pr", False),
        (f"{ENTERPRISE}:manager pr", True),
        (f"{ENTERPRISE}:department pr", False),
        ("groups pr", True),
        ("password pr", False),
    ],
)
def test_presence(text: str, selected: bool) -> None:
    """pr asks for a value that is not empty; of a complex attribute for a part of it (RFC 7644 §3.4.2.2)."""
    assert selects(text) is selected


@pytest.mark.parametrize("empty", [{"title": ""}, {"title": None}, {}, {"emails": []}, {"emails": [{}]}, {"name": {}}])
def test_nothing_is_present_in_what_is_empty(empty: Json) -> None:
    """Null, empty texts, lists and objects are no values."""
    assert not selects("title pr or emails pr or name pr", empty)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('nickName ne "x"', True),
        ('nickName eq "x"', False),
        ('not (nickName eq "x")', True),
        ('phoneNumbers.value ne "x"', True),
        (f'{ENTERPRISE}:department ne "x"', True),
        ('nickName gt "a"', False),
        ("nickName eq null", True),
        ("nickName ne null", False),
        ("title eq null", False),
        ("title ne null", True),
        ("phoneNumbers eq null", True),
    ],
)
def test_missing_value(text: str, selected: bool) -> None:
    """What is not there differs from every value, and equals null (RFC 7643 §2.5)."""
    assert selects(text) is selected


@pytest.mark.requirement("7644-3.4.2.2-11", "7644-3.4.2.2-12")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('emails.value eq "ann@home.example"', True),
        ('emails eq "ANN@home.example"', True),  # stands for its value
        ('emails co "home"', True),
        ('emails ne "ann@home.example"', False),  # no value equals it
        ('emails ne "other"', True),
        ('emails[type eq "work"]', True),
        ('emails[type eq "work" and value co "home"]', False),  # of one and the same element
        ('emails.type eq "work" and emails.value co "home"', True),
        ('emails[type eq "work" or value co "x"]', True),
        ('emails[not (type eq "work")]', True),
        ('emails[not (type eq "work") and primary pr]', False),
        ('emails[(type eq "home")]', True),
        ("emails[display pr]", False),
        ('emails[value ne "ann@home.example"]', True),
        ('not (emails[type eq "other"])', True),
        ('phoneNumbers[type ne "x"]', False),  # no element, none to select
        ('roles[primary eq "True"]', True),  # Q8
        ('groups.value eq "g-1"', True),
        ('groups eq "G-1"', False),
        ('groups.display eq "finance"', True),
    ],
)
def test_several_values(text: str, selected: bool) -> None:
    """A list matches when one of its values does; brackets ask for one element (RFC 7644 §3.4.2.2)."""
    assert selects(text) is selected


@pytest.mark.requirement("7643-2.4-03")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("emails[primary eq false]", True),
        ("emails.primary eq false", True),
        ('emails[type eq "home" and primary ne true]', True),
        ('emails[type eq "work" and primary eq false]', False),
        ('emails[type eq "home" and primary pr]', False),
        ('emails[type eq "home" and primary eq null]', True),
        ("roles.primary eq false", False),
        ("phoneNumbers.primary eq false", False),
    ],
)
def test_missing_primary_is_false(text: str, selected: bool) -> None:
    """An element without primary is not the primary one (RFC 7643 §2.4)."""
    assert selects(text) is selected


@pytest.mark.requirement("7644-3.4.2.2-21")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('emails[type eq "work"].value eq "ann@contoso.example"', True),  # Q22
        ('emails[type eq "home"].value eq "ann@contoso.example"', False),
        ('emails[type eq "home" or type eq "work"].value ew "home.example"', True),
        ('emails[type eq "work"].display pr', False),
        ('emails[type eq "work"].value eq "ann@contoso.example" and active eq false', True),
        ('id eq "i-1" and manager eq "M-1"', True),  # entra.md §2.2: the older check of a reference
        ('manager eq "M-1" and id eq "i-1"', True),
        ("id eq i-1 and manager eq M-1", True),  # documented without quotation marks
        ("userName eq ann@contoso.example", True),
        ("(userName eq ann@contoso.example)", True),
        ("emails[type eq work].value eq ann@contoso.example", True),
        ("active eq False", True),
        ("id ne 12345678-9abc-4def-8000-000000000001", True),
        ("id eq 1e5f0000-9abc-4def-8000-000000000001", False),
        ("userName eq and", False),
    ],
)
def test_entra_filters(text: str, selected: bool) -> None:
    """What Entra sends beyond the grammar (entra.md §1.3, §2.2)."""
    assert selects(text) is selected


@pytest.mark.requirement("7644-3.4.2.2-19", "7644-3.4.2.2-20")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (f'{USER_SCHEMA}:userName sw "ann"', True),
        (f'{USER_SCHEMA.upper()}:NAME.GIVENNAME eq "ann"', True),
        (f'{USER_SCHEMA}:emails[type eq "work"]', True),
        (f'{ENTERPRISE}:employeeNumber eq "701"', True),
        (f'{ENTERPRISE}:manager.value eq "M-1"', True),
        (f'{ENTERPRISE}:manager eq "m-1"', False),
        ('employeeNumber eq "701"', True),
    ],
)
def test_names_with_urn(text: str, selected: bool) -> None:
    """A name may have its schema's URN before it, an extension's needs none (RFC 7644 §3.10)."""
    assert selects(text) is selected


@pytest.mark.requirement("7643-2.3.5-02")
@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('meta.created eq "2024-05-13T04:42:34Z"', True),
        ('meta.created eq "2024-05-13T06:42:34+02:00"', True),
        ('meta.created eq "2024-05-12T23:12:34-05:30"', True),
        ('meta.created eq "2024-05-13T04:42:34.0000000Z"', True),  # .NET's seven digits
        ('meta.lastModified eq "2024-05-14T04:42:34.500Z"', True),
        ('meta.lastModified gt "2024-05-14T04:42:34.4999999Z"', True),
        ('meta.created ge "2024-05-13T04:42:34"', True),  # without an offset it is UTC
        ('meta.created gt "2024-05-13"', True),
        ('meta.created lt "2024-05-13T04:42:34+02:00"', False),
        ('meta.created gt "0001-01-01T00:00:00Z"', True),
        ('meta.created gt "0001-01-01T00:00:00+14:00"', True),
        ('meta.created lt "9999-12-31T23:59:59-12:00"', True),
        ('meta.created ne "2024-05-13T04:42:34Z"', False),
        ("meta.created pr", True),
    ],
)
def test_dates(text: str, selected: bool) -> None:
    """Dates are compared in time, whatever their precision and offset (RFC 7643 §2.3.5)."""
    assert selects(text) is selected


def test_group_filters() -> None:
    """A group is found by its members and by its name."""
    group = make_resource("Group", members=[{"value": "u-1", "type": "User"}])
    assert selects('members eq "u-1" and displayName eq "FINANCE"', group, "Group")
    assert selects('members[value eq "u-1" and type eq "user"]', group, "Group")
    assert not selects('members.value eq "U-1"', group, "Group")


@pytest.mark.parametrize(
    ("text", "kind", "ids", "everything"),
    [
        ('displayName eq "x"', "Group", set(), False),
        ('members eq "1"', "Group", {"1"}, False),
        ('MEMBERS.VALUE eq "1" or members[value eq "2"]', "Group", {"1", "2"}, False),
        ('members ne "1"', "Group", {"1"}, False),
        ('members eq "1" or members[value ne "2"]', "Group", set(), True),
        ('members[not (value eq "2")]', "Group", set(), True),
        ("members eq null", "Group", set(), True),
        ('not (members[value eq "1"]) and displayName pr', "Group", {"1"}, False),
        ("members pr", "Group", set(), True),
        ('members eq "1" or members.type eq "User"', "Group", set(), True),
        ('groups[display eq "x"]', "User", set(), True),
        ('groups.value eq "g"', "User", {"g"}, False),
        ('members sw "1"', "Group", set(), True),
    ],
)
def test_needed_relations(text: str, kind: str, ids: set[str], everything: bool) -> None:
    """A filter tells which members or groups must be known to decide it."""
    needs = relations(parse(text, kind))
    assert (set(needs.ids), needs.all) == (ids, everything)
    assert bool(needs) is (everything or bool(ids))


def test_comparisons_have_whole_paths() -> None:
    """Comparisons in brackets are told with the path of their attribute."""
    tree = parse('emails[type eq "work" and not (value pr)] or title eq "x"', "User")
    assert [str(each) for each in comparisons(tree)] == ['emails.type eq "work"', "emails.value pr", 'title eq "x"']


@pytest.mark.parametrize(
    ("path", "expected"),
    [("userName", ["ann@contoso.example"]), ("emails.type", ["work", "home"]), ("active", [False]), ("nickName", [])],
)
def test_values_to_order_by(path: str, expected: list[Any]) -> None:
    """The values at a place come in the form that orders them."""
    location = locate("User", AttrPath(*path.split(".")))
    assert location is not None
    assert [comparable(each, location) for each in values_at(ANN, location)] == expected


@given(RESOURCES, FILTERS)
@settings(PROPERTY, max_examples=200)
def test_agrees_with_the_library(resource: Json, tree: FilterNode) -> None:
    """Our predicate on JSON selects what the library selects among models.

    It does so on purpose where an element lacks ``primary``, where null is compared with a list, where text is no
    strict boolean, and where the library orders what has no order; there the filters of the strategy do not go.
    """
    model: Any = MODELS["User"].model_validate(resource, scim_policy=READ_POLICY)
    with READ_POLICY:
        theirs = ScimFilter.__class_getitem__(MODELS["User"])(str(tree)).match(model)
    assert compile_filter(tree, "User")(resource) is theirs


@given(FILTERS)
@PROPERTY
def test_written_filter_is_read_again(tree: FilterNode) -> None:
    """A tree that is written and read again is written the same."""
    assert str(parse(str(tree), "User")) == str(tree)


@given(TEXTS)
@PROPERTY
def test_quoted_text_is_itself(text: str) -> None:
    """A text quoted as JSON is found as it is, whatever is in it."""
    quoted = json.dumps(text, ensure_ascii=False)
    assert selects(f"title eq {quoted}", {"title": text})
    assert selects(f"title eq {json.dumps(text)}", {"title": text})
