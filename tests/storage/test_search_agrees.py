"""However a query is planned, it finds what plain evaluation of the filter on every resource finds."""

import dataclasses
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scim2_models import InvalidFilterException
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

from domain.model import GroupRecord, Kind, Member, Origin, Record, UserRecord
from domain.ports import Query, Sort
from domain.provisioning.representation import resource
from scim.attributes import Location, locate
from scim.filters import compile_filter
from storage.client import make_table
from storage.directory import TableDirectory
from storage.odata import plan
from tests.storage.build import creation, make_group, make_user
from tests.storage.conftest import no_wait

_CHANCE = random.Random(20260301)
_TEXTS = [
    "ann", "Ann", "ANNA", "an", "b", "\u00e9t\u00e9", "E\u0301t\u00e9", "stra\u00dfe", "STRASSE", "\U0001f600",
    "\uffee", "o'brien", "a b", "x" * 600, "x" * 599 + "y", "a%b/c\\d?e#f", "\x01", "\x00", "@v0", "z\ud7ff",
]  # fmt: skip
_MOMENTS = [
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 0, 0, 999, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC),
    datetime(2026, 5, 13, 4, 42, 34, 120_456, tzinfo=UTC),
]
_MOMENT_TEXTS = [
    "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.0009Z",
    "2026-05-13T04:42:34.12Z", "2026-05-13T04:42:34.120456Z", "2026-05-13T04:42:34", "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1600-06-01T00:00:00Z", "2026-01-01T00:00:00.0000001Z",
]  # fmt: skip
_USERS = 50
_GROUPS = 12
_IDS = [str(UUID(int=_CHANCE.getrandbits(128), version=4)) for _ in range(_USERS + _GROUPS)]


def _maybe(value: Any) -> Any:
    return value if _CHANCE.random() < 0.7 else None


def _user(number: int) -> UserRecord:
    document = {
        "externalId": _maybe(_CHANCE.choice(_TEXTS)),
        "displayName": _maybe(_CHANCE.choice(_TEXTS)),
        "title": _maybe(_CHANCE.choice(_TEXTS)),
        "active": _maybe(_CHANCE.random() < 0.5),
        "name": _maybe({"familyName": _CHANCE.choice(_TEXTS)}),
        "emails": _maybe(
            [
                {"value": _CHANCE.choice(_TEXTS), "type": _CHANCE.choice(["work", "home"])}
                for _ in range(_CHANCE.randint(1, 3))
            ]
        ),
    }
    user = make_user(f"{_CHANCE.choice(_TEXTS)}{number}", created=_CHANCE.choice(_MOMENTS))
    present = {name: value for name, value in document.items() if value is not None}
    return dataclasses.replace(user, id=_IDS[number], document={"userName": user.document["userName"], **present})


def _group(number: int) -> GroupRecord:
    origin = Origin.NATIVE if number % 4 == 0 else Origin.SCIM
    group = make_group(f"{_CHANCE.choice(_TEXTS)}{number}", origin=origin, externalId=_CHANCE.choice(_TEXTS))
    return dataclasses.replace(group, id=_IDS[_USERS + number], created=_CHANCE.choice(_MOMENTS))


@dataclasses.dataclass(repr=False)
class World:
    """A filled account, and what is in it."""

    def __repr__(self) -> str:
        return self.account

    store: TableDirectory
    account: str
    records: dict[Kind, list[Record]]


@pytest.fixture(scope="module")
async def world(connection: str) -> AsyncIterator[World]:
    """Users and groups with awkward values, read in pages so small that every search needs many."""
    table = make_table(f"t{uuid4().hex}", connection_string=connection, sleep=no_wait, page_size=7)
    await table.create_if_missing()
    filled = World(TableDirectory(table), uuid4().hex, {Kind.USER: [], Kind.GROUP: []})
    groups_of: dict[str, list[str]] = {}
    users, groups = [_user(number) for number in range(_USERS)], [_group(number) for number in range(_GROUPS)]
    for user in users:
        await filled.store.create_user(filled.account, user, creation(user))
    for group in groups:
        of = tuple(Member(each.id) for each in sorted(_CHANCE.sample(users, 9), key=lambda each: each.id))
        await filled.store.create_group(filled.account, group, of, creation(group))
        if group.origin is not Origin.SCIM:  # SCIM knows nothing of it
            continue
        for member in of:
            groups_of.setdefault(member.id, []).append(group.id)
        filled.records[Kind.GROUP].append(dataclasses.replace(group, members=of))
    for user in users:
        filled.records[Kind.USER].append(dataclasses.replace(user, groups=tuple(sorted(groups_of.get(user.id, [])))))
    yield filled
    await table.close()


_OPERATORS = st.sampled_from(list(CompareOperator))
_VALUES = st.sampled_from(_TEXTS) | st.sampled_from(_TEXTS).map(lambda text: text + "1") | st.text(max_size=3)


def _leaves(paths: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[FilterNode]:
    path = st.sampled_from(paths).map(_path)
    return st.builds(Comparison, path, _OPERATORS, values) | st.builds(Present, path)


def _path(text: str) -> AttrPath:
    attr, _, sub = text.partition(".")
    return AttrPath(attr, sub or None)


def _trees(leaves: st.SearchStrategy[FilterNode]) -> st.SearchStrategy[FilterNode]:
    joined = st.sampled_from(list(LogicalOperator))
    return st.recursive(
        leaves,
        lambda inner: (
            inner.map(Not) | st.builds(LogicalExpr, joined, st.lists(inner, min_size=2, max_size=3).map(tuple))
        ),
        max_leaves=5,
    )


_DATES = _leaves(["meta.created", "meta.lastModified"], st.sampled_from(_MOMENT_TEXTS))
_ANY_ID = st.sampled_from([*_IDS, "nobody", _IDS[0].upper()])
_USER_FILTERS = _trees(
    _leaves(["userName", "displayName", "externalId", "title", "name.familyName", "emails", "emails.value"], _VALUES)
    | _leaves(["active"], st.booleans())
    | _leaves(["id", "groups", "groups.value"], _ANY_ID)
    | _leaves(["userName", "active", "emails"], st.none())
    | _DATES
    | st.builds(ValuePath, st.just(AttrPath("emails")), _trees(_leaves(["value", "type"], _VALUES | st.just("work"))))
)
_GROUP_FILTERS = _trees(
    _leaves(["displayName", "externalId"], _VALUES)
    | _leaves(["id", "members", "members.value"], _ANY_ID)
    | _leaves(["members.type"], st.sampled_from(["User", "group"]))
    | _DATES
    | st.builds(ValuePath, st.just(AttrPath("members")), _trees(_leaves(["value"], _ANY_ID)))
)
_ASKED = st.tuples(st.just(Kind.USER), _USER_FILTERS) | st.tuples(st.just(Kind.GROUP), _GROUP_FILTERS)
_SORTS = [
    None,
    *(locate("User", _path(each), compared=True) for each in ("userName", "title", "emails", "meta.created")),
]


@given(asked=_ASKED, sort=st.sampled_from(_SORTS), descending=st.booleans())
@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
async def test_plans_agree_with_evaluation(
    world: World, asked: tuple[Kind, FilterNode], sort: Location | None, descending: bool
) -> None:
    """By index with the total, by cursor to the end, and sorted: the same records."""
    kind, node = asked
    try:
        predicate = compile_filter(node, kind.value)
    except InvalidFilterException:
        assume(False)
    expected = sorted(each.id for each in world.records[kind] if predicate(resource(each)))
    page = await world.store.find(world.account, Query(kind, node, count=5, wants_groups=True))
    assert ([each.id for each in page.records], page.total) == (expected[:5], len(expected)), plan(node, kind)
    second = await world.store.find(world.account, Query(kind, node, start_index=6, count=50))
    assert [each.id for each in second.records] == expected[5:]
    assert await _walk(world, Query(kind, node, count=6, after="")) == expected
    if sort is not None and kind is Kind.USER:
        by = Query(kind, node, count=9, after="", sort=Sort(sort, descending))
        assert sorted(await _walk(world, by)) == expected


@pytest.mark.parametrize("descending", [False, True])
async def test_names_in_order(world: World, descending: bool) -> None:
    """All users in the order of their names, page by page."""
    location = locate("User", AttrPath("userName"))
    assert location is not None
    walked = await _walk(world, Query(Kind.USER, count=8, after="", sort=Sort(location, descending)))
    assert sorted(walked) == sorted(each.id for each in world.records[Kind.USER])
    page = await world.store.find(
        world.account, Query(Kind.USER, start_index=9, count=8, sort=Sort(location, descending))
    )
    assert [each.id for each in page.records] == walked[8:16]


async def _walk(world: World, query: Query) -> list[str]:
    """The ids of a whole walk; no page but the last is short, and no id comes twice."""
    found: list[str] = []
    while True:
        page = await world.store.find(world.account, query)
        found += [each.id for each in page.records]
        assert len(found) == len(set(found))
        if page.next is None:
            return found
        assert len(page.records) == query.count
        query = dataclasses.replace(query, after=page.next)
