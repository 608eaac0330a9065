"""Locations in filters: what a client reads as a URI is evaluated as the part of it below the base URL.

Where resources are stored nobody knows under which URL they are served, so they are asked without it.
"""

import dataclasses

from scim2_models.path import AttrPath, Comparison, FilterNode, LogicalExpr, Not, ValuePath

_REFERENCES = frozenset({"members", "groups", "group", "member"})
"""Attributes whose ``$ref`` is ours; others hold what clients sent."""


def below(node: FilterNode, base_url: str, within: str = "") -> FilterNode:
    """The filter *node* with *base_url* taken from the values that our locations are compared with.

    *within* is the attribute whose elements a filter in brackets is about.
    """
    match node:
        case Comparison(attr_path=path, value=str(value)) if value.startswith(base_url) and _is_ours(path, within):
            return dataclasses.replace(node, value=value.removeprefix(base_url))
        case Not(expr=inner):
            return Not(below(inner, base_url, within))
        case LogicalExpr(terms=terms):
            return dataclasses.replace(node, terms=tuple(below(each, base_url, within) for each in terms))
        case ValuePath(attr_path=path, val_filter=inner):
            return dataclasses.replace(node, val_filter=below(inner, base_url, path.attr))
    return node


def _is_ours(path: AttrPath, within: str) -> bool:
    head, part = (within, path.attr) if within else (path.attr, path.sub_attr or "")
    return (head.lower(), part.lower()) == ("meta", "location") or (head.lower() in _REFERENCES and part == "$ref")
