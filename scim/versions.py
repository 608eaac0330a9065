"""Versions of resources: what ``meta.version``, ETag, If-Match and If-None-Match compare."""

import hashlib
from collections.abc import Iterable


def weak_etag(version: str, related: Iterable[str] = ()) -> str:
    """The weak entity tag of a stored *version*, short and free of what the storage puts into its own.

    The ids of *related* resources, which are shown and yet no part of what is stored under this version, make its
    second part.  Source: RFC 7644 §3.14, RFC 9110 §8.8.3.
    """
    relations = ",".join(sorted(related))
    return f'W/"{_digest(version, 16)}{f".{_digest(relations, 8)}" if relations else ""}"'


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match *header* names *etag*, compared weakly; ``*`` names every version."""
    tags = _tags(header)
    return "*" in tags or _opaque(etag) in map(_opaque, tags)


def allows_write(header: str, version: str) -> bool:
    """Whether an If-Match *header* names the stored *version*, whatever it was shown with; ``*`` names every one."""
    tags = _tags(header)
    return "*" in tags or _digest(version, 16) in (_opaque(each).partition(".")[0] for each in tags)


def _tags(header: str) -> list[str]:
    return [each.strip() for each in header.split(",")]


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
