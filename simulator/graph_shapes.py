"""Tells whether an object looks as Microsoft Graph writes it, where the simulator looks inside of a property."""

from collections.abc import Callable
from typing import Any

from simulator.protocol import JsonObject


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _are_references(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_reference, value))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _or_none(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or is_right(value)


_RIGHT: dict[str, Callable[[Any], bool]] = {
    "displayName": _or_none(_is_text),
    "userPrincipalName": _or_none(_is_text),
    "accountEnabled": _or_none(_is_truth),
    "securityEnabled": _or_none(_is_truth),
    "manager": _or_none(_is_reference),
    "manager@delta": _are_references,
    "members": _or_none(_are_references),
    "members@delta": _are_references,
    "businessPhones": _or_none(_are_texts),
    "onPremisesExtensionAttributes": _or_none(_is_object),
    "@removed": _is_object,
    "principalId": _is_text,
    "appRoleId": _or_none(_is_text),
}


def unlike_graph(item: JsonObject) -> list[str]:
    """Return the names of the properties of *item* that have another shape than Graph gives them."""
    return [name for name, is_right in _RIGHT.items() if name in item and not is_right(item[name])]
