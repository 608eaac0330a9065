"""Entity tags."""

import pytest

from scim.versions import allows_write, matches, weak_etag


def test_etag_is_weak_and_hides_the_stored_version() -> None:
    """The tag follows the stored version, and does not show it."""
    tag = weak_etag("W/\"datetime'2024-05-13T04%3A42%3A34Z'\"")
    assert tag.startswith('W/"')
    assert "2024" not in tag
    assert tag == weak_etag("W/\"datetime'2024-05-13T04%3A42%3A34Z'\"")
    assert tag != weak_etag("another")


def test_etag_has_a_part_for_what_is_shown_besides() -> None:
    """The order of related resources means nothing, and none are the same as no such part."""
    assert weak_etag("v1", ["a", "b"]) == weak_etag("v1", ["b", "a"]) != weak_etag("v1", ["a"])
    assert weak_etag("v1", []) == weak_etag("v1") != weak_etag("v1", ["a"])


@pytest.mark.parametrize("shown", [(), ("a",), ("b", "c")])
def test_any_etag_of_a_version_allows_to_write(shown: tuple[str, ...]) -> None:
    """What is shown beside a version is not written, so it is no reason to refuse."""
    tag = weak_etag("v1", shown)
    for header in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        assert allows_write(header, "v1")
        assert not allows_write(header.replace("*", ""), "v2")


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
