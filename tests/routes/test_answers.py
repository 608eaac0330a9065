"""Answers with resources: status, headers, and what of the resource is shown."""

from typing import Any

import pytest

from domain.model import UserRecord
from domain.provisioning.listing import Listing
from routes import answers
from routes.http import Response
from scim.messages import list_request
from scim.projection import Projection
from scim.versions import weak_etag
from tests.domain.builders import NOW
from tests.routes.calls import BASE, make_request

_USER = UserRecord("5f", {"userName": "ann", "title": "CEO"}, NOW, NOW, version="v1")
_ETAG = weak_etag("v1")
_ALL = Projection.of("User")


def _body(answer: Response) -> Any:
    return answer.body


def test_new_resource_has_a_location() -> None:
    """201, and where it is (RFC 7644 §3.3)."""
    answer = answers.with_resource(_USER, _ALL, BASE, created=True)
    assert (answer.status, answer.headers) == (201, {"ETag": _ETAG, "Location": f"{BASE}/Users/5f"})


def test_resource_has_its_version() -> None:
    """As header and in ``meta``, where it is also located."""
    answer = answers.with_resource(_USER, _ALL, BASE)
    assert (answer.status, answer.headers["ETag"]) == (200, _ETAG)
    assert _body(answer)["meta"]["version"] == _ETAG
    assert answer.headers["Content-Location"] == _body(answer)["meta"]["location"]


def test_resource_shows_what_is_asked_for() -> None:
    """The projection is applied; ``id`` and ``schemas`` always stand."""
    answer = answers.with_resource(_USER, Projection.of("User", ["title"]), BASE)
    assert _body(answer).keys() == {"schemas", "id", "title"}


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (None, 200),
        (_ETAG, 304),
        (_ETAG.removeprefix("W/"), 304),  # compared weakly (RFC 9110 §13.1.2)
        (f'"x", {_ETAG}', 304),
        ("*", 304),
        ('W/"x"', 200),
        ("", 200),
    ],
)
def test_known_version_is_not_sent_again(known: str | None, status: int) -> None:
    """304 has the version and no body."""
    headers = {} if known is None else {"if-none-match": known}
    answer = answers.unless_known(_USER, make_request(headers=headers), _ALL, BASE)
    assert (answer.status, answer.body is None) == (status, status == 304)
    assert answer.headers["ETag"] == _ETAG


@pytest.mark.parametrize(("same", "status"), [({"b": 1, "a": 2}, 304), ({"a": 2, "b": 1}, 304), ({"a": 1}, 200)])
def test_same_answer_is_not_sent_again(same: Any, status: int) -> None:
    """The version is of what is said, in whatever order."""
    known = answers.unless_same({"a": 2, "b": 1}, make_request()).headers["ETag"]
    answer = answers.unless_same(same, make_request(headers={"if-none-match": known}))
    assert (answer.status, answer.body) == (status, None if status == 304 else same)


def test_answer_without_body_has_the_version() -> None:
    """So that a client can go on from it."""
    answer = answers.without_body(_USER)
    assert (answer.status, answer.body, answer.headers) == (204, None, {"ETag": _ETAG})


def test_page_by_index_tells_where_it_is() -> None:
    """With the total, and no cursor."""
    asked = list_request({"startindex": "3", "attributes": "userName"}, "User")
    body = _body(answers.with_list(Listing((_USER,), 7), asked, BASE))
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"], "nextCursor" in body) == (7, 3, 1, False)
    assert [each.keys() for each in body["Resources"]] == [{"schemas", "id", "userName"}]


def test_page_by_cursor_tells_how_to_go_on() -> None:
    """Without an index; the total is left out where it is not known (RFC 9865 §2)."""
    asked = list_request({"cursor": ""}, "User")
    body = _body(answers.with_list(Listing((_USER,), None, "next"), asked, BASE))
    assert (body["nextCursor"], body["itemsPerPage"]) == ("next", 1)
    assert not {"startIndex", "totalResults"} & body.keys()


def test_empty_page_is_a_list() -> None:
    """Never null."""
    body = _body(answers.with_list(Listing((), 0), list_request({}, "User"), BASE))
    assert (body["Resources"], body["totalResults"], body["itemsPerPage"]) == ([], 0, 0)
