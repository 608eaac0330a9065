"""Requests as our handlers see them."""

import pytest

from tests.routes.calls import make_request


def test_preconditions_are_read() -> None:
    """From headers by their lower-case names; None where there is none."""
    request = make_request(headers={"if-match": 'W/"1"', "if-none-match": "*"})
    assert (request.if_match, request.if_none_match) == ('W/"1"', "*")
    assert (make_request().if_match, make_request().if_none_match) == (None, None)


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({}, "title", None),
        ({"attributes": "userName"}, "userName", "title"),
        ({"excludedattributes": "title"}, "userName", "title"),
        ({"attributes": ""}, "title", None),
        ({"attributes": "nothing"}, "id", "title"),
    ],
)
def test_projection_is_read(query: dict[str, str], shown: str, hidden: str | None) -> None:
    """From the query by its lower-case names; an empty list asks for nothing in particular."""
    projection = make_request(query=query).projection("User")
    assert projection.shows(shown)
    assert hidden is None or not projection.shows(hidden)
