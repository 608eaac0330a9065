"""Bodies, queries, pages and versions of the manager API."""

from typing import Annotated, Any

import pytest
from pydantic import Field
from scim2_models import InvalidCursorException

from routes.http import Request
from routes.manager.common import (
    Ask,
    Body,
    PageAsk,
    Shape,
    View,
    Walk,
    answer_versioned,
    read_body,
    read_query,
    unless_known,
)
from routes.problems import InvalidRequest
from tests.domain.builders import make_account, make_caller
from tests.routes.calls import Api, make_request


class _Order(Body):
    full_name: Annotated[str, Field(min_length=1)]
    lines: tuple[int, ...] = ()


class _Line(View):
    line_number: int
    note: str | None = None


class _Search(Ask):
    search: Annotated[str, Field(max_length=5)] = ""


def _sending(payload: Any) -> Request:
    return make_request("POST", "/manager/account/acme/x", payload=payload)


def test_body_is_read() -> None:
    """Its members are in camelCase."""
    assert read_body(_Order, _sending({"fullName": "Ann", "lines": [1]})) == _Order(fullName="Ann", lines=(1,))


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, ["/fullName"]),
        ({"full_name": "Ann"}, ["/fullName", "/full_name"]),
        ({"fullName": ""}, ["/fullName"]),
        ({"fullName": 5, "lines": [1, "x"]}, ["/fullName", "/lines/1"]),
        ({"fullName": "Ann", "a/b~c": 1}, ["/a~1b~0c"]),
        ([], [""]),
        ("text", [""]),
        (None, [""]),
    ],
)
def test_misfit_is_pointed_at(payload: Any, where: list[str]) -> None:
    """Everything that is wrong, each by a JSON pointer."""
    with pytest.raises(InvalidRequest) as refused:
        read_body(_Order, _sending(payload))
    assert sorted(each.where for each in refused.value.problems) == where


class _Parcel(Body):
    codes: tuple[Annotated[str, Shape("^[A-Z]+$", "must be made of capitals")], ...] = ()


def test_misfit_of_shape_is_told_in_words() -> None:
    """People read no patterns; programs find it in the schema."""
    with pytest.raises(InvalidRequest, match=r"^/codes/1: must be made of capitals$"):
        read_body(_Parcel, _sending({"codes": ["A", "a"]}))
    assert _Parcel.model_json_schema()["properties"]["codes"]["items"] == {"type": "string", "pattern": "^[A-Z]+$"}


def test_many_misfits_are_cut() -> None:
    """A hostile body is not answered with a longer one."""
    with pytest.raises(InvalidRequest) as refused:
        read_body(_Order, _sending({f"x{number}": 1 for number in range(1_000)}))
    assert len(refused.value.problems) == 20


@pytest.mark.parametrize("query", [{"search": "longer"}, {"searh": "x"}])
def test_query_must_fit(query: dict[str, str]) -> None:
    """A parameter that is misspelled is refused, else a filter would be lost in silence."""
    with pytest.raises(InvalidRequest) as refused:
        read_query(_Search, make_request(query=query))
    assert [(each.in_query, each.where) for each in refused.value.problems] == [(True, next(iter(query)))]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", ""])
def test_page_size_is_bounded(limit: str) -> None:
    """From 1 to 200."""
    with pytest.raises(InvalidRequest):
        read_query(PageAsk, make_request(query={"limit": limit}))


def test_new_resource_has_location_and_version() -> None:
    """201; what is None is left out."""
    answer = answer_versioned(_Line(line_number=1), "v1", location="https://x.example/1")
    assert (answer.status, answer.body, answer.media_type) == (201, {"lineNumber": 1}, "application/json")
    assert answer.headers["Location"] == "https://x.example/1"


def test_known_version_is_not_sent_again() -> None:
    """304 with the same ETag."""
    etag = answer_versioned(_Line(line_number=1), "v1").headers["ETag"]
    known = unless_known(_Line(line_number=1), "v1", make_request(headers={"if-none-match": etag}))
    newer = unless_known(_Line(line_number=1), "v2", make_request(headers={"if-none-match": etag}))
    assert (known.status, known.body, known.headers["ETag"], newer.status) == (304, None, etag, 200)


def _walk(query: dict[str, str], path: str = "/manager/account/acme/x", account: str = "acme") -> Walk:
    ask = read_query(PageAsk, make_request(query=query))
    return Walk.of(Api().services(), make_caller(make_account(account)), make_request(path=path), ask)


def test_cursor_leads_on() -> None:
    """To the position where the page ended; a client cannot read it."""
    page = _walk({"limit": "1"}).page([_Line(line_number=1)], "row-7").body or {}
    assert page["items"] == [{"lineNumber": 1}]
    cursor = str(page["nextCursor"])
    assert "row-7" not in cursor
    assert _walk({"limit": "1", "cursor": cursor}).after == "row-7"


def test_last_page_has_no_cursor() -> None:
    """And a first one begins at the start."""
    walk = _walk({})
    assert (walk.after, walk.page([], None).body) == ("", {"items": []})


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "2"}, "/manager/account/acme/x"),
        ({"limit": "1"}, "/manager/account/acme/y"),
        ({"limit": "1", "cursor": "forged"}, "/manager/account/acme/x"),
    ],
)
def test_cursor_is_of_its_list(query: dict[str, str], path: str) -> None:
    """Other parameters, another list, and a cursor of one's own making are refused."""
    cursor = str((_walk({"limit": "1"}).page([], "row-7").body or {})["nextCursor"])
    with pytest.raises(InvalidCursorException):
        _walk({"cursor": cursor} | query, path)
