"""Entity tags."""

import pytest

from scim.versions import matches, weak_etag


def test_etag_is_weak_and_hides_the_stored_version() -> None:
    """The tag follows the stored version, and does not show it."""
    tag = weak_etag("W/\"datetime'2024-05-13T04%3A42%3A34Z'\"")
    assert tag.startswith('W/"')
    assert "2024" not in tag
    assert tag == weak_etag("W/\"datetime'2024-05-13T04%3A42%3A34Z'\"")
    assert tag != weak_etag("another")


@pytest.mark.requirement("7644-3.14-04")
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('W/"a1"', True),
        ('"a1"', True),  # compared weakly (RFC 9110 §8.8.3.2)
        ("a1", True),
        ('"b2", W/"a1"', True),
        ('"b2","a1"', True),
        ("*", True),
        ('W/"b2"', False),
        ('W/"A1"', False),
        ("", False),
    ],
)
def test_header_names_a_version(header: str, expected: bool) -> None:
    """If-Match and If-None-Match name one tag, several, or every version."""
    assert matches(header, 'W/"a1"') is expected
