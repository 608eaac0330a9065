"""Whole resources, as POST and PUT bring them."""

import copy
from typing import Any

import pytest
from hypothesis import given
from scim2_models import InvalidSyntaxException, InvalidValueException, SCIMException

from scim.dialects import MAX_VALUES
from scim.models import GROUP_SCHEMA, USER_SCHEMA
from scim.resources import member_ids, read_resource
from tests.scim.builders import ENTERPRISE, Json, attempt, make_body, make_document, submit
from tests.scim.strategies import ATTRIBUTES, BODIES, JUNK, PROPERTY


@pytest.mark.parametrize("body", [None, 5, "x", [], [{}], True])
def test_body_must_be_an_object(body: Any) -> None:
    """A body that is no object is a syntax error."""
    with pytest.raises(InvalidSyntaxException):
        read_resource(body, "User")


@pytest.mark.requirement("7643-3-04", "7643-3-05")
@pytest.mark.parametrize(
    "schemas",
    [None, [], "", USER_SCHEMA, [5], {}, [GROUP_SCHEMA], [ENTERPRISE], [None, USER_SCHEMA], ["urn:example:other"]],
)
def test_schemas_must_hold_the_own(schemas: Any) -> None:
    """A body without the schema of its type is refused (RFC 7643 §3)."""
    with pytest.raises(InvalidSyntaxException):
        read_resource({"schemas": schemas, "userName": "a"}, "User")
    with pytest.raises(InvalidSyntaxException):
        read_resource({"userName": "a"}, "User")


@pytest.mark.requirement("7643-3-03")
@pytest.mark.parametrize(
    "schemas",
    [[USER_SCHEMA], [ENTERPRISE, USER_SCHEMA], [USER_SCHEMA, "urn:example:other"], [USER_SCHEMA.upper()]],
)
def test_other_schemas_do_not_matter(schemas: list[str]) -> None:
    """Order, letter case and URNs that are not ours are no reason to refuse (Q16)."""
    assert read_resource({"SCHEMAS": schemas, "userName": "a"}, "User").document == {"userName": "a"}


@pytest.mark.requirement("7643-4.1.1-01", "7643-4.2-01")
@pytest.mark.parametrize("value", [None, "", [], {}])
@pytest.mark.parametrize(("kind", "name"), [("User", "userName"), ("Group", "displayName")])
def test_required_attributes(kind: str, name: str, value: Any) -> None:
    """A user has a userName and a group a displayName that are not empty (RFC 7643 §4.1.1, §4.2)."""
    with pytest.raises(InvalidValueException) as caught:
        submit(kind, **{name: value})
    assert caught.value.detail == f"{name} is required"


@pytest.mark.requirement("7643-9-01")
def test_document_is_without_what_is_not_stored() -> None:
    """Common attributes, relations and the password never reach a document."""
    submitted = submit(id="i", meta={}, groups=[{"value": "g"}], password="secret", title="T")
    assert submitted.document == {"userName": "ann@contoso.example", "title": "T"}


def test_named_are_the_names_as_sent() -> None:
    """A replacement knows which attributes were named, also those that were sent empty."""
    assert {"title", "nickname", "schemas"} <= submit(Title=None, nickName="").named


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], ()),
        (None, ()),
        ([{"value": "1"}, {"value": "2", "$ref": None, "display": "x", "type": "User"}], ("1", "2")),
        ([{"value": "1"}, {"value": "1"}], ("1",)),
        (["1", "2"], ("1", "2")),
        ({"value": "1"}, ("1",)),
        ([{"VALUE": "1"}], ("1",)),
    ],
)
def test_members_of_a_body(members: Any, expected: tuple[str, ...]) -> None:
    """The members are ids, each once, and no part of the document (entra.md §3.3)."""
    submitted = submit("Group", members=members)
    assert submitted.members == expected
    assert submitted.document == make_document("Group")


@pytest.mark.parametrize("wrong", [{"emails": "ann@contoso.example"}, {"roles": True}, {"phoneNumbers": 5}])
def test_list_that_is_none(wrong: Json) -> None:
    """A single value where a list belongs is refused, unless it is one element (RFC 7643 §2.4)."""
    with pytest.raises(InvalidValueException, match="must be a list"):
        submit(**wrong)


def test_members_that_are_not_named() -> None:
    """A body that does not name members says nothing of them, nor does a user's."""
    assert submit("Group").members is None
    assert submit("User", members=[{"value": "1"}]).members is None


@pytest.mark.parametrize("members", [[{"display": "x"}], [{"value": ""}], [{"value": 5}], [5], 5, [{"value": {}}]])
def test_member_without_an_id(members: Any) -> None:
    """A member without an id is refused, not left out: the list would say less than the client meant."""
    with pytest.raises(InvalidValueException):
        submit("Group", members=members)


def test_member_ids_of_json() -> None:
    """Ids are told each once, in their order; what is no id is refused."""
    assert member_ids([{"value": "b"}, "a", {"value": "b"}]) == ("b", "a")
    assert member_ids(None) == ()
    with pytest.raises(InvalidValueException):
        member_ids([{"display": "x"}])


@given(ATTRIBUTES)
@PROPERTY
def test_document_is_read_as_itself(attributes: Json) -> None:
    """A document that is sent back whole is the same document."""
    document = make_document(**attributes)
    assert make_document(**document) == document


@given(JUNK | BODIES | BODIES.map(lambda body: {**body, "schemas": [USER_SCHEMA], "userName": "a"}))
@PROPERTY
def test_any_json_is_read_or_refused(body: Any) -> None:
    """No body makes anything but a resource or a SCIM error, and none is changed by reading it."""
    before = copy.deepcopy(body)
    submitted = attempt(lambda: read_resource(body, "User"))
    if isinstance(submitted, SCIMException):
        assert submitted.status == 400
        assert submitted.detail
    else:
        assert make_document(**submitted.document) == submitted.document
    assert body == before


def test_number_of_values_is_bounded() -> None:
    """A list that no PATCH could go through is refused."""
    many = [str(each) for each in range(MAX_VALUES)]
    assert len(make_document(emails=many)["emails"]) == MAX_VALUES
    with pytest.raises(InvalidValueException):
        submit(emails=[*many, "x"])


def test_body_of_many_members_builds_no_models() -> None:
    """A list of members far beyond any other attribute is only read for its ids."""
    body = make_body("Group", members=[{"value": str(each)} for each in range(5_000)])
    assert len(read_resource(body, "Group").members or ()) == 5_000
