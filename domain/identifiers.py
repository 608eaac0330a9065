"""Ids of resources: random UUIDs that we give, never reused."""

import re

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_resource_id(text: str) -> bool:
    """Whether *text* can be an id that we gave; anything else names nothing, whatever characters it holds."""
    return _ID.fullmatch(text) is not None
