"""Request bodies have the shapes that Microsoft documents, in both dialects."""

import pytest

from simulator import bodies
from simulator.mapping.apply import Change
from simulator.mapping.model import ACTIVE, DISPLAY_NAME, MANAGER
from simulator.paths import TargetPath, parse_path
from simulator.protocol import ENTERPRISE_URN, PATCH_URN, Dialect, JsonObject
from tests.simulator.builders import make_group, make_user, mapped_group, mapped_user

EMAIL = parse_path('emails[type eq "work"].value')
GIVEN = parse_path("name.givenName")
FAMILY = parse_path("name.familyName")
NUMBER = TargetPath("employeeNumber", urn=ENTERPRISE_URN)
TITLE = TargetPath("title")
CHANGES = (
    Change(EMAIL, "a.k@contoso.example", had_value=True),
    Change(DISPLAY_NAME, "Avery K", had_value=True),
    Change(GIVEN, "Avery", had_value=True),
    Change(FAMILY, "K", had_value=True),
    Change(NUMBER, "7002", had_value=True),
    Change(TITLE, "Analyst", had_value=False),
)


def operations(body: JsonObject) -> list[JsonObject]:
    assert body["schemas"] == [PATCH_URN]
    found: list[JsonObject] = body["Operations"]
    return found


def test_new_user() -> None:
    """A creation body has both URNs, real booleans, an empty roles array, and one element for each type."""
    user = make_user(
        "avery",
        displayName="Avery Kline",
        jobTitle="Analyst",
        preferredLanguage="en-US",
        givenName="Avery",
        surname="Kline",
        mail="avery@contoso.example",
        telephoneNumber="+1 555 0100",
        mobile="+1 555 0101",
        physicalDeliveryOfficeName="HQ/3",
        city="Oslo",
        employeeId="7001",
        department="Finance",
    )
    assert bodies.new_user(mapped_user(user)) == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": "avery",
        "userName": "avery@contoso.example",
        "active": True,
        "displayName": "Avery Kline",
        "title": "Analyst",
        "preferredLanguage": "en-US",
        "name": {"givenName": "Avery", "familyName": "Kline", "formatted": "Avery Kline"},
        "emails": [{"primary": True, "type": "work", "value": "avery@contoso.example"}],
        "phoneNumbers": [{"type": "work", "value": "+1 555 0100"}, {"type": "mobile", "value": "+1 555 0101"}],
        "addresses": [{"type": "work", "formatted": "HQ/3", "locality": "Oslo"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "7001",
            "department": "Finance",
        },
        "meta": {"resourceType": "User"},
        "roles": [],
    }


def test_new_user_without_mail_has_no_emails() -> None:
    """What has no value in the source is not sent, not even as null."""
    body = bodies.new_user(mapped_user(make_user("kiosk-7", displayName="Kiosk 7")))
    assert set(body) == {"schemas", "externalId", "userName", "active", "displayName", "meta", "roles"}


def test_new_group() -> None:
    """A group is created without members and with Microsoft's own URN."""
    assert bodies.new_group(mapped_group(make_group("g", "u1", name="Sales & Marketing"))) == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "externalId": "g",
        "displayName": "Sales & Marketing",
        "members": [],
        "meta": {"resourceType": "Group"},
    }


def test_legacy_patch_has_one_operation_for_each_attribute() -> None:
    """Without the flag every attribute has its own capitalised operation with a path."""
    assert operations(bodies.patch(CHANGES, Dialect.LEGACY)) == [
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "a.k@contoso.example"},
        {"op": "Replace", "path": "displayName", "value": "Avery K"},
        {"op": "Replace", "path": "name.givenName", "value": "Avery"},
        {"op": "Replace", "path": "name.familyName", "value": "K"},
        {
            "op": "Replace",
            "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
            "value": "7002",
        },
        {"op": "Add", "path": "title", "value": "Analyst"},
    ]


def test_flag_patch_joins_all_but_value_paths() -> None:
    """With the flag value paths stay apart; the rest is one operation without path, with dotted and URN keys."""
    assert operations(bodies.patch(CHANGES, Dialect.FLAG)) == [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a.k@contoso.example"},
        {
            "op": "replace",
            "value": {
                "displayName": "Avery K",
                "name.givenName": "Avery",
                "name.familyName": "K",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "7002",
            },
        },
        {"op": "add", "path": "title", "value": "Analyst"},
    ]


def test_flag_writes_a_boolean_also_without_path() -> None:
    """Among other attributes ``active`` is a boolean, too."""
    changes = [Change(ACTIVE, True, had_value=True), Change(DISPLAY_NAME, "A", had_value=True)]
    assert operations(bodies.patch(changes, Dialect.FLAG)) == [
        {"op": "replace", "value": {"active": True, "displayName": "A"}}
    ]


@pytest.mark.parametrize(
    ("dialect", "had_value", "op"),
    [(Dialect.LEGACY, False, "Add"), (Dialect.LEGACY, True, "Replace"), (Dialect.FLAG, False, "add")],
)
def test_manager_is_a_bare_string(dialect: Dialect, had_value: bool, op: str) -> None:
    """The manager is written as recorded of the service: the id as a string, without an object around."""
    body = bodies.set_manager("271", dialect, had_value=had_value)
    assert operations(body) == [{"op": op, "path": str(MANAGER), "value": "271"}]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            Dialect.LEGACY,
            [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "a"}, {"$ref": None, "value": "b"}]}],
        ),
        (Dialect.FLAG, [{"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}]),
    ],
)
def test_add_members(dialect: Dialect, expected: list[JsonObject]) -> None:
    """Members are added by one operation."""
    assert operations(bodies.add_members(["a", "b"], dialect)) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (Dialect.LEGACY, [{"op": "Remove", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}]),
        (
            Dialect.FLAG,
            [
                {"op": "remove", "path": 'members[value eq "a"]'},
                {"op": "remove", "path": 'members[value eq "b"]'},
            ],
        ),
    ],
)
def test_remove_members(dialect: Dialect, expected: list[JsonObject]) -> None:
    """Without the flag removals are listed in the value, with it each has a value path."""
    assert operations(bodies.remove_members(["a", "b"], dialect)) == expected
