"""The attributes of each resource type: their characteristics by name, and where a path lies in a document."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from scim2_models import Attribute
from scim2_models.path import AttributeBinding, AttrPath

from scim.types import Attributes, ResourceType, by_name, is_secret, type_of


def core(kind: str) -> Attributes:
    """The attributes that the type's own schema declares."""
    return type_of(kind).core


def extension(kind: str, urn: str) -> Attributes:
    """The attributes that the extension *urn* of *kind*, spelled as its schema does, declares."""
    return type_of(kind).extensions[urn].attributes


def extension_urn(kind: str, name: str) -> str | None:
    """The extension of *kind* whose URN is *name* in any letter case, as its schema spells it."""
    extensions = type_of(kind).extensions
    if name in extensions:
        return name
    return next((urn for urn in extensions if urn.lower() == name.lower()), None)


def sub_attributes(attribute: Attribute) -> Attributes:
    """The sub-attributes of a complex attribute; none of any other."""
    return by_name(attribute.sub_attributes)


def is_complex(attribute: Attribute) -> bool:
    return attribute.type is Attribute.Type.complex


@dataclass(frozen=True, slots=True)
class Location:
    """Where the values of an attribute path lie in a document.

    ``extension`` is the key of the extension's object or None; ``name`` and ``sub`` are spelled as in the schema.
    ``attribute`` has the characteristics of what is named, the sub-attribute where there is one.
    """

    extension: str | None
    name: str
    sub: str | None
    binding: AttributeBinding
    attribute: Attribute
    secret: bool = False
    """Whether it is kept and never shown, so that nothing may be told of it; ``password`` is not even kept."""

    @property
    def type(self) -> Attribute.Type | None:
        return self.attribute.type

    @property
    def multi_valued(self) -> bool:
        return self.binding.is_multivalued


def locate(kind: str, path: AttrPath, *, compared: bool = False) -> Location | None:
    """Where *path* lies in a document of *kind*, or None when the type has no such attribute.

    A name without a URN may be an extension's, as Entra writes ``manager`` (entra.md §4.4).  With *compared*, a
    complex attribute stands for its ``value``, as filters mean it (RFC 7644 §3.4.2.2).  The library knows attributes
    by their Python names too, as ``user_name``; clients do not.
    """
    shape = type_of(kind)
    for uri in (path.uri, *(shape.extensions if path.uri is None else ())):
        binding = shape.resolve(AttrPath(path.attr, path.sub_attr, uri))
        if binding is None:
            continue
        if compared and binding.sub_field_name is None:
            binding = shape.resolve(AttrPath(path.attr, "value", uri)) or binding
        found = _location(shape, binding)
        if _spells(path.attr, found.name) and (path.sub_attr is None or _spells(path.sub_attr, found.sub or "")):
            return found
    return None


def _spells(text: str, name: str) -> bool:
    return text.lower() == name.lower()


def _location(shape: ResourceType, binding: AttributeBinding) -> Location:
    """The JSON spelling of *binding*, read from its URN ``schema:name.sub``."""
    schema = str(binding.model.__dict__.get("__schema__") or binding.model.__schema__)  # type: ignore[attr-defined]
    name, _, sub = binding.urn[len(schema) + 1 :].partition(".")
    holder = shape.extensions.get(schema)
    head = (holder.attributes if holder else shape.core).get(name.lower())
    named = sub_attributes(head).get(sub.lower()) if head and sub else head
    attribute = named or _undeclared(sub or name, binding.target_type)
    secret = holder is not None and any(each is not None and is_secret(each) for each in (head, attribute))
    return Location(holder.urn if holder else None, name, sub or None, binding, attribute, secret)


@cache
def _undeclared(name: str, target: Any) -> Attribute:
    """A common attribute, which no schema declares (RFC 7643 §3.1), as far as the library's model of it tells."""
    return Attribute(name=name, type=Attribute.Type.from_python(target))
