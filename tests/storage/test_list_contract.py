"""What every directory store promises of lists, asked of the one in memory and of the one over tables."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from scim2_models.path import AttrPath

from domain.model import Kind, Member, Origin
from domain.ports import DirectoryStore, Sort, TooManyMatches
from scim.attributes import Location, locate
from tests.storage.build import change, changed, creation, deletion, make_group, make_user, members, query


def by(path: str, kind: Kind = Kind.USER, *, descending: bool = False) -> Sort:
    attr, _, sub = path.partition(".")
    location = locate(kind.value, AttrPath(attr, sub or None), compared=True)
    assert isinstance(location, Location)
    return Sort(location, descending)


@pytest.fixture
async def filled(store: DirectoryStore, account: str) -> DirectoryStore:
    """Eleven users and three groups, one of them native."""
    for number in range(11):
        user = make_user(
            f"user{number:02}@example.com",
            externalId=f"E{number % 10}",
            displayName=f"User {'Even' if number % 2 == 0 else 'odd'}",
            emails=[{"value": f"Mail{number}@example.com", "type": "work"}, {"value": "shared@example.com"}],
            active=number != 3,
        )
        if number % 3 == 0:
            user = changed(user, title=f"T{number}")
        user = dataclasses.replace(user, created=datetime(2026, 1, 1 + number, tzinfo=UTC))
        await store.create_user(account, user, creation(user))
    everyone = (await store.find(account, query())).records
    for name, origin in (("Alpha", Origin.SCIM), ("beta", Origin.SCIM), ("Gamma", Origin.NATIVE)):
        group = make_group(name, origin=origin, externalId=f"G-{name}")
        marker = dataclasses.replace(creation(group), groups=1 if origin is Origin.SCIM else 0)
        await store.create_group(account, group, members(*everyone[: 4 if name == "Alpha" else 2]), marker)
    return store


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('userName eq "USER05@example.com"', 1),
        ('userName eq "user5@example.com"', 0),
        ('externalId eq "E0"', 2),
        ('externalId eq "e0"', 0),
        ('externalId eq "E0" and userName sw "user1"', 1),
        ('emails eq "MAIL4@example.com"', 1),
        ('emails.value eq "shared@example.com" and active eq true', 10),
        ('emails[type eq "work" and value eq "mail7@example.com"]', 1),
        ('emails[type eq "home" and value eq "mail7@example.com"]', 0),
        ('emails co "mail1"', 2),
        ('userName eq "user01@example.com" or externalId eq "E2"', 2),
        ("active eq false", 1),
        ("not (active eq true)", 1),
        ('displayName eq "user even"', 6),
        ('not (displayName sw "USER E")', 5),
        ('displayName ne "user even" and title pr', 2),
        ("not (title pr)", 7),
        ('meta.created gt "2026-01-05T00:00:00Z"', 6),
        ('meta.created le "2026-01-05T01:00:00+01:00"', 5),
        ('meta.created gt "0001-01-01T00:00:00Z"', 11),
        ('id eq "nobody"', 0),
        (r'userName eq "\u0000"', 0),
        ("groups pr", 4),
    ],
)
async def test_filter_finds(filled: DirectoryStore, account: str, text: str, count: int) -> None:
    """The total of matches, whichever way they are found."""
    page = await filled.find(account, query(text, count=3))
    assert page.total == count
    assert len(page.records) == min(count, 3)
    assert [each.id for each in page.records] == sorted(each.id for each in page.records)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (None, 2),
        ('displayName eq "ALPHA"', 1),
        ('displayName eq "gamma"', 0),
        ('externalId eq "G-Alpha"', 1),
        ('externalId eq "G-Gamma"', 0),
        ('displayName sw "be"', 1),
        ("displayName pr", 2),
        ('members eq "{first}"', 2),
        ('members.value eq "{third}" and displayName pr', 1),
        ('members[value eq "{third}"]', 1),
        ('not (members eq "{third}")', 1),
        ('members.value sw "{third}"', 1),
        ('members[type eq "User"]', 2),
        ('id eq "{third}"', 0),
    ],
)
async def test_group_filter_finds(filled: DirectoryStore, account: str, text: str | None, count: int) -> None:
    """Lists of groups hold SCIM groups only; filters may ask for members."""
    everyone = (await filled.find(account, query())).records
    asked = text and text.replace("{first}", everyone[0].id).replace("{third}", everyone[2].id)
    page = await filled.find(account, query(asked, Kind.GROUP))
    assert page.total == len(page.records) == count


async def test_users_of_a_group_are_found(filled: DirectoryStore, account: str) -> None:
    """By the group's id, and shown with their groups only if asked."""
    group = (await filled.find(account, query('displayName eq "Alpha"', Kind.GROUP, wants_members=True))).records[0]
    page = await filled.find(account, query(f'groups.value eq "{group.id}"', wants_groups=True))
    assert tuple(Member(each.id) for each in page.records) == getattr(group, "members", None)
    assert all(group.id in (getattr(each, "groups", None) or ()) for each in page.records)
    plain = await filled.find(account, query(f'groups eq "{group.id}"'))
    assert [getattr(each, "groups", ()) for each in plain.records] == [None] * 4


async def test_list_shows_relations(filled: DirectoryStore, account: str) -> None:
    """Each record of a page has its own groups, those of the client only, or its members."""
    page = await filled.find(account, query(wants_groups=True, count=5))
    assert [len(getattr(each, "groups", None) or ()) for each in page.records] == [2, 2, 1, 1, 0]
    groups = await filled.find(account, query(kind=Kind.GROUP, wants_members=True))
    shown = {each.document["displayName"]: len(getattr(each, "members", None) or ()) for each in groups.records}
    assert shown == {"Alpha": 4, "beta": 2}


@pytest.mark.parametrize("text", [None, "userName pr", 'emails eq "shared@example.com"'])
async def test_pages_by_index(filled: DirectoryStore, account: str, text: str | None) -> None:
    """Pages are parts of one order, each tells the whole number, and past the end they are empty."""
    pages = [await filled.find(account, query(text, start_index=start, count=4)) for start in (1, 5, 9, 13)]
    ids = [each.id for page in pages for each in page.records]
    assert [len(page.records) for page in pages] == [4, 4, 3, 0]
    assert ids == sorted(set(ids))
    assert {page.total for page in pages} == {11}
    assert (await filled.find(account, query(text, count=0))).total == 11
    assert (await filled.find(account, query(text, count=0, after=""))).total in (11, None)


@pytest.mark.parametrize("text", [None, "userName pr", 'emails eq "shared@example.com"'])
async def test_walk_by_cursor(filled: DirectoryStore, account: str, text: str | None) -> None:
    """Each page gives the position of the next; the last one none.  A deletion on the way hides nobody."""
    first = await filled.find(account, query(text, after="", count=4))
    victim = await filled.get_user(account, first.records[0].id, groups=True)
    await filled.delete_user(account, victim, deletion(victim))
    ids, position, totals = [each.id for each in first.records], first.next, {first.total}
    while position is not None:
        page = await filled.find(account, query(text, after=position, count=4))
        ids += [each.id for each in page.records]
        position = page.next
        totals.add(page.total)
    assert len(ids) == 11
    assert ids == sorted(set(ids))
    assert totals <= {11, 10}  # a small directory tells its total on each page, some as it was when the walk began


@pytest.mark.parametrize("text", [None, "userName pr"])
@pytest.mark.parametrize("descending", [False, True])
async def test_sorted_by_user_name(filled: DirectoryStore, account: str, text: str | None, descending: bool) -> None:
    """In both directions, page by page, by index and by cursor."""
    order = sorted((f"user{number:02}@example.com" for number in range(11)), reverse=descending)
    sort = by("userName", descending=descending)
    by_index = [await filled.find(account, query(text, sort=sort, start_index=at, count=4)) for at in (1, 5, 9, 13)]
    assert [each.document["userName"] for page in by_index for each in page.records] == order
    assert {page.total for page in by_index} == {11}
    walked, position = list[object](), ""
    for _ in range(3):
        page = await filled.find(account, query(text, sort=sort, after=position, count=4))
        walked += [each.document["userName"] for each in page.records]
        position = page.next or ""
    assert (walked, position) == (order, "")


@pytest.mark.parametrize(
    ("path", "descending", "expected"),
    [
        ("title", False, ["T0", "T3", "T6", "T9", None]),
        ("title", True, [None]),
        ("emails", False, ["T0", None, None, None, "T3"]),
        ("meta.created", True, [None, "T9"]),
    ],
)
async def test_sorted(
    filled: DirectoryStore, account: str, path: str, descending: bool, expected: list[str | None]
) -> None:
    """Missing values come last, first where descending; a multi-valued attribute counts by its first value."""
    page = await filled.find(account, query(sort=by(path, descending=descending)))
    assert [each.document.get("title") for each in page.records][: len(expected)] == expected
    assert page.total == 11


async def test_changes_leave_look_ups_true(filled: DirectoryStore, account: str) -> None:
    """After a change of externalId and addresses the old values find nobody and the new ones the user."""
    user = (await filled.find(account, query('userName eq "user04@example.com"'))).records[0]
    before = await filled.get_user(account, user.id)
    after = changed(before, externalId="new", emails=[{"value": "new@example.com"}])
    await filled.replace_user(account, before, after, change(user))
    for text, count in (('externalId eq "E4"', 0), ('emails eq "mail4@example.com"', 0), ('externalId eq "new"', 1)):
        assert (await filled.find(account, query(text))).total == count
    assert (await filled.find(account, query('emails.value eq "NEW@example.com"'))).total == 1


async def test_modified_users_are_found_by_time(filled: DirectoryStore, account: str) -> None:
    """A change moves lastModified and leaves created."""
    user = (await filled.find(account, query('userName eq "user04@example.com"'))).records[0]
    before = await filled.get_user(account, user.id)
    later = dataclasses.replace(before, last_modified=before.last_modified + timedelta(days=400, microseconds=1999))
    await filled.replace_user(account, before, later, change(user))
    moment = later.last_modified.isoformat(timespec="milliseconds")
    assert (await filled.find(account, query(f'meta.lastModified eq "{moment}"'))).total == 1
    assert (await filled.find(account, query(f'meta.lastModified gt "{moment}"'))).total == 0


@pytest.mark.requirement("7644-3.4.2.1-04")
@pytest.mark.parametrize("text", ["userName pr", 'emails eq "shared@example.com"'])
async def test_more_than_can_be_sorted_is_refused(
    filled: DirectoryStore, account: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorting what has no index ends at a number of matches; less is sorted still."""
    monkeypatch.setattr("storage.search.MAX_SORTED", 10)
    monkeypatch.setattr("tests.memory.MAX_SORTED", 10)
    with pytest.raises(TooManyMatches):
        await filled.find(account, query(text, sort=by("title")))
    page = await filled.find(account, query(f"{text} and active eq true", sort=by("title")))
    assert page.total == 10
