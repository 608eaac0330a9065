"""Random resources, filters, operations and rubbish for the property tests."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from tests.scim.builders import ENTERPRISE, Json, make_resource

PROPERTY = settings(max_examples=100, deadline=None, derandomize=True)
"""How often a property is tried; the same examples each time."""

TEXTS = st.sampled_from(["a", "A", "ab", "b", "é", "E\u0301", 'q"\\', "true", " "]) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4
)
"""Texts, drawn so that two of them are often equal, or equal but for letter case."""

_TYPES = st.sampled_from(["work", "WORK", "home"])
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_MOMENTS = st.builds(
    lambda minutes, offset: (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(offset),
    st.integers(0, 9),
    _OFFSETS,
)
"""Few moments in many time zones."""


def _optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=members)


def _lists(element: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(element, max_size=3)


ATTRIBUTES = _optional(
    title=TEXTS,
    externalId=TEXTS,
    active=st.booleans(),
    name=_optional(givenName=TEXTS, familyName=TEXTS),
    emails=_lists(_optional(value=TEXTS, type=_TYPES, display=TEXTS, primary=st.booleans())),
    roles=_lists(_optional(value=TEXTS, type=_TYPES, primary=st.booleans())),
    addresses=_lists(_optional(locality=TEXTS, type=_TYPES)),
    **{ENTERPRISE: _optional(department=TEXTS, manager=_optional(value=TEXTS))},
)
"""The attributes of a user, as a client sends them."""

RESOURCES = st.builds(
    lambda attributes, created: make_resource(meta={"created": created.isoformat()}, **attributes),
    ATTRIBUTES,
    _MOMENTS,
)
"""Whole users."""

_TEXT_PATHS = ["title", "externalId", "userName", "name.givenName", "emails.value", "roles", "addresses.locality"]
_ORDERS = [each for each in CompareOperator if each.value not in ("co", "sw", "ew")]
_EQUALITIES = [CompareOperator.eq, CompareOperator.ne]


def _comparisons(paths: list[AttrPath], operators: list[Any], literals: st.SearchStrategy[Any]) -> Any:
    return st.builds(Comparison, st.sampled_from(paths), st.sampled_from(operators), literals)


def _paths(*texts: str) -> list[AttrPath]:
    return [AttrPath(*text.split(".")) for text in texts]


_EXTENSION_PATHS = [AttrPath("department", None, ENTERPRISE), AttrPath("manager", "value", ENTERPRISE)]
_INSIDE = (
    _comparisons(_paths("value", "display", "type"), list(CompareOperator), TEXTS)
    | _comparisons(_paths("value", "type"), _EQUALITIES, st.none())
    | st.builds(Present, st.sampled_from(_paths("value", "display", "type", "primary")))
)
_TERMS: Any = (
    _comparisons(_paths(*_TEXT_PATHS) + _EXTENSION_PATHS, list(CompareOperator), TEXTS)
    | _comparisons(_paths("active"), _EQUALITIES, st.booleans())
    | _comparisons(_paths("title", "name.givenName", "active"), _EQUALITIES, st.none())
    | _comparisons(_paths("meta.created"), _ORDERS, _MOMENTS.map(datetime.isoformat))
    | st.builds(
        Present, st.sampled_from(_paths(*_TEXT_PATHS, "name", "active", "emails", "emails.primary", "nickName"))
    )
)


def _combined(children: Any) -> Any:
    terms = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.builds(LogicalExpr, st.sampled_from(LogicalOperator), terms) | st.builds(Not, children)


FILTERS: st.SearchStrategy[FilterNode] = st.recursive(
    _TERMS | st.builds(ValuePath, st.just(AttrPath("emails")), st.recursive(_INSIDE, _combined, max_leaves=3)),
    _combined,
    max_leaves=5,
)
"""Filters on users that mean the same to the library as to us."""

_WORDS = ["userName", "emails", "[", "]", "(", ")", "eq", "pr", "and", "or", "not", '"a"', '"', "\\", ".", "value", "5"]
_WORDS += [
    "true",
    "null",
    "-1e5",
    "meta.created",
    "\ud800",
    "\x00",
    "type",
    "sw",
    ":",
    ENTERPRISE,
    "'",
    "$ref",
    " ",
    ",",
]

SOUP = st.lists(st.sampled_from(_WORDS), max_size=8).flatmap(
    lambda words: st.sampled_from([" ", ""]).map(lambda between: between.join(words))
)
"""Texts of the words of filters and paths in any order."""

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.just(""),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXTS | SOUP, children, max_size=3),
    max_leaves=6,
)
"""Any JSON."""

_NAMES = ["userName", "active", "name", "emails", "roles", "title", "manager", "password", "id", "meta", "schemas"]
_NAMES += ["groups", "members", "displayName", ENTERPRISE, "addresses", "x509Certificates", "NAME", "nope"]

BODIES = st.dictionaries(st.sampled_from(_NAMES), JUNK | st.dictionaries(st.sampled_from(_NAMES), JUNK), max_size=5)
"""Objects whose names are those of attributes, and whose values are anything."""

_LIST_PATHS = [f"{name}{rest}" for name in ("emails", "roles", "addresses") for rest in ("", ".type", ".primary")]
_LIST_PATHS += [f'emails[type eq "{kind}"]{rest}' for kind in ("work", "home") for rest in ("", ".value", ".primary")]
_LIST_PATHS += ['emails[primary eq "True"].value', "emails[value pr].display", 'emails[value eq "a" and type eq "b"]']
_PATHS = ["title", "userName", "name", "name.givenName", "active", "manager", f"{ENTERPRISE}:department", ENTERPRISE]

VALUES: st.SearchStrategy[Any] = st.one_of(
    TEXTS,
    st.sampled_from(["", None, [], {}, True, False, "True", "false", 5]),
    st.lists(_optional(value=TEXTS, type=_TYPES, primary=st.booleans()), max_size=3),
    _optional(value=TEXTS | st.just(""), type=_TYPES, primary=st.booleans() | st.just("True")),
    _optional(givenName=TEXTS | st.just(""), familyName=TEXTS | st.none()),
    ATTRIBUTES,
)
"""Values that fit some attribute."""

OPERATIONS: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "Add"])},
    optional={"path": st.sampled_from([*_PATHS, *_LIST_PATHS]), "value": VALUES},
)
"""Operations on users, many of which can be applied."""
