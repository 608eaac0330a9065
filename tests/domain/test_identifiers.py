"""Ids of resources: what can be one."""

from uuid import uuid4

import pytest

from domain.identifiers import is_resource_id


def test_random_uuid_is_an_id() -> None:
    """As we give them."""
    assert is_resource_id(str(uuid4()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "00000000-0000-4000-8000-00000000000",
        "00000000-0000-4000-8000-0000000000000",
        "0000000A-0000-4000-8000-000000000000",  # we write them in lower case
        "00000000000040008000000000000000",
        "{00000000-0000-4000-8000-000000000000}",
        "00000000-0000-4000-8000-000000000000\n",
        "00000000-0000-4000-8000-00000000000é",
        "00000000-0000-4000-8000-00000000000٠",  # a digit, of another script
        "a/b",
        "a%2Fb",
        "a'b",
        "u:5f",
        "\x00",
        "x" * 5_000,
    ],
)
def test_other_text_is_no_id(text: str) -> None:
    """It can name nothing, so it never reaches the storage."""
    assert not is_resource_id(text)
