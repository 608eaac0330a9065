"""One list over users and groups together, held against the two lists it is made of."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import InvalidCursorException

from domain.model import Resource
from domain.ports import Page, Query
from domain.provisioning import groups, users
from domain.provisioning.listing import Listing, list_records
from domain.provisioning.representation import resource
from domain.provisioning.root_listing import list_everything
from domain.writing import Desk
from scim.messages import list_request
from scim.root_search import root_request
from tests.domain.builders import group, make_caller, make_desk, user
from tests.memory import MemoryDirectory

_CALLER = make_caller()
_FILTERS = ("", 'externalId eq "x"', 'displayName gt "b"', "userName pr", "members pr", "not (userName pr)", "title pr")
_ORDERS = ("displayName", "externalId", "userName", "members.value", "meta.resourceType", "")


class _Seen(MemoryDirectory):
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Query] = []

    async def find(self, account: str, query: Query) -> Page:
        self.asked.append(query)
        return await super().find(account, query)


async def _desk(names: list[str], directory: MemoryDirectory | None = None) -> Desk:
    """Users and groups of these display names, by turns; every third has an externalId."""
    desk = make_desk(directory or MemoryDirectory())
    for number, name in enumerate(names):
        given: dict[str, Any] = {"externalId": "xyz"[number % 2]} if number % 3 == 0 else {}
        if number % 2:
            await groups.create_group(desk, _CALLER, group(f"{name}{number}", **given))
        else:
            shown = {"displayName": f"{name}{number}"} if name else {}
            await users.create_user(desk, _CALLER, user(f"user{number}", **shown, **given))
    return desk


async def _list(desk: Desk, **parameters: Any) -> Listing:
    return await list_everything(desk, _CALLER, root_request({name.lower(): each for name, each in parameters.items()}))


def _ids(records: tuple[Resource, ...]) -> list[str]:
    return [each.id for each in records]


async def _walk(desk: Desk, **parameters: Any) -> list[str]:
    """The ids on all pages of a walk by cursor."""
    seen: list[str] = []
    page = await _list(desk, cursor="", **parameters)
    while True:
        seen += _ids(page.records)
        if page.next_cursor is None:
            return seen
        assert page.records
        page = await _list(desk, cursor=page.next_cursor, **parameters)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(st.sampled_from(["", "a", "B", "c"]), max_size=9),
    text=st.sampled_from(_FILTERS),
    sort_by=st.sampled_from(_ORDERS),
    order=st.sampled_from(["ascending", "descending"]),
    size=st.integers(1, 4),
)
async def test_pages_make_one_list(names: list[str], text: str, sort_by: str, order: str, size: int) -> None:
    """By index and by cursor alike: every match once, in one order, with the exact total."""
    desk = await _desk(names)
    asked = {"filter": text, "sortBy": sort_by, "sortOrder": order}
    whole = await _list(desk, **asked)
    ids = _ids(whole.records)
    assert whole.total == len(ids) == len(set(ids))
    for start in range(1, len(ids) + 2):
        page = await _list(desk, startIndex=start, count=size, **asked)
        assert (_ids(page.records), page.total) == (ids[start - 1 : start - 1 + size], len(ids))
    assert await _walk(desk, count=size, **asked) == ids
    assert (await _list(desk, count=0, **asked)).total == len(ids)


@pytest.mark.parametrize("text", ['displayName sw "b"', 'externalId eq "x"'])
async def test_list_is_that_of_each_kind(text: str) -> None:
    """Users and then groups, as their own lists show them."""
    desk = await _desk(["a", "b", "b", "b", "c", "a"])
    one = [
        each.id
        for kind in ("User", "Group")
        for each in (await list_records(desk, _CALLER, list_request({"filter": text}, kind))).records
    ]
    assert _ids((await _list(desk, filter=text)).records) == one != []


@pytest.mark.parametrize("order", ["ascending", "descending"])
async def test_order_is_one_over_both(order: str) -> None:
    """Users stand between groups."""
    desk = await _desk(["d", "a", "b", "c", "a", "e"])
    shown = (await _list(desk, sortBy="displayName", sortOrder=order)).records
    names = [str(resource(each)["displayName"]) for each in shown]
    assert names == sorted(names, reverse=order == "descending")
    assert len({each.kind for each in shown[1:4]}) == 2


async def test_nothing_is_read_of_a_kind_that_cannot_match() -> None:
    """``meta.resourceType`` is decided before anything is read."""
    seen = _Seen()
    desk = await _desk(["a"] * 4, seen)
    assert (await _list(desk, filter='meta.resourceType eq "Group"')).total == 2
    assert {each.kind for each in seen.asked} == {"Group"}


async def test_relations_are_read_for_what_is_shown_only() -> None:
    """Neither those of the records that are ordered and not shown, nor those that the projection leaves out."""
    seen = _Seen()
    desk = await _desk(["a"] * 8, seen)
    await _list(desk, sortBy="displayName", count=1)
    assert [each.count for each in seen.asked if each.wants_groups or each.wants_members] == [1]
    seen.asked.clear()
    await _list(desk, attributes="displayName", sortBy="displayName")
    assert not any(each.wants_groups or each.wants_members for each in seen.asked)


async def test_walk_without_a_filter_knows_the_total() -> None:
    """On every page, also where only one kind is left."""
    desk = await _desk(["a"] * 6)
    page = await _list(desk, cursor="", count=2)
    totals = [page.total]
    while page.next_cursor is not None:
        page = await _list(desk, cursor=page.next_cursor, count=2)
        totals.append(page.total)
    assert totals == [6, 6, 6]


@pytest.mark.parametrize("changed", [{"count": 3}, {"filter": "userName pr"}, {"sortBy": "displayName"}])
async def test_cursor_belongs_to_its_walk(changed: dict[str, Any]) -> None:
    """The same parameters with every page (RFC 9865 §2)."""
    desk = await _desk(["a"] * 6)
    page = await _list(desk, cursor="", count=2)
    with pytest.raises(InvalidCursorException):
        await _list(desk, **{"cursor": page.next_cursor, "count": 2, **changed})


async def test_cursor_of_one_kind_is_none_of_all() -> None:
    """And the other way round."""
    desk = await _desk(["a"] * 6)
    users_only = await list_records(desk, _CALLER, list_request({"cursor": "", "count": 2}, "User"))
    with pytest.raises(InvalidCursorException):
        await _list(desk, cursor=users_only.next_cursor, count=2)


async def test_total_alone() -> None:
    """``count=0`` reads no resource."""
    seen = _Seen()
    desk = await _desk(["a"] * 4, seen)
    listing = await _list(desk, count=0, sortBy="displayName")
    assert dataclasses.astuple(listing) == ((), 4, None)
    assert {each.count for each in seen.asked} == {0}
