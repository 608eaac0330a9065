"""Versions of resources: what ``meta.version``, ETag, If-Match and If-None-Match compare."""

import hashlib


def weak_etag(version: str) -> str:
    """The weak entity tag of a stored *version*, short and free of what the storage puts into its own.

    Source: RFC 7644 §3.14, RFC 9110 §8.8.3.
    """
    return f'W/"{hashlib.sha256(version.encode()).hexdigest()[:16]}"'


def matches(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match *header* names *etag*, compared weakly; ``*`` names every version."""
    tags = [each.strip() for each in header.split(",")]
    return "*" in tags or _opaque(etag) in map(_opaque, tags)


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')
