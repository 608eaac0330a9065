"""The target attribute of one mapping: how it is written on the wire, read from a resource and put into a new one."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator.protocol import JsonObject

_PATH = re.compile(
    r"(?:(?P<urn>urn:.+|http.+):)?(?P<attribute>[\w$-]+)"
    r'(?:\[\s*(?P<by>\w+) +eq +"(?P<literal>[^"]*)"\s*\])?(?:\.(?P<sub>[\w$-]+))?',
    re.IGNORECASE,
)


class BadPath(Exception):
    """A target attribute is not of a form that the service knows."""


@dataclass(frozen=True)
class Selector:
    """The bracket of a value path, ``[type eq "work"]``."""

    attribute: str
    literal: str

    def selects(self, element: object) -> bool:
        """Tell whether *element* is the one; letter case and booleans as text do not matter."""
        found = element.get(self.attribute) if isinstance(element, dict) else None
        return found is not None and str(found).lower() == self.literal.lower()

    def new_element(self) -> JsonObject:
        """Return the element that this selects: ``primary`` is a boolean, whatever the literal looks like."""
        value: Any = self.literal.lower() == "true" if self.attribute == "primary" else self.literal
        return {self.attribute: value}


@dataclass(frozen=True)
class TargetPath:
    """One attribute path: ``title``, ``name.givenName``, ``emails[type eq "work"].value`` or ``URN:department``."""

    attribute: str
    sub_attribute: str | None = None
    selector: Selector | None = None
    urn: str | None = None

    def __str__(self) -> str:
        prefix = f"{self.urn}:" if self.urn else ""
        bracket = f'[{self.selector.attribute} eq "{self.selector.literal}"]' if self.selector else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{prefix}{self.attribute}{bracket}{suffix}"

    @property
    def has_value_filter(self) -> bool:
        """Tell whether the path selects one element of a multi-valued attribute."""
        return self.selector is not None

    def read(self, resource: JsonObject) -> Any:
        """Return the value at this path, or ``None`` if *resource* has none (or an empty one) or another shape."""
        holder = _member(resource, self.urn) if self.urn else resource
        value = _member(holder, self.attribute)
        if self.selector is not None:
            value = next(filter(self.selector.selects, value), None) if isinstance(value, list) else None
        if self.sub_attribute is not None:
            value = _member(value, self.sub_attribute)
        return None if value in ("", []) or (isinstance(value, dict) and self.sub_attribute) else value

    def write(self, resource: JsonObject, value: Any) -> None:
        """Put *value* at this path of a new *resource*, making what is missing on the way."""
        holder = resource.setdefault(self.urn, {}) if self.urn else resource
        if self.selector is not None:
            holder = self._element(holder.setdefault(self.attribute, []), self.selector)
        elif self.sub_attribute is not None:
            holder = holder.setdefault(self.attribute, {})
        holder[self.sub_attribute or self.attribute] = value

    def _element(self, elements: list[JsonObject], selector: Selector) -> JsonObject:
        found = next(filter(selector.selects, elements), None)
        if found is None:
            # Only the work e-mail is marked, as in the documented creation body.
            marked = self.attribute == "emails" and selector == Selector("type", "work")
            found = {**({"primary": True} if marked else {}), **selector.new_element()}
            elements.append(found)
        return found


@cache
def parse_path(text: str) -> TargetPath:
    """Return the path that *text* writes.

    Raises:
        BadPath: It is of no known form.
    """
    match = _PATH.fullmatch(text.strip())
    if match is None:
        raise BadPath(f"{text!r} is no target attribute")
    selector = Selector(match["by"], match["literal"]) if match["by"] else None
    return TargetPath(match["attribute"], match["sub"], selector, match["urn"])


def _member(holder: object, name: str) -> Any:
    """Return the member *name* of a JSON object, in whatever letter case it is written."""
    if not isinstance(holder, dict):
        return None
    if name in holder:
        return holder[name]
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)
