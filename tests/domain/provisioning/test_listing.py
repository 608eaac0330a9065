"""Lists: by index or by cursor, and of one account only."""

import pytest
from scim2_models import ExpiredCursorException, InvalidCursorException

from domain.provisioning.groups import create_group
from domain.provisioning.listing import Listing, list_records
from domain.provisioning.users import create_user
from scim.messages import list_request
from tests.domain.builders import OTHER_SEAL_KEY, StoppedClock, group, make_account, make_caller, make_desk, user
from tests.memory import MemoryDirectory

_CALLER = make_caller()
_STRANGER = make_caller(make_account("other", seal_key=OTHER_SEAL_KEY))


class Lists:
    """Five users and a group with one of them."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.desk = make_desk(MemoryDirectory(), self.clock)

    async def fill(self) -> None:
        people = [
            await create_user(self.desk, _CALLER, user(f"{each}@contoso.example", title=each)) for each in "abcde"
        ]
        await create_group(self.desk, _CALLER, group("Finance", people[0].id))

    async def ask(self, kind: str = "User", **parameters: str) -> Listing:
        """The page that the query *parameters*, by lower-case name, ask for."""
        return await list_records(self.desk, _CALLER, list_request(parameters, kind))

    async def walk(self, **parameters: str) -> list[str]:
        """The titles of a whole walk by cursor."""
        titles, cursor = list[str](), ""
        while True:
            page = await self.ask(cursor=cursor, **parameters)
            titles += _titles(page)
            if page.next_cursor is None:
                return titles
            cursor = page.next_cursor


def _titles(page: Listing) -> list[str]:
    return [str(each.document["title"]) for each in page.records]


@pytest.fixture
async def lists() -> Lists:
    made = Lists()
    await made.fill()
    return made


@pytest.mark.parametrize(
    ("parameters", "shown", "total"),
    [
        ({}, 5, 5),
        ({"count": "2"}, 2, 5),
        ({"count": "0"}, 0, 5),
        ({"count": "-1"}, 0, 5),
        ({"startindex": "5"}, 1, 5),
        ({"startindex": "6"}, 0, 5),
        ({"startindex": "0"}, 5, 5),  # less than 1 is 1 (RFC 7644 §3.4.2.4)
        ({"startindex": "999999999999"}, 0, 5),
        ({"filter": 'title eq "a"'}, 1, 1),
        ({"filter": 'title eq "x"'}, 0, 0),
        ({"filter": 'title gt "b"', "count": "1"}, 1, 3),
    ],
)
async def test_page_by_index(lists: Lists, parameters: dict[str, str], shown: int, total: int) -> None:
    """The total counts all that match, also those on other pages; no cursor is given unasked."""
    page = await lists.ask(**parameters)
    assert (len(page.records), page.total, page.next_cursor) == (shown, total, None)


@pytest.mark.parametrize(("order", "titles"), [("ascending", "abcde"), ("descending", "edcba")])
async def test_list_is_sorted(lists: Lists, order: str, titles: str) -> None:
    """By the attribute that is named."""
    assert _titles(await lists.ask(sortby="title", sortorder=order)) == list(titles)


async def test_other_account_sees_nothing(lists: Lists) -> None:
    """A list is of one account."""
    page = await list_records(lists.desk, _STRANGER, list_request({}, "User"))
    assert (page.records, page.total) == ((), 0)


@pytest.mark.parametrize("count", ["1", "2", "4", "5", "100"])
async def test_walk_meets_everyone_once(lists: Lists, count: str) -> None:
    """Whatever the size of its pages."""
    assert sorted(await lists.walk(count=count)) == list("abcde")


@pytest.mark.parametrize(
    ("parameters", "titles"),
    [({"filter": 'title ge "c"'}, "cde"), ({"sortby": "title", "sortorder": "descending"}, "edcba")],
)
async def test_walk_keeps_filter_and_order(lists: Lists, parameters: dict[str, str], titles: str) -> None:
    """From page to page."""
    walked = await lists.walk(count="2", **parameters)
    assert (walked if "sortby" in parameters else sorted(walked)) == list(titles)


@pytest.mark.requirement("9865-2-08")
@pytest.mark.parametrize(
    "changed",
    [{"count": "3"}, {"filter": "title pr"}, {"sortby": "title"}],
)
async def test_cursor_is_for_its_own_walk(lists: Lists, changed: dict[str, str]) -> None:
    """Another filter, order or page size makes another walk (RFC 9865 §2)."""
    first = await lists.ask(cursor="", count="2")
    assert first.next_cursor is not None
    with pytest.raises(InvalidCursorException):
        await lists.ask(**{"count": "2", **changed}, cursor=first.next_cursor)


async def test_cursor_is_for_its_own_type(lists: Lists) -> None:
    """A cursor of users says nothing of groups."""
    first = await lists.ask(cursor="", count="2")
    assert first.next_cursor is not None
    with pytest.raises(InvalidCursorException):
        await lists.ask("Group", cursor=first.next_cursor, count="2")


@pytest.mark.requirement("9865-5-01")
async def test_cursor_is_for_its_own_account(lists: Lists) -> None:
    """Each account seals with its own key."""
    first = await lists.ask(cursor="", count="2")
    asked = list_request({"cursor": first.next_cursor, "count": "2"}, "User")
    with pytest.raises(InvalidCursorException):
        await list_records(lists.desk, _STRANGER, asked)


@pytest.mark.parametrize("cursor", ["x", "é", "u:5f", "gAAAAA"])
async def test_forged_cursor_is_refused(lists: Lists, cursor: str) -> None:
    """What we did not seal is no cursor."""
    with pytest.raises(InvalidCursorException):
        await lists.ask(cursor=cursor)


@pytest.mark.requirement("9865-2.1-02")
async def test_old_cursor_is_expired(lists: Lists) -> None:
    """After the hour that discovery tells."""
    first = await lists.ask(cursor="", count="2")
    assert first.next_cursor is not None
    lists.clock.move(hours=1, seconds=2)
    with pytest.raises(ExpiredCursorException):
        await lists.ask(cursor=first.next_cursor, count="2")


@pytest.mark.parametrize(
    ("parameters", "read"),
    [
        ({}, True),
        ({"attributes": "displayName"}, False),
        ({"attributes": "members"}, True),
        ({"attributes": "members.value"}, True),
        ({"excludedattributes": "members"}, False),
    ],
)
async def test_members_are_read_where_shown(lists: Lists, parameters: dict[str, str], read: bool) -> None:
    """What an answer does not show is not read."""
    (found,) = (await lists.ask("Group", **parameters)).records
    assert (getattr(found, "members") is not None) is read  # noqa: B009  a record may be a user
