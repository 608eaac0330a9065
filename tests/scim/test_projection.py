"""Which attributes an answer shows."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim.models import USER_SCHEMA
from scim.projection import Projection
from tests.scim.builders import ENTERPRISE, Json, make_resource
from tests.scim.strategies import PROPERTY, RESOURCES, SOUP

WORK = {"type": "work", "value": "w@x.example"}
ANN = make_resource(
    name={"familyName": "B", "givenName": "A"},
    emails=[WORK, {"type": "home"}],
    groups=[{"value": "g", "display": "G"}],
    **{ENTERPRISE: {"department": "D", "manager": {"value": "1", "$ref": "r"}}},
)
ALWAYS = {name: ANN[name] for name in ("schemas", "id")}


def without(*names: str, **changed: Any) -> Json:
    """Ann without the attributes of these names, and with others changed."""
    return {**{name: value for name, value in ANN.items() if name not in names}, **changed}


@pytest.mark.requirement("7644-3.9-01")
@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        (["userName"], {"userName": ANN["userName"]}),
        (["USERNAME"], {"userName": ANN["userName"]}),
        ([" userName "], {"userName": ANN["userName"]}),
        ([f"{USER_SCHEMA}:userName"], {"userName": ANN["userName"]}),
        (["name.givenName"], {"name": {"givenName": "A"}}),
        (["name.givenName", "name"], {"name": ANN["name"]}),
        (["emails.type"], {"emails": [{"type": "work"}, {"type": "home"}]}),
        (["emails.value"], {"emails": [{"value": "w@x.example"}]}),
        (['emails[type eq "work"].value'], {"emails": ANN["emails"]}),  # a filter selects no elements here
        ([ENTERPRISE], {ENTERPRISE: ANN[ENTERPRISE]}),
        ([ENTERPRISE.upper()], {ENTERPRISE: ANN[ENTERPRISE]}),
        ([f"{ENTERPRISE}:department"], {ENTERPRISE: {"department": "D"}}),
        ([f"{ENTERPRISE}:manager.value"], {ENTERPRISE: {"manager": {"value": "1"}}}),
        (["manager"], {ENTERPRISE: {"manager": ANN[ENTERPRISE]["manager"]}}),
        (["manager.$ref"], {ENTERPRISE: {"manager": {"$ref": "r"}}}),
        (["groups.value"], {"groups": [{"value": "g"}]}),
        (["meta.created"], {"meta": {"created": ANN["meta"]["created"]}}),
        (["id"], {}),
        (["nope"], {}),
        (["name.nope"], {}),
        (["user_name"], {}),
        (["password"], {}),
        (["title"], {}),
        (["urn:example:other"], {}),
        (["a b"], {}),
        ([""], {}),
    ],
)
def test_attributes(attributes: list[str], shown: Json) -> None:
    """With attributes an answer shows those, and always id and schemas (RFC 7644 §3.9)."""
    assert Projection.of("User", attributes).apply(ANN) == {**ALWAYS, **shown}


@pytest.mark.requirement("7644-3.9-02")
@pytest.mark.parametrize(
    ("excluded", "shown"),
    [
        (["emails"], without("emails")),
        (["EMAILS", "name"], without("emails", "name")),
        (["id", "schemas", "userName"], without("userName")),  # id and schemas are always there
        (["name.givenName"], without(name={"familyName": "B"})),
        (["name.givenName", "name.familyName"], without("name")),
        (["emails.type"], without(emails=[{"value": "w@x.example"}])),
        ([ENTERPRISE], without(ENTERPRISE)),
        (["manager"], {**ANN, ENTERPRISE: {"department": "D"}}),
        ([f"{ENTERPRISE}:manager.$ref"], {**ANN, ENTERPRISE: {"department": "D", "manager": {"value": "1"}}}),
        (["meta"], without("meta")),
        (["nope", "members"], ANN),
        ([USER_SCHEMA], {**ALWAYS, ENTERPRISE: ANN[ENTERPRISE]}),
    ],
)
def test_excluded_attributes(excluded: list[str], shown: Json) -> None:
    """With excludedAttributes an answer shows all others (RFC 7644 §3.9)."""
    assert Projection.of("User", (), excluded).apply(ANN) == shown


@pytest.mark.requirement("7644-3.9-05")
def test_both_at_once() -> None:
    """Of what is asked for, what is excluded is not shown."""
    both = Projection.of("User", ["name", "emails"], ["name", "emails.type"])
    assert both.apply(ANN) == {**ALWAYS, "emails": [{"value": "w@x.example"}]}


def test_own_schema_means_the_own_attributes() -> None:
    """The URN of the type stands for what its schema declares."""
    assert Projection.of("User", [USER_SCHEMA]).apply(ANN) == without(ENTERPRISE)


def test_no_projection_shows_everything() -> None:
    """Without names the resource is shown as it is."""
    assert not Projection.of("User")
    assert Projection.of("User").apply(ANN) is ANN
    assert Projection.of("User", ["nope"])


@pytest.mark.parametrize(
    ("attributes", "excluded", "shows"),
    [
        ([], [], True),
        ([], ["members"], False),
        ([], ["MEMBERS"], False),
        ([], ["members.display"], True),
        ([], ["members.value"], True),
        (["displayName"], [], False),
        (["members"], [], True),
        (["members.value"], [], True),
        (["members"], ["members"], False),
    ],
)
def test_what_need_not_be_read(attributes: list[str], excluded: list[str], shows: bool) -> None:
    """A projection tells before anything is read whether members are shown (entra.md §3.1)."""
    projection = Projection.of("Group", attributes, excluded)
    assert projection.shows("members") is shows
    assert projection.shows("id")


NAMES = st.sampled_from(["userName", "name", "name.givenName", "emails.value", "emails", "manager", ENTERPRISE, "id"])


def parts(value: Any, path: str = "") -> set[str]:
    """The paths of all single values in *value*."""
    if isinstance(value, dict):
        return {found for name, part in value.items() for found in parts(part, f"{path}/{name}")}
    if isinstance(value, list):
        return {found for part in value for found in parts(part, path)}
    return {f"{path}={value}"}


@given(RESOURCES, st.lists(NAMES | SOUP, max_size=3))
@PROPERTY
def test_shown_and_left_out_make_the_whole(resource: Json, names: list[str]) -> None:
    """What names include and what they exclude are the resource, and it is never changed."""
    before = copy.deepcopy(resource)
    included = Projection.of("User", [*names, "nope"]).apply(resource)
    excluded = Projection.of("User", (), [*names, "nope"]).apply(resource)
    assert included.keys() & excluded.keys() >= ALWAYS.keys()
    assert parts(included) | parts(excluded) == parts(resource)
    assert resource == before
