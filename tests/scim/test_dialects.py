"""What real clients send in whole resources, each oddity as recorded; those of PATCH are in ``test_patch.py``."""

from typing import Any

import pytest

from scim.attributes import core
from scim.dialects import clean_resource, clean_value, is_empty
from scim.models import OWN_USER_SCHEMA
from scim.resources import read_resource
from tests.scim.builders import ENTERPRISE, Json, make_body, make_document, samples


@pytest.mark.parametrize("sample", samples("*/create_*.json") + samples("*/replace_*.json"))
def test_recorded_body(sample: Json) -> None:
    """A recorded body is read into what the standard would have it be, and what nobody knows is named."""
    submitted = read_resource(sample["request"], sample["kind"])
    assert submitted.document == sample["document"]
    assert list(submitted.unknown) == sample.get("unknown", [])
    if "members" in sample:
        assert submitted.members == (None if sample["members"] is None else tuple(sample["members"]))


@pytest.mark.parametrize("text", ["True", "true", "TRUE", "tRuE"])
def test_booleans_as_text(text: str) -> None:
    """Q2: a boolean may be text, in any letter case."""
    assert make_document(active=text)["active"] is True
    assert make_document(emails=[{"value": "a", "primary": text}])["emails"][0]["primary"] is True


@pytest.mark.parametrize(
    "manager",
    [
        "271",
        {"value": "271"},
        ["271"],
        [{"$ref": None, "value": "271"}],
        {"Value": "271", "displayName": "Boss"},
        {"value": ["271"]},
    ],
)
def test_manager_in_a_body(manager: Any) -> None:
    """Q9: a manager is kept as an object with its value, whatever was sent (entra.md §4.4)."""
    assert make_document(**{ENTERPRISE: {"manager": manager}})[ENTERPRISE] == {"manager": {"value": "271"}}


@pytest.mark.parametrize("manager", ["", None, [], {}, {"value": ""}, {"value": None}, [{"value": ""}]])
def test_no_manager_in_a_body(manager: Any) -> None:
    """An empty manager is none, and an extension without data is not there."""
    assert ENTERPRISE not in make_document(**{ENTERPRISE: {"manager": manager}})


@pytest.mark.parametrize("empty", [None, "", [], [None], [""]])
@pytest.mark.parametrize("name", ["title", "active", "name", "emails", "roles"])
def test_empty_values_are_unassigned(name: str, empty: Any) -> None:
    """Q11, Q21: null, empty text and empty lists are the absence of a value (RFC 7643 §2.5)."""
    assert name not in make_document(**{name: empty})


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_is_empty(value: Any) -> None:
    """Four values mean unassigned; false and zero do not."""
    assert is_empty(value)
    assert not is_empty(False)
    assert not is_empty(0)


def test_read_only_attributes_are_left_out() -> None:
    """Q18: what is read-only in a body is ignored, not refused, also inside of a value."""
    document = make_document(
        id="chosen",
        meta={"created": "2001-01-01T00:00:00Z"},
        groups=[{"value": "g-1"}],
        **{ENTERPRISE: {"manager": {"value": "1", "displayName": "Boss"}}},
    )
    assert document == make_document(**{ENTERPRISE: {"manager": {"value": "1"}}})


@pytest.mark.requirement("7644-3.3-01", "7644-3.5.1-06")
@pytest.mark.parametrize("value", ["x", 5, True, ["x"], {"value": 5}])
def test_read_only_attributes_of_another_type(value: Any) -> None:
    """What is ignored may be anything."""
    read_only = dict.fromkeys(("id", "meta", "groups", OWN_USER_SCHEMA), value)
    assert make_document(**read_only) == make_document()


def test_unknown_names_are_told_with_their_place() -> None:
    """Names that no schema has are left out and told, with the path to them."""
    body = make_body(foo=1, emails=[{"value": "a", "bar": 1}], name={"baz": 1}, **{ENTERPRISE: {"manager": {"qux": 1}}})
    clean, unknown = clean_resource(body, "User")
    assert unknown == ("foo", "emails.bar", "name.baz", f"{ENTERPRISE}:manager.qux")
    assert clean.keys() == {"schemas", "userName", "emails"}


def test_extension_repeats_schemas() -> None:
    """Some clients repeat schemas inside of an extension; it means nothing there."""
    clean, unknown = clean_resource(make_body(**{ENTERPRISE: {"schemas": [ENTERPRISE], "division": "N"}}), "User")
    assert (clean[ENTERPRISE], unknown) == ({"division": "N"}, ())


@pytest.mark.parametrize("spelled", [ENTERPRISE.lower(), ENTERPRISE.upper()])
def test_extension_urn_in_any_letter_case(spelled: str) -> None:
    """Q17: an extension is kept under our spelling of its URN."""
    assert make_document(**{spelled: {"DIVISION": "N"}})[ENTERPRISE] == {"division": "N"}


@pytest.mark.parametrize(
    ("primaries", "expected"),
    [
        ([True, True, True], [True, False, False]),
        ([False, "True", "true"], [False, True, False]),
        ([None, True], [None, True]),
        ([False, False], [False, False]),
    ],
)
def test_one_primary(primaries: list[Any], expected: list[bool | None]) -> None:
    """Q20: of several primary values the first stays so (RFC 7643 §2.4)."""
    emails = [{"value": str(place), "primary": each} for place, each in enumerate(primaries)]
    assert [each.get("primary") for each in make_document(emails=emails)["emails"]] == expected


@pytest.mark.requirement("7643-2.4-05")
@pytest.mark.parametrize(
    ("emails", "kept"),
    [
        (["a", "a"], [{"value": "a"}]),
        (["a", "A"], [{"value": "A"}]),
        ([{"value": "a", "type": "work"}, {"value": "A", "type": "WORK"}], [{"value": "A", "type": "WORK"}]),
        (
            [{"value": "a", "primary": True}, "b", {"value": "a", "display": "D"}],
            [{"value": "a", "primary": True, "display": "D"}, {"value": "b"}],
        ),
        (["a", {"value": "a", "type": "work"}], [{"value": "a"}, {"value": "a", "type": "work"}]),
        ([{"type": "work"}, {"type": "work"}], [{"type": "work"}, {"type": "work"}]),
    ],
)
def test_elements_of_the_same_type_and_value(emails: list[Any], kept: list[Json]) -> None:
    """They are one, which has what each of them says; the RFC wants no pair of type and value twice (§2.4)."""
    assert make_document(emails=emails)["emails"] == kept


def test_certificates_that_differ_in_letter_case() -> None:
    """Where letter case matters, values that differ in it are two."""
    certificates = [{"value": "QUJD"}, {"value": "qujd"}]
    assert make_document(x509Certificates=[*certificates, "QUJD"])["x509Certificates"] == certificates


def test_texts_are_kept_verbatim() -> None:
    """White space, other scripts and letter case come back as sent (entra.md §2.1)."""
    kept = {"displayName": " 王🙂\tE\u0301 ", "title": " ", "locale": "en_US"}
    assert make_document(**kept).items() >= kept.items()


def test_clean_value_of_one_attribute() -> None:
    """A single value is unwrapped, and one of several elements is wrapped (Q15)."""
    assert clean_value(core("User")["title"], ["T"]) == "T"
    assert clean_value(core("User")["emails"], "a@x.example") == [{"value": "a@x.example"}]
