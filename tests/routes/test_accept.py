"""What clients take, and that they are asked before anything is done."""

from typing import Any

import pytest

from routes.accept import check_accept
from scim.errors import NotAcceptable
from tests.routes.calls import Api, user_body


@pytest.mark.requirement("7644-3.8-02", "7644-3.8-03")
@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "application/scim+json",
        "APPLICATION/SCIM+JSON",
        "application/json",
        "application/json; charset=utf-8",
        "application/scim+json;charset=UTF-8;q=0.9",
        "application/*",
        "*/*",
        "*",
        "application/*+json",
        "text/html, application/xhtml+xml, */*;q=0.8",
        "text/html, image/gif, image/jpeg, *; q=.2",
        "application/json;q=0.5, application/scim+json",
        "application/scim+json;q=0, application/json",
        "application/scim+json, text/html;q=0",
        "text/html;q=0.1, application/json;q=0.001",
        "application/json;q=high",  # what cannot be read rules nothing out
        "json",
        ",",
    ],
)
def test_client_takes_json(accept: str | None) -> None:
    """By one of the two names, or by any range that holds one of them."""
    check_accept({} if accept is None else {"accept": accept})


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*, image/png",
        "application/xml",
        "application/jsonp",
        "application/scim+json;q=0",
        "application/json;q=0, application/scim+json;q=0.0, */*",
        "*/*;q=0",
        "application/*;q=0, text/html",
    ],
)
def test_client_takes_no_json(accept: str) -> None:
    """The closest range decides (RFC 9110 §12.5.1)."""
    with pytest.raises(NotAcceptable):
        check_accept({"accept": accept})


@pytest.mark.parametrize(
    ("method", "path", "body"), [("GET", "/Users", None), ("POST", "/Users", user_body()), ("GET", "/Me", None)]
)
async def test_client_without_json_is_told(api: Api, method: str, path: str, body: Any) -> None:
    """406 in the words of SCIM, before anything is created."""
    answer = await api.call(method, path, body, Accept="text/html")
    assert (answer.status, answer.scim_type, answer.media_type) == (406, None, "application/scim+json")
    assert (await api.call("GET", "/Users")).json["totalResults"] == 0


async def test_stranger_learns_nothing_by_it(api: Api) -> None:
    """The token comes first."""
    assert (await api.call("GET", "/Users", token="x", Accept="text/html")).status == 401


@pytest.mark.parametrize("accept", ["application/json", "application/*", "*/*"])
async def test_answer_is_scim_json(api: Api, accept: str) -> None:
    """By whatever name the client asked for it (RFC 7644 §8.1)."""
    assert (await api.call("GET", "/Users", Accept=accept)).media_type == "application/scim+json"


@pytest.mark.requirement("7644-3.8-04")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/scim+json",
        "application/json",
        "application/json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        "APPLICATION/JSON ; Charset=utf-8",
    ],
)
async def test_body_may_name_its_charset(api: Api, content_type: str) -> None:
    """JSON is UTF-8, said or not."""
    answer = await api.call("POST", "/Users", user_body("zoë"), Content_Type=content_type)
    assert (answer.status, answer.json["userName"]) == (201, "zoë")
