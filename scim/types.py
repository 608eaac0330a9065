"""Resource types as an account sees them: the schemas that every account has, and those that it registered itself.

A `ResourceType` is a text, the name of the type, that knows its schemas.  Whatever takes the name of a type takes one
of these too; a plain name stands for the type as it is in every account.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Any

from scim2_models import Attribute, Extension, Mutability, Required, Returned, Schema, ScimFilter, Uniqueness
from scim2_models.path import AttributeBinding, AttrPath

from scim.catalogue import EXTENSION_MODELS, MODELS
from scim.extension_schemas import ExtensionSchema
from scim.json_types import JsonObject
from scim.models import ExtensibleGroup, ExtensibleUser, schema_of

type Attributes = Mapping[str, Attribute]
"""Attributes by their name in lower case (RFC 7643 §2.1: names know no letter case)."""

_EXTENSIBLE: Mapping[str, Any] = {"User": ExtensibleUser, "Group": ExtensibleGroup}
_REMEMBERED_TYPES = 512


@dataclass(frozen=True, slots=True, eq=False)
class ExtensionType:
    """One extension of a resource type.

    ``registered`` ones are the account's own: their values are checked by all that their schema says.  Of ``shown``
    ones every attribute is returned by default.
    """

    urn: str
    attributes: Attributes
    required: bool = False
    registered: bool = False
    shown: bool = True

    @property
    def writable(self) -> bool:
        """Whether clients can write anything of it."""
        return any(each.mutability is not Mutability.read_only for each in self.attributes.values())


class ResourceType(str):
    """The name of a resource type, with what the type consists of in one account.

    ``core`` are the attributes of its own schema, ``extensions`` its extensions by URN as their schemas spell it.
    ``common`` are the URNs of those that it has in every account, ``hidden`` of those of which not all is returned by
    default.  ``model`` is the library's model with all of them.
    """

    __slots__ = ("_resolver", "common", "core", "extensions", "hidden", "model", "schema")

    model: Any
    schema: str
    core: Attributes
    extensions: Mapping[str, ExtensionType]
    common: frozenset[str]
    hidden: tuple[str, ...]
    _resolver: Any

    def resolve(self, path: AttrPath) -> AttributeBinding | None:
        """What the library knows of the attribute at *path*; None where the type has none."""
        binding: AttributeBinding | None = self._resolver.resolve(path, strict=False)
        return binding

    @property
    def registered(self) -> tuple[ExtensionType, ...]:
        """The extensions that the account registered."""
        return tuple(each for each in self.extensions.values() if each.registered)

    @classmethod
    def make(cls, kind: str, schemas: tuple[ExtensionSchema, ...]) -> "ResourceType":
        """The type *kind* with the registered *schemas* besides what every account has."""
        made = cls(kind)
        own = schema_of(MODELS[kind])
        parsed = [Schema.model_validate(each.definition) for each in schemas]
        made.schema, made.core = str(own.id), by_name(own.attributes)
        extensions = [_given(schema_of(model)) for model in EXTENSION_MODELS[kind]]
        extensions += [_registered(schema, each) for schema, each in zip(parsed, schemas, strict=True)]
        made.extensions = MappingProxyType({each.urn: each for each in extensions})
        made.common = frozenset(each.urn for each in extensions if not each.registered)
        made.hidden = tuple(each.urn for each in extensions if not each.shown)
        made.model = MODELS[kind] if not schemas else _extended(kind, parsed)
        made._resolver = ScimFilter.__class_getitem__(made.model)("id pr")
        return made


def type_of(kind: str) -> ResourceType:
    """The type itself where *kind* is one, else the type of that name as it is in every account."""
    return kind if isinstance(kind, ResourceType) else _common(str(kind))


def account_type(kind: str, schemas: tuple[ExtensionSchema, ...]) -> ResourceType:
    """The type *kind* in an account that registered *schemas*; those for other types do not matter.

    Raises:
        ValueError: The library cannot make a model of them, because of the names of their attributes.
    """
    if not schemas:
        return _common(str(kind))
    fitting = tuple(each for each in schemas if each.kind == kind)
    return _extended_type(str(kind), fitting) if fitting else _common(str(kind))


def schemas_of(kind: str, document: JsonObject) -> list[Any]:
    """The schema URNs of a resource: its type's own, and those of the extensions that *document* has data of."""
    shape = type_of(kind)
    return [shape.schema, *(urn for urn in shape.extensions if urn in document)]


@cache
def _common(kind: str) -> ResourceType:
    return ResourceType.make(kind, ())


@lru_cache(maxsize=_REMEMBERED_TYPES)
def _extended_type(kind: str, schemas: tuple[ExtensionSchema, ...]) -> ResourceType:
    return ResourceType.make(kind, schemas)


def by_name(attributes: list[Attribute] | None) -> Attributes:
    """The attributes by their name in lower case."""
    return {str(each.name).lower(): each for each in attributes or []}


def is_secret(attribute: Attribute) -> bool:
    """Whether clients may give the attribute and never see it."""
    return attribute.returned is Returned.never or attribute.mutability is Mutability.write_only


def _given(schema: Schema) -> ExtensionType:
    return ExtensionType(str(schema.id), by_name(schema.attributes), shown=_all_shown(schema.attributes))


def _registered(schema: Schema, registered: ExtensionSchema) -> ExtensionType:
    return ExtensionType(
        registered.urn,
        by_name(schema.attributes),
        required=registered.required,
        registered=True,
        shown=_all_shown(schema.attributes),
    )


def _all_shown(attributes: list[Attribute] | None) -> bool:
    return all(
        each.returned is Returned.default and not is_secret(each) and _all_shown(each.sub_attributes)
        for each in attributes or []
    )


def _extended(kind: str, schemas: list[Schema]) -> Any:
    """The model of *kind* with an extension for each of *schemas*."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydantic, about names that models use; the library makes them others
        registered = [Extension.from_schema(_plain(schema, number)) for number, schema in enumerate(schemas)]
        return _EXTENSIBLE[kind][reduce(or_, (*EXTENSION_MODELS[kind], *registered))]


def _plain(schema: Schema, number: int) -> Schema:
    """*schema* for the library: what it only has to carry, as we ask more of values, and keep texts as they came."""
    attributes = [_carried(each) for each in schema.attributes or []]
    return schema.model_copy(update={"name": f"Registered{number}", "attributes": attributes})


_KEPT_AS_TEXT = (Attribute.Type.date_time, Attribute.Type.reference, Attribute.Type.binary)


def _carried(attribute: Attribute, *, within_list: bool = False) -> Attribute:
    of_list = bool(attribute.multi_valued)
    parts = [_carried(each, within_list=of_list) for each in attribute.sub_attributes or []]
    immutable = within_list and attribute.mutability is Mutability.immutable
    changed: dict[str, Any] = {
        "required": Required.false,
        "uniqueness": Uniqueness.none,
        "returned": Returned.default,
        "mutability": Mutability.immutable if immutable else Mutability.read_write,
        "sub_attributes": parts or None,
    }
    if attribute.type in _KEPT_AS_TEXT:
        changed["type"] = Attribute.Type.string
    return attribute.model_copy(update=changed)
