"""Projection: which attributes of a resource an answer shows (``attributes``, ``excludedAttributes``).

It works on plain JSON, and tells before anything is read what need not be.  Source: RFC 7644 §3.9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim2_models import Attribute, InvalidPathException, Path, Returned
from scim2_models.path import AttrPath

from scim.attributes import extension_urn, locate, sub_attributes
from scim.json_types import JsonObject
from scim.types import ExtensionType, is_secret, type_of

_ALWAYS = frozenset({"schemas", "id"})

type _Holder = str | None
"""The extension that holds an attribute, or None for the type's own."""


@dataclass(frozen=True, slots=True)
class _Names:
    """A set of attributes: whole ones, and sub-attributes of others, by holder."""

    whole: Mapping[_Holder, frozenset[str]] = field(default_factory=dict)
    parts: Mapping[_Holder, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    everything: frozenset[_Holder] = frozenset()

    def has(self, holder: _Holder, name: str) -> bool:
        return holder in self.everything or name in self.whole.get(holder, ())

    def subs(self, holder: _Holder, name: str) -> frozenset[str]:
        return self.parts.get(holder, {}).get(name, frozenset())

    def touches(self, holder: _Holder) -> bool:
        return holder in self.everything or holder in self.whole or holder in self.parts


@dataclass(frozen=True, slots=True)
class Projection:
    """What an answer shows; without names, everything that is returned by default."""

    kind: str
    included: _Names | None = None
    excluded: _Names | None = None

    @classmethod
    def of(cls, kind: str, attributes: Iterable[str] = (), excluded: Iterable[str] = ()) -> "Projection":
        """The projection that a request asks for; names that *kind* does not have are ignored.

        Where both are given, what is included and not excluded is shown.
        """
        included_names, excluded_names = list(attributes), list(excluded)
        return cls(
            kind,
            _names(kind, included_names) if included_names else None,
            _names(kind, excluded_names) if excluded_names else None,
        )

    def __bool__(self) -> bool:
        return self.included is not None or self.excluded is not None

    def shows(self, name: str) -> bool:
        """Whether the answer shows the type's own attribute *name*, or a part of it."""
        if name in _ALWAYS:
            return True
        if self.excluded is not None and self.excluded.has(None, name):
            return False
        return self.included is None or self.included.has(None, name) or bool(self.included.subs(None, name))

    def apply(self, resource: JsonObject) -> JsonObject:
        """*resource* with only what is shown; each attribute as its schema says it is returned (RFC 7643 §7)."""
        shape = type_of(self.kind)
        hidden = [urn for urn in shape.hidden if urn in resource]
        if not self and not hidden:
            return resource
        shown: JsonObject = {}
        for name, value in resource.items():
            urn = extension_urn(shape, name) if ":" in name else None
            if urn is None:
                projected = self._attribute(None, name, value)
            elif urn in hidden:
                projected = self._by_returned(shape.extensions[urn], value)
            else:
                projected = self._extension(urn, value)
            if projected is not None:
                shown[name] = projected
        if hidden:
            shown["schemas"] = _schemas(shown, hidden)
        return shown

    def _extension(self, urn: str, value: Any) -> Any:
        if self.included is not None and not self.included.touches(urn):
            return None
        members = {name: self._attribute(urn, name, member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None

    def _by_returned(self, extension: ExtensionType, value: Any) -> Any:
        """An extension whose attributes are not all returned by default."""
        shown = {}
        for name, member in value.items():
            attribute = extension.attributes.get(name.lower())
            if attribute is not None and self._is_shown(extension.urn, attribute):
                shown[name] = self._parts(extension.urn, attribute, member)
        return {name: member for name, member in shown.items() if member is not None} or None

    def _is_shown(self, holder: str, attribute: Attribute) -> bool:
        name = str(attribute.name)
        if is_secret(attribute) or attribute.returned is Returned.always:
            return not is_secret(attribute)
        if self.excluded is not None and self.excluded.has(holder, name):
            return False
        if self.included is None:
            return attribute.returned is Returned.default
        return self.included.has(holder, name) or bool(self.included.subs(holder, name))

    def _parts(self, holder: str, attribute: Attribute, value: Any) -> Any:
        """What is shown of the sub-attributes of *attribute*, in all its elements."""
        known = sub_attributes(attribute)
        if not known:
            return value
        asked = self.included.subs(holder, str(attribute.name)) if self.included else frozenset()
        left_out = self.excluded.subs(holder, str(attribute.name)) if self.excluded else frozenset()

        def shows(part: Attribute) -> bool:
            if is_secret(part) or part.returned is Returned.always:
                return not is_secret(part)
            if part.name in left_out:
                return False
            if asked and not (self.included and self.included.has(holder, str(attribute.name))):
                return part.name in asked
            return part.returned is Returned.default or self.included is not None

        return _only(value, frozenset(str(part.name) for part in known.values() if shows(part)))

    def _attribute(self, holder: _Holder, name: str, value: Any) -> Any:
        if holder is None and name in _ALWAYS:
            return value
        if self.excluded is not None:
            if self.excluded.has(holder, name):
                return None
            value = _without(value, self.excluded.subs(holder, name))
        if self.included is None or self.included.has(holder, name):
            return value
        return _only(value, self.included.subs(holder, name))


def _schemas(shown: JsonObject, hidden: Iterable[str]) -> Any:
    """The schemas of what is shown: of the *hidden* extensions only those that it has something of (RFC 7643 §3)."""
    named: Any = shown.get("schemas") or []
    return [*(each for each in named if each not in hidden), *(urn for urn in hidden if urn in shown)]


def _names(kind: str, names: Iterable[str]) -> _Names:
    whole: dict[_Holder, set[str]] = {}
    parts: dict[_Holder, dict[str, set[str]]] = {}
    everything: set[_Holder] = set()
    for text in names:
        name = text.strip()
        if name.lower() == type_of(kind).schema.lower():
            everything.add(None)
        elif urn := extension_urn(kind, name):
            everything.add(urn)
        elif (path := _attribute_path(name)) and (found := locate(kind, path)):
            if found.sub is None:
                whole.setdefault(found.extension, set()).add(found.name)
            else:
                parts.setdefault(found.extension, {}).setdefault(found.name, set()).add(found.sub)
    return _Names(
        {holder: frozenset(found) for holder, found in whole.items()},
        {holder: {name: frozenset(subs) for name, subs in found.items()} for holder, found in parts.items()},
        frozenset(everything),
    )


def _attribute_path(text: str) -> AttrPath | None:
    """The attribute that *text* names; a value filter in it, which some clients send, is left aside."""
    try:
        node = Path(text).ast
    except InvalidPathException:
        return None
    return node if isinstance(node, AttrPath) else getattr(node, "attr_path", None)


def _only(value: Any, subs: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [each for each in (_only(each, subs) for each in value) if each] or None
    if isinstance(value, dict):
        return {name: member for name, member in value.items() if name in subs} or None
    return None


def _without(value: Any, subs: frozenset[str]) -> Any:
    if not subs:
        return value
    if isinstance(value, list):
        return [each for each in (_without(each, subs) for each in value) if each] or None
    if isinstance(value, dict):
        return {name: member for name, member in value.items() if name not in subs} or None
    return value
