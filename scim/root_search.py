"""What a query of the base URL asks for: one list over all kinds of resources.  RFC 7644 §3.4.2.1."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidValueException

from scim.locations import below
from scim.messages import ListRequest, list_request, sort_location
from scim.projection import Projection
from scim.restriction import Restricted, parse_for

KINDS = ("User", "Group")
"""The kinds that a query of the base URL looks at, in the order of their resources in the list."""


@dataclass(frozen=True, slots=True)
class RootRequest:
    """What one list over several kinds asks for.

    ``parts`` are the lists it is made of, without those that the filter leaves empty.  Their resources follow each
    other in this order; where ``merged`` they are all in the one order of ``sort_by``.  ``whole`` has what holds for
    the list itself: its indexes, ``count`` and ``cursor``; its kind and its filter mean nothing.
    """

    whole: ListRequest
    parts: tuple[ListRequest, ...]
    projections: Mapping[str, Projection]
    merged: bool
    walk: str
    """What must stay the same from page to page (RFC 9865 §2)."""


def root_request(parameters: Mapping[str, Any], kinds: Sequence[str] = KINDS, base_url: str = "") -> RootRequest:
    """What query *parameters*, by lower-case name, or the members of a SearchRequest ask of all *kinds*.

    *base_url* begins the locations in the filter.

    Raises:
        InvalidFilterException: As `restriction.parse_for`.
        InvalidValueException, InvalidCountException: As `list_request`; a ``sortBy`` that no kind has.
    """
    sort_by = parameters.get("sortby")
    plain = {name: value for name, value in parameters.items() if name != "sortby"}
    lists = {kind: list_request({**plain, "filter": None}, kind) for kind in kinds}
    whole = next(iter(lists.values()))
    filters = _filters(parameters.get("filter"), kinds)
    orders = {kind: sort_location(sort_by, kind) if sort_by else None for kind in kinds}
    if sort_by and not any(orders.values()):
        raise InvalidValueException(detail="sortBy names no attribute that has an order")
    parts = [
        dataclasses.replace(
            lists[kind], filter=None if isinstance(asked, bool) else below(asked, base_url), sort_by=orders[kind]
        )
        for kind, asked in filters.items()
        if asked is not False
    ]
    if sort_by:  # a kind without the attribute comes last as a whole, or first where descending (RFC 7644 §3.4.2.3)
        parts.sort(key=lambda part: (part.sort_by is None) is not part.descending)
    return RootRequest(
        whole,
        tuple(parts),
        {kind: asked.projection for kind, asked in lists.items()},
        merged=len(parts) > 1 and all(part.sort_by is not None for part in parts),
        walk=f"/\n{parameters.get('filter') or ''}\n{sort_by or ''} {whole.descending}\n{whole.count}",
    )


def _filters(text: Any, kinds: Sequence[str]) -> Mapping[str, Restricted]:
    if text is not None and not isinstance(text, str):
        raise InvalidValueException(detail="filter must be a text")
    return parse_for(text, kinds) if text else dict.fromkeys(kinds, True)
