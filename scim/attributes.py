"""The attributes of each resource type: their characteristics by name, and where a path lies in a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from scim2_models import Attribute, Schema, ScimFilter
from scim2_models.path import AttributeBinding, AttrPath

from scim.models import EXTENSIONS, MODELS, EnterpriseUser, schema_of

type Attributes = Mapping[str, Attribute]
"""Attributes by their name in lower case (RFC 7643 §2.1: names know no letter case)."""

_EXTENSION_SCHEMAS: dict[str, Schema] = {str(EnterpriseUser.__schema__): schema_of(EnterpriseUser)}
_RESOLVERS = {kind: ScimFilter.__class_getitem__(model)("id pr") for kind, model in MODELS.items()}


@cache
def core(kind: str) -> Attributes:
    """The attributes that the type's own schema declares."""
    return _by_name(schema_of(MODELS[kind]).attributes)


@cache
def extension(urn: str) -> Attributes:
    """The attributes that the extension *urn*, spelled as we do, declares."""
    return _by_name(_EXTENSION_SCHEMAS[urn].attributes)


def extension_urn(kind: str, name: str) -> str | None:
    """The extension of *kind* whose URN is *name* in any letter case, as we spell it."""
    return next((urn for urn in EXTENSIONS[kind] if urn.lower() == name.lower()), None)


def sub_attributes(attribute: Attribute) -> Attributes:
    """The sub-attributes of a complex attribute; none of any other."""
    return _by_name(attribute.sub_attributes)


def is_complex(attribute: Attribute) -> bool:
    return attribute.type is Attribute.Type.complex


@dataclass(frozen=True, slots=True)
class Location:
    """Where the values of an attribute path lie in a document.

    ``extension`` is the key of the extension's object or None; ``name`` and ``sub`` are spelled as in the schema.
    """

    extension: str | None
    name: str
    sub: str | None
    binding: AttributeBinding

    @property
    def multi_valued(self) -> bool:
        return self.binding.is_multivalued


def locate(kind: str, path: AttrPath, *, compared: bool = False) -> Location | None:
    """Where *path* lies in a document of *kind*, or None when the type has no such attribute.

    A name without a URN may be an extension's, as Entra writes ``manager`` (entra.md §4.4).  With *compared*, a
    complex attribute stands for its ``value``, as filters mean it (RFC 7644 §3.4.2.2).  The library knows attributes
    by their Python names too, as ``user_name``; clients do not.
    """
    for uri in (path.uri, *(EXTENSIONS[kind] if path.uri is None else ())):
        candidate = AttrPath(path.attr, path.sub_attr, uri)
        resolver = _RESOLVERS[kind]
        binding = resolver.resolve(candidate, strict=False)
        if binding is None:
            continue
        if compared and binding.sub_field_name is None:
            binding = resolver.resolve(AttrPath(path.attr, "value", uri), strict=False) or binding
        found = _location(kind, binding)
        if _spells(path.attr, found.name) and (path.sub_attr is None or _spells(path.sub_attr, found.sub or "")):
            return found
    return None


def _spells(text: str, name: str) -> bool:
    return text.lower() == name.lower()


def _location(kind: str, binding: AttributeBinding) -> Location:
    """The JSON spelling of *binding*, read from its URN ``schema:name.sub``."""
    schema = str(binding.model.__dict__.get("__schema__") or binding.model.__schema__)  # type: ignore[attr-defined]
    name, _, sub = binding.urn[len(schema) + 1 :].partition(".")
    return Location(schema if schema in EXTENSIONS[kind] else None, name, sub or None, binding)


def _by_name(attributes: list[Attribute] | None) -> Attributes:
    return {str(each.name).lower(): each for each in attributes or []}
