"""Whether a client takes what we answer with.  RFC 7644 §3.8, RFC 9110 §12.5.1."""

import re
from collections.abc import Mapping, Sequence

from scim.errors import NotAcceptable

_OURS = ("application/scim+json", "application/json")
"""What we answer with, and what a client may call it that knows no SCIM."""

_RANGES = ("{type}", "application/*+json", "application/*", "*/*", "*")
"""The media ranges that hold a type, the closest first; ``*`` alone is what old Java clients send."""

_WEIGHT = re.compile(r";\s*q\s*=\s*([0-9.]+)", re.IGNORECASE)


def check_accept(headers: Mapping[str, str], also: Sequence[str] = ()) -> None:
    """Refuse before anything is done what would be answered in a type that the client rules out.

    No header, an empty one, and one that cannot be read take everything.

    Raises:
        NotAcceptable: The client takes neither ``application/scim+json`` nor ``application/json``, nor one of *also*.
    """
    weights, types = _weights(headers), (*_OURS, *also)
    if any("/" in each or each == "*" for each in weights) and not any(_weight(weights, each) for each in types):
        raise NotAcceptable


def preferred(headers: Mapping[str, str], types: Sequence[str]) -> str:
    """The one of *types* that the client likes best; the first of those that it likes alike."""
    weights = _weights(headers)
    return max(types, key=lambda each: _weight(weights, each))


def _weights(headers: Mapping[str, str]) -> dict[str, float]:
    return dict(map(_read, headers.get("accept", "*/*").split(",")))


def _read(text: str) -> tuple[str, float]:
    """A media range without its parameters, and its weight."""
    found = _WEIGHT.search(text)
    try:
        weight = float(found[1]) if found else 1.0
    except ValueError:
        weight = 1.0
    return text.partition(";")[0].strip().lower(), weight


def _weight(weights: Mapping[str, float], media_type: str) -> float:
    """The weight of the closest range that holds *media_type*; 0 where none does."""
    closest = (each.format(type=media_type) for each in _RANGES)
    return next((weights[each] for each in closest if each in weights), 0.0)
